"""The respx front: one route on a user's own router, with the emulator as its side effect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import httpx

from convsim.adapters.active import Patch, refusal_beside, target
from convsim.adapters.httpx_family import HTTPX, to_request
from convsim.errors import RefusedError, UsageError
from convsim.errors.misuse import shown
from convsim.http.messages import App, is_retry
from convsim.http.urls import BaseUrls


def add_routes(router: Any, app: App, urls: BaseUrls, refused: Callable[[RefusedError], None]) -> Any:
    """Add the route, and return it; respx needs httpx's responses, also for requests of httpx2.

    A request that the app does not serve goes to the router's other routes, if there are any. So does a request that is
    below none of the base URLs; if no other route matches it, it is refused as it is by a patch.
    """
    if not (hasattr(router, "route") and hasattr(router, "routes")):
        raise UsageError(
            f"sim.add_routes({shown(router)}): write a router of respx, respx.mock or the fixture respx_mock"
        )
    patch = Patch(urls, app, None, refused)

    def answer(request: httpx.Request) -> Any:
        url = request.url
        host, full_path = url.raw_host.decode("ascii"), url.raw_path.decode("ascii").partition("?")[0]
        path = urls.claim(host, url.port, full_path)
        if path is None and urls.has_host(host, url.port) and _is_last(router, route, request):
            told = target(request.method, url.scheme, host, url.port, full_path, retried=is_retry(request.headers.raw))
            raise refusal_beside(patch, told, full_path)
        if path is None or (len(router.routes) > 1 and not app.serves(request.method, path)):
            return None  # as if this route did not match
        outcome = app.handle(to_request(request, request.read(), path))
        if outcome.delay and _is_awaited():
            return HTTPX.respond_async(outcome, request)
        return HTTPX.respond(outcome, request)

    route = router.route(url__regex=urls.pattern).mock(side_effect=answer)
    return route


def _is_last(router: Any, own: Any, request: httpx.Request) -> bool:
    """Return whether respx itself would refuse a request that our own route does not answer."""
    others = (route.pattern for route in router.routes if route is not own)
    matched = any(pattern is None or pattern.match(request) for pattern in others)
    # A private attribute of respx: with assert_all_mocked=False, the router answers what no route does.
    return not matched and getattr(router, "_assert_all_mocked", True)


def _is_awaited() -> bool:
    """Return whether an asynchronous client calls: respx calls all side effects alike, and only its frame tells."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "aresolve":
            return True
    return False
