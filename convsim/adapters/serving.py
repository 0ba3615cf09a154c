"""Serving a WebSocket inside the process: a socket pair, and a thread on the service's end of it."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic
from warnings import warn

from convsim.adapters import active
from convsim.adapters.active import Patch
from convsim.adapters.endpoint import Endpoint
from convsim.http.messages import App, Handler, Opening

_CHUNK = 65_536
_READ_AND_WRITE = selectors.EVENT_READ | selectors.EVENT_WRITE
_LONGEST_WAIT = 3600.0
_LONGEST_END = 5.0


def served(patch: Patch, app: App, path: str) -> socket.socket:
    """The client's end of a new connection; ``path`` is relative to the patch's base URL.

    Raises ``ConnectionRefusedError`` when the patch is ending, or has ended since it was asked for.
    """
    opening = app.connect(path)  # here, so that ids go by the turn of the clients and not of threads
    client, end = socket.socketpair()
    try:
        _begin(end, patch, app, opening, path)
    except BaseException:
        client.close()
        end.close()
        raise
    return client


def _begin(end: socket.socket, patch: Patch, app: App, opening: Opening | None, path: str) -> None:
    with active.lock:
        if not patch.is_open:
            raise ConnectionRefusedError("the emulator that answers here is no longer patched in")
        service = Service(end, patch.connections, app.handle, opening, path)
        service.begin()
        patch.connections.add(service)


def hang_up(patch: Patch) -> None:
    """End the connections of a patch, which gets no others from now on."""
    with active.lock:
        patch.is_open = False
        services = list(patch.connections)
    for service in services:
        service.stop()
    for service in services:
        service.join(_LONGEST_END)
        if service.is_alive():
            warn(f"a Realtime connection has not ended in {_LONGEST_END} seconds", RuntimeWarning, stacklevel=2)


class Service(Thread):
    """Serves one connection until one side ends it; it waits for what is late, and for nothing else."""

    def __init__(
        self, end: socket.socket, running: set[Service], handler: Handler, opening: Opening | None, below: str
    ) -> None:
        super().__init__(name="convsim-realtime", daemon=True)
        self._running = running
        self._end = end
        self._endpoint = Endpoint(handler, opening, below, self.ring)
        self._bell, self._ear = socket.socketpair()
        # A bell that is closed while it rings could ring in another socket.
        self._bell_lock = Lock()
        for each in (self._end, self._bell, self._ear):
            each.settimeout(0)
        self._unsent = bytearray()
        self._waits = selectors.EVENT_READ
        self._stopped = False
        self._shut = False

    def begin(self) -> None:
        """Start the thread, or leave nothing open."""
        try:
            self.start()
        except BaseException:
            self._bell.close()
            self._ear.close()
            raise

    def stop(self) -> None:
        """End it from another thread, soon: to the client the connection breaks."""
        self._stopped = True
        self.ring()

    def ring(self) -> None:
        """There is something to be sent, or the end has come."""
        with self._bell_lock, suppress(OSError):  # it is closed, or enough rings are waiting
            self._bell.send(b"!")

    def run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._ear, selectors.EVENT_READ)
                selector.register(self._end, selectors.EVENT_READ)
                while not (self._stopped or self._endpoint.ended or self._endpoint.broken):
                    self._turn(selector)
        finally:
            self._close()
            if not self._endpoint.ended:
                self._endpoint.receive(b"", monotonic())

    def _turn(self, selector: selectors.BaseSelector) -> None:
        """Wait for something, take what has come, send what is due."""
        wait = self._endpoint.wait(monotonic())
        for key, ready in selector.select(None if wait is None else min(wait, _LONGEST_WAIT)):
            if key.fileobj is self._ear:
                self._ear.recv(_CHUNK)
            elif ready & selectors.EVENT_READ:
                self._endpoint.receive(self._received(), monotonic())
        self._unsent += self._endpoint.data_to_send(monotonic())
        if self._unsent:
            self._flush()
        waits = _READ_AND_WRITE if self._unsent else selectors.EVENT_READ
        if waits != self._waits:
            self._waits = waits
            selector.modify(self._end, waits)
        if self._endpoint.ends and not self._unsent and not self._shut:
            self._shut = True
            self._shut_down(socket.SHUT_WR)

    def _received(self) -> bytes:
        try:
            return self._end.recv(_CHUNK)
        except OSError:
            return b""  # closed by a client that had not read everything

    def _flush(self) -> None:
        try:
            del self._unsent[: self._end.send(self._unsent)]
        except BlockingIOError:
            pass  # the client reads slowly
        except OSError:
            self._unsent.clear()

    def _shut_down(self, how: int) -> None:
        with suppress(OSError):  # the client has closed meanwhile
            self._end.shutdown(how)

    def _close(self) -> None:
        self._shut_down(socket.SHUT_RDWR)  # also for a forked process that has a copy of it
        with self._bell_lock:
            for each in (self._end, self._bell, self._ear):
                each.close()
        with active.lock:
            self._running.discard(self)
