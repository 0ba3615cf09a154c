"""The service's end of a WebSocket, sans-io: it takes bytes of the client, and gives bytes for it and the time to wait.

The protocol is that of the library websockets, which is on the other end, too.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from convsim.http.messages import (
    Close,
    Frame,
    Handler,
    Opening,
    Outcome,
    Request,
    Response,
    Sent,
    State,
    TransportFault,
    WebSocket,
)
from convsim.http.websocket import ABNORMAL_CLOSURE

_NOT_UTF8 = 1007
_PHRASES = {status.value: status.phrase for status in HTTPStatus}

# The library's own logger would write all headers of a client, including its key, in a test that logs everything.
_SILENT = logging.getLogger("convsim.websockets")
_SILENT.setLevel(logging.CRITICAL)


class ServerConnection:
    """One WebSocket from its opening request on.

    ``opening`` makes its stream; without one, ``handler`` answers the request as any other. ``path`` is the request's,
    relative to the base URL. ``wake`` is called, from any thread, when there may be something to send without a message
    from the client.

    ``state`` is CLOSING when nothing follows the bytes that :meth:`data_to_send` has returned, CLOSED when no bytes
    arrive any more, and ABORTED when pending bytes are discarded.
    """

    def __init__(self, handler: Handler, opening: Opening | None, path: str, wake: Callable[[], None]) -> None:
        from websockets.server import ServerProtocol

        self._handler = handler
        self._opening = opening
        self._path = path
        self._wake = wake
        self._protocol: Any = ServerProtocol(max_size=None, select_subprotocol=_subprotocol, logger=_SILENT)
        self._stream: WebSocket | None = None
        self._refusal: tuple[Outcome, float] | None = None
        self._message = bytearray()
        self._is_text = True
        self._due: float | None = None
        self.state: State = State.CONNECTING

    def receive(self, data: bytes, now: float) -> None:
        """Take the bytes that arrived ``now``, in seconds of any clock; no bytes are the end of the stream."""
        if data:
            self._protocol.receive_data(data)
        else:
            self.state = State.CLOSED
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if self._stream is not None:
                self._take(event, self._stream, now)
            elif self.state is State.CONNECTING:
                self._open(event, now)
        if self.state is State.CLOSED:
            self.close()
        elif self._stream is not None and self._protocol.parser_exc is not None:
            self._stream.close(int(self._protocol.close_sent.code))

    def close(self) -> None:
        """End the connection: the client has left, or is left; does nothing after its end."""
        if self._stream is not None:
            self._stream.close()

    def data_to_send(self, now: float) -> bytes:
        """Return the bytes that are due ``now``."""
        if self._refusal is not None:
            return self._refuse(*self._refusal, now)
        self._advance(now)
        chunks = self._protocol.data_to_send()
        # The protocol's sign that nothing follows, also when it could not read the opening request.
        if b"" in chunks and self.state in (State.CONNECTING, State.OPEN):
            self.state = State.CLOSING
        return b"".join(chunks)

    def wait(self, now: float) -> float | None:
        """Return in how many seconds the next item is due; None if there is none."""
        return max(self._due - now, 0.0) if self._due is not None else None

    def _advance(self, now: float) -> None:
        """Send the items that are due."""
        self._due = None
        while self._stream is not None and self.state is State.OPEN:
            item = self._stream.next(now)
            if item is None:
                if self._stream.state is State.ABORTED:
                    self.state = State.ABORTED
                return
            if isinstance(item, (int, float)):
                self._due = now + item if item < math.inf else None
                return
            self._send(item)

    def _send(self, item: Sent) -> None:
        if isinstance(item, Close) and item.code == ABNORMAL_CLOSURE:
            self.state = State.CLOSING
        elif self._protocol.state.name != "OPEN":
            return  # the client closed behind the message that is answered here
        elif isinstance(item, Frame):
            self._protocol.send_text(item.text.encode())
        elif isinstance(item, Close):
            self._protocol.send_close(item.code, item.reason)
        else:
            self._protocol.send_ping(item.data)

    def _open(self, upgrade: Any, now: float) -> None:
        answer = self._protocol.accept(upgrade)
        self.state = State.OPEN
        if answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            path, _, query = upgrade.path.partition("?")
            # Bytes beyond ASCII are surrogates before websockets 17, and the characters of ISO-8859-1 since.
            pairs = [
                (name.encode(), value.encode("latin-1", "surrogateescape"))
                for name, value in upgrade.headers.raw_items()
            ]
            request = Request("GET", self._path, path, query, pairs, b"")
            opened = self._handler(request) if self._opening is None else self._opening(request)
            if isinstance(opened, (Response, TransportFault)):
                self._refusal = opened, now + opened.delay
                return
            self._stream = opened
            self._stream.wake = self._wake
        self._protocol.send_response(answer)

    def _refuse(self, outcome: Outcome, due: float, now: float) -> bytes:
        """Return the HTTP response that is sent instead of a connection, if it is due and there is one.

        It is written here: websockets encodes headers as UTF-8 before version 17, and as ISO-8859-1 since.
        """
        if due > now:
            self._due = due
            return b""
        self._refusal = self._due = None
        self.state = State.CLOSING
        if not isinstance(outcome, Response):
            return b""
        phrase = _PHRASES.get(outcome.status, "")
        lines = [b"HTTP/1.1 %d %b" % (outcome.status, phrase.encode()), *map(b": ".join, outcome.headers), b"", b""]
        return b"\r\n".join(lines) + outcome.content

    def _take(self, frame: Any, stream: WebSocket, now: float) -> None:
        """Take one frame; it is answered before the next is read, even if both arrived together."""
        kind = frame.opcode.name
        self._advance(now)
        if kind == "CLOSE":
            closed = self._protocol.close_rcvd
            stream.close(int(closed.code), closed.reason)
        if kind not in ("TEXT", "BINARY", "CONT"):
            return
        if kind != "CONT":
            self._is_text = kind == "TEXT"
        self._message += frame.data
        if frame.fin:
            message, self._message = bytes(self._message), bytearray()
            try:
                stream.receive(message.decode() if self._is_text else message)
            except UnicodeDecodeError:
                self._protocol.fail(_NOT_UTF8, "a text frame holds UTF-8")
                stream.close(_NOT_UTF8)


def _subprotocol(_: Any, offered: Sequence[str]) -> Any:
    """Return the subprotocol that a browser offers besides its key (documented)."""
    return "realtime" if "realtime" in offered else None
