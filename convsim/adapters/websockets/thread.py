"""The thread that serves a WebSocket inside the process, on the service's end of a socket pair."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from threading import Lock, Thread
from warnings import warn

from convsim.adapters import active
from convsim.adapters.active import Patch
from convsim.adapters.drivers import Stopwatch
from convsim.adapters.websockets.protocol import ServerConnection
from convsim.http.messages import App, Opening, State

_CHUNK = 65_536
_READ_AND_WRITE = selectors.EVENT_READ | selectors.EVENT_WRITE
_LONGEST_WAIT = 3600.0
_LONGEST_END = 30.0  # seconds, more than a busy machine takes


def open_pair(patch: Patch, app: App, path: str) -> socket.socket:
    """Return the client's end of a new connection; ``path`` is relative to the patch's base URL.

    Raises ``ConnectionRefusedError`` if the patch is ending, or has ended since it was looked up.
    """
    opening = app.connect(path)  # here, so that ids follow the order of the clients and not of the threads
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
        thread = ServerThread(end, app, opening, path)
        thread.begin()
        patch.connections = {one for one in patch.connections if one.is_alive()} | {thread}


def close_all(patch: Patch) -> None:
    """End the connections of a patch, which accepts no others from now on."""
    with active.lock:
        patch.is_open = False
        threads = list(patch.connections)
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join(_LONGEST_END)
        if thread.is_alive():
            warn(f"a WebSocket has not ended in {_LONGEST_END} seconds", RuntimeWarning, stacklevel=2)


class ServerThread(Thread):
    """Serves one connection until one side ends it; it waits only for late items."""

    def __init__(self, end: socket.socket, app: App, opening: Opening | None, path: str) -> None:
        super().__init__(name="convsim-websocket", daemon=True)
        self._socket = end
        self._server = ServerConnection(app.handle, opening, path, self.wake)
        self._wake_send, self._wake_recv = socket.socketpair()
        # A socket that is closed while another thread sends could be reused as another one by then.
        self._wake_lock = Lock()
        for each in (self._socket, self._wake_send, self._wake_recv):
            each.settimeout(0)
        self._watch = Stopwatch()
        self._unsent = bytearray()
        self._waits = selectors.EVENT_READ
        self._stopped = False

    def begin(self) -> None:
        """Start the thread, or leave nothing open."""
        try:
            self.start()
        except BaseException:
            self._wake_send.close()
            self._wake_recv.close()
            raise

    def stop(self) -> None:
        """End it from another thread, soon: the client sees a broken connection."""
        self._stopped = True
        self.wake()

    def wake(self) -> None:
        """Wake the thread: an item can be sent, or the end has come."""
        with self._wake_lock, suppress(OSError):  # it is closed, or holds enough bytes already
            self._wake_send.send(b"!")

    def run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_recv, selectors.EVENT_READ)
                selector.register(self._socket, selectors.EVENT_READ)
                while not (self._stopped or self._server.state in (State.CLOSED, State.ABORTED)):
                    self._turn(selector)
        finally:
            self._close()
            self._server.close()

    def _turn(self, selector: selectors.BaseSelector) -> None:
        """Wait, take the bytes that have arrived, send those that are due."""
        now = self._watch.now()
        wait = self._server.wait(now)
        seconds = None if wait is None else min(wait, _LONGEST_WAIT)
        found = selector.select(seconds)
        if seconds is not None and not found:
            self._watch.waited(now + seconds)
        for key, ready in found:
            if key.fileobj is self._wake_recv:
                self._wake_recv.recv(_CHUNK)
            elif ready & selectors.EVENT_READ:
                self._server.receive(self._received(), self._watch.now())
        self._unsent += self._server.data_to_send(self._watch.now())
        if self._unsent:
            self._flush()
        waits = _READ_AND_WRITE if self._unsent else selectors.EVENT_READ
        if waits != self._waits:
            self._waits = waits
            selector.modify(self._socket, waits)
        if self._server.state is State.CLOSING and not self._unsent:
            self._shut_down(socket.SHUT_WR)

    def _received(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK)
        except OSError:
            return b""  # closed by a client that had not read everything

    def _flush(self) -> None:
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass  # the client reads slowly
        except OSError:
            self._unsent.clear()

    def _shut_down(self, how: int) -> None:
        with suppress(OSError):  # the client has closed meanwhile
            self._socket.shutdown(how)

    def _close(self) -> None:
        self._shut_down(socket.SHUT_RDWR)  # also for a forked process with a copy of it
        with self._wake_lock:
            for each in (self._socket, self._wake_send, self._wake_recv):
                each.close()
