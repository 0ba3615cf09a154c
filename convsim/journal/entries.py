"""The entries of the journal: exchanges over HTTP, direct calls and Realtime events, each with its line of text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

from convsim.http.messages import Outcome, Request, Response
from convsim.journal.frames import Frame
from convsim.journal.record import Record, indented, parsed

if TYPE_CHECKING:
    from convsim.faults.fault import Fault

_OK = 200
_REFUSED = 400
_BROKEN = 500
_RETRIED = (408, 409, 429)
_MOST_DIGITS = 10


@dataclass(frozen=True, slots=True, repr=False)
class _Call(Record):
    """One call of an operation, over HTTP or by the test itself, and its outcome."""

    operation: str | None
    """The operation's name in the SDK; None for an unknown route."""
    touched: tuple[str, ...]
    """The ids of the items that it added or removed."""

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

    @property
    @abstractmethod
    def _told(self) -> Sequence[str]:
        """How much of a stream was sent, if it is one."""

    @property
    def _done(self) -> Any:
        """The JSON that describes the result, whether or not the client saw it."""
        lost = self.lost
        return parsed(lost.content) if lost is not None else self.answer

    @property
    def arrived(self) -> bool:
        """Whether the client got a whole answer."""
        return self.status is not None

    @property
    def done(self) -> bool:
        """Whether it was carried out, whether or not the client saw it."""
        lost = self.lost
        return (lost.status if lost is not None else self.status) == _OK

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
    def _turn(self) -> Mapping[str, Any]:
        """The request of a turn; empty for other calls, and for a body that is no object."""
        body = self.body if self.operation == "responses.create" else None
        return body if isinstance(body, dict) else {}

    @property
    def stream_id(self) -> str | None:
        """The lane of a turn over a WebSocket; None without one, and for other calls."""
        lane = self._turn.get("stream_id")
        return lane if isinstance(lane, str) else None

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
        lost = self.lost
        when = "" if lost is None else " after commit" if lost.status < _REFUSED else " instead of a refusal"
        return "  ".join([*notes, *(f"{fault!r}{when}" for fault in self.faults)])

    @property
    def _where(self) -> tuple[str | None, ...]:
        ids, turn, named, lane = self.ids, self._turn, self.conversation, self.stream_id
        which = ids.get("item_id") or ids.get("response_id")
        # Some libraries send it with each turn, and the conversation stays as it is.
        unstored = named is not None and turn.get("store") is False
        if named is None and self.operation == "responses.create":
            # Some libraries drop the argument silently.
            named = turn.get("previous_response_id") or "no conversation"
        # A test may pass any object as an id.
        return (
            *(str(name) if name is not None else None for name in (named, which)),
            self.query,
            "store=false" if unstored else None,
            f"stream_id={lane}" if lane is not None else None,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(_Call):
    """One HTTP request and its outcome; secrets in ``request`` and the answers are redacted.

    ``kind`` is ``"http"``, and ``unsent`` the part of a stream that was never sent.

    >>> made = client.conversations.create(metadata={"topic": "demo"})
    >>> (entry,) = sim.journal
    >>> entry.operation, entry.status, entry.body
    ('conversations.create', 200, {'metadata': {'topic': 'demo'}})
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
        return parsed(self._request.body)

    @property
    def answer(self) -> Any:
        return parsed(self._response.content) if self._response is not None else None

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
        return _told_events(self.events, self.lost_events)

    @property
    def arrived(self) -> bool:
        return isinstance(self._outcome, Response) and not self.unsent

    @property
    def ids(self) -> Mapping[str, Any]:
        from convsim.operations.matching import match

        matched = match(self._request.path)
        return dict(matched[1]) if matched is not None else {}

    @property
    def query(self) -> str:
        return f"?{self._request.query}" if self._request.query else ""

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for a missing one."""
        answer = self._response.content if self._response is not None else b""
        sent, got = (indented(parsed(body)) or body.decode("utf-8", "replace") for body in (self._request.body, answer))
        return sent, got

    @property
    def title(self) -> str:
        """The operation, and the number of the retry."""
        name = self.operation or f"{self._request.method} {self._request.full_path}"
        return f"{name} (retry {self.attempt})" if self.attempt else name

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


_EVENT = b"event: "
LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")
"""The types of the last event of a turn's stream."""


def _told_events(events: Sequence[Any], lost: Sequence[Any]) -> Sequence[str]:
    """Return how many events of a stream were sent, and how many were not."""
    if not events:
        return [f"{_counted(lost)} not sent"] if lost else []
    last = events[-1].get("type") if isinstance(events[-1], dict) else None
    more = f", {len(lost)} not sent" if lost else "" if last in LAST_EVENTS else ", not all of them"
    return [f"{_counted(events)}{more}"]


def _counted(events: Sequence[Any]) -> str:
    return f"{len(events)} event{'s' if len(events) != 1 else ''}"


def _events(stream: bytes) -> tuple[Any, ...]:
    """Return the JSON of each whole event, None for an event that is not JSON."""
    if not stream.startswith(_EVENT):
        return ()
    return tuple(parsed(frame.partition(b"\ndata: ")[2]) for frame in stream.split(b"\n\n")[:-1])


@dataclass(frozen=True, slots=True, repr=False)
class Direct(_Call):
    """One call of the Direct API, by the test itself.

    ``data`` is the JSON that HTTP would have sent; for a stream, the newest response that it showed, and ``stream`` has
    the events that the test took.

    >>> made = sim.conversations.create()
    >>> (entry,) = sim.journal
    >>> entry.kind, entry.operation, entry.status
    ('direct', 'conversations.create', 200)
    """

    _arguments: Mapping[str, Any] = field(hash=False)
    status: int = field()
    data: bytes
    stream: bytes = b""

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
        return parsed(self.data)

    @property
    def events(self) -> tuple[Any, ...]:
        """The events of a stream, as far as the test took them; empty for any other answer."""
        return _events(self.stream)

    @property
    def _told(self) -> Sequence[str]:
        return _told_events(self.events, ())

    @property
    def ids(self) -> Mapping[str, Any]:
        return {name: deepcopy(value) for name, value in self._arguments.items() if name != "body"}

    @property
    def texts(self) -> tuple[str, str]:
        """Body and answer as text; "" for a missing one."""
        return indented(self.body), indented(self.answer)

    @property
    def title(self) -> str:
        """The operation, as the test's own call."""
        return f"{self.operation} (direct)"


Entry = Exchange | Direct | Frame


def has_several_hosts(entries: Iterable[Entry]) -> bool:
    """Return whether exchanges went to more than one host, so that lines have to name it."""
    return len({entry.host for entry in entries if entry.host}) > 1


def _named(body: Any) -> str | None:
    """Return the conversation that a body names, as the body of a turn does: an id, or an object with one."""
    named = body.get("conversation") if isinstance(body, dict) else None
    found = named.get("id") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None
