"""Interception: while an emulator is patched in, no request of httpx, httpx2, websockets or the SDK leaves unseen.

Each client meets two points. The upper one, the method of the network transport, answers what an app claims, below a
user's own wrapper transports and beside the in-process ones (test clients, mock transports), which are not touched.
Everything else goes on to what stood there before: a mock, a cassette, or the library. The lower one, the connection
pool, answers what went round the upper one and refuses what is about to leave. Below both, the last net refuses other
libraries by name. Of several active patches, the innermost that claims the URL answers. The points are patched while
there is an active patch, and only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import FunctionType, ModuleType
from typing import Any

import httpx
import httpx2

from convsim.adapters import active, aiohttp, azure_identity, network, pools, sdk_sleep, websockets
from convsim.adapters.active import Match, Patch
from convsim.adapters.httpx_family import LIBRARIES, to_request
from convsim.adapters.patching import MethodPatch, PatchPoint, PatchSet
from convsim.adapters.websockets.thread import close_all

_made: dict[Patch, list[MethodPatch]] = {}


@contextmanager
def patched_in(patch: Patch) -> Iterator[None]:
    """Let ``patch`` answer first, until this ends; patches may end in any order.

    Its WebSocket connections end with it. Raises :class:`~convsim.errors.ConvsimError` when a library no longer has a
    method that is patched.
    """
    is_finalizing = sys.is_finalizing  # a local name: those of modules may be gone when the interpreter ends
    start(patch)
    try:
        yield
    finally:
        if not is_finalizing():
            stop(patch)


def start(patch: Patch) -> None:
    """Begin what :func:`patched_in` does."""
    with active.lock:
        # Also where a patch is active already: another tool may have put its own above that one's.
        _made[patch] = _POINTS.apply()
        active.stack.append(patch)
        patch.is_open = True


def stop(patch: Patch) -> None:
    """End it."""
    try:
        close_all(patch)  # while all is still patched: a client that reconnects at once is refused
    finally:
        with active.lock:
            _end(patch)


def _end(patch: Patch) -> None:
    position, made = active.stack.index(patch), _made.pop(patch)
    del active.stack[position]
    if not active.stack:
        _POINTS.undo_all()
    elif position == len(active.stack):
        _POINTS.undo(made)
    else:
        # The patches that came later found these made, and rely on them.
        _made[active.stack[position]][:0] = made


# --- the upper point: network transports ---------------------------------------------------------------------------


def _sync(point: MethodPatch) -> Callable[[Any, Any], Any]:
    instrumented = _is_instrumented(point.original)

    def handle_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = None if instrumented else _match(point, request)
        if found is None:
            return _bound(point.original, transport)(request)
        outcome = found.app.handle(to_request(request, request.read(), found.path))
        return LIBRARIES[point.library].respond(outcome, request)

    handle_request.__wrapped__ = point.original  # type: ignore[attr-defined]
    return handle_request


def _async(point: MethodPatch) -> Callable[[Any, Any], Any]:
    instrumented = _is_instrumented(point.original)

    async def handle_async_request(transport: Any, request: Any) -> Any:
        __tracebackhide__ = True
        found = None if instrumented else _match(point, request)
        if found is None:
            return await _bound(point.original, transport)(request)
        outcome = found.app.handle(to_request(request, await request.aread(), found.path))
        return await LIBRARIES[point.library].respond_async(outcome, request)

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


def _match(point: MethodPatch, request: Any) -> Match | None:
    if not active.stack:
        with active.lock:
            point.undo()  # it stayed below another tool's patch, which has ended since
        return None
    url = request.url
    path = url.raw_path.decode("ascii").partition("?")[0]
    found = active.match(url.raw_host.decode("ascii"), url.port, path)
    return found if found is not None and found.app.serves(request.method, found.path) else None


def _bound(method: Any, transport: Any) -> Any:
    """The method as Python binds it, also where a wrapper's object stands in its place."""
    bind = getattr(type(method), "__get__", None)
    return bind(method, transport, type(transport)) if bind is not None else method


_RECORDERS = ("vcr.",)


def _is_instrumented(found: Any) -> bool:
    """Whether the method is a wrapper that leads to the library's own (``__wrapped__``), and so runs first, as live.

    A mock does not say so, and an app answers in its place. Nor does a cassette run first, although it says so: it
    would record what the app answers.
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
    # None of these modules is imported for this. Transports on aiohttp are the one inside openai 3, the package that
    # openai 2 uses, and litellm's own.
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
    """For a forked process, which has the locks as the threads of its parent held them."""
    active.lock = RLock()
    _POINTS.renew_lock()


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=renew_locks)  # not on every system
