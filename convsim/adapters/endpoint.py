"""The service's end of a WebSocket, sans-io: bytes of the client go in, bytes for it come out, and when to look again.

The protocol is that of the library websockets, which stands on the other end too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from convsim.adapters.claims import Answers
from convsim.exchange import LOST, Close, Frame, Peer, Request, Response, Sent

_NOT_UTF8 = 1007


class Endpoint:
    """One WebSocket from its opening request on.

    ``answers`` opens the connection behind it, or answers the request as any other. ``below`` is what of the request's
    path stands below the base URL. ``ring`` is called, from any thread, when there is something to send that nothing
    received has caused.
    """

    def __init__(self, answers: Answers, below: str, ring: Callable[[], None]) -> None:
        from websockets.server import ServerProtocol

        self._answers = answers
        self._below = below
        self._ring = ring
        self._protocol: Any = ServerProtocol(max_size=None, select_subprotocol=_subprotocol)
        self._peer: Peer | None = None
        self._message = bytearray()
        self._is_text = True
        self._coming: deque[Sent] = deque()
        self._due: float | None = None
        self.ends = False
        """Whether nothing is sent behind what :meth:`data_to_send` has given."""
        self.ended = False
        """Whether nothing comes any more."""

    def receive(self, data: bytes) -> None:
        """Take what has come; nothing at all is the end of the stream."""
        if data:
            self._protocol.receive_data(data)
        else:
            self.ended = True
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if self._peer is None:
                self._open(event)
            else:
                self._take(event, self._peer)
        if self.ended and self._peer is not None:
            self._peer.lost(LOST)

    def data_to_send(self, now: float) -> bytes:
        """What is due ``now``, in seconds of any clock that does not go back."""
        if self._peer is not None:
            self._coming.extend(self._peer.events_to_send())
        while self._coming and self._is_open and self._is_due(self._coming[0], now):
            self._send(self._coming.popleft())
        if not self._is_open:
            self._coming.clear()
        chunks = self._protocol.data_to_send()
        self.ends = self.ends or b"" in chunks  # how the protocol says so
        return b"".join(chunks)

    def wait(self, now: float) -> float | None:
        """In how many seconds something is due; None when nothing is."""
        return max(self._due - now, 0.0) if self._due is not None and self._coming else None

    @property
    def _is_open(self) -> bool:
        return not self.ends and bool(self._protocol.state.name == "OPEN")

    def _is_due(self, sent: Sent, now: float) -> bool:
        if self._due is None:
            self._due = now + sent.delay
        if self._due > now:
            return False
        self._due = None
        return True

    def _send(self, sent: Sent) -> None:
        if isinstance(sent, Frame):
            self._protocol.send_text(sent.text.encode())
        elif not isinstance(sent, Close):
            self._protocol.send_ping(sent.data)
        elif sent.code == LOST:
            self.ends = True
        else:
            self._protocol.send_close(sent.code, sent.reason)

    def _open(self, upgrade: Any) -> None:
        answer = self._protocol.accept(upgrade)
        if answer.status_code == 101:
            path, _, query = upgrade.path.partition("?")
            pairs = [(name.encode(), value.encode("latin-1")) for name, value in upgrade.headers.raw_items()]
            request = Request("GET", self._below, path, query, pairs, b"")
            self._peer = self._answers.opener(request)
            if self._peer is None:
                answer = self._refusal(request)
            else:
                self._peer.wake = self._ring
        self._protocol.send_response(answer)

    def _refusal(self, request: Request) -> Any:
        from websockets.datastructures import Headers
        from websockets.http11 import Response as Answer

        outcome = self._answers.handler(request)
        response = outcome if isinstance(outcome, Response) else Response(502, [], b"")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]
        return Answer(response.status, HTTPStatus(response.status).phrase, Headers(headers), response.body)

    def _take(self, frame: Any, peer: Peer) -> None:
        kind = frame.opcode.name
        if kind == "CLOSE":
            closed = self._protocol.close_rcvd
            peer.lost(closed.code, closed.reason)
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
                peer.lost(_NOT_UTF8)


def _subprotocol(_: Any, offered: Sequence[str]) -> Any:
    """What browsers have to offer beside their key (documented)."""
    return "realtime" if "realtime" in offered else None
