"""Drivers: they take the items of a body that is sent over time, and wait until each is due, in a thread or in a task.

The third driver, for WebSockets, is the thread in :mod:`convsim.adapters.websockets.thread`. A body has one reader,
which closes it when it leaves early.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from convsim.http.messages import Body, Chunk, TransportFault

_LONGEST_WAIT = 3600.0


def take(body: Body) -> Chunk | TransportFault | None:
    """The next item of the body, once it is due; None at the end."""
    item = body.next(monotonic())
    if isinstance(item, (int, float)):
        woken = threading.Event()
        body.wake = woken.set
        while isinstance(item := body.next(monotonic()), (int, float)):
            woken.wait(min(item, _LONGEST_WAIT))
            woken.clear()
    return item


async def take_async(body: Body) -> Chunk | TransportFault | None:
    """As :func:`take`, under asyncio or trio; other tasks run meanwhile, and any thread may wake it."""
    item = body.next(monotonic())
    if isinstance(item, (int, float)):
        import anyio  # a dependency of httpx and httpx2; only what is late needs it

        schedule = call_soon()
        while True:
            woken = anyio.Event()
            body.wake = partial(schedule, woken.set)
            item = body.next(monotonic())
            if not isinstance(item, (int, float)):
                break
            with anyio.move_on_after(min(item, _LONGEST_WAIT)):
                await woken.wait()
    return item


def call_soon() -> Callable[[Callable[[], Any]], None]:
    """Has the running loop call a function soon, from whichever thread; a loop that has ended does nothing."""
    try:
        schedule: Callable[[Callable[[], Any]], Any] = asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        import trio

        schedule = trio.lowlevel.current_trio_token().run_sync_soon

    def soon(function: Callable[[], Any]) -> None:
        with suppress(RuntimeError):
            schedule(function)

    return soon
