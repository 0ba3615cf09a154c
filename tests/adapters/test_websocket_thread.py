"""A thread on the service's end of a socket pair: slow clients, clients that leave, and the end of the patch."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from convsim import Emulator
from convsim.adapters.active import Patch
from convsim.adapters.websockets.thread import ServerThread, close_all, open_pair
from convsim.http.urls import BaseUrls
from convsim.realtime import Close, Text
from tests.asking import LONGEST_END, LONGEST_WAIT, app
from tests.waiting import PATIENCE, until

LARGE = "x" * 1_000_000


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, ServerThread)]


@contextmanager
def claimed(sim: Emulator) -> Iterator[Patch]:
    """A patch that accepts connections, without anything patched."""
    patch = Patch(BaseUrls(), app(sim), None, lambda error: None, is_open=True)
    try:
        yield patch
    finally:
        close_all(patch)


def connected(patch: Patch) -> socket.socket:
    assert patch.app is not None
    return open_pair(patch, patch.app, "/realtime")


class Raw:
    """A client that reads only when told to."""

    def __init__(self, sim: Emulator, patch: Patch) -> None:
        self.sim = sim
        self.patch = patch
        self.socket = connected(patch)
        protocol = ClientProtocol(parse_uri("ws://here/v1/realtime?model=gpt-realtime"))
        request = protocol.connect()
        request.headers["Authorization"] = "Bearer sk-test"
        protocol.send_request(request)
        self.socket.sendall(b"".join(protocol.data_to_send()))
        until(lambda: self.sim.realtime.connections)
        self.connection = self.sim.realtime.connections[0]

    def received(self, last: bytes) -> bytes:
        data = bytearray()
        while last not in data[-200:]:
            data += self.socket.recv(65_536)
        return bytes(data)


@pytest.fixture
def raw() -> Iterator[Raw]:
    sim = Emulator()
    with claimed(sim) as patch:
        client = Raw(sim, patch)
        yield client
        client.socket.close()
    assert running() == []


def test_what_a_slow_client_does_not_take_waits_and_the_thread_does_not(raw: Raw) -> None:
    for _ in range(3):
        raw.connection.session.add(Text(LARGE))
    raw.socket.sendall(b"\x8a\x80\x00\x00\x00\x00")  # a pong, which is taken all the same
    raw.connection.session.add(Text("the end"))
    assert raw.received(b"the end").count(LARGE.encode()) == 3


def test_a_client_that_leaves_with_everything_unread_is_gone(raw: Raw) -> None:
    raw.connection.session.add(Text(LARGE))
    time.sleep(0.05)
    raw.socket.close()
    until(lambda: not running())
    assert raw.connection.closed == Close(1006)


def test_the_end_of_a_patch_ends_its_connections_and_no_others(raw: Raw) -> None:
    sim = Emulator()
    with claimed(sim) as patch:
        other = Raw(sim, patch)
    assert other.connection.closed == Close(1006)
    while other.socket.recv(65_536):
        pass
    other.socket.close()
    assert raw.connection.closed is None
    assert len(running()) == 1


def test_the_end_of_a_patch_waits_for_a_connection_that_is_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    ending, run = threading.Event(), ServerThread.run

    def late(thread: ServerThread) -> None:
        run(thread)
        ending.set()
        time.sleep(0.05)

    monkeypatch.setattr(ServerThread, "run", late)
    sim = Emulator()
    with claimed(sim) as patch:
        client = Raw(sim, patch)
        client.socket.close()
        assert ending.wait(PATIENCE)
    assert running() == []
    assert client.connection.closed == Close(1006)


def test_a_patch_forgets_connections_that_have_ended() -> None:
    sim = Emulator()
    with claimed(sim) as patch:
        for _ in range(3):
            connected(patch).close()
            until(lambda: not running())
        assert len(patch.connections) == 1


def test_a_patch_that_ends_or_has_ended_gets_no_connection() -> None:
    with claimed(Emulator()) as patch:
        close_all(patch)
        with pytest.raises(ConnectionRefusedError, match="no longer patched in"):
            connected(patch)
    with pytest.raises(ConnectionRefusedError, match="no longer patched in"):
        connected(patch)
    assert running() == []


def test_a_thread_that_cannot_start_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ServerThread, "start", start)
    with claimed(Emulator()) as patch, pytest.raises(RuntimeError, match="can't start new thread"):
        connected(patch)


def test_a_connection_that_does_not_end_is_said_to(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LONGEST_END, 0.05)
    with raw.connection.session.lock:
        raw.connection.wake()
        time.sleep(0.02)
        with pytest.warns(RuntimeWarning, match=r"has not ended in 0\.05 seconds"):
            close_all(raw.patch)


def test_a_client_that_never_comes_leaves_nothing_behind() -> None:
    sim = Emulator()
    with claimed(sim) as patch:
        end = connected(patch)
        assert len(running()) == 1
        end.close()
        until(lambda: not running())
    assert sim.realtime.connections == ()


def test_a_reset_breaks_a_connection_whatever_the_client_has_not_taken(raw: Raw) -> None:
    raw.connection.session.add(Text(LARGE))
    raw.connection.session.add(Text("late"), delay=1000)
    time.sleep(0.05)
    raw.sim.reset()
    until(lambda: not running())
    data = b""
    while piece := raw.socket.recv(65_536):
        data += piece
    assert len(data) < len(LARGE)


def test_a_delay_of_days_is_waited_for_in_pieces(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LONGEST_WAIT, 0.01)
    raw.connection.session.add(Text("the end"), delay=0.1)
    assert b"the end" in raw.received(b"the end")


def test_a_ring_after_the_end_is_not_heard(raw: Raw) -> None:
    raw.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: not running())
    raw.connection.wake()
