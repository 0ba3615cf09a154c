"""How an outcome looks in httpx2 and in httpx: a response, or the library's own exception."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import httpx2

from convsim.http.messages import Kind, Outcome, Request, Response, TransportFault

_EXCEPTIONS: dict[Kind, tuple[str, str]] = {
    "refused": ("ConnectError", "[Errno 111] Connection refused"),
    "dns": ("ConnectError", "[Errno -2] Name or service not known"),
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "reset_in_body": ("ReadError", "[Errno 104] Connection reset by peer"),
}


class Library:
    """One of two libraries that have the same names; ``module`` is httpx2 or httpx."""

    def __init__(self, module: Any) -> None:
        self._response = module.Response
        self._bytes = module.ByteStream
        self._exceptions = {kind: (getattr(module, name), words) for kind, (name, words) in _EXCEPTIONS.items()}

        class Broken(module.SyncByteStream, module.AsyncByteStream):  # type: ignore[misc]
            """A body that breaks off with an exception."""

            def __init__(self, begun: bytes, error: Exception) -> None:
                self._begun = begun
                self._error = error

            def __iter__(self) -> Iterator[bytes]:
                yield self._begun
                raise self._error

            async def __aiter__(self) -> AsyncIterator[bytes]:
                yield self._begun
                raise self._error

        self._broken = Broken

    def give(self, outcome: Outcome, request: Any) -> Any:
        """The outcome as the network transport would give it: a response with a stream still to be read, or raised."""
        if outcome.delay:
            time.sleep(outcome.delay)
        return self._given(outcome, request)

    async def give_async(self, outcome: Outcome, request: Any) -> Any:
        """As :meth:`give`; it lets other tasks run meanwhile."""
        if outcome.delay:
            import anyio  # a dependency of both libraries; only what is late needs it

            await anyio.sleep(outcome.delay)
        return self._given(outcome, request)

    def _given(self, outcome: Outcome, request: Any) -> Any:
        if isinstance(outcome, Response):
            return self._response(outcome.status, headers=outcome.headers, stream=self._bytes(outcome.body))
        error = self._error(outcome, request)
        if outcome.partial is None:
            raise error
        begun = self._broken(outcome.partial.body[: outcome.after_bytes], error)
        return self._response(outcome.partial.status, headers=outcome.partial.headers, stream=begun)

    def _error(self, fault: TransportFault, request: Any) -> Exception:
        exception, words = self._exceptions[fault.kind]
        error: Exception = exception(words, request=request)
        return error


LIBRARIES = {"httpx2": Library(httpx2), "httpx": Library(httpx)}


Below = Callable[[str], str]
"""From a URL's path to what of it stands below the base URL."""


def neutral(request: httpx.Request | httpx2.Request, body: bytes, below: Below) -> Request:
    """A library's request, once its body was read, as the router takes it."""
    full_path, _, query = request.url.raw_path.decode("ascii").partition("?")
    timeout = request.extensions.get("timeout")
    return Request(request.method, below(full_path), full_path, query, request.headers.raw, body, timeout)
