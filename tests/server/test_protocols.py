"""Clients that mean harm, or know no better: each gets a 4xx or is closed, and the next client is served.

That the next client is served is checked behind every test (conftest.py).
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import suppress
from itertools import repeat
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from convsim.adapters import asgi
from convsim.faults import RateLimited
from convsim.http.messages import Request, Response
from convsim.server import application, protocols
from tests.asking import handle
from tests.server.asking import KEY, Running, is_left, status
from tests.waiting import PATIENCE, until

JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
REALTIME = "/v1/realtime?model=gpt-realtime"
UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
UPGRADE += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]


def opened(server: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port.number), timeout=PATIENCE)


# --- slow clients ----------------------------------------------------------------------------------------------------


def test_a_head_that_comes_byte_by_byte_has_its_seconds_as_a_whole(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, "MAX_HEAD_SECONDS", 0.05)
    with opened(server) as connection:
        assert is_left(connection, (bytes([byte]) for byte in server.head() * 100))


def test_a_websocket_stays_open_after_the_seconds_of_a_body(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_BODY_SECONDS", 0.05)
    with connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY) as client:
        client.recv()
        time.sleep(0.1)
        client.send(json.dumps({"type": "conversation.item.delete", "item_id": "none"}))
        assert json.loads(client.recv())["error"]["code"] == "item_delete_invalid_item_id"


def test_many_slow_clients_keep_no_quick_one_waiting(server: Running) -> None:
    slow = [opened(server) for _ in range(50)]
    for connection in slow:
        connection.sendall(server.head("POST /v1/conversations", JSON, "Content-Length: 100")[:-10])
    assert status(server.raw(server.head(), until=b"\r\n\r\n")) == 404
    assert len(server.connections) >= len(slow)  # none of them was left first
    for connection in slow:
        connection.close()


def test_a_kept_connection_that_asks_nothing_more_is_closed(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.uvicorn.config, "timeout_keep_alive", 0.1)
    with opened(server) as connection:
        connection.sendall(server.head())
        assert status(Running.read(connection)) == 404  # read to the end: the server closes


def test_a_client_that_reads_no_event_of_a_stream_is_left(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_UNREAD_SECONDS", 0.05)
    server.sim.responses.script("x" * 3_000_000, times="always")
    turn = json.dumps({"model": "gpt-4.1", "input": "x", "stream": True}).encode()
    head = server.head("POST /v1/responses", JSON, f"Content-Length: {len(turn)}")
    with opened(server) as connection:
        connection.sendall(head + turn)
        connection.recv(1, socket.MSG_PEEK)  # planning the stream may take longer than the seconds below
        until(lambda: not server.connections)
        assert not Running.read(connection).endswith(b"0\r\n\r\n")


# --- clients that leave half-way -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"POST", b"POST /v1/conversations HTTP/1.1\r\nHost: x"])
def test_a_socket_that_is_half_closed_in_the_head_is_closed(server: Running, sent: bytes) -> None:
    with opened(server) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert status(Running.read(connection)) in (0, 400)


def test_a_socket_that_is_half_closed_behind_a_request_is_answered_or_closed(server: Running) -> None:
    with opened(server) as connection:
        connection.sendall(server.head())
        connection.shutdown(socket.SHUT_WR)
        assert status(Running.read(connection)) in (0, 404)


def test_clients_that_reset_their_connections_leave_nothing(server: Running) -> None:
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")  # close() sends a reset
    for sent in (b"", b"GET", server.head()[:-2], server.head("POST /v1/conversations", "Content-Length: 9") + b"{"):
        with opened(server) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.sendall(sent)
    assert not server.sim.state


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (["X-Long: " + "x" * 40_000], "convsim_headers_too_large"),
        ([f"X-{number}: 1" for number in range(120)], "convsim_headers_too_large"),
        (["X-Long: " + "x" * 200_000], ""),
    ],
    ids=["bytes", "number", "more than is read"],
)
def test_headers_that_are_too_large(server: Running, head: list[str], code: str) -> None:
    heard = server.raw(server.head("GET /v1/conversations/conv_1", *head))
    assert status(heard) == (431 if code else 400) or (not heard and not code)  # a reset may overtake the answer
    assert code.encode() in heard


def test_a_url_that_is_too_long(server: Running) -> None:
    assert status(server.raw(server.head("GET /v1/" + "x" * 9_000))) == 414


def test_a_chunked_body_that_is_too_large_is_refused_while_it_comes(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "MAX_BODY", 1_000)
    heard = server.raw(server.head("POST /v1/conversations", JSON, CHUNKED), b"7d0\r\n" + b" " * 2_000)
    assert status(heard) == 413
    assert b"connection: close" in heard


# --- chunking ---------------------------------------------------------------------------------------------------------


def test_chunks_as_they_should_be(server: Running) -> None:
    head = server.head("POST /v1/conversations", JSON, CHUNKED, "Connection: close")
    assert status(server.raw(head + b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"-1\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}0\r\n\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"f" * 30 + b"\r\n",
        b"\r\n\r\n",
        b"2;" + b"x" * 100_000,
    ],
)
def test_bad_chunking_is_a_400_and_a_close(server: Running, body: bytes) -> None:
    heard = server.raw(server.head("POST /v1/conversations", JSON, CHUNKED) + body)
    assert status(heard) == 400 or (not heard and len(body) > 65_536)
    assert b"connection: close" in heard.lower() or not heard
    assert not server.sim.state


def test_a_request_that_is_refused_for_two_reasons_gets_one_answer(server: Running) -> None:
    heard = server.raw(b"POST /v1/conversations HTTP/1.1\r\nHost: other\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert status(heard) == 400
    assert heard.count(b"HTTP/1.1 ") == 1


def test_chunks_whose_lines_end_in_a_bare_line_feed_never_end(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_BODY_SECONDS", 0.05)
    assert status(server.raw(server.head("POST /v1/conversations", JSON, CHUNKED) + b"2\n{}\n0\n\n")) == 408
    assert not server.sim.state


@pytest.mark.parametrize("coding", ["chunked, chunked", "gzip, chunked", "identity", "\x0bchunked"])
def test_other_codings_are_refused(server: Running, coding: str) -> None:
    heard = server.raw(
        server.head("POST /v1/conversations", JSON, f"Transfer-Encoding: {coding}") + b"2\r\n{}\r\n0\r\n\r\n"
    )
    assert status(heard) in (400, 501)
    assert not server.sim.state


@pytest.mark.parametrize("length", ["-1", "+2", "0x2", "2 2", "", "9" * 30])
def test_lengths_that_are_none(server: Running, length: str) -> None:
    heard = server.raw(server.head("POST /v1/conversations", JSON, f"Content-Length: {length}") + b"{}")
    assert status(heard) in (400, 413)
    assert b"connection: close" in heard.lower()


# --- pipelining ----------------------------------------------------------------------------------------------------


def test_a_long_pipeline_is_answered_in_its_order(server: Running) -> None:
    server.sim.seed("conv_1")
    names = ["conv_1" if number % 3 else "conv_2" for number in range(300)]
    heads = [server.head(f"GET /v1/conversations/{name}") for name in names]
    heads[-1] = server.head(f"GET /v1/conversations/{names[-1]}", "Connection: close")
    heard = server.raw(b"".join(heads))
    statuses = [int(part.split(b" ", 1)[0]) for part in heard.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200 if name == "conv_1" else 404 for name in names]


def test_what_is_smuggled_in_a_body_is_no_request(server: Running) -> None:
    inner = server.head("DELETE /v1/conversations/conv_1")
    server.sim.seed("conv_1")
    head = server.head("POST /v1/conversations", JSON, f"Content-Length: {len(inner)}", "Connection: close")
    heard = server.raw(head + inner)
    assert [int(part.split(b" ", 1)[0]) for part in heard.split(b"HTTP/1.1 ")[1:]] == [400]
    assert list(server.sim.state) == ["conv_1"]


# --- WebSockets ----------------------------------------------------------------------------------------------------


def test_a_flood_of_messages_that_reads_no_answer_is_left(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_UNREAD_SECONDS", 0.2)
    frame = b"\x81\xfe" + (2_000).to_bytes(2, "big") + bytes(4) + b'{"type": "%b"}' % (b"x" * 1_988)
    with opened(server) as connection:
        connection.sendall(server.head(f"GET {REALTIME}", *UPGRADE))
        assert status(connection.recv(65_536)) == 101
        assert is_left(connection, repeat(frame * 100, 5_000))


def test_a_flood_of_upgrades_is_bounded(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "MAX_AT_ONCE", 10)
    answers = []
    kept = []
    for _ in range(30):
        kept.append(connection := opened(server))
        connection.sendall(server.head(f"GET {REALTIME}", *UPGRADE))
        answers.append(status(connection.recv(65_536)))
    assert answers == [101] * 10 + [503] * 20
    for connection in kept:
        connection.close()


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x02{}",  # without a mask
        b"\xf1\x80" + bytes(4),  # with bits that mean nothing
        b"\x83\x80" + bytes(4),  # of no kind
        b"\x09\x80" + bytes(4),  # a ping in pieces
        b"\x81\xff" + b"\xff" * 8,  # longer than there is memory
        b"\x81\x81" + bytes(4) + b"\xff",  # no UTF-8
        b"\x80\x80" + bytes(4),  # the rest of nothing
    ],
)
def test_a_frame_that_is_none_ends_the_connection(server: Running, frame: bytes) -> None:
    with opened(server) as connection:
        connection.sendall(server.head(f"GET {REALTIME}", *UPGRADE))
        heard = connection.recv(65_536)
        assert status(heard) == 101
        connection.sendall(frame)
        Running.read(connection)  # to its end


def test_an_upgrade_that_is_none_is_refused(server: Running) -> None:
    for left_out in ("Sec-WebSocket-Key", "Sec-WebSocket-Version"):
        lines = [line for line in UPGRADE if not line.startswith(left_out)]
        assert status(server.raw(server.head(f"GET {REALTIME}", *lines))) in (400, 426)
    assert status(server.raw(server.head(f"POST {REALTIME}", *UPGRADE, "Content-Length: 2") + b"{}")) == 400
    assert status(server.raw(server.head(f"GET {REALTIME}", *UPGRADE, "X-Long: " + "x" * 20_000))) == 400


def test_a_client_that_leaves_a_session_without_a_word_ends_it(server: Running) -> None:
    with opened(server) as connection:
        connection.sendall(server.head(f"GET {REALTIME}", *UPGRADE))
        assert status(connection.recv(65_536)) == 101
    until(lambda: all(one.closed is not None for one in server.sim.realtime.connections))


def test_a_session_whose_client_answers_no_ping_is_ended(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.uvicorn.config, "ws_ping_interval", 0.05)
    monkeypatch.setattr(server.uvicorn.config, "ws_ping_timeout", 0.05)
    with opened(server) as connection:
        connection.sendall(server.head(f"GET {REALTIME}", *UPGRADE))
        assert status(Running.read(connection)) == 101  # read to the end: the server closes


def test_a_session_survives_the_floods_of_another(server: Running) -> None:
    with connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY) as quiet:
        assert "session.created" in str(quiet.recv())
        with (
            suppress(ConnectionClosed),
            connect(f"ws://{server.host}{REALTIME}", additional_headers=KEY, close_timeout=0.1) as loud,
        ):
            for _ in range(2_000):
                loud.send("[]")
        quiet.send('{"type": "session.update", "session": {"type": "realtime"}}')
        assert "session.updated" in str(quiet.recv(timeout=PATIENCE))


# --- writing ---------------------------------------------------------------------------------------------------------


class Written:
    """A transport that notes what is written to it, and passes it on to ``transport``, if there is one."""

    def __init__(self, transport: Any = None) -> None:
        self.transport = transport
        self.heard: list[bytes | str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def is_closing(self) -> bool:
        return self.transport is not None and self.transport.is_closing()

    def write(self, data: bytes) -> None:
        self.heard.append(bytes(data))
        if self.transport is not None:
            self.transport.write(data)

    def close(self) -> None:
        self.heard.append("close")

    def abort(self) -> None:
        self.heard.append("abort")


def test_an_answer_is_written_at_once(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    transports: list[Written] = []

    class Joined(protocols.Joined):
        def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
            transport = Written(transport)
            transports.append(transport)
            super().__init__(transport, loop)

    monkeypatch.setattr(protocols, "Joined", Joined)
    server.sim.responses.script("two words")
    turn = json.dumps({"model": "gpt-4.1", "input": "x", "stream": True}).encode()
    read, stream = server.head(), server.head("POST /v1/responses", JSON, f"Content-Length: {len(turn)}")
    for request, end in ((read, b"}\n}"), (stream + turn, b"0\r\n\r\n")):
        heard = server.raw(request, until=end)
        # The server may have noticed already that the client has left.
        assert [data for data in transports.pop().heard if data != "close"] == [heard]


@pytest.mark.parametrize("end", ["close", "abort"])
def test_the_end_of_a_connection_follows_the_data_before_it(end: str) -> None:
    async def ended() -> list[bytes | str]:
        written: Any = Written()
        joined = protocols.Joined(written, asyncio.get_running_loop())
        joined.write(b"1")
        joined.write(b"2")
        getattr(joined, end)()
        await asyncio.sleep(0)
        heard: list[bytes | str] = written.heard
        return heard

    assert asyncio.run(ended()) == [b"12", end]


def test_data_beyond_the_limit_are_written_before_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "MAX_JOINED", 3)

    async def written() -> tuple[list[bytes | str], list[bytes | str]]:
        transport: Any = Written()
        joined = protocols.Joined(transport, asyncio.get_running_loop())
        for data in (b"12", b"34", b"5"):
            joined.write(data)
        early = list(transport.heard)
        await asyncio.sleep(0)
        return early, transport.heard

    assert asyncio.run(written()) == ([b"1234"], [b"1234", b"5"])


# --- heads -----------------------------------------------------------------------------------------------------------


def in_process(server: Running, path: str) -> tuple[list[bytes], bytes]:
    """The lines of the head and the body of an answer, as the process gives it."""
    response = handle(server.sim, Request("GET", path, f"/v1{path}", "", [(b"authorization", b"Bearer sk-test")], b""))
    assert isinstance(response, Response)
    return [b"%b: %b" % (name.lower(), value) for name, value in response.headers], response.content


def test_a_head_has_the_headers_in_their_order(server: Running) -> None:
    heard = server.raw(server.head(), until=b"\r\n\r\n{")
    lines, body = in_process(server, "/conversations/conv_1")
    server.sim.reset()
    head, _, content = heard.partition(b"\r\n\r\n")
    first, *told = head.split(b"\r\n")
    assert first == b"HTTP/1.1 404 Not Found"
    of_one = (b"x-request-id", b"cf-ray", b"openai-processing-ms")
    assert [line for line in told if not line.startswith(of_one)] == [x for x in lines if not x.startswith(of_one)]
    assert body.startswith(content)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("version", "header", "told"),
    [("1.1", "Connection: close", b"connection: close"), ("1.0", "X-Any: 1", b"connection: close")],
)
def test_a_connection_ends_as_the_client_wants_it(
    server: Running, version: str, header: str, told: bytes, *, stream: bool
) -> None:
    server.sim.responses.script("Paris.")
    turn = json.dumps({"model": "gpt-4.1", "input": "x", "stream": stream}).encode()
    head = server.head("POST /v1/responses", JSON, f"Content-Length: {len(turn)}", header)
    heard, _, body = server.raw(head.replace(b"HTTP/1.1", f"HTTP/{version}".encode()) + turn).partition(b"\r\n\r\n")
    lines = [line.lower() for line in heard.split(b"\r\n")]
    assert [line for line in lines if line.startswith(b"connection:")] == [told]
    assert lines.count(b"transfer-encoding: chunked") == (stream and version == "1.1")
    assert stream or lines.count(b"content-length: %d" % len(body)) == 1
    assert b"openai-organization: convsim" in lines
    assert body.rstrip().endswith((b"}", b"}\n\n\r\n0"))


def test_an_answer_to_head_has_no_body(server: Running) -> None:
    heard = server.raw(server.head("HEAD /v1/conversations/conv_1") + server.head("GET /nowhere", "Connection: close"))
    first, _, rest = heard.partition(b"\r\n\r\n")
    assert status(first) == 405
    assert rest.startswith(b"HTTP/1.1 404")


class Smuggling(RateLimited):
    """An answer with a header that a test made wrong."""

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"X-Any", b"1\r\nX-Smuggled: 1"),)


def test_a_value_with_a_line_in_it_ends_the_connection(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    server.sim.faults.add(Smuggling())
    heard = server.raw(server.head("POST /v1/conversations", JSON, "Content-Length: 2", "Connection: close") + b"{}")
    assert heard == b""
    assert [record.getMessage() for record in caplog.records] == ["POST /v1/conversations raised an exception"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_waits_until_the_client_reads(
    server: Running, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    made = protocols.HTTPProtocol.connection_made

    def paused(self: protocols.HTTPProtocol, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.flow.pause_writing()
        self.loop.call_later(0.05, self.flow.resume_writing)

    monkeypatch.setattr(protocols.HTTPProtocol, "connection_made", paused)
    server.sim.responses.script("Paris.")
    turn = json.dumps({"model": "gpt-4.1", "input": "x", "stream": stream}).encode()
    begun = time.monotonic()
    head = server.head("POST /v1/responses", JSON, f"Content-Length: {len(turn)}", "Connection: close")
    heard = server.raw(head + turn)
    assert (status(heard), b"Paris." in heard) == (200, True)
    assert time.monotonic() > begun + 0.04
