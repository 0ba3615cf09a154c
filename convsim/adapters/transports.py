"""Explicit transports for httpx2 and httpx: no patching, no host, sync and async clients from one handler."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import httpx2

from convsim.exchange import Handler, Request, Response

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
        return httpx2_response(self._handler(neutral(request, body, self._below)))


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
        return httpx_response(self._handler(neutral(request, body, self._below)))


def neutral(request: httpx.Request | httpx2.Request, body: bytes, below: Below) -> Request:
    """A library's request, once its body was read, as the router takes it."""
    full_path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(request.method, below(full_path), full_path, query, request.headers.raw, body)


def httpx2_response(answer: Response) -> httpx2.Response:
    """The router's answer as httpx2's network transport would give it: a stream that is still to be read."""
    return httpx2.Response(answer.status, headers=answer.headers, stream=httpx2.ByteStream(answer.body))


def httpx_response(answer: Response) -> httpx.Response:
    """As :func:`httpx2_response`, for httpx."""
    return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))
