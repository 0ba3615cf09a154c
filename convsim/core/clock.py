"""What time is it: the one port through which the emulator reads time."""

from __future__ import annotations

import time

from convsim.errors import UsageError

DEFAULT_NOW = 1741900000
"""The instant, in seconds since the epoch, at which a frozen clock stands unless told otherwise."""

# Ids carry the seconds as eight hexadecimal digits, so a clock must stay inside that range.
_LATEST = 2**32


class Clock:
    """Seconds since the Unix epoch, standing still until told to move.

    Raises :class:`~convsim.errors.UsageError` for an instant before 1970 or after 2106, which no id could carry.
    """

    def __init__(self, now: float = DEFAULT_NOW) -> None:
        if not isinstance(now, (int, float)) or not 0 <= now < _LATEST:
            raise UsageError(f"Clock(now={now!r}): write seconds since 1970, 0 <= now < {_LATEST}")
        self._first = self._start = now
        self._advanced: float = 0

    @staticmethod
    def system() -> Clock:
        """A clock that reads ``time.time()`` at each call, so that time-machine and freezegun move it."""
        return _SystemClock()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._start + self._advanced

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``; raises ``UsageError`` when they are negative or lead out of range."""
        if not 0 <= seconds < _LATEST - self.now():
            raise UsageError(f"clock.advance({seconds!r}): time only goes forward, and not beyond {_LATEST}")
        self._advanced += seconds

    def left(self) -> float:
        """How many seconds it can be moved forward, up to the last whole second."""
        return max(0, _LATEST - 1 - self.now())

    def reset(self) -> None:
        """Stand where it stood first."""
        self._start, self._advanced = self._first, 0

    def position(self) -> tuple[float, float]:
        """Where it stood first, and how far it was moved, in seconds."""
        return self._start, self._advanced

    def move_to(self, start: float, advanced: float) -> None:
        """Go on from there, until the next :meth:`reset`; the system's clock keeps its own time."""
        self._start, self._advanced = start, advanced

    def __repr__(self) -> str:
        return f"Clock(now={self.now()!r})"


class _SystemClock(Clock):
    def now(self) -> float:
        # Looked up at each call: a reference bound earlier would escape freezegun.
        now = time.time() + self._advanced
        if not 0 <= now < _LATEST:
            raise UsageError(f"the system's clock says {now!r}: no id could carry it, 0 <= now < {_LATEST}")
        return now

    def position(self) -> tuple[float, float]:
        return self.now() - self._advanced, self._advanced
