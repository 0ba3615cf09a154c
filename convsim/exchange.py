"""What travels between an adapter and the router: neutral values of no HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple


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
"""What every adapter is given: it answers a request and never raises for one."""
