"""What the journal holds: exchanges over HTTP, direct calls and Realtime events, each a record that tells its line."""

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
    """One thing that happened, told in one line; ``at`` is the emulator's clock in seconds."""

    number: int
    at: float
    project: str | None

    @property
    def faults(self) -> Sequence[Fault]:
        """Those that happened with it."""
        return ()

    @property
    def attempt(self) -> int:
        """How often the SDK had sent it before: 0 for the first time."""
        return 0

    @property
    def lost(self) -> Response | None:
        """The operation's own answer, where the client never saw it."""
        return None

    @property
    def query(self) -> str:
        """What was asked for behind the path, as ``?limit=2``."""
        return ""

    @property
    @abstractmethod
    def title(self) -> str:
        """What was done, in a word."""

    @property
    @abstractmethod
    def result(self) -> str:
        """What came of it, in a line."""

    @property
    @abstractmethod
    def _where(self) -> tuple[str | None, ...]:
        """What the line names behind the title, where there is any."""

    @property
    def host(self) -> str:
        """The host that was asked, with its port where the URL wrote one; empty but for exchanges over HTTP."""
        return ""

    @property
    def line(self) -> str:
        """The whole of it in one line, ids at full length."""
        return self.told_in_a_line(with_host=False)

    def told_in_a_line(self, *, with_host: bool) -> str:
        """As :attr:`line`; the host is told behind the title."""
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
    """One operation that was asked for, over HTTP or by the test's own hand, and what came of it.

    ``operation`` is its name in the SDK, None for an unknown route; ``touched`` are the ids of the items that it put in
    or took out.
    """

    operation: str | None
    touched: tuple[str, ...]

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The status of the answer; None where there was none."""

    @property
    @abstractmethod
    def answer(self) -> Any:
        """The JSON that came back, or None where there is none."""

    @property
    @abstractmethod
    def body(self) -> Any:
        """The JSON that was sent, or None where there was none."""

    @property
    @abstractmethod
    def ids(self) -> Mapping[str, Any]:
        """The ids that it was asked for, as ``conversation_id`` and ``item_id``."""

    def _mishaps(self) -> list[str]:
        """The faults that happened with it, and when."""
        return []

    @property
    def _told(self) -> Sequence[str]:
        """How much of a stream was sent, where there is one."""
        return ()

    @property
    def _done(self) -> Any:
        """The JSON that tells what was done, whether or not the client saw it."""
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
        """The live ``error`` object of a refusal."""
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
        """The id of the conversation that it was about, or that it made."""
        asked = self.ids.get("conversation_id") or _named(self.body)
        done = self._done if asked is None else None
        return done.get("id") if isinstance(done, dict) and done.get("object") == "conversation" else asked

    @property
    def _without_conversation(self) -> str | None:
        """What a turn continues that names no conversation: some libraries drop the argument without a word."""
        if self.operation != "responses.create":
            return None
        body = self.body
        previous = body.get("previous_response_id") if isinstance(body, dict) else None
        return previous or "no conversation"

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items that it put in, took out or showed."""
        done = self._done
        if self.touched or not isinstance(done, dict):
            return self.touched
        # A fault's answer, or a file's, may have any shape.
        data = done.get("data") if done.get("object") == "list" else [done] if "type" in done else []
        ids = [item.get("id") for item in data if isinstance(item, dict)] if isinstance(data, list) else []
        return tuple(item_id for item_id in ids if isinstance(item_id, str))

    @property
    def result(self) -> str:
        """Status and code, how many items, what went wrong."""
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
        # A test may give anything as an id.
        return *(str(name) if name is not None else None for name in named), self.query


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(_Call):
    """One HTTP request and what came of it; what holds secrets in ``request`` and the answers is redacted.

    ``lost`` is the operation's own answer, where the client never saw it.
    """

    _faults: Sequence[Fault] = field(hash=False)
    _request: Request = field(hash=False)
    _outcome: Outcome = field(hash=False)
    _lost: Response | None = field(hash=False)

    kind: ClassVar[Literal["http"]] = "http"

    @property
    def faults(self) -> Sequence[Fault]:
        return copy(self._faults)

    @property
    def host(self) -> str:
        return self._request.header(b"host").decode("latin-1")

    @property
    def request(self) -> Request:
        """What the client sent."""
        timeout = self._request.timeout
        return self._request if timeout is None else self._request._replace(timeout=dict(timeout))

    @property
    def outcome(self) -> Outcome:
        """What the client got: an answer, or what broke it off."""
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
        """The JSON that was sent, or None where there is none."""
        return _parsed(self._request.body)

    @property
    def answer(self) -> Any:
        return _parsed(self._response.content) if self._response is not None else None

    @property
    def events(self) -> tuple[Any, ...]:
        """The events of an answer that is streamed, as far as they were sent; empty for any other answer."""
        content = self._response.content if self._response is not None else b""
        if not content.startswith(_EVENT):
            return ()
        return tuple(_parsed(frame.partition(b"\ndata: ")[2]) for frame in content.split(b"\n\n")[:-1])

    @property
    def _is_cut(self) -> bool:
        """Whether a stream broke off, or its client left, before the last event."""
        events = self.events
        last = events[-1].get("type") if events and isinstance(events[-1], dict) else None
        return bool(events) and last not in _LAST_EVENTS

    @property
    def _told(self) -> Sequence[str]:
        count = len(self.events)
        cut = ", not all of them" if self._is_cut else ""
        return [f"{count} event{'s' if count != 1 else ''}{cut}"] if count else []

    @property
    def items(self) -> tuple[str, ...]:
        # What a stream was to store is stored as its last event is sent, or without a client in the background.
        waits = self._is_cut and not (isinstance(self.body, dict) and self.body.get("background"))
        return () if waits else super(Exchange, self).items

    @property
    def _done(self) -> Any:
        return _parsed(self._lost.content) if self._lost is not None else self.answer

    @property
    def done(self) -> bool:
        return self._lost.status == _OK if self._lost is not None else self.status == _OK

    @property
    def arrived(self) -> bool:
        return isinstance(self._outcome, Response)

    @property
    def ids(self) -> Mapping[str, Any]:
        from convsim.operations.routes import match

        matched = match(self._request.path)
        return matched[1] if matched is not None else {}

    @property
    def query(self) -> str:
        return f"?{self._request.query}" if self._request.query else ""

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for what there is none of."""
        answer = self._response.content if self._response is not None else b""
        sent, got = (
            _indented(_parsed(body)) or body.decode("utf-8", "replace") for body in (self._request.body, answer)
        )
        return sent, got

    @property
    def title(self) -> str:
        """The operation, and which retry it was."""
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
        """Whether the SDK sends it again, if it may: it got no answer, or one of those that it retries."""
        if not isinstance(self._outcome, Response):
            return True
        return self._outcome.status in _RETRIED or self._outcome.status >= _BROKEN

    @property
    def identity(self) -> tuple[object, ...]:
        """What a retry has in common with the request before it."""
        asked = self._request
        # The SDK gives every call that changes something a key of its own, and its retries the same.
        key = asked.header(b"idempotency-key")
        return self.project, asked.method, asked.full_path, asked.query, asked.body, key


@overload
def _copy(response: Response) -> Response: ...
@overload
def _copy(response: Response | None) -> Response | None: ...
def _copy(response: Response | None) -> Response | None:
    """The response with headers of its own: who is handed one may do with them as they like."""
    return response._replace(headers=list(response.headers)) if response is not None else None


_MOST_DIGITS = 10
_EVENT = b"event: "
_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")


@dataclass(frozen=True, slots=True, repr=False)
class Direct(_Call):
    """One call of the Direct API, the test's own hand.

    ``data`` is the JSON that it would have got over HTTP.
    """

    _arguments: Mapping[str, Any] = field(hash=False)
    status: int = field()
    data: bytes

    kind: ClassVar[Literal["direct"]] = "direct"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The ids and, where there is one, the ``body``."""
        return deepcopy(self._arguments)

    @property
    def body(self) -> Any:
        """The JSON that was sent, or None where there is none."""
        return deepcopy(self._arguments.get("body"))

    @property
    def answer(self) -> Any:
        return _parsed(self.data)

    @property
    def ids(self) -> Mapping[str, Any]:
        return {name: deepcopy(value) for name, value in self._arguments.items() if name != "body"}

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for what there is none of."""
        return _indented(self.body), _indented(self.answer)

    @property
    def title(self) -> str:
        """The operation, as the test's own call."""
        return f"{self.operation} (direct)"


# --- Realtime events -----------------------------------------------------------------------------------------------

_ARROWS: Mapping[Sender, str] = {"client": ">", "server": "<"}
_LOST: Mapping[Sender, str] = {"client": "not received", "server": "not sent"}
_NORMAL = 1000
# What a line shows of an event, where it has it: members by their path.
_SHOWN = (("response", "status"), ("delta",), ("transcript",), ("text",), ("arguments",), ("audio",))
_WIDTH = 60


@dataclass(frozen=True, slots=True, repr=False)
class Frame(_Entry):
    """One Realtime event as it went over a connection, or the connection's end; credentials in it are redacted.

    ``session`` is the id of the session. ``content`` is what the client or the server sent: text, the bytes of a binary
    frame, or code and reason of a close. ``arrived`` is False where a fault, or the end of the connection, kept it from
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
        """What was sent, bytes for a binary frame; None for a close."""
        return None if isinstance(self.content, tuple) else self.content

    @property
    def close(self) -> tuple[int, str] | None:
        """Code and reason of a close."""
        return self.content if isinstance(self.content, tuple) else None

    @property
    def operation(self) -> str | None:
        """The event's type, "close" for a close; None for what is no event."""
        kind = "close" if self.close is not None else self._event.get("type")
        return kind if kind and isinstance(kind, str) else None

    @property
    def body(self) -> Any:
        """The client's event as JSON; None for the server's, and for what is no JSON."""
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
        """The event as JSON for people; the text where it is no JSON, how many bytes, or code and reason."""
        if isinstance(self.content, tuple):
            return " ".join(map(str, self.content)).rstrip()
        return _indented(self._json) or self._raw

    @property
    def texts(self) -> tuple[str, str]:
        """As :attr:`told`, of a client's event and of a server's; "" for the other one."""
        return (self.told, "") if self.sender == "client" else ("", self.told)

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
        """Whether it arrived."""
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
        return self.operation or ("text frame" if isinstance(self.content, str) else "binary frame")

    @property
    def title(self) -> str:
        """The name, behind an arrow: ``>`` for what the client sent, ``<`` for what the server did."""
        return f"{_ARROWS[self.sender]} {self.name}"

    @property
    def result(self) -> str:
        """Item and place, code, the beginning of a text; what went wrong."""
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
        """The item, and where the event puts it."""
        behind = self._event.get("previous_item_id", "")
        # A server's null is the beginning; a client's is the end, as if it had said nothing.
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
    """Whether they went to more than one host, so that their lines are to name it."""
    return len({entry.host for entry in entries if entry.host}) > 1


def _inside(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _short(words: str) -> str:
    return words if len(words) <= _WIDTH else f"{words[: _WIDTH - 3]}..."


def _parsed(body: str | bytes) -> Any:
    """The JSON in it, or None."""
    try:
        return from_json(body)
    except ValueError:
        return None


def _indented(value: Any) -> str:
    """The JSON as text for people; "" for None."""
    return to_json(value, indent=2).decode() if value is not None else ""


def _named(body: Any) -> str | None:
    """The conversation that a body names, as the body of a turn does: an id, or an object with one."""
    named = body.get("conversation") if isinstance(body, dict) else None
    found = named.get("id") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None
