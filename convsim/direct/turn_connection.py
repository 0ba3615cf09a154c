"""A WebSocket to ``/v1/responses`` without a client: the test itself sends events and takes those that answer them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from convsim.core.clock import Clock
from convsim.errors import UsageError
from convsim.http.messages import Close, Frame
from convsim.http.websocket import ABNORMAL_CLOSURE, event_data

if TYPE_CHECKING:
    from convsim.service.sockets import TurnSocket


class TurnConnection:
    """A connection for turns, as ``client.responses.connect()`` opens one; it meets faults and is in the journal.

    No call waits: a turn's delays move the clock of the emulator forward.

    >>> sim.responses.script("Hello.")
    >>> connection = sim.responses.connect()
    >>> connection.send({"type": "response.create", "model": "gpt-5", "input": "Hi"})
    >>> connection.recv()["type"]
    'response.created'
    """

    def __init__(self, socket: TurnSocket, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock
        self._now = 0.0
        self._arrived: deque[dict[str, Any]] = deque()
        self._ended: Close | None = None

    def send(self, event: Mapping[str, Any] | str | bytes) -> None:
        """Send one client event: as a mapping, or as the text of a frame, which need not be JSON.

        ``bytes`` are a binary frame. A turn is carried out at once, as far as it goes without
        ``sim.responses.finish()``. A refusal is an ``error`` event; a turn without a script, and an exception of a
        script's function, are raised. Raises :class:`~convsim.errors.UsageError` for a mapping that is not JSON, and
        after the connection has closed.
        """
        if self.closed is not None:
            raise _over("send", self.closed)
        self._socket.receive(event_data(event))
        self._take()

    def recv(self) -> dict[str, Any]:
        """Return the next server event as parsed JSON.

        Raises :class:`~convsim.errors.UsageError` if no event is there: none will arrive without another call.
        """
        self._take()
        if self._arrived:
            return self._arrived.popleft()
        if self._ended is not None:
            raise _over("recv", self._ended)
        raise UsageError(
            "connection.recv(): no event has arrived; connection.events() returns those that have, possibly none"
        )

    def events(self) -> list[dict[str, Any]]:
        """Return all server events that have not been taken yet, oldest first; an empty list if there are none."""
        self._take()
        arrived = list(self._arrived)
        self._arrived.clear()
        return arrived

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection as a client does; events that have arrived can still be taken."""
        if self.closed is None:
            self._socket.close(code, reason)
            self._ended = Close(code, reason)

    @property
    def closed(self) -> Close | None:
        """The code and reason with which either side ended the connection, or None while it is open."""
        self._take()
        return self._ended

    def _take(self) -> None:
        """Let the turns go on, through their delays, and keep their events."""
        while self._ended is None:
            item = self._socket.next(self._now)
            if item is None:
                self._ended = Close(ABNORMAL_CLOSURE)
            elif isinstance(item, (int, float)):
                if item == math.inf:
                    return
                self._clock.advance(item)
                self._now += item
            elif isinstance(item, Close):
                self._ended = item
            else:
                assert isinstance(item, Frame), "a connection for turns sends no pings"
                # A frame that a fault has garbled is in the journal, but holds no event to take.
                with suppress(ValueError):
                    self._arrived.append(from_json(item.text))


def _over(name: str, close: Close) -> UsageError:
    return UsageError(
        f"connection.{name}(): the connection closed with {close.code} {close.reason!r};"
        " sim.responses.connect() opens a new one"
    )
