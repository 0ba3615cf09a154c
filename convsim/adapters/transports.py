"""Explicit transports for httpx2 and httpx: no patching, no host, sync and async clients from one handler."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import httpx2

from convsim.exchange import Handler, Request

Below = Callable[[str], str]
"""From a URL's path to what of it stands below the base URL."""


class Httpx2Transport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """``httpx2.Client(transport=...)`` and ``httpx2.AsyncClient(transport=...)``."""

    def __init__(self, handler: Handler, below: Below) -> None:
        self._handler = handler
        self._below = below

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        answer = self._handler(_neutral(request, body, self._below))
        return httpx2.Response(answer.status, headers=answer.headers, stream=httpx2.ByteStream(answer.body))


class HttpxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """``httpx.Client(transport=...)`` and ``httpx.AsyncClient(transport=...)``."""

    def __init__(self, handler: Handler, below: Below) -> None:
        self._handler = handler
        self._below = below

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        answer = self._handler(_neutral(request, body, self._below))
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))


def _neutral(request: httpx.Request | httpx2.Request, body: bytes, below: Below) -> Request:
    full_path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(request.method, below(full_path), full_path, query, request.headers.raw, body)
