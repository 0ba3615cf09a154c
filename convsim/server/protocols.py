"""uvicorn's protocol of HTTP, with the rules of an open port that need access to the bytes.

A line of a request's head ends in CR LF; a head arrives within :data:`MAX_HEAD_SECONDS` and a body within
:data:`MAX_BODY_SECONDS`; the client reads an answer within :data:`MAX_UNREAD_SECONDS`; there are at most
:data:`MAX_CONNECTIONS`. The scope has the extension :data:`~convsim.adapters.asgi.ABORT`.

uvicorn writes the head, each piece of the body and the end of an answer by themselves; :class:`Joined` writes them to
the socket together. The head is written here: h11 checks and copies each of its headers, which takes longer than most
answers of convsim.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from itertools import chain
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from convsim.adapters.asgi import ABORT, ASGI, Message, Receive, Scope, Send, envelope, send_whole

MAX_HEAD_SECONDS = 20.0
MAX_BODY_SECONDS = 60.0
MAX_UNREAD_SECONDS = 60.0
MAX_CONNECTIONS = 512
MAX_JOINED = 64 * 2**10
_log = logging.getLogger("convsim.server")
_BARE = re.compile(rb"\r(?!\n|\Z)|(?<!\r)\n")
_END_OF_HEAD = b"\r\n\r\n"
_UNSAFE = re.compile(rb"[\r\n\0]")
_FRAMING = (b"connection", b"content-length", b"transfer-encoding")
_KEPT = (b"connection", b"keep-alive")  # says what holds without it


class Joined:
    """A transport that writes the data of one iteration of the loop together: a system call costs more than their copy.

    Data are kept no longer than that, up to :data:`MAX_JOINED` bytes: the rest is subject to the limits of the
    transport for unsent bytes. The end of the connection follows them.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._wrapped = transport
        self._loop = loop
        self._kept = bytearray()
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self._write)
        self._kept += data
        if len(self._kept) > MAX_JOINED:
            self._write()

    def close(self) -> None:
        self._write()
        self._wrapped.close()

    def abort(self) -> None:
        self._write()
        self._wrapped.abort()

    def _write(self) -> None:
        if self._kept:
            kept, self._kept = self._kept, bytearray()
            self._wrapped.write(kept)


class Limited(asyncio.Protocol):
    """The common part of the protocols, mixed in before uvicorn's class."""

    app: Any
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _unread: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application: ASGI = self.app
        self.app = self._ask

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[ABORT] = self._abort
        await self._application(scope, receive, send)

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


class HTTPProtocol(Limited, H11Protocol):
    """HTTP/1.1."""

    _late: asyncio.TimerHandle | None = None
    _awaited: Any = None
    """The part that the timer waits for, by h11's state of its client: a head or a body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's class
        joined: Any = Joined(transport, self.loop)
        super().connection_made(joined)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for(None)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        if self.conn.their_state is h11.IDLE and _BARE.search(self.conn.trailing_data[0].partition(_END_OF_HEAD)[0]):
            self.send_400_response("A line ends in a bare CR or LF.")
            return
        super().handle_events()

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; an exception, such as that of a script's function, is logged and told as a 500.

        uvicorn would answer in plain text, and its log is off.
        """
        sending = _Sending(self, send)
        try:
            await super()._ask(scope, receive, sending)
        except Exception as error:
            _log.exception("%s %s raised an exception", scope["method"], ascii(scope["path"])[1:-1])
            if self.cycle.response_started:
                raise
            sentence = f"An exception was raised while this request was answered: {error!r}."
            await send_whole(sending, envelope(500, sentence, "convsim_raised", close=True))

    def is_quick(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Return whether :meth:`begin` may write an answer with these headers; if not, uvicorn's ``send`` does."""
        return not (self.flow.write_paused or self.cycle.disconnected or _UNSAFE.search(b"".join(chain(*headers))))

    def begin(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None = None) -> None:
        """Write the head, and the body if it is whole.

        h11, which keeps the state of the connection, gets the headers alone that decide where the answer and the
        connection end. uvicorn's own ``send`` would add nothing else, as the runner configures it.
        """
        cycle, conn = self.cycle, self.conn
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        framing = [header for header in headers if header[0] in _FRAMING and header != _KEPT]
        head = conn.send(h11.Response(status_code=status, headers=framing, reason=STATUS_PHRASES[status]))
        line, _, told = head.partition(b"\r\n")
        if told == _lines(framing):
            head = b"%b\r\n%b" % (line, _lines(headers))
        else:  # it has changed them
            head = head[:-2] + _lines([header for header in headers if header[0] not in _FRAMING])
        if body is None:
            self.transport.write(head)
            return
        data = conn.send(h11.Data(data=b"" if cycle.scope["method"] == "HEAD" else body))
        self.transport.write(b"".join((head, data, conn.send(h11.EndOfMessage()))))
        cycle.response_complete = True
        cycle.message_event.set()
        if conn.our_state is h11.MUST_CLOSE or not cycle.keep_alive:
            conn.send(h11.ConnectionClosed())
            self.transport.close()
        cycle.on_response()

    def _wait(self) -> None:
        """Limit the time for the rest of a request that the client has begun to send.

        Nothing is waited for once the connection is a WebSocket's, whose protocol has taken the place of this one.
        """
        state, transport = self.conn.their_state, self.transport
        ended = transport.is_closing() or transport.get_protocol() is not self
        self._wait_for(state if state in (h11.IDLE, h11.SEND_BODY) and not ended else None)

    def _wait_for(self, awaited: Any) -> None:
        if awaited is self._awaited:
            return
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._awaited = awaited
        if awaited is h11.IDLE:
            self._late = self.loop.call_later(MAX_HEAD_SECONDS, self.transport.close)
        elif awaited is h11.SEND_BODY:
            self._late = self.loop.call_later(MAX_BODY_SECONDS, self._end_slow_body)

    def _end_slow_body(self) -> None:
        sentence = f"The body did not come within {MAX_BODY_SECONDS:g} seconds."
        answer = envelope(408, sentence, "convsim_slow_body", close=True)
        head = h11.Response(status_code=answer.status, headers=answer.headers, reason=b"Request Timeout")
        with suppress(h11.LocalProtocolError):  # an answer has begun
            for event in (head, h11.Data(data=answer.content), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Sending:
    """The ``send`` of one request: heads and whole answers are written by the protocol, and all else by uvicorn."""

    __slots__ = ("_protocol", "_send")

    def __init__(self, protocol: HTTPProtocol, send: Send) -> None:
        self._protocol = protocol
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._protocol.is_quick(message["headers"]):
            self._protocol.begin(message["status"], message["headers"])
        else:
            await self._send(message)

    async def whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        if self._protocol.is_quick(headers):
            self._protocol.begin(status, headers, body)
        else:
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return the rest of a head, behind its first line."""
    return b"".join([b"%b: %b\r\n" % header for header in headers]) + b"\r\n"
