"""uvicorn's protocol of HTTP, held to the rules of an open port that only whoever reads the bytes can keep.

A line of a request's head ends in CR LF; a head comes within :data:`MAX_HEAD_SECONDS`; what is sent is read within
:data:`MAX_UNREAD_SECONDS`; there are at most :data:`MAX_CONNECTIONS`. The scope has the extension
:data:`~convsim.adapters.asgi.ABORT`.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from convsim.adapters.asgi import ABORT, ASGI, Receive, Scope, Send

MAX_HEAD_SECONDS = 20.0
MAX_UNREAD_SECONDS = 60.0
MAX_CONNECTIONS = 512
_BARE = re.compile(rb"\r(?!\n|\Z)|(?<!\r)\n")
_END_OF_HEAD = b"\r\n\r\n"


class Limited(asyncio.Protocol):
    """What the protocols have in common; mixed in before uvicorn's class."""

    app: Any
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _unread: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = _with_abort(self.app, self._abort)

    def pause_writing(self) -> None:
        self._unread = self.loop.call_later(MAX_UNREAD_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _abort(self) -> None:
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _with_abort(app: ASGI, abort: Any) -> ASGI:
    async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[ABORT] = abort
        await app(scope, receive, send)

    return with_abort


class HTTPProtocol(Limited, H11Protocol):
    """HTTP/1.1."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's class
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        if self.conn.their_state is h11.IDLE and _BARE.search(self.conn.trailing_data[0].partition(_END_OF_HEAD)[0]):
            self.send_400_response("A line ends in a bare CR or LF.")
            return
        super().handle_events()

    def _wait_for_head(self) -> None:
        """End a connection whose next request has begun, and does not come."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._head_came()
        elif self._late is None:
            self._late = self.loop.call_later(MAX_HEAD_SECONDS, self.transport.close)

    def _head_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
