"""The server on a real port: bytes that no ASGI transport lets a test send, slow clients, floods and ends."""

from __future__ import annotations

import socket
import sys
import time
from itertools import repeat

import httpx2
import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from convsim import ConvsimError, Emulator
from convsim.adapters import asgi
from convsim.faults import BodyReset, ConnectionReset, Latency, ReadTimeout, Rule
from convsim.server import protocols, runner
from convsim.server.runner import Port, ServerThread
from convsim.service.delivery import BodyDelivery
from tests.server.asking import KEY, Running, is_left, status, unread_answer
from tests.waiting import PATIENCE, until

REALTIME = "/v1/realtime?model=gpt-realtime"
EMPTY = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
TURN = {"model": "gpt-4.1", "input": "Where?"}


# --- framing -------------------------------------------------------------------------------------------------------


def test_a_request_as_it_should_be(server: Running) -> None:
    assert status(server.raw(server.head(), until=b"\r\n\r\n")) == 404


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\nHost: {host}\n\n",
        "GET / HTTP/1.1\r\nHost: {host}\nX: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nX: 1\rY: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
        "GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nX: {long}\r\n\r\n",
        "nonsense\r\n\r\n",
    ],
)
def test_bad_framing_is_a_400_and_a_close(server: Running, head: str) -> None:
    heard = server.raw(head.format(host=server.host, long="x" * 70_000).encode())
    assert status(heard) in (400, 431) or not heard  # a reset may overtake the answer to what was not read
    assert b"connection: close" in heard.lower() or not heard


def test_a_length_beside_chunks_is_ambiguous(server: Running) -> None:
    head = server.head("POST /v1/conversations", "Transfer-Encoding: chunked", "Content-Length: 2")
    heard = server.raw(head + b"2\r\n{}\r\n0\r\n\r\n")
    assert status(heard) == 400
    assert b"convsim_ambiguous_body" in heard


def test_no_host_is_another_host(server: Running) -> None:
    assert status(server.raw(b"GET /v1/conversations/x HTTP/1.0\r\n\r\n")) == 421


def test_pipelined_requests_are_answered_in_their_order(server: Running) -> None:
    head = server.head("POST /v1/conversations").removesuffix(b"\r\n") + EMPTY
    last = server.head("GET /v1/conversations/conv_1", "Connection: close")
    heard = server.raw(head + head + last)
    assert [int(part.split(b" ", 1)[0]) for part in heard.split(b"HTTP/1.1 ")[1:]] == [200, 200, 404]


def test_a_bare_line_feed_behind_another_request_is_refused_too(server: Running) -> None:
    heard = server.raw(server.head() + b"GET / HTTP/1.1\nHost: x\n\n")
    assert [int(part.split(b" ", 1)[0]) for part in heard.split(b"HTTP/1.1 ")[1:]] == [404, 400]


def test_head_has_no_body(server: Running) -> None:
    heard = server.raw(server.head("HEAD /v1/conversations/conv_1", "Connection: close"))
    assert status(heard) == 405
    assert heard.endswith(b"\r\n\r\n")


def test_nothing_is_compressed(server: Running) -> None:
    answer = requests.post(f"{server.url}/v1/conversations", headers=KEY | {"Accept-Encoding": "gzip"}, json={})
    assert "content-encoding" not in answer.headers
    extension = {"Sec-WebSocket-Extensions": "permessage-deflate"}
    with connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY | extension) as socket:
        assert socket.protocol.extensions == []


# --- sizes and times -----------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server: Running) -> None:
    heard = server.raw(server.head("POST /v1/conversations", f"Content-Length: {asgi.MAX_BODY + 1}"))
    assert status(heard) == 413


def test_a_head_that_does_not_come_is_not_waited_for(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_HEAD_SECONDS", 0.05)
    assert server.raw(b"") == b""
    assert server.raw(b"GET / HTTP/1.1\r\n", b"X: 1\r\n") == b""


def test_a_body_that_does_not_come_is_not_waited_for(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_BODY_SECONDS", 0.05)
    heard = server.raw(server.head("POST /v1/conversations", "Content-Length: 2"), b"{")
    assert status(heard) == 408
    assert b"connection: close" in heard
    assert b"convsim_slow_body" in heard
    assert not server.sim.journal


def test_a_body_that_comes_piece_by_piece_has_its_seconds_as_a_whole(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, "MAX_BODY_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", server.port.number), timeout=PATIENCE) as connection:
        connection.sendall(server.head("POST /v1/conversations", "Content-Length: 100000"))
        assert is_left(connection, repeat(b" ", 5_000))


def test_a_client_that_leaves_in_mid_body_leaves_nothing(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port.number)) as connection:
        connection.sendall(server.head("POST /v1/conversations", "Content-Length: 9") + b"{")
    with socket.create_connection(("127.0.0.1", server.port.number)) as connection:
        connection.sendall(server.head("POST /v1/conversations", "Content-Length: 9") + b"{")
        connection.shutdown(socket.SHUT_WR)
        assert Running.read(connection) == b""
    assert not server.sim.state


def test_a_client_that_does_not_read_is_left(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_UNREAD_SECONDS", 0.05)
    with unread_answer(server) as connection:
        until(lambda: not server.connections)
        assert len(Running.read(connection)) < 5_000_000


def test_a_client_that_reads_slowly_gets_all(server: Running) -> None:
    server.sim.seed("conv_1", items=[{"role": "user", "content": "x" * 500_000}] * 10)
    with socket.create_connection(("127.0.0.1", server.port.number), timeout=PATIENCE) as connection:
        connection.sendall(server.head("GET /v1/conversations/conv_1/items?limit=20", "Connection: close"))
        time.sleep(0.05)
        assert len(Running.read(connection)) > 5_000_000


def test_connections_are_bounded(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_CONNECTIONS", 0)
    assert server.raw(b"") == b""


def test_a_kept_connection_does_not_wait_for_the_clients_system_to_acknowledge_each_head(server: Running) -> None:
    """It would take 40 ms for each answer, however fast the machine is."""
    with socket.create_connection(("127.0.0.1", server.port.number), timeout=PATIENCE) as connection:
        connection.sendall(server.head())
        assert status(Running.read(connection, until=b"}\n}")) == 404
        (kept,) = server.connections
        own: socket.socket = kept.transport.get_extra_info("socket")
        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


# --- streams and faults --------------------------------------------------------------------------------------------


def test_events_come_while_the_turn_goes_on(server: Running) -> None:
    server.sim.responses.script("Paris.", hold=True)
    with (
        httpx2.Client(headers=KEY, timeout=PATIENCE) as http,
        http.stream("POST", f"{server.url}/v1/responses", json=TURN | {"stream": True}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == "event: response.created"
        server.sim.responses.finish()
        assert "event: response.completed" in list(lines)
    assert server.sim.responses.open == ()


def test_a_client_that_leaves_in_mid_stream_ends_it(server: Running) -> None:
    server.sim.responses.script("Paris.", hold=True)
    with (
        httpx2.Client(headers=KEY, timeout=PATIENCE) as http,
        http.stream("POST", f"{server.url}/v1/responses", json=TURN | {"stream": True}) as answer,
    ):
        assert next(answer.iter_lines()) == "event: response.created"
    until(lambda: not server.sim.responses.open)


@pytest.mark.parametrize("fault", [ConnectionReset(), BodyReset(after_bytes=3)])
def test_a_fault_breaks_the_connection(server: Running, fault: ConnectionReset | BodyReset) -> None:
    server.sim.faults.add(Rule(fault))
    with pytest.raises(requests.exceptions.RequestException):
        requests.post(f"{server.url}/v1/conversations", headers=KEY, json={}, timeout=PATIENCE)


def test_a_timeout_is_the_clients_own(server: Running) -> None:
    server.sim.faults.add(Rule(ReadTimeout()))
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(f"{server.url}/v1/conversations", headers=KEY, json={}, timeout=0.1)


def test_a_late_answer_holds_up_no_other(server: Running) -> None:
    server.sim.faults.add(Latency(2 * PATIENCE), on="conversations.create")
    with socket.create_connection(("127.0.0.1", server.port.number)) as late:
        late.sendall(server.head("POST /v1/conversations").removesuffix(b"\r\n") + EMPTY)
        until(lambda: server.sim.state)
        assert requests.get(f"{server.url}/v1/conversations/conv_1", headers=KEY, timeout=PATIENCE).status_code == 404
        late.setblocking(False)
        with pytest.raises(BlockingIOError):
            late.recv(1)


# --- WebSockets ----------------------------------------------------------------------------------------------------


def test_a_session_of_a_websocket(server: Running) -> None:
    with connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY) as socket:
        assert '"session.created"' in str(socket.recv())
        for _ in range(50):
            socket.send('{"type": "nonsense"}')
        assert all('"error"' in str(socket.recv()) for _ in range(50))
        server.sim.reset()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=PATIENCE)


def test_a_message_that_is_too_large_ends_the_connection(server: Running) -> None:
    with connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            _flood(socket)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def _flood(socket: object) -> None:
    socket.send(b"x" * (runner.MAX_MESSAGE + 1))  # type: ignore[attr-defined]
    while True:
        socket.recv(timeout=PATIENCE)  # type: ignore[attr-defined]


def test_where_no_websocket_is_the_api_answers(server: Running) -> None:
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    head = server.head("GET /v1/conversations/conv_1", *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    heard = server.raw(head)
    assert status(heard) == 404
    assert b"Conversation with id" in heard


def test_it_can_be_stopped_twice() -> None:
    port = Port()
    with ServerThread(port, Emulator().asgi()) as thread:
        thread.stop()
        assert port.socket.fileno() == -1


@pytest.mark.parametrize("stream", [False, True])
def test_an_exception_of_a_script_s_function_is_told_and_logged(
    server: Running, caplog: pytest.LogCaptureFixture, stream: bool
) -> None:
    def broken(turn: object) -> str:
        raise LookupError("no such city")

    server.sim.responses.script(broken)
    answer = requests.post(f"{server.url}/v1/responses", headers=KEY, json={**TURN, "stream": stream}, timeout=PATIENCE)
    assert answer.status_code == 500
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json()["error"] == {
        "message": "An exception was raised while this request was answered: LookupError('no such city').",
        "type": "convsim_error",
        "param": None,
        "code": "convsim_raised",
    }
    assert [record.getMessage() for record in caplog.records] == ["POST /v1/responses raised an exception"]
    assert [str(error) for error in server.sim.raised] == ["no such city"]


def test_an_exception_behind_the_head_of_an_answer_breaks_it_off(
    server: Running, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("no such city")

    monkeypatch.setattr(BodyDelivery, "due", fail)
    server.sim.responses.script("Paris.")
    with pytest.raises(requests.RequestException):
        requests.post(f"{server.url}/v1/responses", headers=KEY, json={**TURN, "stream": True}, timeout=PATIENCE)
    assert [record.getMessage() for record in caplog.records] == ["POST /v1/responses raised an exception"]


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object) -> None:
        raise OSError("no more files")

    monkeypatch.setattr("uvicorn.Server.startup", fail)
    port = Port()
    with pytest.raises(ConvsimError, match="the server did not start: OSError"):
        ServerThread(port, Emulator().asgi())
    assert port.socket.fileno() == -1


def test_without_uvicorn_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    port = Port()
    with pytest.raises(ConvsimError, match=r"uvicorn is not installed: python -m pip install 'convsim\[server\]'"):
        ServerThread(port, Emulator().asgi())
    assert port.socket.fileno() == -1


def test_a_port_that_is_taken() -> None:
    port = Port()
    with pytest.raises(ConvsimError, match=f"127.0.0.1:{port.number} is not available: Address already in use"):
        Port(port=port.number)
    port.close()


def test_ipv6() -> None:
    port = Port("::1")
    assert port.url == f"http://[::1]:{port.number}"
    port.close()
