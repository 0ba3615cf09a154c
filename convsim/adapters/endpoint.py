"""The service's end of a WebSocket, sans-io: bytes of the client go in, bytes for it come out, and when to look again.

The protocol is that of the library websockets, which stands on the other end too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from convsim.http.messages import Close, Frame, Handler, Opening, Peer, Request, Response, Sent
from convsim.http.websocket import LOST

_NOT_UTF8 = 1007


class _Refusal(NamedTuple):
    """An answer other than the opening of a connection: None for no answer at all; ``delay`` is in seconds."""

    answer: Any
    delay: float


class Endpoint:
    """One WebSocket from its opening request on.

    ``opening`` gives the peer behind it; without one, ``handler`` answers the request as any other. ``below`` is what
    of the request's path stands below the base URL. ``ring`` is called, from any thread, when there is something to
    send that nothing received has caused.
    """

    def __init__(self, handler: Handler, opening: Opening | None, below: str, ring: Callable[[], None]) -> None:
        from websockets.server import ServerProtocol

        self._handler = handler
        self._opening = opening
        self._below = below
        self._ring = ring
        self._protocol: Any = ServerProtocol(max_size=None, select_subprotocol=_subprotocol)
        self._peer: Peer | None = None
        self._message = bytearray()
        self._is_text = True
        self._coming: deque[Sent | _Refusal] = deque()
        self._due: float | None = None
        self.broken = False
        """Whether nothing more is sent, not even what :meth:`data_to_send` has given."""
        self.ends = False
        """Whether nothing is sent behind what :meth:`data_to_send` has given."""
        self.ended = False
        """Whether nothing comes any more."""

    def receive(self, data: bytes, now: float) -> None:
        """Take what has come ``now``, in seconds of any clock; nothing at all is the end of the stream."""
        if data:
            self._protocol.receive_data(data)
        else:
            self.ended = True
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if self._peer is None:
                self._open(event)
            else:
                self._take(event, self._peer, now)
        if self._peer is not None:
            if self.ended:
                self._lose(self._peer, LOST)
            elif self._protocol.parser_exc is not None:
                self._lose(self._peer, self._protocol.close_sent.code)

    def data_to_send(self, now: float) -> bytes:
        """What is due ``now``."""
        self._advance(now)
        chunks = self._protocol.data_to_send()
        self.ends = self.ends or b"" in chunks  # how the protocol says so
        return b"".join(chunks)

    def wait(self, now: float) -> float | None:
        """In how many seconds something is due; None when nothing is."""
        return max(self._due - now, 0.0) if self._coming and self._due is not None else None

    def _advance(self, now: float) -> None:
        """Send what has come up and is due."""
        if self._peer is not None:
            self._coming.extend(self._peer.events_to_send())
            self.broken = self._peer.broken
        while self._coming and not self.ends and not self.broken and self._is_due(self._coming[0], now):
            self._send(self._coming.popleft())

    def _is_due(self, sent: Sent | _Refusal, now: float) -> bool:
        if self._due is None:
            delay = sent.delay
            if delay and self._peer is not None:
                delay = self._peer.pass_time(delay)
            self._due = now + delay
        if self._due > now:
            return False
        self._due = None
        return True

    def _send(self, sent: Sent | _Refusal) -> None:
        if isinstance(sent, _Refusal):
            if sent.answer is not None:
                self._protocol.send_response(sent.answer)
            self.ends = True
        elif isinstance(sent, Close) and sent.code == LOST:
            self.ends = True
        elif self._protocol.state.name == "OPEN":  # the client may have closed behind what is answered here
            self._put(sent)
        if self._peer is not None:
            self._peer.sent()

    def _put(self, sent: Sent) -> None:
        if isinstance(sent, Frame):
            self._protocol.send_text(sent.text.encode())
        elif isinstance(sent, Close):
            self._protocol.send_close(sent.code, sent.reason)
        else:
            self._protocol.send_ping(sent.data)

    def _lose(self, peer: Peer, code: int, reason: str = "") -> None:
        self._coming.clear()
        self._due = None
        peer.lost(int(code), reason)

    def _open(self, upgrade: Any) -> None:
        answer = self._protocol.accept(upgrade)
        if answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            path, _, query = upgrade.path.partition("?")
            pairs = [
                (name.encode(), value.encode("ascii", "surrogateescape")) for name, value in upgrade.headers.raw_items()
            ]
            request = Request("GET", self._below, path, query, pairs, b"")
            if self._opening is None:
                self._coming.append(self._refusal(request))
                return
            self._peer = self._opening(request)
            self._peer.wake = self._ring
        self._protocol.send_response(answer)

    def _refusal(self, request: Request) -> _Refusal:
        from websockets.datastructures import Headers
        from websockets.http11 import Response as Answer

        outcome = self._handler(request)
        if not isinstance(outcome, Response):
            return _Refusal(None, outcome.delay)
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in outcome.headers])
        answer = Answer(outcome.status, HTTPStatus(outcome.status).phrase, headers, outcome.body)
        return _Refusal(answer, outcome.delay)

    def _take(self, frame: Any, peer: Peer, now: float) -> None:
        """One frame, answered before the next is looked at, however they arrive."""
        kind = frame.opcode.name
        self._advance(now)
        if kind == "CLOSE":
            closed = self._protocol.close_rcvd
            self._lose(peer, closed.code, closed.reason)
        if kind not in ("TEXT", "BINARY", "CONT"):
            return
        if kind != "CONT":
            self._is_text = kind == "TEXT"
        self._message += frame.data
        if frame.fin:
            message, self._message = bytes(self._message), bytearray()
            try:
                peer.receive(message.decode() if self._is_text else message)
            except UnicodeDecodeError:
                self._protocol.fail(_NOT_UTF8, "a text frame holds UTF-8")
                self._lose(peer, _NOT_UTF8)


def _subprotocol(_: Any, offered: Sequence[str]) -> Any:
    """What browsers have to offer beside their key (documented)."""
    return "realtime" if "realtime" in offered else None
