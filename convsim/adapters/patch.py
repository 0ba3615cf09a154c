"""Interception: while an emulator is patched in, no request of httpx, httpx2, websockets or the SDK leaves unseen.

The seam is the network transport of each library, below a user's own wrapper transports and beside the in-process ones
(test clients, mock transports), which are not touched. One stack of claims says who answers: the innermost that the URL
belongs to. The classes are patched while the stack is not empty, and only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import httpx
import httpx2

from convsim.adapters import claims, serving, websocket
from convsim.adapters.claims import Claim, Target
from convsim.adapters.libraries import LIBRARIES, neutral
from convsim.adapters.seams import Exchange, Seam, Seams
from convsim.http.messages import Handler

_made: dict[Claim, list[Exchange]] = {}


@contextmanager
def patched_in(claim: Claim) -> Iterator[None]:
    """Let ``claim`` answer first, until this ends; claims may end in any order.

    The WebSocket connections that it answered end with it. Raises :class:`~convsim.errors.ConvsimError` when a library
    has no longer the seam that is patched.
    """
    with claims.lock:
        # Also where a claim stands already: another tool may have put its own patch above that one's.
        _made[claim] = _SEAMS.install()
        claims.active.append(claim)
    try:
        yield
    finally:
        try:
            serving.close_all(claim)  # while all is still patched: a client that reconnects at once is refused
        finally:
            with claims.lock:
                _end(claim)


def _end(claim: Claim) -> None:
    serving.forget(claim)
    position, made = claims.active.index(claim), _made.pop(claim)
    del claims.active[position]
    if not claims.active:
        _SEAMS.remove()
    elif position == len(claims.active):
        _SEAMS.take_back(made)
    else:
        # The claims that came later found these exchanges made, and rely on them.
        _made[claims.active[position]][:0] = made


def _sync(exchange: Exchange) -> Callable[[Any, Any], Any]:
    def handle_request(transport: Any, request: Any) -> Any:
        claimed = _claimed(exchange, request)
        if claimed is None:
            return exchange.original(transport, request)
        handler, path = claimed
        return LIBRARIES[exchange.library].give(handler(neutral(request, request.read(), lambda _: path)), request)

    return handle_request


def _async(exchange: Exchange) -> Callable[[Any, Any], Any]:
    async def handle_async_request(transport: Any, request: Any) -> Any:
        claimed = _claimed(exchange, request)
        if claimed is None:
            return await exchange.original(transport, request)
        handler, path = claimed
        outcome = handler(neutral(request, await request.aread(), lambda _: path))
        return await LIBRARIES[exchange.library].give_async(outcome, request)

    return handle_async_request


def _claimed(exchange: Exchange, request: Any) -> tuple[Handler, str] | None:
    """Who answers, and what stands below its base URL; None when the request may go on to what was there before."""
    url = request.url
    path = url.raw_path.decode("ascii").partition("?")[0]
    found = claims.claimed(exchange, url.raw_host.decode("ascii"), url.port, path, lambda: _target(request))
    return (found[1].handler, found[2]) if found is not None else None


def _target(request: Any) -> Target:
    url = request.url.copy_with(userinfo=b"", query=None, fragment=None)
    return Target(request.method, str(url), url.netloc.decode("ascii"))


def _on_aiohttp(library: str) -> Callable[[ModuleType], Seam]:
    def seam(module: ModuleType) -> Seam:
        owner = getattr(module, "AiohttpTransport", None)
        return Seam(library, owner, "handle_async_request", _async, f"{module.__name__}.AiohttpTransport")

    return seam


_SEAMS = Seams(
    now=(
        Seam("httpx", httpx.HTTPTransport, "handle_request", _sync),
        Seam("httpx", httpx.AsyncHTTPTransport, "handle_async_request", _async),
        Seam("httpx2", httpx2.HTTPTransport, "handle_request", _sync),
        Seam("httpx2", httpx2.AsyncHTTPTransport, "handle_async_request", _async),
    ),
    # Transports on aiohttp: the one inside openai 3, and the package that openai 2 uses. Like websockets, neither is
    # imported for this.
    later={
        "openai._vendor.httpx_aiohttp.transport": _on_aiohttp("httpx2"),
        "httpx_aiohttp.transport": _on_aiohttp("httpx"),
        **websocket.SEAMS,
    },
)
