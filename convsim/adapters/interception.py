"""Interception: while an emulator is patched in, no request of httpx, httpx2, websockets or the SDK leaves unseen.

The methods that are patched are those of each library's network transports, below a user's own wrapper transports and
beside the in-process ones (test clients, mock transports), which are not touched. Of several active patches, the
innermost that claims the URL answers. The classes are patched while there is an active patch, and only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import httpx
import httpx2

from convsim.adapters import active, websockets
from convsim.adapters.active import Match, Patch, Target
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
    with active.lock:
        # Also where a patch is active already: another tool may have put its own above that one's.
        _made[patch] = _POINTS.apply()
        active.stack.append(patch)
        patch.is_open = True
    try:
        yield
    finally:
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


def _sync(point: MethodPatch) -> Callable[[Any, Any], Any]:
    def handle_request(transport: Any, request: Any) -> Any:
        found = _match(point, request)
        if found is None:
            return point.original(transport, request)
        outcome = found.app.handle(to_request(request, request.read(), found.path))
        return LIBRARIES[point.library].respond(outcome, request)

    return handle_request


def _async(point: MethodPatch) -> Callable[[Any, Any], Any]:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        found = _match(point, request)
        if found is None:
            return await point.original(transport, request)
        outcome = found.app.handle(to_request(request, await request.aread(), found.path))
        return await LIBRARIES[point.library].respond_async(outcome, request)

    return handle_async_request


def _match(point: MethodPatch, request: Any) -> Match | None:
    url = request.url
    path = url.raw_path.decode("ascii").partition("?")[0]
    return active.match(point, url.raw_host.decode("ascii"), url.port, path, lambda: _target(request))


def _target(request: Any) -> Target:
    url = request.url.copy_with(userinfo=b"", query=None, fragment=None)
    return Target(request.method, str(url), url.netloc.decode("ascii"))


def _on_aiohttp(library: str) -> Callable[[ModuleType], PatchPoint]:
    def point(module: ModuleType) -> PatchPoint:
        owner = getattr(module, "AiohttpTransport", None)
        return PatchPoint(library, owner, "handle_async_request", _async, f"{module.__name__}.AiohttpTransport")

    return point


_POINTS = PatchSet(
    now=(
        PatchPoint("httpx", httpx.HTTPTransport, "handle_request", _sync),
        PatchPoint("httpx", httpx.AsyncHTTPTransport, "handle_async_request", _async),
        PatchPoint("httpx2", httpx2.HTTPTransport, "handle_request", _sync),
        PatchPoint("httpx2", httpx2.AsyncHTTPTransport, "handle_async_request", _async),
    ),
    # Transports on aiohttp: the one inside openai 3, and the package that openai 2 uses. Like websockets, neither is
    # imported for this.
    later={
        "openai._vendor.httpx_aiohttp.transport": _on_aiohttp("httpx2"),
        "httpx_aiohttp.transport": _on_aiohttp("httpx"),
        **websockets.POINTS,
    },
)
