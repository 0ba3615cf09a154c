"""A server on a port of this machine, and raw requests to it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
from starlette.testclient import TestClient

from convsim import Emulator
from convsim.server.admission import loopback_hosts
from convsim.server.application import Application
from convsim.server.runner import Port, ServerThread
from tests.asking import uvicorn_of
from tests.waiting import PATIENCE

KEY = {"Authorization": "Bearer sk-test"}


class Running:
    """A server with its emulator; ``uvicorn`` is the runner's own."""

    uvicorn: Any

    def __init__(self, sim: Emulator, origins: tuple[str, ...] = ()) -> None:
        self.sim = sim
        self.port = Port()
        self.app: Application = sim.asgi(
            allowed_hosts=loopback_hosts(self.port.number), allowed_origins=origins, control=True
        )
        self.host = f"127.0.0.1:{self.port.number}"
        self.url = self.port.url

    @property
    def connections(self) -> set[Any]:
        """Those that are open, as uvicorn's protocols."""
        open_: set[Any] = self.uvicorn.server_state.connections
        return open_

    def raw(self, data: bytes, *more: bytes, until: bytes = b"") -> bytes:
        """Send bytes as they are, and read until the server closes or ``until`` has come."""
        with socket.create_connection(("127.0.0.1", self.port.number), timeout=PATIENCE) as connection:
            with suppress(ConnectionError):  # the server may close before all of it is sent
                for piece in (data, *more):
                    connection.sendall(piece)
            return self.read(connection, until)

    @staticmethod
    def read(connection: socket.socket, until: bytes = b"") -> bytes:
        heard = b""
        while not until or until not in heard:
            try:
                data = connection.recv(65_536)
            except ConnectionError:
                break
            if not data:
                break
            heard += data
        return heard

    def head(self, line: str = "GET /v1/conversations/conv_1", *headers: str) -> bytes:
        """The head of a request that is right, with these headers besides."""
        lines = [f"{line} HTTP/1.1", f"Host: {self.host}", "Authorization: Bearer sk-test", *headers]
        return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def running(sim: Emulator | None = None, origins: tuple[str, ...] = ()) -> Iterator[Running]:
    server = Running(sim or Emulator(), origins)
    with ServerThread(server.port, server.app) as thread:
        server.uvicorn = uvicorn_of(thread)
        yield server


@contextmanager
def unread_answer(server: Running) -> Iterator[socket.socket]:
    """A connection on which an answer has begun that is longer than what the system takes before it is read."""
    server.sim.seed("conv_1", items=[{"role": "user", "content": "x" * 500_000}] * 10)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", server.port.number))
        connection.sendall(server.head("GET /v1/conversations/conv_1/items?limit=20"))
        assert connection.recv(1) == b"H"
        yield connection


class Complaints(logging.Handler):
    """What the server's thread logs while the context is open: it should log nothing but exceptions of scripts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "websockets.client":  # the tests' own
            self.heard.append(logging.Formatter().format(record))

    def __enter__(self) -> list[str]:
        logging.getLogger().addHandler(self)
        return self.heard

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


def is_left(connection: socket.socket, pieces: Iterable[bytes]) -> bool:
    """Send the pieces with a little time between; whether the server closes the connection meanwhile."""
    try:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)
    except ConnectionError:
        return True
    return False


def status(heard: bytes) -> int:
    """The status of a raw answer; 0 when there is none."""
    return int(heard.split(b" ", 2)[1]) if heard.startswith(b"HTTP/1.1 ") else 0


class Control:
    """The control plane of an emulator, with no port between."""

    def __init__(self, sim: Emulator | None = None) -> None:
        self.sim = sim or Emulator()
        self.app: Application = self.sim.asgi(control=True)
        self.http = TestClient(self.app)
        self.token = {"Authorization": f"Bearer {self.app.control_token}"}

    def ask(self, method: str, path: str, given: Any = None, **headers: str) -> httpx2.Response:
        content_type = {"Content-Type": "application/json"} if method != "GET" else {}
        answer: httpx2.Response = self.http.request(
            method, f"/_convsim{path}", headers=self.token | content_type | headers, json=given
        )
        return answer

    def told(self, method: str, path: str, given: Any = None) -> Any:
        answer = self.ask(method, path, given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, given: Any = None) -> str:
        answer = self.ask(method, path, given)
        assert answer.status_code == 400, answer.text
        message: str = answer.json()["error"]["message"]
        return message
