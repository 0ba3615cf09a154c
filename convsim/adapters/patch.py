"""Interception: while an emulator is patched in, no request of httpx, httpx2 or the SDK leaves unseen.

The seam is the network transport of each library, below a user's own wrapper transports and beside the in-process ones
(test clients, mock transports), which are not touched. One stack of claims says who answers: the innermost that the URL
belongs to. The classes are patched while the stack is not empty, and only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any, Literal

import httpx
import httpx2

from convsim.adapters.libraries import LIBRARIES, neutral
from convsim.adapters.seams import Exchange, Seam, Seams
from convsim.errors import RefusedHostError
from convsim.exchange import Handler
from convsim.urls import BaseUrls, is_loopback


@dataclass(frozen=True, eq=False)
class Claim:
    """Who answers for ``urls`` (a guard without ``handler`` refuses them), and what becomes of other hosts.

    ``refused`` is told of every request that was kept back.
    """

    urls: BaseUrls
    handler: Handler | None
    other_hosts: Literal["refuse", "pass"]
    refused: Callable[[RefusedHostError], None]


_lock = RLock()
_claims: list[Claim] = []
_made: dict[Claim, list[Exchange]] = {}


@contextmanager
def patched_in(claim: Claim) -> Iterator[None]:
    """Let ``claim`` answer first, until this ends; claims may end in any order.

    Raises :class:`~convsim.errors.ConvsimError` when a library has no longer the seam that is patched.
    """
    with _lock:
        # Also where a claim stands already: another tool may have put its own patch above that one's.
        _made[claim] = _SEAMS.install()
        _claims.append(claim)
    try:
        yield
    finally:
        with _lock:
            _end(claim)


def _end(claim: Claim) -> None:
    position, made = _claims.index(claim), _made.pop(claim)
    del _claims[position]
    if not _claims:
        _SEAMS.remove()
    elif position == len(_claims):
        _SEAMS.take_back(made)
    else:
        # The claims that came later found these exchanges made, and rely on them.
        _made[_claims[position]][:0] = made


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
    if not _claims:
        exchange.take_back()  # it stayed below another tool's patch, which has ended since
        return None
    url = request.url
    path = url.raw_path.decode("ascii").partition("?")[0]
    for claim in reversed(_claims):
        below = claim.urls.claim(url.raw_host.decode("ascii"), url.port, path)
        if below is not None:
            if claim.handler is None:
                raise _refused(claim, request, _GUARDED)
            return claim.handler, below
    refusing = next((claim for claim in reversed(_claims) if claim.handler is not None), None)
    if refusing is None or refusing.other_hosts == "pass" or is_loopback(url.host) or exchange.is_mocked_below():
        return None
    raise _refused(refusing, request, _FOREIGN)


def _refused(claim: Claim, request: Any, why: str) -> RefusedHostError:
    # What may be secret stays out: user and password, query and fragment.
    url = request.url.copy_with(userinfo=b"", query=None, fragment=None)
    words = why.format(host=url.netloc.decode("ascii"), urls=claim.urls)
    error = RefusedHostError(f"{request.method} {url} was not sent: {words}")
    claim.refused(error)
    return error


_FOREIGN = (
    "the emulator is patched in, and {host} is not one of its hosts. It answers for {urls}. To make it answer here too,"
    " add to base_urls=[...]; to let other hosts through, write other_hosts='pass' (both are options of Emulator(...)"
    " and of @pytest.mark.convsim(...))."
)
_GUARDED = (
    "convsim_guard is on, and this test did not ask for an emulator. Add the fixture `convsim` to the test's arguments,"
    " or patch one in with `with Emulator().patch():`."
)

_SEAMS = Seams(
    now=(
        Seam("httpx", httpx.HTTPTransport, "handle_request", _sync),
        Seam("httpx", httpx.AsyncHTTPTransport, "handle_async_request", _async),
        Seam("httpx2", httpx2.HTTPTransport, "handle_request", _sync),
        Seam("httpx2", httpx2.AsyncHTTPTransport, "handle_async_request", _async),
    ),
    # Transports on aiohttp: the one inside openai 3, and the package that openai 2 uses. Neither is imported for this.
    later={
        "openai._vendor.httpx_aiohttp.transport": ("httpx2", "AiohttpTransport", "handle_async_request", _async),
        "httpx_aiohttp.transport": ("httpx", "AiohttpTransport", "handle_async_request", _async),
    },
)
