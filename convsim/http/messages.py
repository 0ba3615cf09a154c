"""What travels between an adapter and an app: requests, responses, streams and their items, of no library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Literal, NamedTuple, Protocol, TypeVar

from convsim.core.secrets import body_without_secrets, query_without_secrets, without_secrets
from convsim.http.websocket import ABNORMAL_CLOSURE


class Request(NamedTuple):
    """One HTTP request as an adapter saw it.

    ``full_path`` is the URL's path as it was sent (still percent-encoded), ``path`` what of it stands below the base
    URL (below ``/v1``), ``query`` what follows the question mark; ``headers`` are pairs as they were sent. ``timeout``
    is how long the client waits, in seconds: for the ``connect`` and for each ``read``, None for as long as it takes.
    """

    method: str
    path: str
    full_path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    timeout: Mapping[str, float | None] | None = None

    def __repr__(self) -> str:
        """As of any named tuple, without secrets."""
        shown = self._asdict() | {
            "query": query_without_secrets(self.query),
            "headers": without_secrets(self.headers),
            "body": body_without_secrets(self.body),
        }
        return f"Request({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def header(self, name: bytes) -> bytes:
        """The value of the first header of that lower-case name, empty when there is none."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return b""


def is_retry(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the SDK tries a call again, and not for the first time."""
    return any(name.lower() == b"x-stainless-retry-count" and value != b"0" for name, value in headers)


class Response(NamedTuple):
    """One HTTP answer: ``headers`` in the order and spelling in which they are sent.

    ``delay`` is how many seconds the adapter lets pass before it hands the answer over. A ``body`` that is sent over
    time is a stream, which the adapter reads and, where the client leaves early, closes.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | Body
    delay: float = 0.0

    def __repr__(self) -> str:
        """As of any named tuple, without secrets."""
        body = body_without_secrets(self.body) if isinstance(self.body, bytes) else self.body
        return f"Response(status={self.status}, headers={self.headers!r}, body={body!r}, delay={self.delay})"

    @property
    def content(self) -> bytes:
        """The bytes of the body; of one that is sent over time, those that have been sent."""
        return self.body if isinstance(self.body, bytes) else self.body.content


TransportErrorKind = Literal["refused", "dns", "connect_timeout", "read_timeout", "reset", "reset_in_body"]


class TransportFault(NamedTuple):
    """No answer: the adapter raises its own library's exception, ``delay`` seconds later.

    With ``reset_in_body`` the answer ``partial`` begins, and the connection breaks behind ``after_bytes`` of its body.
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
    """How far the connection behind a stream has come."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"  # nothing more is sent behind what has been given
    CLOSED = "closed"
    ABORTED = "aborted"  # broken off at once, whatever was still to be sent


class Stream(Protocol[T_co]):
    """One port for everything that is sent over time: the body of an answer, or the messages of a WebSocket.

    A source of items (a Realtime session, a turn of Responses) is a stream whose items carry the ``delay`` before them.
    A delivery (:mod:`convsim.service.delivery`) wraps the source and lets the delays pass; it is a stream whose items
    are due when :meth:`next` returns them. Adapters read deliveries. All methods are safe from several threads, and no
    lock of the emulator is held between two calls.
    """

    wake: Callable[[], None]
    """Set by the reader of the stream; called, from any thread, when :meth:`next` may return more than it last did."""

    def next(self, now: float) -> T_co | float | None:
        """Return the next item, the seconds to wait for it, or None at the end.

        ``now`` is in seconds of any clock that only moves forward. ``math.inf`` means to wait until :attr:`wake` is
        called.
        """

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Stop sending: the client has closed the stream, or (1006) has left. A stream that has ended ignores it.

        The body of an answer ignores ``code`` and ``reason``.
        """


class Chunk(NamedTuple):
    """Some bytes of an answer's body, ``delay`` seconds after those before.

    ``event`` is the type of the server-sent event in them (``response.output_text.delta``): faults are armed by it.
    """

    data: bytes
    event: str | None = None
    delay: float = 0.0


class Body(Stream[Chunk | TransportFault], Protocol):
    """The body of an answer as adapters read it; a transport fault breaks the connection and is the last item."""

    @property
    def content(self) -> bytes:
        """What has been sent."""


class Frame(NamedTuple):
    """A text frame: the exact JSON of one server event, ``delay`` seconds after what was sent before."""

    text: str
    delay: float = 0.0


class Ping(NamedTuple):
    """A ping, ``delay`` seconds after what was sent before."""

    data: bytes = b""
    delay: float = 0.0


class Close(NamedTuple):
    """The end: a close frame with ``code`` and ``reason`` (for 1006, the loss of the connection without one).

    ``delay`` is in seconds after what was sent before.
    """

    code: int
    reason: str = ""
    delay: float = 0.0


Sent = Frame | Ping | Close


class WebSocket(Stream[Sent], Protocol):
    """The service's end of one WebSocket."""

    @property
    def state(self) -> State:
        """OPEN, CLOSED, or ABORTED: then the connection breaks at once, without a :class:`Close`."""

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client: ``str`` from a text frame, ``bytes`` from a binary one."""


Opening = Callable[[Request], WebSocket | Outcome]
"""Gives the service's end for a WebSocket's opening request, or the answer that refuses it."""


class App(Protocol):
    """The application behind every adapter: it answers HTTP requests and accepts WebSocket connections."""

    def serves(self, method: str, path: str) -> bool:
        """Whether it answers requests for a path relative to the base URL.

        Otherwise a mock of the test's own may; :meth:`handle` and :meth:`connect` raise
        :class:`~convsim.errors.RefusedRouteError`.
        """

    def handle(self, request: Request) -> Outcome:
        """Answer one request that it serves. It never raises for one: an error is an answer, too."""

    def connect(self, path: str) -> Opening | None:
        """Called as a client begins to connect; ``path`` is relative to the base URL.

        Returns None where no WebSocket is at that path: :meth:`handle` answers the request instead.
        """

    def pass_time(self, seconds: float) -> float:
        """Let the seconds pass on the clock; gives those that the adapter has to wait."""
