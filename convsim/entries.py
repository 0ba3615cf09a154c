"""What the journal holds: an exchange over HTTP, or a call of the Direct API, each told in one line."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar, Literal
from urllib.parse import unquote_plus

from pydantic_core import from_json, to_json

from convsim.exchange import Outcome, Request, Response
from convsim.faults.fault import Fault
from convsim.routes import match

# Too many are better than one too few: what a proxy or a gateway calls its key is not known here.
_SECRET = re.compile("key|token|auth|secret|cookie", re.IGNORECASE)
_HARMLESS = frozenset(("idempotency-key",))
_REDACTED = "[redacted]"
_RETRY = b"x-stainless-retry-count"
_MOST_DIGITS = 10
_OK = 200
_REFUSED = 400
_BROKEN = 500
_RETRIED = (408, 409, 429)
# The SDK gives every call that changes something a key of its own, and its retries the same.
_SAME_CALL = b"idempotency-key"


class Entry(ABC):
    """One thing that happened.

    ``at`` is the emulator's clock in seconds, ``operation`` its name in the SDK (None for an unknown route), ``faults``
    those that happened with it.
    """

    __slots__ = ("_touched", "at", "faults", "number", "operation", "project")

    kind: ClassVar[Literal["http", "direct"]]
    lost: Response | None = None
    """The operation's own answer, where the client never saw it."""
    attempt: int = 0
    """How often the SDK had sent it before: 0 for the first time."""

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str | None,
        touched: tuple[str, ...],
        faults: Sequence[Fault],
    ) -> None:
        self.number = number
        self.at = at
        self.project = project
        self.operation = operation
        self.faults = faults
        self._touched = touched

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The status of the answer; None where there was none."""

    @property
    @abstractmethod
    def body(self) -> Any:
        """The request's JSON, or None where there is none."""

    @property
    @abstractmethod
    def answer(self) -> Any:
        """The answer's JSON, or None where there is none."""

    @property
    @abstractmethod
    def ids(self) -> Mapping[str, Any]:
        """The ids that it was asked for, as ``conversation_id`` and ``item_id``."""

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
        """The bodies of request and answer, as text."""
        return _text(self.body), _text(self.answer)

    @property
    def query(self) -> str:
        """What was asked for behind the path, as ``?limit=2``."""
        return ""

    @property
    def done(self) -> bool:
        """Whether the operation was carried out, whether or not the client saw it."""
        return self.status == _OK

    @property
    def error(self) -> dict[str, Any] | None:
        """The live ``error`` object of a refusal."""
        if self.status is None or self.status < _REFUSED:
            return None
        answer = self.answer
        error = answer.get("error") if isinstance(answer, dict) else None
        return error if isinstance(error, dict) else None

    @property
    def conversation(self) -> str | None:
        """The id of the conversation that it was about, or that it made."""
        asked = self.ids.get("conversation_id")
        if asked is not None or self.operation != "conversations.create":
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

    def __str__(self) -> str:
        asked = self.conversation, self.ids.get("item_id"), self.query
        where = [str(words) for words in asked if words]
        line = "  ".join([f"{self.number:>3}", self.title, *where, self.result])
        return "\\n".join(line.splitlines())

    @property
    @abstractmethod
    def title(self) -> str:
        """What was done, in a word."""

    _when = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({' '.join(str(self).split())})"

    def __eq__(self, other: object) -> bool:
        """Entries are made when they are asked for: the same one twice is equal."""
        return isinstance(other, Entry) and type(self) is type(other) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash((type(self), self.number, self.at))

    def _told(self) -> list[object]:
        return [getattr(self, name) for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())]


def without_secrets(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with the values of those that hold secrets redacted."""
    return [pair if pair[0] in _PUBLIC else _redacted(pair) for pair in headers]


# Names that were looked at before, as they are spelt: every request has some fifteen of them.
_PUBLIC: set[bytes] = set()
_MOST_NAMES = 1000


def _redacted(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    if _names_secret(pair[0].decode("latin-1")):
        return pair[0], _REDACTED.encode()
    if len(_PUBLIC) < _MOST_NAMES:
        _PUBLIC.add(pair[0])
    return pair


def query_without_secrets(query: str) -> str:
    """The query, with the values of parameters that hold secrets redacted."""
    if "%" not in query and not _SECRET.search(query):
        return query  # as nearly all are
    return "&".join(_redacted_parameter(pair) for pair in query.split("&"))


def _redacted_parameter(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f"{name}={_REDACTED}" if value and _names_secret(unquote_plus(name)) else pair


def _names_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and name.lower() not in _HARMLESS


class Exchange(Entry):
    """One HTTP request and what came of it; what holds secrets in the headers and query of ``request`` is redacted.

    ``lost`` is the operation's own answer where the client never saw it.
    """

    __slots__ = ("lost", "outcome", "request")

    kind = "http"

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str | None,
        touched: tuple[str, ...],
        faults: Sequence[Fault],
        request: Request | tuple[Any, ...],
        outcome: Outcome,
        lost: Response | None,
    ) -> None:
        super().__init__(number, at, project, operation, touched, faults)
        self.request = Request(*request)
        self.outcome = outcome
        self.lost = lost

    @property
    def response(self) -> Response | None:
        """The answer that the client got, or the beginning of one."""
        return self.outcome if isinstance(self.outcome, Response) else self.outcome.partial

    @property
    def status(self) -> int | None:
        return self.response.status if self.response is not None else None

    @property
    def body(self) -> Any:
        return _json(self.request.body)

    @property
    def answer(self) -> Any:
        return _json(self.response.body) if self.response is not None else None

    @property
    def _done(self) -> Any:
        return _json(self.lost.body) if self.lost is not None else self.answer

    @property
    def ids(self) -> Mapping[str, Any]:
        matched = match(self.request.path)
        return matched[1] if matched is not None else {}

    @property
    def attempt(self) -> int:  # type: ignore[override]
        count = self.request.header(_RETRY)
        return int(count) if count.isdigit() and len(count) < _MOST_DIGITS else 0

    @property
    def _when(self) -> str:  # type: ignore[override]
        if self.lost is None:
            return ""
        return " after commit" if self.lost.status < _REFUSED else " instead of a refusal"

    @property
    def title(self) -> str:
        return (self.operation or f"{self.request.method} {self.request.full_path}") + (
            f" (retry {self.attempt})" if self.attempt else ""
        )

    @property
    def arrived(self) -> bool:
        return isinstance(self.outcome, Response)

    @property
    def texts(self) -> tuple[str, str]:
        answer = self.response.body if self.response is not None else b""
        sent, got = (_text(_json(body)) or body.decode("utf-8", "replace") for body in (self.request.body, answer))
        return sent, got

    @property
    def query(self) -> str:
        return f"?{self.request.query}" if self.request.query else ""

    @property
    def done(self) -> bool:
        return self.lost.status == _OK if self.lost is not None else self.status == _OK

    @property
    def awaits_retry(self) -> bool:
        """Whether the SDK sends it again, if it may: it got no answer, or one of those that it retries."""
        if not isinstance(self.outcome, Response):
            return True
        return self.outcome.status in _RETRIED or self.outcome.status >= _BROKEN

    @property
    def identity(self) -> tuple[object, ...]:
        """What a retry has in common with the request before it."""
        asked = self.request
        return self.project, asked.method, asked.full_path, asked.query, asked.body, asked.header(_SAME_CALL)


class Direct(Entry):
    """One call of the Direct API, the test's own hand, with the JSON that it would have got over HTTP."""

    __slots__ = ("_arguments", "_data", "_status")

    kind = "direct"

    def __init__(
        self,
        number: int,
        at: float,
        project: str | None,
        operation: str,
        touched: tuple[str, ...],
        arguments: Mapping[str, Any],
        status: int,
        data: bytes,
    ) -> None:
        super().__init__(number, at, project, operation, touched, ())
        self._arguments = arguments
        self._status = status
        self._data = data

    @property
    def status(self) -> int | None:
        return self._status

    @property
    def body(self) -> Any:
        return deepcopy(self._arguments.get("body"))

    @property
    def answer(self) -> Any:
        return _json(self._data)

    @property
    def ids(self) -> Mapping[str, Any]:
        return {name: value for name, value in self._arguments.items() if name != "body"}

    @property
    def title(self) -> str:
        return f"{self.operation} (direct)"


def _json(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return to_json(value, indent=2).decode() if value is not None else ""
