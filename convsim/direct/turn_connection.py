"""A WebSocket to ``/v1/responses`` without a client: the test itself sends events and takes those that answer them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from convsim.core.clock import Clock
from convsim.http.messages import Close, Frame
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close, event_data
from convsim.service.arrivals import Arrivals

if TYPE_CHECKING:
    from convsim.service.sockets import TurnSocket


class TurnConnection(Arrivals):
    """A connection for turns, as ``client.responses.connect()`` opens one; it meets faults and is in the journal.

    No call waits: a turn's delays move the clock of the emulator forward.

    >>> sim.responses.script("Hello.")
    >>> connection = sim.responses.connect()
    >>> connection.send({"type": "response.create", "model": "gpt-5", "input": "Hi"})
    >>> connection.recv()["type"]
    'response.created'
    """

    _closed_with: ClassVar[str] = "the connection closed with {}; sim.responses.connect() opens a new one"

    def __init__(self, socket: TurnSocket, clock: Clock) -> None:
        super().__init__()
        self._socket = socket
        self._clock = clock
        self._now = 0.0
        self._ended: Close | None = None

    def send(self, event: Mapping[str, Any] | str | bytes) -> None:
        """Send one client event: as a mapping, or as the text of a frame, which need not be JSON.

        ``bytes`` are a binary frame. A turn is carried out at once, as far as it goes without
        ``sim.responses.finish()``. A refusal is an ``error`` event; a turn without a script, and an exception of a
        script's function, are raised. Raises :class:`~convsim.errors.UsageError` for a mapping that is not JSON, and
        after the connection has closed.
        """
        data = event_data(event)
        self._require_open("send")
        self._socket.receive(data)
        self._take()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection as a client does; events that have arrived can still be taken.

        Raises :class:`~convsim.errors.UsageError` for a code or a reason that no close frame can carry.
        """
        check_close("connection.close", code, reason)
        if self._take() is None:
            self._socket.close(code, reason)
            self._ended = Close(code, reason)

    def _take(self) -> Close | None:
        """Let the turns go on, through their delays, and keep their events."""
        while self._ended is None:
            item = self._socket.next(self._now)
            if item is None:
                self._ended = Close(ABNORMAL_CLOSURE)
            elif isinstance(item, (int, float)):
                if item == math.inf:
                    break
                self._clock.pass_time(item)
                self._now += item
            elif isinstance(item, Close):
                self._ended = item
            else:
                assert isinstance(item, Frame), "a connection for turns sends no pings"
                self._arrive(item.text)
        return self._ended
