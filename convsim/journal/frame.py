"""The journal's entries of Realtime connections: events of both sides, and closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from convsim.faults.fault import Fault
from convsim.journal.entry import Entry, indented, parsed

Sender = Literal["client", "server"]

_ARROWS: Mapping[Sender, str] = {"client": ">", "server": "<"}
_LOST: Mapping[Sender, str] = {"client": "not received", "server": "not sent"}
_NORMAL = 1000
# What a line shows of an event, where it has it: members by their path.
_SHOWN = (("response", "status"), ("delta",), ("transcript",), ("text",), ("arguments",), ("audio",))
_WIDTH = 60


class Frame(Entry):
    """One Realtime event as it went over a connection, or the connection's end; credentials in it are redacted.

    ``session`` is the id of the session. ``text`` is what the client or the server sent, bytes for a binary frame; for
    a close it is None, and ``close`` is its code and reason. ``arrived`` is False where a fault, or the end of the
    connection, kept it from the other side.
    """

    __slots__ = ("arrived", "close", "sender", "session", "text")

    kind = "realtime"
    arrived: bool

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        session: str,
        sender: Sender,
        text: str | bytes | tuple[int, str],
        faults: Sequence[Fault],
        arrived: bool,  # noqa: FBT001
    ) -> None:
        super().__init__(number, at, project, faults)
        self.session = session
        self.sender = sender
        self.text = None if isinstance(text, tuple) else text
        self.close = text if isinstance(text, tuple) else None
        self.arrived = arrived

    @property
    def operation(self) -> str | None:
        """The event's type, "close" for a close; None for what is no event."""
        if self.close is not None:
            return "close"
        kind = self._event.get("type")
        return kind if kind and isinstance(kind, str) else None

    @property
    def status(self) -> None:
        """None: events have no status."""

    @property
    def body(self) -> Any:
        """The client's event as JSON; None for the server's, and for what is no JSON."""
        return self._json if self.sender == "client" else None

    @property
    def answer(self) -> Any:
        """The server's event as JSON; None for the client's."""
        return self._json if self.sender == "server" else None

    @property
    def texts(self) -> tuple[str, str]:
        return (self.told, "") if self.sender == "client" else ("", self.told)

    @property
    def told(self) -> str:
        """The event as JSON for people; the text where it is no JSON, how many bytes, or code and reason."""
        if self.close is not None:
            return " ".join(map(str, self.close)).rstrip()
        return indented(self._json) or self._raw

    @property
    def ids(self) -> Mapping[str, Any]:
        return {}

    @property
    def conversation(self) -> str:
        """The id of the session: it has one conversation."""
        return self.session

    @property
    def items(self) -> tuple[str, ...]:
        """The id of the item that it carries or names."""
        item_id = _inside(self._event, ("item", "id")) or self._event.get("item_id")
        return (item_id,) if isinstance(item_id, str) else ()

    @property
    def error(self) -> dict[str, Any] | None:
        """What is inside the server's ``error`` event."""
        error = self._event.get("error") if (self.sender, self.operation) == ("server", "error") else None
        return error if isinstance(error, dict) else None

    @property
    def done(self) -> bool:
        return self.arrived

    @property
    def failed(self) -> bool:
        """Whether it is an error, or a close other than the normal one."""
        return self.error is not None or (self.close is not None and self.close[0] != _NORMAL)

    @property
    def name(self) -> str:
        """The event's type, or what else it is."""
        if self.close is not None:
            return f"close {self.close[0]}"
        return self.operation or ("text frame" if isinstance(self.text, str) else "binary frame")

    @property
    def title(self) -> str:
        """The name, behind an arrow: ``>`` for what the client sent, ``<`` for what the server did."""
        return f"{_ARROWS[self.sender]} {self.name}"

    @property
    def result(self) -> str:
        """What it says, in a line: item and place, code, the beginning of a text; what went wrong."""
        notes = [*self._said, *map(repr, self.faults)]
        return "  ".join(notes if self.arrived else [*notes, _LOST[self.sender]])

    @property
    def _said(self) -> list[str]:
        error = self.error or {}
        words: list[Any]
        if self.close is not None:
            words = [self.close[1]]
        elif self.operation is None:
            words = [self._raw]
        else:
            words = [error.get("code") or error.get("type"), *(_inside(self._event, path) for path in _SHOWN)]
        return [word for word in (self._place, *(_short(str(word)) for word in words if word)) if word]

    @property
    def _place(self) -> str:
        """The item, and where the event puts it."""
        behind = self._event.get("previous_item_id", "")
        # A server's null is the beginning; a client's is the end, as if it had said nothing.
        first = ["first"] if behind is None and self.sender == "server" else []
        after = [f"after {_short(str(behind))}"] if behind else []
        return " ".join([*map(_short, self.items), *first, *after])

    @property
    def _json(self) -> Any:
        return parsed(self.text) if isinstance(self.text, str) else None

    @property
    def _event(self) -> dict[str, Any]:
        value = self._json
        return value if isinstance(value, dict) else {}

    @property
    def _raw(self) -> str:
        return self.text if isinstance(self.text, str) else f"{len(self.text or b'')} bytes"


def _inside(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _short(words: str) -> str:
    return words if len(words) <= _WIDTH else f"{words[: _WIDTH - 3]}..."
