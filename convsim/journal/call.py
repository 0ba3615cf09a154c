"""What entries of operations have in common, over HTTP or by the test's own hand: ids, a status, an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convsim.faults.fault import Fault
from convsim.journal.entry import Entry, indented
from convsim.operations.routes import ROUTES_BY_NAME

_OK = 200
_REFUSED = 400


class Call(Entry):
    """One operation that was asked for, and what came of it.

    ``operation`` is its name in the SDK (None for an unknown route).
    """

    __slots__ = ("_touched", "operation")

    operation: str | None
    _when = ""

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str | None,
        touched: tuple[str, ...],
        faults: Sequence[Fault],
    ) -> None:
        super().__init__(number, at, project, faults)
        self.operation = operation
        self._touched = touched

    @property
    def _done(self) -> Any:
        """The JSON that tells what was done, whether or not the client saw it."""
        return self.answer

    @property
    def arrived(self) -> bool:
        """Whether the client got a whole answer."""
        return self.status is not None

    @property
    def texts(self) -> tuple[str, str]:
        return indented(self.body), indented(self.answer)

    @property
    def done(self) -> bool:
        return self.status == _OK

    @property
    def error(self) -> dict[str, Any] | None:
        if self.status is None or self.status < _REFUSED:
            return None
        answer = self.answer
        error = answer.get("error") if isinstance(answer, dict) else None
        return error if isinstance(error, dict) else None

    @property
    def failed(self) -> bool:
        return bool(self.error) or self.status is None

    @property
    def conversation(self) -> str | None:
        """The id of the conversation that it was about, or that it made."""
        asked = self.ids.get("conversation_id") or _named(self.body)
        route = ROUTES_BY_NAME.get(self.operation or "")
        if asked is not None or route is None or not route.creates:
            return asked
        done = self._done
        return done.get("id") if isinstance(done, dict) else None

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items that it put in, took out or showed."""
        done = self._done
        if self._touched or not isinstance(done, dict):
            return self._touched
        # A fault's answer, or a file's, may have any shape.
        data = done.get("data") if done.get("object") == "list" else [done] if "type" in done else []
        ids = [item.get("id") for item in data if isinstance(item, dict)] if isinstance(data, list) else []
        return tuple(item_id for item_id in ids if isinstance(item_id, str))

    @property
    def result(self) -> str:
        """What came of it, in a line: status and code, how many items, what went wrong."""
        error = self.error
        code = f" {error.get('code') or error.get('type')}" if error else ""
        notes = [f"{self.status}{code}" if self.status is not None else "no answer"]
        if count := len(self.items):
            notes.append(f"{count} item{'s' if count != 1 else ''}")
        return "  ".join([*notes, *(f"{fault!r}{self._when}" for fault in self.faults)])

    @property
    def _where(self) -> tuple[object, ...]:
        return self.conversation, self.ids.get("item_id"), self.query


def _named(body: Any) -> str | None:
    """The conversation that a body names, as the body of a turn does: an id, or an object with one."""
    named = body.get("conversation") if isinstance(body, dict) else None
    found = named.get("id") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None
