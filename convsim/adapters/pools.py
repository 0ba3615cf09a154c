"""The lowest point of httpx and httpx2: the connection pools of httpcore and httpcore2.

All layers above the pools run first: mocks, cassettes, instrumentation, and clients that kept a transport's method from
before the patch. A request that comes this far is about to leave: it is answered or refused here. The body of the
library's own function is patched, so that a mock in its place stays above.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import httpx
import httpx2

from convsim.adapters import active
from convsim.adapters.active import Match, Target
from convsim.adapters.httpx_family import LIBRARIES, to_request
from convsim.adapters.patching import MethodPatch, PatchPoint, Wrap, own_function
from convsim.http.messages import is_retry

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MODULES: dict[str, Any] = {"httpx": httpx, "httpx2": httpx2}


def _core(library: str) -> Any:
    import httpcore
    import httpcore2

    return httpcore if library == "httpx" else httpcore2


def patched_pool(point: MethodPatch) -> Callable[[Any, Any], Any]:
    """Patch ``ConnectionPool.handle_request``, and that of the pools of proxies."""
    module, core, library = _MODULES[point.library], _core(point.library), LIBRARIES[point.library]

    def handle_request(pool: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = _admitted(core, request)
        if found is None:
            return point.original(pool, request)
        sent = _sent(module, request)
        with active.naming_mocks():
            outcome = found.app.handle(to_request(sent, sent.read(), found.path))
        with _errors_of(module, core):
            return _response(core, module, library.respond(outcome, sent))

    return handle_request


def patched_async_pool(point: MethodPatch) -> Callable[[Any, Any], Any]:
    """Patch ``AsyncConnectionPool.handle_async_request``, and that of the pools of proxies."""
    module, core, library = _MODULES[point.library], _core(point.library), LIBRARIES[point.library]

    async def handle_async_request(pool: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = _admitted(core, request)
        if found is None:
            return await point.original(pool, request)
        sent = _sent(module, request)
        body = await sent.aread()
        with active.naming_mocks():
            outcome = found.app.handle(to_request(sent, body, found.path))
        with _errors_of(module, core):
            return _response(core, module, await library.respond_async(outcome, sent))

    return handle_async_request


def _admitted(core: Any, request: Any) -> Match | None:
    __tracebackhide__ = True
    url = request.url
    host, path = url.host.decode("ascii"), url.target.decode("ascii").partition("?")[0]

    def told() -> Target:
        scheme = url.scheme.decode("ascii")
        port = None if url.port == _DEFAULT_PORTS.get(scheme) else url.port
        retried = is_retry(request.headers)
        return active.target(request.method.decode("ascii"), scheme, host, port, path, retried=retried)

    try:
        found = active.admit(host, url.port, path, told)
    except socket.gaierror as error:
        raise core.ConnectError(str(error)) from None
    if found is None:
        active.refuse_made_up_key(request.headers, host, told)
    return found


def _sent(module: Any, request: Any) -> Any:
    """Return the request as the library above has it."""
    return module.Request(
        request.method.decode("ascii"),
        bytes(request.url).decode("ascii"),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


def _response(core: Any, module: Any, response: Any) -> Any:
    return core.Response(
        response.status_code,
        headers=response.headers.raw,
        content=_Body(response.stream, module, core),
        extensions=response.extensions,
    )


class _Body:
    """A response's stream that raises the errors of the pools; like the streams themselves, it uses no generator."""

    def __init__(self, stream: Any, module: Any, core: Any) -> None:
        self._stream = stream
        self._module = module
        self._core = core
        self._chunks: Any = None

    def __iter__(self) -> Iterator[bytes]:
        self._chunks = iter(self._stream)
        return self

    def __next__(self) -> Any:
        with _errors_of(self._module, self._core):
            return next(self._chunks)

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._chunks = aiter(self._stream)
        return self

    async def __anext__(self) -> Any:
        with _errors_of(self._module, self._core):
            return await anext(self._chunks)

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def _errors_of(module: Any, core: Any) -> Iterator[None]:
    """Raise the errors of the library above as those of the pools, which have the same names."""
    __tracebackhide__ = True
    try:
        yield
    except module.TransportError as error:
        raise getattr(core, type(error).__name__)(str(error)) from None


def _pool(library: str, name: str, method: str, wrap: Wrap) -> Callable[[ModuleType], list[PatchPoint]]:
    def points(module: ModuleType) -> list[PatchPoint]:
        own = own_function(module, f"{name}.{method}")
        return [PatchPoint(library, own, "__code__", wrap, f"{module.__name__}.{name}.{method}")]

    return points


_SYNC = ("ConnectionPool", "handle_request", patched_pool)
_ASYNC = ("AsyncConnectionPool", "handle_async_request", patched_async_pool)

POINTS = {
    "httpcore._sync.connection_pool": _pool("httpx", *_SYNC),
    "httpcore._async.connection_pool": _pool("httpx", *_ASYNC),
    "httpcore2._sync.connection_pool": _pool("httpx2", *_SYNC),
    "httpcore2._async.connection_pool": _pool("httpx2", *_ASYNC),
}
"""The patch points of the pools, by module. Neither httpx nor this module imports them before a transport is built."""
