"""Bytes that are hardly HTTP, on a port of the server: it answers below 500 or closes, and serves the next client."""

from __future__ import annotations

import socket
from random import Random

from convsim import Emulator
from tests.server.asking import Complaints, running, status
from tests.waiting import PATIENCE

LINES = (
    "GET /v1/conversations/conv_1",
    "POST /v1/conversations",
    "POST /v1/responses",
    "GET /_convsim/state",
    "OPTIONS *",
)
HEADERS = (
    "content-length: 5",
    "content-length: -1",
    "content-length: 99999999999999999999",
    "transfer-encoding: chunked",
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-key: x",
    "sec-websocket-version: 13",
    "expect: 100-continue",
    "host: evil.example",
    "origin: https://evil.example",
    "authorization: Bearer \xff",
    "x-convsim-session: ../..",
    "cookie: " + "x" * 9000,
    "a" * 300 + ": b",
    ": b",
    " folded",
)
BODIES = (b"", b"{}", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"\x00" * 64, b"GET / HTTP/1.1\r\n\r\n", b"{" * 5000)


class Sockets:
    """Opens one connection after the other to a server of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.sent = 0
        self.refused = 0
        sim = Emulator()
        sim.seed("conv_1")
        self._running = running(sim)
        self._server = self._running.__enter__()
        self._complaints = Complaints()
        self._complained = self._complaints.__enter__()

    def close(self) -> None:
        """Stop the server."""
        self._complaints.__exit__()
        self._running.__exit__(None, None, None)

    def step(self) -> None:
        """Send one.

        Raise ``AssertionError`` for a 5xx, for an exception that is logged, and for a server that does not serve the
        next client.
        """
        self.sent += 1
        data = self._data()
        answer = self.heard(data)
        if answer:
            assert answer.startswith(b"HTTP/1.1 "), f"{data!r}: {answer!r}"
            assert status(answer) < 500, f"{data!r}: {answer!r}"
            self.refused += status(answer) >= 400
        if self.sent % 10 == 0:
            answer = self.heard(self._server.head(LINES[0], "authorization: Bearer sk-any", "connection: close"))
            assert answer.startswith(b"HTTP/1.1 200 "), f"after {data!r}: {answer!r}"
        assert not self._complained, f"at the latest after {data!r}: {self._complained[0]}"

    def heard(self, data: bytes) -> bytes:
        """The first bytes that come back; none where the connection is closed."""
        with socket.create_connection(("127.0.0.1", self._server.port.number), timeout=PATIENCE) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(65_536)
            except OSError:
                return b""

    def _data(self) -> bytes:
        random = self._random
        headers = random.choices(HEADERS, k=random.randrange(5))
        line = random.choice(LINES)
        head = self._server.head(line, *(["authorization: Bearer sk-any"] if random.random() < 0.7 else []), *headers)
        data = bytearray(head + random.choice(BODIES))
        for _ in range(random.choice((0, 0, 1, 3))):
            data[random.randrange(len(data))] = random.randrange(256)
        if random.random() < 0.2:
            del data[random.randrange(len(data)) :]
        return bytes(data)
