"""The respx front: one route on a user's own router, with the emulator as its side effect."""

from __future__ import annotations

from typing import Any

import httpx

from convsim.adapters.transports import httpx_response, neutral
from convsim.exchange import Handler
from convsim.urls import BaseUrls


def add_routes(router: Any, handler: Handler, urls: BaseUrls) -> Any:
    """Add the route, and give it; respx wants httpx's responses, also for the requests of httpx2."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx_response(handler(neutral(request, request.read(), urls.below)))

    return router.route(url__regex=urls.pattern).mock(side_effect=answer)
