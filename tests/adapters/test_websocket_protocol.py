"""The service's end of a WebSocket, sans-io: bytes in, bytes out, and when to look again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Close as CloseFrame
from websockets.frames import Frame as ClientFrame
from websockets.frames import Opcode
from websockets.uri import parse_uri

from convsim import Behavior, Emulator
from convsim.adapters.websockets.protocol import ServerConnection
from convsim.faults import CloseConnection, Rule
from convsim.http.messages import Outcome, Request, Response, State, TransportFault
from convsim.realtime import Close, Text
from tests.asking import handler

KEY = {"Authorization": "Bearer sk-test"}
UPDATE = b'{"type":"session.update","session":{"type":"realtime","instructions":"be brief"}}'


class Line:
    """Both ends of a connection, and what lies between: the client's is the sans-io protocol of websockets."""

    def __init__(
        self,
        sim: Emulator | None = None,
        *,
        path: str = "/realtime",
        query: str = "model=gpt-realtime",
        subprotocols: Any = None,
        handler: Callable[[Request], Outcome] | None = None,
        **headers: str,
    ) -> None:
        self.sim = sim or Emulator()
        self.rung = 0
        self.endpoint = ServerConnection(handler or self._never, self.sim.realtime.open(path), path, self._ring)
        self.client = ClientProtocol(parse_uri(f"ws://here/v1{path}?{query}"), subprotocols=subprotocols)
        request = self.client.connect()
        request.headers.update(headers or KEY)
        self.client.send_request(request)
        self.pump()

    def _never(self, request: Request) -> Outcome:
        raise AssertionError(request)

    def _ring(self) -> None:
        self.rung += 1

    def pump(self, now: float = 0.0) -> None:
        """Carry everything to the other side, in one piece."""
        if sent := b"".join(self.client.data_to_send()):
            self.endpoint.receive(sent, now)
        data = self.endpoint.data_to_send(now)
        if data:
            self.client.receive_data(data)
        if self.endpoint.state is State.CLOSING:
            self.client.receive_eof()

    def heard(self) -> list[Any]:
        """Return the messages that have reached the client: parsed events, and other frames by opcode and data."""
        frames = [event for event in self.client.events_received() if isinstance(event, ClientFrame)]
        return [
            json.loads(bytes(frame.data)) if frame.opcode is Opcode.TEXT else (frame.opcode.name, bytes(frame.data))
            for frame in frames
        ]

    @property
    def connection(self) -> Any:
        return self.sim.realtime.connections[-1]


def state(line: Line) -> State:
    """Read anew: a type checker takes what an attribute was for what it is."""
    return line.endpoint.state


def types(heard: list[Any]) -> list[str]:
    return [event["type"] for event in heard]


def opened(sim: Emulator | None = None, **options: Any) -> Line:
    line = Line(sim, **options)
    assert types(line.heard()) == ["session.created"]
    return line


def test_a_message_is_answered() -> None:
    line = opened()
    line.client.send_text(UPDATE)
    line.pump()
    assert types(line.heard()) == ["session.updated"]
    assert line.connection.session.configuration["instructions"] == "be brief"
    assert line.rung == 0


def test_a_message_may_come_in_pieces_and_its_pieces_byte_by_byte() -> None:
    line = opened()
    line.client.send_text(UPDATE[:10], fin=False)
    line.client.send_continuation(UPDATE[10:20], fin=False)
    line.client.send_ping(b"meanwhile")
    line.client.send_continuation(UPDATE[20:], fin=True)
    for data in line.client.data_to_send():
        for byte in data:
            line.endpoint.receive(bytes([byte]), 0.0)
    line.pump()
    pong, updated = line.heard()
    assert pong == ("PONG", b"meanwhile")
    assert updated["type"] == "session.updated"


def test_a_binary_message_is_one_in_all_its_pieces() -> None:
    line = opened()
    line.client.send_binary(UPDATE[:10], fin=False)
    line.client.send_continuation(UPDATE[10:], fin=True)
    line.client.send_text(UPDATE)
    line.pump()
    refused, updated = line.heard()
    assert refused["error"]["code"] == "invalid_event"
    assert updated["type"] == "session.updated"


def test_text_that_is_no_utf_8_ends_the_connection() -> None:
    line = opened()
    line.client.send_text(b'{"type":"\xff"}')
    line.pump()
    assert line.heard()[-1][0] == "CLOSE"
    assert line.client.close_rcvd == CloseFrame(1007, "a text frame holds UTF-8")
    assert line.connection.closed == Close(1007)


@pytest.mark.parametrize("bad", [b"\x83\x80\x00\x00\x00\x00", b"\x81\x01x"], ids=["unknown opcode", "unmasked"])
def test_what_breaks_the_protocol_ends_the_connection(bad: bytes) -> None:
    line = opened()
    line.endpoint.receive(bad, 0.0)
    assert line.connection.closed == Close(1002)
    assert type(line.connection.closed.code) is int
    line.pump()
    assert line.client.close_rcvd.code == 1002  # type: ignore[union-attr]


def test_a_close_without_a_code_has_the_number_for_none() -> None:
    line = opened()
    line.client.send_close()
    line.pump()
    assert line.connection.closed == Close(1005)
    assert type(line.connection.closed.code) is int


def test_messages_that_come_at_once_are_answered_one_by_one() -> None:
    sim = Emulator(faults=[Rule(CloseConnection(1011), on="session.update", skip=1)])
    line = opened(sim)
    for _ in range(3):
        line.client.send_text(UPDATE)
    line.pump()
    updated, (close, _) = line.heard()
    assert (updated["type"], close) == ("session.updated", "CLOSE")
    noted = [(entry.title, entry.arrived) for entry in sim.journal][1:]
    assert noted == [
        ("> session.update", True),
        ("< session.updated", True),
        ("> session.update", True),
        ("< close 1011", True),
        ("> session.update", False),
    ]
    assert line.connection.closed == Close(1011)


def test_what_is_answered_before_a_close_was_answered_before_it() -> None:
    line = opened()
    line.client.send_text(UPDATE)
    line.client.send_close(1000)
    line.pump()
    noted = [(entry.title, entry.arrived) for entry in line.sim.journal][1:]
    assert noted == [("> session.update", True), ("< session.updated", True), ("> close 1000", True)]


UPGRADE = (
    b"GET /v1/any HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize("place", [b"Z\xc3\xbcrich", b"Z\xfcrich"], ids=["utf-8", "latin-1"])
def test_headers_keep_their_bytes_in_both_directions(place: bytes) -> None:
    def echo(request: Request) -> Outcome:
        return Response(529, [(b"X-Place", request.header(b"x-place")), (b"Content-Length", b"2")], b"Hi")

    endpoint = ServerConnection(echo, None, "/any", lambda: None)
    endpoint.receive(UPGRADE + b"X-Place: %b\r\n\r\n" % place, 0.0)
    assert endpoint.data_to_send(0.0) == b"HTTP/1.1 529 \r\nX-Place: %b\r\nContent-Length: 2\r\n\r\nHi" % place
    assert endpoint.state is State.CLOSING


def test_what_the_test_lets_happen_rings_and_comes() -> None:
    line = opened()
    line.connection.session.ping(b"live")
    line.connection.session.add(Text("hello"))
    assert line.rung == 2
    line.pump()
    ping, added, done = line.heard()
    assert ping == ("PING", b"live")
    assert types([added, done]) == ["conversation.item.added", "conversation.item.done"]
    line.pump()
    assert line.heard() == []


def test_what_is_late_waits_and_nothing_overtakes_it() -> None:
    line = opened()
    assert line.endpoint.wait(10.0) is None
    line.connection.session.add(Text("hello"), delay=2.0)
    line.connection.session.ping(delay=0.5)
    line.pump(10.0)
    assert line.heard() == []
    assert line.endpoint.wait(10.0) == 2.0
    assert line.endpoint.wait(13.0) == 0.0
    line.pump(11.99)
    assert line.heard() == []
    line.pump(12.0)
    assert len(line.heard()) == 2
    assert line.endpoint.wait(12.0) == 0.5
    line.pump(12.5)
    assert line.heard() == [("PING", b"")]
    assert line.endpoint.wait(12.5) is None


def test_what_is_late_is_not_yet_noted_and_never_if_the_client_goes_first() -> None:
    line = opened()
    line.connection.session.add(Text("hello"), delay=2.0)
    line.connection.session.expire(delay=60.0)
    line.pump(0.0)
    assert (len(line.sim.journal), line.connection.closed) == (1, None)
    line.pump(2.0)
    assert len(line.heard()) == 2
    line.client.send_text(UPDATE)
    line.client.send_close(1000)
    line.pump(3.0)
    assert line.connection.closed == Close(1000)
    noted = [(entry.title, entry.arrived) for entry in line.sim.journal][1:]
    assert noted == [
        ("< conversation.item.added", True),
        ("< conversation.item.done", True),
        ("> session.update", False),
        ("< error", False),
        ("> close 1000", True),
    ]


def test_a_connection_that_is_cut_breaks_at_once_whatever_waits() -> None:
    line = opened()
    line.connection.session.add(Text("hello"), delay=2.0)
    line.pump()
    connection = line.connection
    line.sim.reset()
    line.pump()
    assert line.endpoint.state is State.ABORTED
    line.endpoint.receive(b"", 0.0)
    assert (line.heard(), len(line.sim.journal)) == ([], 0)
    assert connection.closed == Close(1006)


def test_the_client_s_close_is_answered_and_what_is_late_forgotten() -> None:
    line = opened()
    line.connection.session.add(Text("hello"), delay=2.0)
    line.pump()
    line.client.send_close(1000, "done")
    line.pump()
    assert line.endpoint.state is State.CLOSING
    assert line.client.close_rcvd == CloseFrame(1000, "done")
    assert line.connection.closed == Close(1000, "done")
    assert line.endpoint.wait(0.0) is None
    line.endpoint.receive(b"", 0.0)
    assert state(line) is State.CLOSED
    assert line.connection.closed == Close(1000, "done")


def test_a_client_that_is_gone_has_lost_the_connection() -> None:
    line = opened()
    line.endpoint.receive(b"", 0.0)
    assert line.connection.closed == Close(1006)
    line.connection.session.add(Text("to nobody"))
    assert line.endpoint.data_to_send(0.0) == b""


def test_the_session_s_close_is_a_frame_but_for_1006() -> None:
    line = opened()
    line.connection.session.drop(1011, "boom")
    line.pump()
    assert line.client.close_rcvd == CloseFrame(1011, "boom")
    assert line.endpoint.state is State.OPEN
    line.pump()
    assert state(line) is State.CLOSING  # the client has answered

    line = opened()
    line.connection.session.add(Text("the last"))
    line.connection.session.drop()
    line.pump()
    assert types(line.heard()) == ["conversation.item.added", "conversation.item.done"]
    assert line.endpoint.state is State.CLOSING
    assert line.client.close_rcvd is None


def test_another_path_is_answered_as_a_request() -> None:
    line = Line(path="/conversations/conv_1", query="limit=1", handler=handler(Emulator(ids="sequential")))
    error = line.client.handshake_exc
    assert error.response.status_code == 404  # type: ignore[union-attr]
    assert "conv_1" in error.response.body.decode()  # type: ignore[union-attr]
    assert line.sim.realtime.connections == ()


def test_faults_of_such_an_answer_happen() -> None:
    line = Line(path="/conversations/conv_1", handler=lambda request: TransportFault("reset"))
    assert line.endpoint.state is State.CLOSING
    assert "HTTP" in str(line.client.handshake_exc)

    late = Response(404, [(b"Content-Length", b"0")], b"", 2.0)
    line = Line(path="/conversations/conv_1", handler=lambda request: late)
    assert (line.client.handshake_exc, line.endpoint.wait(0.5)) == (None, 1.5)
    line.endpoint.receive(b"\x8a\x80\x00\x00\x00\x00", 1.0)  # a pong, of a client that does not wait for the answer
    line.pump(2.0)
    assert line.client.handshake_exc.response.status_code == 404  # type: ignore[union-attr]
    assert line.endpoint.wait(2.0) is None
    line.endpoint.receive(b"", 2.0)
    assert line.endpoint.data_to_send(2.0) == b""


def test_what_is_no_opening_request_is_refused_by_the_protocol() -> None:
    line = Line()
    endpoint = ServerConnection(line._never, line.sim.realtime.open("/realtime"), "/realtime", line._ring)
    endpoint.receive(b"GET /v1/realtime?model=x HTTP/1.1\r\nHost: here\r\n\r\n", 0.0)
    assert endpoint.data_to_send(0.0).startswith(b"HTTP/1.1 426 ")
    endpoint.receive(b"", 0.0)
    assert len(line.sim.realtime.connections) == 1

    endpoint = ServerConnection(line._never, line.sim.realtime.open("/realtime"), "/realtime", line._ring)
    endpoint.receive(b"\x16\x03\x01 this is not HTTP\r\n\r\n", 0.0)
    endpoint.receive(b"", 0.0)
    assert endpoint.data_to_send(0.0) == b""
    assert endpoint.state is State.CLOSED

    endpoint = ServerConnection(line._never, line.sim.realtime.open("/realtime"), "/realtime", line._ring)
    endpoint.receive(UPGRADE + b"X-Long: %b\r\n\r\n" % bytes(9000), 0.0)
    assert endpoint.data_to_send(0.0)[:13] in (b"", b"HTTP/1.1 431 ")  # since websockets 17
    assert endpoint.state is State.CLOSING


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, None),
        (["other"], None),
        (["realtime", "openai-insecure-api-key.sk-test"], "realtime"),
        (["openai-insecure-api-key.sk-test", "realtime", "openai-beta.realtime-v1"], "realtime"),
    ],
)
def test_of_the_subprotocols_that_browsers_offer_one_is_chosen(offered: Any, chosen: Any) -> None:
    line = Line(subprotocols=offered)
    assert line.client.handshake_exc is None
    assert line.client.subprotocol == chosen


def test_the_key_and_the_dialect_may_stand_among_the_subprotocols() -> None:
    sim = Emulator(api_keys={"sk-test": "proj_a"})
    line = Line(sim, subprotocols=["realtime", "openai-insecure-api-key.sk-test"], Origin="http://here")
    assert types(line.heard()) == ["session.created"]
    assert line.connection.project == "proj_a"

    offered = ["realtime", "openai-insecure-api-key.sk-test", "openai-beta.realtime-v1"]
    beta = Emulator(behavior=Behavior(realtime_beta="serve"))
    (created,) = Line(beta, subprotocols=offered, Origin="http://here").heard()
    assert "modalities" in created["session"]

    line = Line(sim, subprotocols=["realtime"], Origin="http://here")
    assert types(line.heard()[:1]) == ["error"]
    assert line.connection.closed == Close(3000, "invalid_request_error")
