"""httpx2 and httpx: from their requests to those of an app, and from outcomes to their responses and exceptions."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import httpx
import httpx2

from convsim.adapters.drivers import take, take_async
from convsim.http.bodies import CutBody
from convsim.http.messages import Body, Chunk, Outcome, Request, Response, TransportErrorKind, TransportFault

_EXCEPTIONS: dict[TransportErrorKind, tuple[str, str]] = {
    "refused": ("ConnectError", "[Errno 111] Connection refused"),
    "dns": ("ConnectError", "[Errno -2] Name or service not known"),
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "reset_in_body": ("ReadError", "[Errno 104] Connection reset by peer"),
}


class Streamed:
    """A streamed body as a library's stream; it breaks off with the library's exception.

    It iterates without generators, which would have to be closed after a client leaves early.
    """

    def __init__(self, body: Body, error: Callable[[TransportFault], Exception]) -> None:
        self._body = body
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._data(take(self._body), StopIteration)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return self._data(await take_async(self._body), StopAsyncIteration)

    def _data(self, item: Chunk | TransportFault | None, end: type[Exception]) -> bytes:
        if item is None:
            raise end
        if isinstance(item, TransportFault):
            raise self._error(item)
        return item.data

    def close(self) -> None:
        self._body.close()

    async def aclose(self) -> None:
        self._body.close()


class Library:
    """One of two libraries with the same names; ``module`` is httpx2 or httpx."""

    def __init__(self, module: Any) -> None:
        self._response = module.Response
        self._bytes = module.ByteStream
        self._exceptions = {kind: (getattr(module, name), words) for kind, (name, words) in _EXCEPTIONS.items()}
        bases = Streamed, module.SyncByteStream, module.AsyncByteStream
        self._streamed: Any = type("Streamed", bases, {})

    def respond(self, outcome: Outcome, request: Any) -> Any:
        """Return the outcome as the network transport would: a response with an unread stream; or raise it."""
        if outcome.delay:
            time.sleep(outcome.delay)
        body: bytes | Body
        if isinstance(outcome, Response):
            head, body = outcome, outcome.body
        elif outcome.partial is not None:
            head, body = outcome.partial, CutBody(outcome.partial.body, outcome.after_bytes)
        else:
            raise self._error(request, outcome)
        whole = isinstance(body, bytes)
        stream = self._bytes(body) if whole else self._streamed(body, partial(self._error, request))
        return self._response(head.status, headers=head.headers, stream=stream)

    async def respond_async(self, outcome: Outcome, request: Any) -> Any:
        """Do as :meth:`respond`, and let other tasks run meanwhile."""
        if outcome.delay:
            import anyio  # a dependency of both libraries; needed for late answers only

            await anyio.sleep(outcome.delay)
            outcome = outcome._replace(delay=0.0)
        return self.respond(outcome, request)

    def _error(self, request: Any, fault: TransportFault) -> Exception:
        exception, words = self._exceptions[fault.kind]
        error: Exception = exception(words, request=request)
        return error


HTTPX2 = Library(httpx2)
HTTPX = Library(httpx)
LIBRARIES = {"httpx2": HTTPX2, "httpx": HTTPX}


def to_request(request: httpx.Request | httpx2.Request, body: bytes, path: str | Callable[[str], str]) -> Request:
    """Return a library's request, its body already read, as an app takes it.

    ``path`` is relative to the base URL, or makes the whole path relative.
    """
    full_path, query = _split(request.url.raw_path)
    if not isinstance(path, str):
        path = path(full_path)
    return Request(request.method, path, full_path, query, request.headers.raw, body, request.extensions.get("timeout"))


@lru_cache(maxsize=256)
def _split(target: bytes) -> tuple[str, str]:
    """Return the path and the query of a URL."""
    path, _, query = target.decode("ascii").partition("?")
    return path, query
