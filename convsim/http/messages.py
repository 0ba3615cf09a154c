"""The values between adapters and apps: requests, responses, streams and their items, independent of any library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Literal, NamedTuple, Protocol, TypeVar
from weakref import ReferenceType, ref

from convsim.core.secrets import body_without_secrets, query_without_secrets, without_secrets
from convsim.http.websocket import ABNORMAL_CLOSURE


class Request(NamedTuple):
    """One HTTP request as an adapter saw it.

    ``full_path`` is the URL's path as it was sent (still percent-encoded), ``path`` is relative to the base URL (below
    ``/v1``), ``query`` is the part after the question mark; ``headers`` are pairs as they were sent. ``timeout`` is how
    long the client waits, in seconds: for the ``connect`` and for each ``read``, None for no limit.
    """

    method: str
    path: str
    full_path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    timeout: Mapping[str, float | None] | None = None

    def __repr__(self) -> str:
        """Show the fields as any named tuple does, without secrets."""
        shown = self._asdict() | {
            "query": query_without_secrets(self.query),
            "headers": without_secrets(self.headers),
            "body": body_without_secrets(self.body),
        }
        return f"Request({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def header(self, name: bytes) -> bytes:
        """Return the value of the first header of that lower-case name, or an empty string."""
        length = len(name)
        for key, value in self.headers:
            if len(key) == length and key.lower() == name:
                return value
        return b""


def is_retry(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the SDK is retrying a call."""
    return any(name.lower() == b"x-stainless-retry-count" and value != b"0" for name, value in headers)


class Response(NamedTuple):
    """One HTTP answer: ``headers`` in the order and spelling in which they are sent.

    ``delay`` is how many seconds the adapter waits before it hands the answer over. A streamed ``body`` is a
    :class:`Body`, which the adapter reads and, when the client leaves early, closes.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | Body
    delay: float = 0.0

    def __repr__(self) -> str:
        """Show the fields as any named tuple does, without secrets."""
        body = body_without_secrets(self.body) if isinstance(self.body, bytes) else self.body
        return f"Response(status={self.status}, headers={self.headers!r}, body={body!r}, delay={self.delay})"

    @property
    def content(self) -> bytes:
        """The bytes of the body; for a streamed one, those that have been sent."""
        return self.body if isinstance(self.body, bytes) else self.body.account.sent


TransportErrorKind = Literal["refused", "dns", "connect_timeout", "read_timeout", "reset", "reset_in_body"]


class TransportFault(NamedTuple):
    """An exchange without answer: the adapter raises its own library's exception, ``delay`` seconds later.

    With ``reset_in_body`` the answer ``partial`` begins, and the connection breaks after ``after_bytes`` of its body.
    """

    kind: TransportErrorKind
    delay: float = 0.0
    partial: Response | None = None
    after_bytes: int = 0


Outcome = Response | TransportFault

Handler = Callable[[Request], Outcome]
"""Answers a request; see :meth:`App.handle`."""


# --- what is sent over time ----------------------------------------------------------------------------------------

T_co = TypeVar("T_co", covariant=True)


class State(Enum):
    """The state of the connection behind a stream."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"  # no more items follow
    CLOSED = "closed"
    ABORTED = "aborted"  # broken at once, pending items are discarded


class Stream(Protocol[T_co]):
    """The one interface of data that is sent over time: the body of an answer, or the messages of a WebSocket.

    A source of items (a Realtime session, a turn of Responses) is a stream whose items carry the ``delay`` before them.
    A delivery (:mod:`convsim.service.delivery`) wraps the source and lets the delays pass; it is a stream whose items
    are due when :meth:`next` returns them. Adapters read deliveries. All methods are safe from several threads, and no
    lock of the emulator is held between two calls.
    """

    wake: Callable[[], None]
    """A callback of the reader; called, from any thread, when :meth:`next` may return more than it last did."""

    def next(self, now: float) -> T_co | float | None:
        """Return the next item, the seconds to wait for it, or None at the end.

        ``now`` is in seconds of any clock that only moves forward. ``math.inf`` means to wait until :attr:`wake` is
        called.
        """

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Stop sending: the client has closed the stream, or (1006) has left. A stream that has ended ignores the call.

        The body of an answer ignores ``code`` and ``reason``.
        """


class Chunk(NamedTuple):
    """Some bytes of an answer's body, ``delay`` seconds after the previous ones.

    ``event`` is the type of the server-sent event in them (``response.output_text.delta``): faults are armed by it.
    """

    data: bytes
    event: str | None = None
    delay: float = 0.0


class Account:
    """The fate of a streamed body: the parts ``sent`` to the client, and those ``lost`` by a fault or because it left.

    It does not hold the body. The journal keeps the account, so that a stream which its client forgot is
    garbage-collected.
    """

    __slots__ = ("_body", "_lost", "_sent")

    def __init__(self, body: Body | None) -> None:
        self._body: ReferenceType[Body] | None = ref(body) if body is not None else None
        self._sent = bytearray()
        self._lost = bytearray()

    @property
    def sent(self) -> bytes:
        return bytes(self._sent)

    @property
    def lost(self) -> bytes:
        return bytes(self._lost)

    @property
    def over(self) -> bool:
        """Whether it is final: the body has ended, or was garbage-collected."""
        body = self._body  # read once: another thread may close it
        return body is None or body() is None

    @property
    def is_open(self) -> bool:
        """Whether the body was neither sent to its end nor closed; it may have been garbage-collected."""
        return self._body is not None

    def note(self, data: bytes, *, arrived: bool) -> None:
        """Note bytes that were sent, or never will be."""
        if arrived:
            self._sent += data
        else:
            self._lost += data

    def cut(self, data: bytes, kept: int) -> None:
        """Note that the client got only part of ``data``, which was noted as sent last."""
        if kept < len(data):
            del self._sent[len(self._sent) - len(data) + kept :]
            self._lost += data

    def close(self) -> None:
        """Note the end of the body."""
        self._body = None


class Body(Stream[Chunk | TransportFault], Protocol):
    """The body of an answer as adapters read it; a transport fault breaks the connection and is the last item."""

    @property
    def account(self) -> Account:
        """The parts that have been sent, and those that never will be."""

    def due(self, now: float, most: int) -> tuple[bytes, TransportFault | float | None]:
        """Return the bytes of all chunks that are due, and the next item, as :meth:`next` does.

        After about ``most`` bytes, the next item is a wait of no time.
        """


class Frame(NamedTuple):
    """A text frame: the exact JSON of one server event, ``delay`` seconds after the previous item.

    >>> session = Session()
    >>> session.events_to_send()[0].text[:26]
    '{"type":"session.created",'
    """

    text: str
    delay: float = 0.0


class Ping(NamedTuple):
    """A ping, ``delay`` seconds after the previous item.

    >>> session = Session()
    >>> session.ping(b"still there?")
    >>> session.events_to_send()[-1]
    Ping(data=b'still there?', delay=0.0)
    """

    data: bytes = b""
    delay: float = 0.0


class Close(NamedTuple):
    """The end: a close frame with ``code`` and ``reason`` (for 1006, the loss of the connection without one).

    ``delay`` is in seconds after the previous item.

    >>> connection = sim.realtime.connect()
    >>> connection.session.drop(1001, "going away")
    >>> connection.session.events_to_send()[-1]
    Close(code=1001, reason='going away', delay=0.0)
    """

    code: int
    reason: str = ""
    delay: float = 0.0


Sent = Frame | Ping | Close
"""What the service's end of a WebSocket sends."""


class WebSocket(Stream[Sent], Protocol):
    """The service's end of one WebSocket."""

    @property
    def state(self) -> State:
        """OPEN, CLOSED, or ABORTED: in the last case the connection breaks at once, without a :class:`Close`."""

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client: ``str`` from a text frame, ``bytes`` from a binary one."""


Opening = Callable[[Request], WebSocket | Outcome]
"""A function that takes a WebSocket's opening request and returns the service's end, or the answer that refuses it."""


class App(Protocol):
    """The application behind every adapter: it answers HTTP requests and accepts WebSocket connections."""

    def serves(self, method: str, path: str, /) -> bool:
        """Return whether it answers requests for a path relative to the base URL.

        Otherwise a mock of the test may answer; :meth:`handle` and :meth:`connect` raise
        :class:`~convsim.errors.RefusedRouteError`.
        """

    def handle(self, request: Request, /) -> Outcome:
        """Answer one request that it serves. It never raises for one: an error is an answer, too."""

    def connect(self, path: str) -> Opening | None:
        """Return the opening of the WebSocket at ``path``, relative to the base URL, as a client begins to connect.

        Returns None if no WebSocket is at that path: :meth:`handle` answers the request instead.
        """

    def pass_time(self, seconds: float) -> float:
        """Let the seconds pass on the clock; return those that the adapter still has to wait."""
