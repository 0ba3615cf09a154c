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
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
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
_FRAMING = frozenset((b"connection", b"content-length", b"transfer-encoding"))
_KEPT = (b"connection", b"keep-alive")  # says what holds without it
_NO_LENGTH = (b"content-length", b"0")
_END = h11.EndOfMessage()


class Joined:
    """A transport that writes the data of one iteration of the loop together: a system call costs more than their copy.

    Data are kept no longer than that, up to :data:`MAX_JOINED` bytes: the rest is subject to the limits of the
    transport for unsent bytes. The end of the connection follows them.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._wrapped = transport
        self._loop = loop
        self._kept = bytearray()
        self.is_closing: Callable[[], bool] = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def get_protocol(self) -> asyncio.BaseProtocol:  # each request asks for it: faster than __getattr__
        return self._wrapped.get_protocol()

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self._write)
        self._kept += data
        if len(self._kept) > MAX_JOINED:
            self._write()

    def write_now(self, data: bytes) -> None:
        """Write the end of an answer: nothing follows that could be joined to it."""
        self._write()
        self._wrapped.write(data)

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
        self._joined: Joined = joined
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
        if self.conn.their_state is h11.IDLE and _has_bare(self.conn.trailing_data[0].partition(_END_OF_HEAD)[0]):
            self.send_400_response("A line ends in a bare CR or LF.")
            return
        super().handle_events()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP with a 400; the request whose body they break gets no other answer."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        super().send_400_response(msg)

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
        """Return whether an answer with these headers may be written here; if not, uvicorn's ``send`` does."""
        text = b"".join(chain(*headers))
        is_safe = not (b"\r" in text or b"\n" in text or b"\0" in text)
        return is_safe and not (self.flow.write_paused or self.cycle.disconnected)

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Write the head of an answer; uvicorn's own ``send`` would add nothing to it, as the runner configures it."""
        self.transport.write(self._head(status, headers))

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], length: tuple[bytes, bytes], body: bytes) -> None:
        """Write a whole answer; ``length`` is the header that tells the length of the body."""
        cycle, conn = self.cycle, self.conn
        head = self._head(status, headers, length)
        conn.send(_END)
        self._joined.write_now(head if cycle.scope["method"] == "HEAD" else head + body)
        cycle.response_complete = True
        cycle.message_event.set()
        if conn.our_state is h11.MUST_CLOSE or not cycle.keep_alive:
            conn.send(h11.ConnectionClosed())
            self.transport.close()
        cycle.on_response()

    def _head(
        self, status: int, headers: list[tuple[bytes, bytes]], length: tuple[bytes, bytes] | None = None
    ) -> bytes:
        """Return the head of an answer, and tell h11 of it, which keeps the state of the connection.

        h11 gets the headers alone that decide where the answer and the connection end. It takes an answer of this
        ``length`` for one without a body: so most answers are the same to it.
        """
        self.cycle.response_started = True
        self.cycle.waiting_for_100_continue = False
        framing = [_NO_LENGTH if one == length else one for one in headers if one[0] in _FRAMING and one != _KEPT]
        event, line, unchanged = _for_h11(status, tuple(framing))
        told = self.conn.send(event)
        if told == unchanged:
            return line + _lines(headers)
        if length is not None:
            told = told.replace(b"%b: %b" % _NO_LENGTH, b"%b: %b" % length)
        return told[:-2] + _lines([header for header in headers if header[0] not in _FRAMING])

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
        length = (b"content-length", b"%d" % len(body))
        if length in headers and self._protocol.is_quick(headers):
            self._protocol.answer(status, headers, length, body)
        else:
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=64)
def _for_h11(status: int, framing: tuple[tuple[bytes, bytes], ...]) -> tuple[h11.Response, bytes, bytes]:
    """Return the head of an answer as h11 gets it, its first line, and the bytes that h11 makes of it.

    h11 makes others where the connection ends after the answer.
    """
    reason = STATUS_PHRASES[status]
    line = b"HTTP/1.1 %d %b\r\n" % (status, reason)
    return h11.Response(status_code=status, headers=list(framing), reason=reason), line, line + _lines(framing)


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the rest of a head, behind its first line."""
    return b"\r\n".join([*map(b": ".join, headers), b"", b""])


def _has_bare(head: bytes) -> bool:
    """Return whether a line ends in a CR or LF alone; the last character may be the first half of an end."""
    ends = head.count(b"\r\n")
    return head.count(b"\n") > ends or head.count(b"\r", 0, -1) > ends
