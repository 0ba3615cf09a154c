"""A thread on the service's end of a socket pair: slow clients, clients that leave, and the end of the claim."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from convsim import Emulator
from convsim.adapters.claims import Answers, Claim
from convsim.adapters.serving import Service, hang_up, served
from convsim.realtime import Close, Text
from convsim.urls import BaseUrls

LARGE = "x" * 3_000_000


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, Service)]


def until(happened: Any) -> None:
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.005)
    raise AssertionError("it does not happen")


class Raw:
    """A client that reads only when told to."""

    def __init__(self) -> None:
        self.sim = Emulator()
        handler: Any = None
        answers = Answers(handler, self.sim.realtime.open)
        self.claim = Claim(BaseUrls(), answers, "refuse", lambda error: None)
        self.socket = served(self.claim, answers, "/realtime")
        protocol = ClientProtocol(parse_uri("ws://here/v1/realtime?model=gpt-realtime"))
        request = protocol.connect()
        request.headers["Authorization"] = "Bearer sk-test"
        protocol.send_request(request)
        self.socket.sendall(b"".join(protocol.data_to_send()))
        until(lambda: self.sim.realtime.connections)
        self.connection = self.sim.realtime.connections[0]

    def received(self, last: bytes) -> bytes:
        data = b""
        while last not in data[-200:]:
            data += self.socket.recv(65_536)
        return data


@pytest.fixture
def raw() -> Iterator[Raw]:
    client = Raw()
    yield client
    client.socket.close()
    hang_up(client.claim)
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


def test_the_end_of_a_claim_ends_its_connections_and_no_others(raw: Raw) -> None:
    other = Raw()
    hang_up(other.claim)
    assert other.connection.closed == Close(1006)
    while other.socket.recv(65_536):
        pass
    other.socket.close()
    assert raw.connection.closed is None
    assert len(running()) == 1


def test_a_client_that_never_comes_leaves_nothing_behind() -> None:
    handler: Any = None
    sim = Emulator()
    answers = Answers(handler, sim.realtime.open)
    end = served(Claim(BaseUrls(), answers, "refuse", lambda error: None), answers, "/realtime")
    assert len(running()) == 1
    end.close()
    until(lambda: not running())
    assert sim.realtime.connections == ()


def test_a_ring_after_the_end_is_not_heard(raw: Raw) -> None:
    raw.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: not running())
    raw.connection.wake()
