"""Explicit transports for httpx2 and httpx: no patching, no host, sync and async clients from one handler."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

import httpx
import httpx2

from convsim.adapters.httpx_family import HTTPX, HTTPX2, Library, to_request
from convsim.http.messages import App, Request


class _Transport:
    """A transport that lets ``app`` answer every request; ``below`` makes a URL's path relative to the base URL."""

    _library: ClassVar[Library]

    def __init__(self, app: App, below: Callable[[str], str]) -> None:
        self.app = app
        self._handler = app.handle
        self._below = lru_cache(maxsize=256)(below)  # clients ask for the same paths again and again

    def handle_request(self, request: Any) -> Any:
        return self._library.respond(self._handler(self._request(request, request.read())), request)

    async def handle_async_request(self, request: Any) -> Any:
        return await self._library.respond_async(self._handler(self._request(request, await request.aread())), request)

    def _request(self, request: Any, body: bytes) -> Request:
        return to_request(request, body, self._below)


class Httpx2Transport(_Transport, httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """A transport for ``httpx2.Client(transport=...)`` and ``httpx2.AsyncClient(transport=...)``."""

    _library = HTTPX2


class HttpxTransport(_Transport, httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for ``httpx.Client(transport=...)`` and ``httpx.AsyncClient(transport=...)``."""

    _library = HTTPX
