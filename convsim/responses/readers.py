"""Streams: one client reads the events of a run, or those of an ended response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from convsim.http.messages import Chunk, Stream
from convsim.http.websocket import ABNORMAL_CLOSURE
from convsim.responses.events import Teller
from convsim.responses.record import Record
from convsim.responses.run import Run
from convsim.responses.telling import error_event
from convsim.responses.vocabulary import Failure


class EventStream(Stream[Chunk], Protocol):
    """The body of a streamed answer, which can be made to fail."""

    def fail(self, failure: Failure) -> None:
        """Send a failure instead of the last event and of all that follow."""

    def ready(self, most: int) -> bytes:
        """Return the bytes of the next chunks, as far as they are certain and wait for nothing; at most about ``most``.

        :meth:`next` goes on behind them.
        """

    def rest(self) -> bytes:
        """Return the bytes that were certain to follow and are no longer sent; nothing on a second call."""


class Reader:
    """A client's view of a run from a ``position`` on: the events of a stream, or a body that does not exist yet."""

    def __init__(self, run: Run, position: int = 0) -> None:
        self._run = run
        self._position = position
        self._closed = False
        self._broken: Chunk | None = None
        self.wake: Callable[[], None] = _nobody_waits
        run.tell(self)

    def next(self, now: float) -> Chunk | float | None:
        """Return the chunk that is due, the seconds to wait, or None at the end."""
        if self._broken is not None:
            self._closed, broken, self._broken = True, self._broken, None
            self._position += 1
            return broken
        if self._closed:
            return None
        chunk = self._run.chunk(self._position)
        if isinstance(chunk, Chunk):
            self._position += 1
        return chunk

    def fail(self, failure: Failure) -> None:
        """Send an error and the failed response, instead of the last event and all that follow.

        If the response has ended already, the stream ends with the error.
        """
        self._position -= 1
        if not self._run.fail(failure, self._position):
            self._broken = _broken(failure, self._position)

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Note that the client has left, or has read everything; a turn in the background ignores it."""
        if not self._closed:
            self._closed = True
            if not self._run.background:
                self._run.leave(self._position)

    def ready(self, most: int) -> bytes:
        if self._closed or self._broken is not None:
            return b""
        frames = self._run.ready(self._position, most)
        self._position += len(frames)
        return b"".join(frames)

    def rest(self) -> bytes:
        events = self._run.told_behind(self._position)
        self._position += len(events)
        return b"".join(event.frame() for event in events)


class Replay:
    """A client's view of an ended response: its events after a position, once more."""

    def __init__(self, record: Record, position: int) -> None:
        self._chunks = [Chunk(event.frame(), event.name) for event in record.events]
        self._position = position
        self._end = len(self._chunks)
        self.wake: Callable[[], None] = _nobody_waits

    def next(self, now: float) -> Chunk | float | None:
        """Return the next event at once, or None at the end."""
        if self._position >= self._end:
            return None
        self._position += 1
        return self._chunks[self._position - 1]

    def fail(self, failure: Failure) -> None:
        """Send an error instead of the last event, and end."""
        self._position -= 1
        self._chunks[self._position] = _broken(failure, self._position)
        self._end = self._position + 1

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Note that the client has left, or has read everything."""
        self._end = 0

    def ready(self, most: int) -> bytes:
        """Return nothing: a replay is read event by event."""
        return b""

    def rest(self) -> bytes:
        rest = self._chunks[self._position :]
        self._position += len(rest)
        return b"".join(chunk.data for chunk in rest)


def _broken(failure: Failure, number: int) -> Chunk:
    """Return the error event of that number, without the response that it belongs to."""
    teller = Teller("")
    teller.go_back(number)
    event = error_event(teller, failure)
    return Chunk(event.frame(), event.name)


def _nobody_waits() -> None:
    pass
