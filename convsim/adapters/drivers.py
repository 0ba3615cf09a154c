"""Drivers: they take the items of a streamed body, and wait until each is due, in a thread or in a task.

The third driver, for WebSockets, is the thread in :mod:`convsim.adapters.websockets.thread`. A body has one reader,
which closes it when it leaves early.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from convsim.http.messages import Body, Chunk, TransportFault

_LONGEST_WAIT = 3600.0


class Stopwatch:
    """A clock that only moves forward, even if a test has stopped the clock: freezegun stops ``monotonic``, too."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return monotonic() + self._ahead

    def waited(self, until: float) -> None:
        """Note that a wait up to that instant has run out."""
        self._ahead += max(0.0, until - self.now())


def take(body: Body) -> Chunk | TransportFault | None:
    """Return the next item of the body, once it is due; None at the end."""
    watch = Stopwatch()
    item = body.next(watch.now())
    if isinstance(item, (int, float)):
        woken = threading.Event()
        body.wake = woken.set
        while isinstance(item := body.next(now := watch.now()), (int, float)):
            seconds = min(item, _LONGEST_WAIT)
            if not woken.wait(seconds):
                watch.waited(now + seconds)
            woken.clear()
    return item


async def take_async(body: Body) -> Chunk | TransportFault | None:
    """Do as :func:`take` under asyncio or trio; other tasks run meanwhile, and any thread may wake it."""
    watch = Stopwatch()
    item = body.next(watch.now())
    if isinstance(item, (int, float)):
        import anyio  # a dependency of httpx and httpx2; needed for late items only

        schedule = call_soon()
        while True:
            woken = anyio.Event()
            body.wake = partial(schedule, woken.set)
            item = body.next(now := watch.now())
            if not isinstance(item, (int, float)):
                break
            seconds = min(item, _LONGEST_WAIT)
            with anyio.move_on_after(seconds) as scope:
                await woken.wait()
            if scope.cancelled_caught:
                watch.waited(now + seconds)
    return item


def call_soon() -> Callable[[Callable[[], Any]], None]:
    """Return a function that schedules a call on the running loop from any thread; a loop that has ended ignores it."""
    import asyncio  # importing it takes longer than the rest of a first request, which may be synchronous

    try:
        schedule: Callable[[Callable[[], Any]], Any] = asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        import trio

        schedule = trio.lowlevel.current_trio_token().run_sync_soon

    def soon(function: Callable[[], Any]) -> None:
        with suppress(RuntimeError):
            schedule(function)

    return soon
