"""What travels between an adapter and the router, or a session: neutral values of no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol


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

    def header(self, name: bytes) -> bytes:
        """The value of the first header of that lower-case name, empty when there is none."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return b""


class Response(NamedTuple):
    """One HTTP answer: ``headers`` in the order and spelling in which they are sent.

    ``delay`` is how many seconds the adapter lets pass before it hands the answer over.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    delay: float = 0.0


Kind = Literal["refused", "dns", "connect_timeout", "read_timeout", "reset", "reset_in_body"]


class TransportFault(NamedTuple):
    """No answer: the adapter raises its own library's exception, ``delay`` seconds later.

    With ``reset_in_body`` the answer ``partial`` begins, and the connection breaks behind ``after_bytes`` of its body.
    """

    kind: Kind
    delay: float = 0.0
    partial: Response | None = None
    after_bytes: int = 0


Outcome = Response | TransportFault

Handler = Callable[[Request], Outcome]
"""Answers a request; see :meth:`App.handle`."""


# --- WebSockets ----------------------------------------------------------------------------------------------------


class Frame(NamedTuple):
    """A text frame: the exact JSON of one server event; ``delay`` is in seconds after what was sent before."""

    text: str
    delay: float = 0.0


class Ping(NamedTuple):
    """A ping; ``delay`` is in seconds after what was sent before."""

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


class Peer(Protocol):
    """The service's end of one Realtime connection, as an adapter holds it; safe from several threads."""

    wake: Callable[[], None]
    """Called, from any thread, when there is something to send that :meth:`receive` has not caused."""

    broken: bool
    """Whether the connection is to break at once, whatever still waits."""

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client: ``str`` from a text frame, ``bytes`` from a binary one."""

    def events_to_send(self) -> list[Sent]:
        """What has come up to be sent, in its order; each is told of by :meth:`sent` when it has been."""

    def pass_time(self, seconds: float) -> float:
        """Let the delay of the next of them begin; gives the seconds that the adapter has to wait."""

    def sent(self) -> None:
        """The oldest of them that was not told of has been sent."""

    def lost(self, code: int, reason: str = "") -> None:
        """The client has closed, or (1006) is no longer there: what has not been sent never will be."""


Opening = Callable[[Request], Peer]
"""Gives the service's end for a WebSocket's opening request."""

Opener = Callable[[str], Opening | None]
"""Asked as a client begins to connect, with the path below the base URL; None where that is not Realtime's."""


class App(Protocol):
    """The application behind every adapter: it answers HTTP requests and accepts WebSocket connections."""

    def handle(self, request: Request) -> Outcome:
        """Answer one request. It never raises for one: an error is an answer, too."""

    def connect(self, path: str) -> Opening | None:
        """Called as a client begins to connect; ``path`` is relative to the base URL.

        Returns None where no WebSocket is at that path: :meth:`handle` answers the request instead.
        """
