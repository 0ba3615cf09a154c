"""The events that a test takes itself, on a WebSocket without a client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from typing import Any, ClassVar

from pydantic_core import from_json

from convsim.errors import UsageError
from convsim.http.messages import Close


class Arrivals(ABC):
    """The server events on a connection of the test itself, which takes them with the SDK's method names."""

    _closed_with: ClassVar[str]
    """The sentence for calls after the end, with ``{}`` for the code and the reason."""

    def __init__(self) -> None:
        self._arrived: deque[dict[str, Any]] = deque()

    @abstractmethod
    def _take(self) -> Close | None:
        """Let the service go on, keep its events, and return how the connection has ended, if it has."""

    @property
    def closed(self) -> Close | None:
        """The code and reason with which either side ended the connection, or None while it is open."""
        return self._take()

    def recv(self) -> dict[str, Any]:
        """Return the next server event as parsed JSON; pings are answered and left out.

        Raises :class:`~convsim.errors.UsageError` if no event is there: none will arrive without another call.
        """
        self._take()
        with suppress(IndexError):
            return self._arrived.popleft()
        self._require_open("recv")
        raise UsageError(
            "connection.recv(): no event has arrived; connection.events() returns those that have, possibly none"
        )

    def events(self) -> list[dict[str, Any]]:
        """Return all server events that have not been taken yet, oldest first; an empty list if there are none."""
        self._take()
        taken: list[dict[str, Any]] = []
        with suppress(IndexError):
            while True:
                taken.append(self._arrived.popleft())
        return taken

    def _arrive(self, text: str) -> None:
        """Keep the event of a frame; a frame that a fault has garbled is in the journal, but holds none."""
        with suppress(ValueError):
            self._arrived.append(from_json(text))

    def _require_open(self, name: str) -> None:
        if (ended := self._take()) is not None:
            raise UsageError(f"connection.{name}(): {self._closed_with.format(f'{ended.code} {ended.reason!r}')}")
