"""uvicorn's server, which ends as soon as it is told to: uvicorn itself only looks ten times a second."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

import uvicorn

GRACE = 3  # seconds for requests in flight at the end
LOOK = 0.1  # seconds between two looks for a signal that did not wake the loop


class Server(uvicorn.Server):
    """Calls ``started`` when it listens, and ``ended`` after a signal has ended it."""

    wake: Callable[[], object] = staticmethod(lambda: None)
    """To be called when ``should_exit`` is set; before the start nothing sleeps."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], ended: Callable[[], None]) -> None:
        super().__init__(config)
        self._started, self._ended = started, ended

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        self._over = asyncio.Event()
        self.wake = partial(asyncio.get_running_loop().call_soon_threadsafe, self._over.set)
        await super().startup(sockets)
        self._started()

    async def main_loop(self) -> None:
        """Wait for the end: a signal that comes while the loop falls asleep does not wake it, so it looks as well."""
        over = asyncio.ensure_future(self._over.wait())
        while not self.should_exit:
            await asyncio.wait([over], timeout=LOOK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give requests in flight their seconds, unless they are cut off, and leave no connection open."""
        await self._stop_accepting()
        state, loop = self.server_state, asyncio.get_running_loop()
        for connection in tuple(state.connections):
            connection.shutdown()
        until = loop.time() + GRACE
        await asyncio.sleep(0)  # connections that wait for a request close now
        # No event tells of the end of the others.
        while not self.force_exit and loop.time() < until and (state.connections or state.tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for connection in tuple(state.connections):  # since Python 3.12, asyncio's servers wait for them at their end
            connection.transport.abort()

    async def _stop_accepting(self) -> None:
        """Let accepted sockets become connections, then close the port: asyncio would leave these sockets open.

        An accepted socket gets its transport in the next iteration of the loop, and its protocol in the one after that.
        """
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listening in server.sockets:
                with suppress(NotImplementedError):  # on Windows, whose loop accepts in another way
                    loop.remove_reader(listening)
        for _ in range(2):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do as uvicorn does, but do not raise the signal again that has ended the server."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
            self._ended()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End; the second signal cuts off what is open."""
        self.force_exit: bool = self.should_exit
        self.should_exit = True
        self.wake()
