"""Streams: one client reads what a run tells, or what was told before."""

from __future__ import annotations

from collections.abc import Callable

from convsim.http.messages import Chunk
from convsim.http.websocket import ABNORMAL_CLOSURE
from convsim.responses.record import Record
from convsim.responses.run import Run
from convsim.responses.vocabulary import Failure


class Reader:
    """A client reads a run from a ``position`` on: the events of a stream, or the one body that is not there yet."""

    def __init__(self, run: Run, position: int = 0) -> None:
        self._run = run
        self._position = position
        self._closed = False
        self.wake: Callable[[], None] = _nobody_waits
        run.readers.add(self)

    def next(self, now: float) -> Chunk | float | None:
        """The chunk that is due, the seconds to wait, or None at the end."""
        if self._closed:
            return None
        chunk = self._run.chunk(self._position)
        if isinstance(chunk, Chunk):
            self._position += 1
        return chunk

    def fail(self, failure: Failure) -> None:
        """What comes next is an error and the failed response: for what is to go wrong inside a stream."""
        self._run.fail(failure, self._position)

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """The client has left, or has all that there is; a turn in the background does not mind."""
        if not self._closed:
            self._closed = True
            if not self._run.background:
                self._run.leave(self._position)


class Replay:
    """A client reads a response that has ended: its events behind a position, once more."""

    def __init__(self, record: Record, position: int) -> None:
        self._events = iter(record.events[position:])
        self.wake: Callable[[], None] = _nobody_waits

    def next(self, now: float) -> Chunk | float | None:
        """The next event at once, or None at the end."""
        event = next(self._events, None)
        return Chunk(event.frame(), event.name) if event is not None else None

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """The client has left, or has all that there is."""
        self._events = iter(())


def _nobody_waits() -> None:
    pass
