"""Explicit transports for httpx2 and httpx: no patching, no host, sync and async clients from one handler."""

from __future__ import annotations

import httpx
import httpx2

from convsim.adapters.libraries import LIBRARIES, Below, neutral
from convsim.http.messages import Handler


class Httpx2Transport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """``httpx2.Client(transport=...)`` and ``httpx2.AsyncClient(transport=...)``."""

    _library = LIBRARIES["httpx2"]

    def __init__(self, handler: Handler, below: Below) -> None:
        self._handler = handler
        self._below = below

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        outcome = self._handler(neutral(request, request.read(), self._below))
        response: httpx2.Response = self._library.give(outcome, request)
        return response

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        outcome = self._handler(neutral(request, await request.aread(), self._below))
        response: httpx2.Response = await self._library.give_async(outcome, request)
        return response


class HttpxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """``httpx.Client(transport=...)`` and ``httpx.AsyncClient(transport=...)``."""

    _library = LIBRARIES["httpx"]

    def __init__(self, handler: Handler, below: Below) -> None:
        self._handler = handler
        self._below = below

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        outcome = self._handler(neutral(request, request.read(), self._below))
        response: httpx.Response = self._library.give(outcome, request)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        outcome = self._handler(neutral(request, await request.aread(), self._below))
        response: httpx.Response = await self._library.give_async(outcome, request)
        return response
