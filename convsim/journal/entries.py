"""The entries of the journal: exchanges over HTTP, direct calls and Realtime events, each with its line of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

from pydantic_core import from_json, to_json

from convsim.core.text import visible, with_short_ids
from convsim.http.messages import Outcome, Request, Response

if TYPE_CHECKING:
    from convsim.faults.fault import Fault

Sender = Literal["client", "server"]


@dataclass(frozen=True, slots=True, repr=False)
class _Entry(ABC):
    """One entry; ``at`` is the emulator's clock in seconds."""

    number: int
    at: float
    project: str | None

    @property
    def faults(self) -> Sequence[Fault]:
        """The faults that happened to it."""
        return ()

    @property
    def attempt(self) -> int:
        """How many times the SDK had sent it before: 0 for the first attempt."""
        return 0

    @property
    def lost(self) -> Response | None:
        """The operation's own answer, if the client never saw it."""
        return None

    @property
    def query(self) -> str:
        """The query, as ``?limit=2``."""
        return ""

    @property
    @abstractmethod
    def title(self) -> str:
        """The operation or event, in a word."""

    @property
    @abstractmethod
    def result(self) -> str:
        """The outcome, in a line."""

    @property
    @abstractmethod
    def _where(self) -> tuple[str | None, ...]:
        """The names that follow the title in the line, if any."""

    @property
    def host(self) -> str:
        """The host of an exchange, with its port if the URL has one; empty for other entries."""
        return ""

    @property
    def line(self) -> str:
        """The whole entry in one line, ids at full length."""
        return self.told_in_a_line(with_host=False)

    def told_in_a_line(self, *, with_host: bool) -> str:
        """Return :attr:`line`, with the host behind the title if ``with_host`` is true."""
        words = (self.title, self.host if with_host else None, *self._where, self.result)
        line = "  ".join([f"{self.number:>3}", *filter(None, words)])
        return visible("\\n".join(line.splitlines()))

    def __str__(self) -> str:
        return with_short_ids(self.line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({' '.join(str(self).split())})"


# --- calls of operations -------------------------------------------------------------------------------------------

_OK = 200
_REFUSED = 400
_BROKEN = 500
_RETRIED = (408, 409, 429)


@dataclass(frozen=True, slots=True, repr=False)
class _Call(_Entry):
    """One call of an operation, over HTTP or by the test itself, and its outcome.

    ``operation`` is its name in the SDK, None for an unknown route; ``touched`` are the ids of the items that it added
    or removed.
    """

    operation: str | None
    touched: tuple[str, ...]

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The status of the answer; None without an answer."""

    @property
    @abstractmethod
    def answer(self) -> Any:
        """The JSON of the answer, or None."""

    @property
    @abstractmethod
    def body(self) -> Any:
        """The JSON that was sent, or None."""

    @property
    @abstractmethod
    def ids(self) -> Mapping[str, Any]:
        """The ids in its path, as ``conversation_id`` and ``item_id``."""

    def _mishaps(self) -> list[str]:
        """Return the faults that happened to it, and their moment."""
        return []

    @property
    def _told(self) -> Sequence[str]:
        """How much of a stream was sent, if it is one."""
        return ()

    @property
    def _done(self) -> Any:
        """The JSON that describes the result, whether or not the client saw it."""
        return self.answer

    @property
    def arrived(self) -> bool:
        """Whether the client got a whole answer."""
        return self.status is not None

    @property
    def done(self) -> bool:
        """Whether it was carried out, whether or not the client saw it."""
        return self.status == _OK

    @property
    def error(self) -> dict[str, Any] | None:
        """The live ``error`` object of a refusal, or None."""
        if self.status is None or self.status < _REFUSED:
            return None
        answer = self.answer
        error = answer.get("error") if isinstance(answer, dict) else None
        return error if isinstance(error, dict) else None

    @property
    def failed(self) -> bool:
        """Whether it was refused, or got no answer."""
        return bool(self.error) or self.status is None

    @property
    def conversation(self) -> str | None:
        """The id of the conversation that it named or made."""
        asked = self.ids.get("conversation_id") or _named(self.body)
        done = self._done if asked is None else None
        return done.get("id") if isinstance(done, dict) and done.get("object") == "conversation" else asked

    @property
    def _without_conversation(self) -> str | None:
        """The previous response of a turn without a conversation: some libraries drop the argument silently."""
        if self.operation != "responses.create":
            return None
        body = self.body
        previous = body.get("previous_response_id") if isinstance(body, dict) else None
        return previous or "no conversation"

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items that it added, removed or showed."""
        done = self._done
        if self.touched or not isinstance(done, dict):
            return self.touched
        # The answer of a fault, or of a file, may have any shape.
        data = done.get("data") if done.get("object") == "list" else [done] if "type" in done else []
        ids = [item.get("id") for item in data if isinstance(item, dict)] if isinstance(data, list) else []
        return tuple(item_id for item_id in ids if isinstance(item_id, str))

    @property
    def result(self) -> str:
        """Status and code, the number of items, faults."""
        error = self.error
        code = f" {error.get('code') or error.get('type')}" if error else ""
        notes = [f"{self.status}{code}" if self.status is not None else "no answer"]
        notes += self._told
        if count := len(self.items):
            notes.append(f"{count} item{'s' if count != 1 else ''}")
        return "  ".join([*notes, *self._mishaps()])

    @property
    def _where(self) -> tuple[str | None, ...]:
        named = self.conversation or self._without_conversation, self.ids.get("item_id") or self.ids.get("response_id")
        # A test may pass any object as an id.
        return *(str(name) if name is not None else None for name in named), self.query


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(_Call):
    """One HTTP request and its outcome; secrets in ``request`` and the answers are redacted.

    ``lost`` is the operation's own answer, if the client never saw it; ``unsent`` is the part of a stream that was
    never sent.
    """

    _faults: Sequence[Fault] = field(hash=False)
    _request: Request = field(hash=False)
    _outcome: Outcome = field(hash=False)
    _lost: Response | None = field(hash=False)
    unsent: bytes = b""
    moment: float = field(default=0.0, compare=False)
    """When it was noted, in seconds of a clock that only goes on; of no meaning in another process."""
    is_open: bool = field(default=False, compare=False)
    """Whether its answer is a stream that the client has neither read to its end nor closed."""

    kind: ClassVar[Literal["http"]] = "http"

    @property
    def faults(self) -> Sequence[Fault]:
        return copy(self._faults)

    @property
    def host(self) -> str:
        return self._request.header(b"host").decode("latin-1")

    @property
    def request(self) -> Request:
        """The client's request."""
        timeout = self._request.timeout
        return self._request if timeout is None else self._request._replace(timeout=dict(timeout))

    @property
    def outcome(self) -> Outcome:
        """The client's outcome: an answer, or a transport fault."""
        outcome = self._outcome
        return _copy(outcome) if isinstance(outcome, Response) else outcome._replace(partial=_copy(outcome.partial))

    @property
    def response(self) -> Response | None:
        """The answer that the client got, or the beginning of one."""
        return _copy(self._response)

    @property
    def lost(self) -> Response | None:
        return _copy(self._lost)

    @property
    def _response(self) -> Response | None:
        return self._outcome if isinstance(self._outcome, Response) else self._outcome.partial

    @property
    def status(self) -> int | None:
        return self._response.status if self._response is not None else None

    @property
    def body(self) -> Any:
        """The JSON that was sent, or None."""
        return _parsed(self._request.body)

    @property
    def answer(self) -> Any:
        return _parsed(self._response.content) if self._response is not None else None

    @property
    def events(self) -> tuple[Any, ...]:
        """The events of a streamed answer, as far as they were sent; empty for any other answer."""
        return _events(self._response.content) if self._response is not None else ()

    @property
    def lost_events(self) -> tuple[Any, ...]:
        """The events of a stream that a fault, or the client's leaving, kept from the client, in their order."""
        return _events(self._lost.content if self._lost is not None else self.unsent)

    @property
    def _told(self) -> Sequence[str]:
        events, lost = self.events, self.lost_events
        if not events and not lost:
            return []
        if not events:
            return [f"{_counted(lost)} not sent"]
        last = events[-1].get("type") if isinstance(events[-1], dict) else None
        more = f", {len(lost)} not sent" if lost else "" if last in _LAST_EVENTS else ", not all of them"
        return [f"{_counted(events)}{more}"]

    @property
    def _done(self) -> Any:
        return _parsed(self._lost.content) if self._lost is not None else self.answer

    @property
    def done(self) -> bool:
        return self._lost.status == _OK if self._lost is not None else self.status == _OK

    @property
    def arrived(self) -> bool:
        return isinstance(self._outcome, Response) and not self.unsent

    @property
    def ids(self) -> Mapping[str, Any]:
        from convsim.operations.matching import match

        matched = match(self._request.path)
        return matched[1] if matched is not None else {}

    @property
    def query(self) -> str:
        return f"?{self._request.query}" if self._request.query else ""

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for a missing one."""
        answer = self._response.content if self._response is not None else b""
        sent, got = (
            _indented(_parsed(body)) or body.decode("utf-8", "replace") for body in (self._request.body, answer)
        )
        return sent, got

    @property
    def title(self) -> str:
        """The operation, and the number of the retry."""
        name = self.operation or f"{self._request.method} {self._request.full_path}"
        return f"{name} (retry {self.attempt})" if self.attempt else name

    def _mishaps(self) -> list[str]:
        if self._lost is None:
            when = ""
        else:
            when = " after commit" if self._lost.status < _REFUSED else " instead of a refusal"
        return [f"{fault!r}{when}" for fault in self._faults]

    @property
    def attempt(self) -> int:
        count = self._request.header(b"x-stainless-retry-count")
        return int(count) if count.isdigit() and len(count) < _MOST_DIGITS else 0

    @property
    def awaits_retry(self) -> bool:
        """Whether the SDK may send it again: it got no answer, or one of those that it retries."""
        if not isinstance(self._outcome, Response):
            return True
        return self._outcome.status in _RETRIED or self._outcome.status >= _BROKEN

    @property
    def identity(self) -> tuple[object, ...]:
        """The values that a retry shares with the request before it."""
        asked = self._request
        # The SDK gives each changing call a key of its own, and its retries the same one.
        key = asked.header(b"idempotency-key")
        return self.project, asked.method, asked.full_path, asked.query, asked.body, key


@overload
def _copy(response: Response) -> Response: ...
@overload
def _copy(response: Response | None) -> Response | None: ...
def _copy(response: Response | None) -> Response | None:
    """Return the response with a copy of its headers, which the receiver may change."""
    return response._replace(headers=list(response.headers)) if response is not None else None


_MOST_DIGITS = 10
_EVENT = b"event: "
_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")


def _counted(events: Sequence[Any]) -> str:
    return f"{len(events)} event{'s' if len(events) != 1 else ''}"


def _events(stream: bytes) -> tuple[Any, ...]:
    """Return the JSON of each event, None for what is no JSON; of an event that breaks off there is nothing."""
    if not stream.startswith(_EVENT):
        return ()
    return tuple(_parsed(frame.partition(b"\ndata: ")[2]) for frame in stream.split(b"\n\n")[:-1])


@dataclass(frozen=True, slots=True, repr=False)
class Direct(_Call):
    """One call of the Direct API, by the test itself.

    ``data`` is the JSON that HTTP would have sent.
    """

    _arguments: Mapping[str, Any] = field(hash=False)
    status: int = field()
    data: bytes

    kind: ClassVar[Literal["direct"]] = "direct"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The ids and, if there is one, the ``body``."""
        return deepcopy(self._arguments)

    @property
    def body(self) -> Any:
        """The JSON that was sent, or None."""
        return deepcopy(self._arguments.get("body"))

    @property
    def answer(self) -> Any:
        return _parsed(self.data)

    @property
    def ids(self) -> Mapping[str, Any]:
        return {name: deepcopy(value) for name, value in self._arguments.items() if name != "body"}

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for a missing one."""
        return _indented(self.body), _indented(self.answer)

    @property
    def title(self) -> str:
        """The operation, as the test's own call."""
        return f"{self.operation} (direct)"


# --- Realtime events -----------------------------------------------------------------------------------------------

_ARROWS: Mapping[Sender, str] = {"client": ">", "server": "<"}
_LOST: Mapping[Sender, str] = {"client": "not received", "server": "not sent"}
_NORMAL = 1000
# The members of an event that its line shows, if present, by their path.
_SHOWN = (("response", "status"), ("delta",), ("transcript",), ("text",), ("arguments",), ("audio",))
_WIDTH = 60


@dataclass(frozen=True, slots=True, repr=False)
class Frame(_Entry):
    """One Realtime event as it went over a connection, or the connection's end; credentials in it are redacted.

    ``session`` is the id of the session. ``content`` is what the client or the server sent: text, the bytes of a binary
    frame, or code and reason of a close. ``arrived`` is False if a fault, or the end of the connection, kept it from
    the other side.
    """

    session: str
    sender: Sender
    content: str | bytes | tuple[int, str]
    _faults: Sequence[Fault] = field(hash=False)
    arrived: bool

    kind: ClassVar[Literal["realtime"]] = "realtime"
    status: ClassVar[None] = None

    @property
    def faults(self) -> Sequence[Fault]:
        return copy(self._faults)

    @property
    def text(self) -> str | bytes | None:
        """The text that was sent, bytes for a binary frame; None for a close."""
        return None if isinstance(self.content, tuple) else self.content

    @property
    def close(self) -> tuple[int, str] | None:
        """Code and reason of a close."""
        return self.content if isinstance(self.content, tuple) else None

    @property
    def operation(self) -> str | None:
        """The event's type, "close" for a close; None for a frame that is no event."""
        kind = "close" if self.close is not None else self._event.get("type")
        return kind if kind and isinstance(kind, str) else None

    @property
    def body(self) -> Any:
        """The client's event as JSON; None for the server's, and for a text that is not JSON."""
        return self._json if self.sender == "client" else None

    @property
    def answer(self) -> Any:
        """The server's event as JSON; None for the client's."""
        return self._json if self.sender == "server" else None

    @property
    def ids(self) -> Mapping[str, Any]:
        """None: an event has no path."""
        return {}

    @property
    def told(self) -> str:
        """The event as indented JSON; the text if it is not JSON, the number of bytes, or code and reason."""
        if isinstance(self.content, tuple):
            return " ".join(map(str, self.content)).rstrip()
        return _indented(self._json) or self._raw

    @property
    def texts(self) -> tuple[str, str]:
        """:attr:`told` for a client's event and for a server's; "" for the other one."""
        return (self.told, "") if self.sender == "client" else ("", self.told)

    @property
    def conversation(self) -> str:
        """The id of the session, which has one conversation."""
        return self.session

    @property
    def items(self) -> tuple[str, ...]:
        """The id of the item that it carries or names."""
        item_id = _inside(self._event, ("item", "id")) or self._event.get("item_id")
        return (item_id,) if isinstance(item_id, str) else ()

    @property
    def error(self) -> dict[str, Any] | None:
        """The inner object of the server's ``error`` event, or None."""
        error = self._event.get("error") if (self.sender, self.operation) == ("server", "error") else None
        return error if isinstance(error, dict) else None

    @property
    def done(self) -> bool:
        """Whether it arrived."""
        return self.arrived

    @property
    def failed(self) -> bool:
        """Whether it is an error, or a close other than the normal one."""
        return self.error is not None or (self.close is not None and self.close[0] != _NORMAL)

    @property
    def name(self) -> str:
        """The event's type, or the kind of any other frame."""
        if self.close is not None:
            return f"close {self.close[0]}"
        return self.operation or ("text frame" if isinstance(self.content, str) else "binary frame")

    @property
    def title(self) -> str:
        """The name after an arrow: ``>`` for the client's events, ``<`` for the server's."""
        return f"{_ARROWS[self.sender]} {self.name}"

    @property
    def result(self) -> str:
        """The item and its place, the code, the beginning of a text, and faults."""
        notes = [*self._said(), *map(repr, self.faults)]
        return "  ".join(notes if self.arrived else [*notes, _LOST[self.sender]])

    @property
    def _where(self) -> tuple[str | None, ...]:
        return (self.session,)

    def _said(self) -> list[str]:
        error = self.error or {}
        if self.close is not None:
            words: list[Any] = [self.close[1]]
        elif self.operation is None:
            words = [self._raw]
        else:
            words = [error.get("code") or error.get("type"), *(_inside(self._event, path) for path in _SHOWN)]
        return [word for word in (self._place(), *(_short(str(word)) for word in words if word)) if word]

    def _place(self) -> str:
        """Return the item, and the place that the event gives it."""
        behind = self._event.get("previous_item_id", "")
        # Null from a server means the start; null from a client means the end, as if it were left out.
        first = ["first"] if behind is None and self.sender == "server" else []
        after = [f"after {_short(str(behind))}"] if behind else []
        return " ".join([*map(_short, self.items), *first, *after])

    @property
    def _json(self) -> Any:
        return _parsed(self.content) if isinstance(self.content, str) else None

    @property
    def _event(self) -> dict[str, Any]:
        value = self._json
        return value if isinstance(value, dict) else {}

    @property
    def _raw(self) -> str:
        return self.content if isinstance(self.content, str) else f"{len(self.content)} bytes"


Entry = Exchange | Direct | Frame


def has_several_hosts(entries: Iterable[Entry]) -> bool:
    """Return whether exchanges went to more than one host, so that lines have to name it."""
    return len({entry.host for entry in entries if entry.host}) > 1


def _inside(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _short(words: str) -> str:
    return words if len(words) <= _WIDTH else f"{words[: _WIDTH - 3]}..."


def _parsed(body: str | bytes) -> Any:
    """Return the JSON in the text, or None."""
    try:
        return from_json(body)
    except ValueError:
        return None


def _indented(value: Any) -> str:
    """Return the JSON as indented text; "" for None."""
    return to_json(value, indent=2).decode() if value is not None else ""


def _named(body: Any) -> str | None:
    """Return the conversation that a body names, as the body of a turn does: an id, or an object with one."""
    named = body.get("conversation") if isinstance(body, dict) else None
    found = named.get("id") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None
