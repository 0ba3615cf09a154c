"""The respx front: one route on a user's own router, with the emulator as its side effect."""

from __future__ import annotations

import sys
from typing import Any

import httpx

from convsim.adapters.httpx_family import HTTPX, to_request
from convsim.http.messages import App
from convsim.http.urls import BaseUrls


def add_routes(router: Any, app: App, urls: BaseUrls) -> Any:
    """Add the route, and return it; respx needs httpx's responses, also for requests of httpx2.

    A request that the app does not serve goes to the router's other routes, if there are any, and so does any request
    that is below none of the base URLs.
    """

    def answer(request: httpx.Request) -> Any:
        url = request.url
        path = urls.claim(url.raw_host.decode("ascii"), url.port, url.raw_path.decode("ascii").partition("?")[0])
        if path is None or (len(router.routes) > 1 and not app.serves(request.method, path)):
            return None  # as if this route did not match
        outcome = app.handle(to_request(request, request.read(), path))
        if outcome.delay and _is_awaited():
            return HTTPX.respond_async(outcome, request)
        return HTTPX.respond(outcome, request)

    return router.route(url__regex=urls.pattern).mock(side_effect=answer)


def _is_awaited() -> bool:
    """Return whether an asynchronous client calls: respx calls all side effects alike, and only its frame tells."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "aresolve":
            return True
    return False
