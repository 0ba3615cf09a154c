"""The end of a server: at once, with no connection left open, and with no complaint."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from contextlib import ExitStack

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from convsim import Emulator
from convsim.server import serving
from convsim.server.runner import ServerThread
from tests.server.asking import KEY, Running, running, unread_answer
from tests.waiting import PATIENCE

TURN = {"model": "gpt-4.1", "input": "Where?"}


def test_the_end_cuts_off_what_is_open() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    with ExitStack() as clients:
        with running(sim) as server:
            answer = requests.post(
                f"{server.url}/v1/responses", headers=KEY, json=TURN | {"stream": True}, stream=True, timeout=PATIENCE
            )
            url = f"ws://{server.host}/v1/realtime?model=gpt-realtime"
            socket = clients.enter_context(connect(url, additional_headers=KEY))
            assert '"session.created"' in str(socket.recv())
        with pytest.raises(requests.exceptions.RequestException):
            _ = answer.content
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=PATIENCE)
    assert sim.responses.open == ()


def test_the_end_cuts_off_a_client_that_does_not_read() -> None:
    with ExitStack() as stack:
        with running() as server:
            connection = stack.enter_context(unread_answer(server))
        assert len(Running.read(connection)) < 5_000_000


def test_the_end_wakes_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "LOOK", 2 * PATIENCE)
    with running() as server:
        kept = requests.Session()
        assert kept.post(f"{server.url}/v1/conversations", headers=KEY, json={}, timeout=PATIENCE).status_code == 200
        begin = time.monotonic()
    assert time.monotonic() - begin < PATIENCE
    with pytest.raises(requests.ConnectionError):
        kept.get(server.url, timeout=PATIENCE)


@pytest.mark.parametrize("late", range(4))
def test_clients_that_connect_as_it_ends_are_left_without_a_complaint(
    monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """Their connections are made in steps of the event loop, between which the server ends."""
    clients = [socket.socket() for _ in range(5)]

    async def end(self: serving.Server) -> None:
        for client in clients:
            client.connect(("127.0.0.1", server.port.number))
        for _ in range(late):
            await asyncio.sleep(0)

    monkeypatch.setattr(serving.Server, "main_loop", end)
    server = Running(Emulator())
    with ServerThread(server.port, server.app):
        pass
    gc.collect()  # asyncio complains as it frees connections that were not closed
    for client in clients:
        with client:
            client.settimeout(PATIENCE)
            assert Running.read(client) == b""
