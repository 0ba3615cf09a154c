"""The clock: the one port through which the emulator reads time."""

from __future__ import annotations

import math
import time
from threading import RLock

from convsim.core.forks import ModuleLock
from convsim.errors import UsageError
from convsim.errors.misuse import is_number, number, require, shown

DEFAULT_NOW = 1741900000
"""The instant, in seconds since the epoch, that a frozen clock shows by default."""

# Ids carry the seconds as eight hexadecimal digits, so a clock must stay inside that range.
_LATEST = 2**32

_INSTANT = number(f"seconds since 1970, 0 <= now < {_LATEST}", most=math.nextafter(_LATEST, 0))

# Several threads may advance a clock at once. One lock for all clocks: they are copied, and are rarely moved.
_lock = ModuleLock(RLock)


class Clock:
    """A clock in seconds since the Unix epoch, which stands still until it is moved.

    Raises :class:`~convsim.errors.UsageError` for an instant before 1970 or after 2106, which no id could carry.

    >>> sim.clock.advance(60)
    >>> sim.conversations.create().created_at - sim.state["conv_1"].created_at
    60
    """

    def __init__(self, now: float = DEFAULT_NOW) -> None:
        require("Clock(now", now, _INSTANT)
        self._first = self._start = now
        self._advanced: float = 0

    @staticmethod
    def system() -> Clock:
        """Return a clock that reads ``time.time()`` at each call, so that time-machine and freezegun move it.

        >>> sim = Emulator(now=Clock.system())
        """
        return _SystemClock()

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return self._start + self._advanced

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``; raises ``UsageError`` when they are negative or lead out of range."""
        with _lock:
            if not is_number(seconds) or not 0 <= seconds < _LATEST - self.now():
                raise UsageError(f"clock.advance({shown(seconds)}): time only goes forward, and not beyond {_LATEST}")
            self._advanced += seconds

    def pass_time(self, seconds: float) -> None:
        """Move the clock forward by a delay, but not beyond the last whole second that an id can carry."""
        with _lock:
            self._advanced += min(seconds, max(0, _LATEST - 1 - self.now()))

    def reset(self) -> None:
        """Go back to the instant at which the clock was made."""
        self._start, self._advanced = self._first, 0

    def position(self) -> tuple[float, float]:
        """Return the instant at which the clock was made, and by how much it was moved since, both in seconds."""
        return self._start, self._advanced

    def move_to(self, start: float, advanced: float) -> None:
        """Take over the position of another clock until the next :meth:`reset`; the system's clock keeps its time."""
        self._start, self._advanced = start, advanced

    def __repr__(self) -> str:
        return f"Clock(now={self.now()!r})"


class _SystemClock(Clock):
    def now(self) -> float:
        # Look it up at each call: a reference bound earlier would escape freezegun.
        now = time.time() + self._advanced
        if not 0 <= now < _LATEST:
            raise UsageError(f"the system's clock says {now!r}: no id could carry it, 0 <= now < {_LATEST}")
        return now

    def position(self) -> tuple[float, float]:
        return self.now() - self._advanced, self._advanced
