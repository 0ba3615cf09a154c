"""What travels between an adapter and the router: neutral values of no HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Request(NamedTuple):
    """One HTTP request as an adapter saw it.

    ``full_path`` is the URL's path as it was sent (still percent-encoded), ``path`` what of it stands below the base
    URL (below ``/v1``), ``query`` what follows the question mark; ``headers`` are pairs as they were sent.
    """

    method: str
    path: str
    full_path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of the first header of that lower-case name, empty when there is none."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return b""


class Response(NamedTuple):
    """One HTTP answer: ``headers`` in the order and spelling in which they are sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


Handler = Callable[[Request], Response]
"""What every adapter is given: it answers a request and never raises for one."""
