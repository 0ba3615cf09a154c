"""Serving a WebSocket inside the process: a socket pair, and a thread on the service's end of it."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from threading import Thread
from time import monotonic

from convsim.adapters import claims
from convsim.adapters.claims import Answers, Claim
from convsim.adapters.endpoint import Endpoint

_CHUNK = 65_536
_LONGEST_END = 5.0


def served(claim: Claim, answers: Answers, below: str) -> socket.socket:
    """The client's end of a new connection; ``below`` is what of its path stands below the claim's base URL."""
    client, end = socket.socketpair()
    Service(end, claim, answers, below).start()
    return client


def hang_up(claim: Claim) -> None:
    """End the connections that a claim has answered."""
    with claims.lock:
        services = [service for service in _running if service.claim is claim]
    for service in services:
        service.stop()


_running: set[Service] = set()


class Service(Thread):
    """Serves one connection until one side ends it; it waits for what is late, and for nothing else."""

    def __init__(self, end: socket.socket, claim: Claim, answers: Answers, below: str) -> None:
        super().__init__(name="convsim-realtime", daemon=True)
        self.claim = claim
        self._end = end
        self._bell, self._ear = socket.socketpair()
        for each in (self._end, self._bell, self._ear):
            each.settimeout(0)
        self._endpoint = Endpoint(answers, below, self._ring)
        self._unsent = bytearray()
        self._stopped = False

    def start(self) -> None:
        with claims.lock:
            _running.add(self)
        super().start()

    def stop(self) -> None:
        """End it from another thread: to the client the connection breaks."""
        self._stopped = True
        self._ring()
        self.join(_LONGEST_END)

    def run(self) -> None:
        try:
            with self._end, self._bell, self._ear, selectors.DefaultSelector() as selector:
                selector.register(self._ear, selectors.EVENT_READ)
                selector.register(self._end, selectors.EVENT_READ)
                while not (self._stopped or self._endpoint.ended):
                    self._turn(selector)
        finally:
            with claims.lock:
                _running.discard(self)
            if not self._endpoint.ended:
                self._endpoint.receive(b"")

    def _turn(self, selector: selectors.BaseSelector) -> None:
        """Wait for something, take what has come, send what is due."""
        for key, ready in selector.select(self._endpoint.wait(monotonic())):
            if key.fileobj is self._ear:
                self._ear.recv(_CHUNK)
            elif ready & selectors.EVENT_READ:
                self._endpoint.receive(self._received())
        self._unsent += self._endpoint.data_to_send(monotonic())
        self._flush()
        waits = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
        if waits != selector.get_key(self._end).events:
            selector.modify(self._end, waits)
        if self._endpoint.ends and not self._unsent:
            with suppress(OSError):  # the client has closed meanwhile
                self._end.shutdown(socket.SHUT_WR)

    def _received(self) -> bytes:
        try:
            return self._end.recv(_CHUNK)
        except ConnectionError:
            return b""  # closed by a client that had not read everything

    def _flush(self) -> None:
        try:
            del self._unsent[: self._end.send(self._unsent)]
        except BlockingIOError:
            pass  # the client reads slowly
        except ConnectionError:
            self._unsent.clear()

    def _ring(self) -> None:
        with suppress(OSError):  # it has ended meanwhile, or enough rings are waiting
            self._bell.send(b"!")
