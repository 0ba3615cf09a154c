"""Interception: while an emulator is patched in, it sees every request of httpx, httpx2, websockets and the SDK.

Each client meets two points. The upper one, the method of the network transport, answers requests that an app claims,
below a user's own wrapper transports and beside the in-process ones (test clients, mock transports), which are not
touched. All other requests go on to the method that was there before: a mock's, a cassette's, or the library's. The
lower one, the connection pool, answers requests that bypassed the upper one and refuses those that are about to leave.
Below both, the last net refuses other libraries by name. Of several active patches, the innermost that claims the URL
answers. The points are patched only while there is an active patch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import FunctionType, ModuleType
from typing import Any

import httpx
import httpx2

from convsim.adapters import active, aiohttp, azure_identity, network, pools, sdk_sleep, websockets
from convsim.adapters.active import Patch
from convsim.adapters.httpx_family import LIBRARIES, to_request
from convsim.adapters.patching import MethodPatch, PatchPoint, PatchSet
from convsim.adapters.websockets.thread import close_all
from convsim.core.forks import after_fork

_made: dict[Patch, list[MethodPatch]] = {}


@contextmanager
def patched_in(patch: Patch) -> Iterator[None]:
    """Let ``patch`` answer first, until the context ends; patches may end in any order.

    Its WebSocket connections end with it. Raises :class:`~convsim.errors.ConvsimError` if a library no longer has a
    method that is patched.
    """
    is_finalizing = sys.is_finalizing  # a local name: module globals may be gone when the interpreter ends
    start(patch)
    try:
        yield
    finally:
        if not is_finalizing():
            stop(patch)


def start(patch: Patch) -> None:
    """Enter :func:`patched_in`."""
    with active.lock:
        # Needed even if a patch is active already: another tool may have put its own above it.
        _made[patch] = _POINTS.apply()
        active.stack.append(patch)
        patch.is_open = True


def stop(patch: Patch) -> None:
    """Leave :func:`patched_in`."""
    try:
        close_all(patch)  # while all points are still patched: a client that reconnects at once is refused
    finally:
        with active.lock:
            _end(patch)


def _end(patch: Patch) -> None:
    position, made = active.stack.index(patch), _made.pop(patch)
    del active.stack[position]
    active.forget_matches()
    if not active.stack:
        _POINTS.undo_all()
    elif position == len(active.stack):
        _POINTS.undo(made)
    else:
        # Later patches found these points patched, and rely on them.
        _made[active.stack[position]][:0] = made


# --- the upper point: network transports ---------------------------------------------------------------------------


def _sync(point: MethodPatch) -> Callable[[Any, Any], Any]:
    instrumented = _is_instrumented(point.original)
    respond = LIBRARIES[point.library].respond

    def handle_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = None if instrumented else active.match(request.method, request.url)
        if found is None:
            return _original(point, transport)(request)
        outcome = found.app.handle(to_request(request, request.read(), found.path))
        return respond(outcome, request)

    handle_request.__wrapped__ = point.original  # type: ignore[attr-defined]
    return handle_request


def _async(point: MethodPatch) -> Callable[[Any, Any], Any]:
    instrumented = _is_instrumented(point.original)
    respond = LIBRARIES[point.library].respond_async

    async def handle_async_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = None if instrumented else active.match(request.method, request.url)
        if found is None:
            return await _original(point, transport)(request)
        outcome = found.app.handle(to_request(request, await request.aread(), found.path))
        return await respond(outcome, request)

    handle_async_request.__wrapped__ = point.original  # type: ignore[attr-defined]
    return handle_async_request


def _on_aiohttp(library: str, name: str = "AiohttpTransport") -> Callable[[ModuleType], list[PatchPoint]]:
    def transport(point: MethodPatch) -> Callable[[Any, Any], Any]:
        handle = _async(point)

        async def handle_async_request(transport: Any, request: Any) -> Any:
            __tracebackhide__ = True
            token = aiohttp.in_transport.set(True)
            try:
                return await handle(transport, request)
            finally:
                aiohttp.in_transport.reset(token)

        handle_async_request.__wrapped__ = point.original  # type: ignore[attr-defined]
        return handle_async_request

    def points(module: ModuleType) -> list[PatchPoint]:
        owner, home = getattr(module, name, None), f"{module.__name__}.{name}"
        return [PatchPoint(library, owner, "handle_async_request", transport, home)]

    return points


def _original(point: MethodPatch, transport: Any) -> Any:
    """Return the replaced method as Python binds it, even if an object of a wrapper replaced it before."""
    if not active.stack:
        with active.lock:
            point.undo()  # it stayed below another tool's patch, which has ended since
    method = point.original
    bind = getattr(type(method), "__get__", None)
    return bind(method, transport, type(transport)) if bind is not None else method


_RECORDERS = ("vcr.",)


def _is_instrumented(found: Any) -> bool:
    """Return whether the method wraps the library's own (``__wrapped__``), and so runs first, as live.

    A mock has no such attribute, so an app answers in its place. A cassette has one, but must not run first: it would
    record the app's answers.
    """
    wraps = False
    while (inner := getattr(found, "__wrapped__", None)) is not None:
        if type(found) is not FunctionType or found.__globals__["__name__"] != __name__:
            wraps = True
            if getattr(found, "__globals__", {}).get("__name__", "").startswith(_RECORDERS):
                return False
        found = inner
    return wraps and type(found) is FunctionType


# --- the table -----------------------------------------------------------------------------------------------------

_POINTS = PatchSet(
    now=(
        PatchPoint("httpx", httpx.HTTPTransport, "handle_request", _sync),
        PatchPoint("httpx", httpx.AsyncHTTPTransport, "handle_async_request", _async),
        PatchPoint("httpx2", httpx2.HTTPTransport, "handle_request", _sync),
        PatchPoint("httpx2", httpx2.AsyncHTTPTransport, "handle_async_request", _async),
        *network.NOW,
    ),
    # None of these modules is imported for this. The transports on aiohttp are the one inside openai 3, the package
    # that openai 2 uses, and litellm's own.
    later={
        "openai._vendor.httpx_aiohttp.transport": _on_aiohttp("httpx2"),
        "httpx_aiohttp.transport": _on_aiohttp("httpx"),
        "litellm.llms.custom_httpx.aiohttp_transport": _on_aiohttp("httpx", "LiteLLMAiohttpTransport"),
        **pools.POINTS,
        **aiohttp.POINTS,
        **network.LATER,
        **websockets.POINTS,
        **sdk_sleep.POINTS,
        **azure_identity.POINTS,
    },
)


def renew_locks() -> None:
    """Replace the locks that are made on import."""
    active.lock = RLock()
    _POINTS.renew_lock()


after_fork(renew_locks)
