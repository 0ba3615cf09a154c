"""The ASGI application: under httpx2's in-process transport and Starlette's TestClient, and message by message."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from convsim import Emulator
from convsim.adapters import asgi
from convsim.adapters.asgi import ABORT, ASGIApp
from convsim.errors import UnscriptedTurnError, UsageError
from convsim.faults import BodyReset, CloseConnection, ConnectionReset, Latency, ReadTimeout, Rule
from convsim.http.bodies import gathered
from convsim.http.messages import Account, Chunk, Opening, Outcome, Request, Response, TransportFault
from tests.asking import MOST_AT_ONCE, app, heard
from tests.waiting import PATIENCE

KEY = {"Authorization": "Bearer sk-test"}
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class Answers:
    """An app of the test's own."""

    def __init__(self, outcome: Outcome | Exception) -> None:
        self.outcome = outcome
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Outcome:
        self.asked.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def pass_time(self, seconds: float) -> float:
        return seconds

    def connect(self, path: str) -> Opening | None:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return None

    def serves(self, method: str, path: str) -> bool:
        return True


class Told:
    """A body of these items, each when it is asked for."""

    def __init__(self, *items: Chunk | TransportFault | float) -> None:
        self._items = deque(items)
        self.wake: Callable[[], None] = lambda: None
        self.account = Account(None)
        self.closed = 0

    def next(self, now: float) -> Chunk | TransportFault | float | None:
        return self._items.popleft() if self._items else None

    due = gathered

    def close(self, code: int = 1006, reason: str = "") -> None:
        self.closed += 1


class Call:
    """One request by hand: what the application sent, and what it may still receive."""

    def __init__(self, *messages: dict[str, Any], **scope: Any) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/v1/responses",
            "query_string": b"",
            "headers": [],
            "extensions": {ABORT: self.abort},
            **scope,
        }
        self.sent: list[dict[str, Any]] = []
        self.aborted = 0
        self.leaves_at: int | None = None
        self._messages = deque(messages)
        self._gone = anyio.Event()

    def abort(self) -> None:
        self.aborted += 1
        self._gone.set()

    async def receive(self) -> Any:
        if self._messages:
            return self._messages.popleft()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) == self.leaves_at:
            self._gone.set()

    async def run(self, app: asgi.ASGI) -> Call:
        with anyio.fail_after(PATIENCE):
            await app(self.scope, self.receive, self.send)
        return self

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


WHOLE = {"type": "http.request", "body": b"{}"}


def served(outcome: Outcome | Exception) -> ASGIApp:
    return ASGIApp(Answers(outcome), lambda path: path.removeprefix("/v1"))


def streamed(*items: Chunk | TransportFault | float) -> Response:
    return Response(200, [(b"Content-Type", b"text/event-stream")], Told(*items))


# --- in-process clients --------------------------------------------------------------------------------------------


@BACKENDS
def test_httpx2_reaches_it_by_its_own_transport(backend: str) -> None:
    sim, twin = Emulator(), Emulator()

    async def ask() -> list[Any]:
        transport = httpx2.ASGITransport(sim.asgi())
        async with httpx2.AsyncClient(transport=transport, base_url="http://test/v1", headers=KEY) as http:
            made = await http.post("/conversations", json={"metadata": {"a": "1"}})
            page = await http.get(f"/conversations/{made.json()['id']}/items", params={"limit": 2})
            missing = await http.get("/conversations/conv_nowhere")
            return [made, page, missing]

    with httpx2.Client(transport=twin.httpx2_transport(), base_url="https://api.openai.com/v1", headers=KEY) as http:
        made = http.post("/conversations", json={"metadata": {"a": "1"}})
        expected = [made, http.get(f"/conversations/{made.json()['id']}/items?limit=2")]
        expected.append(http.get("/conversations/conv_nowhere"))
    for answer, same in zip(anyio.run(ask, backend=backend), expected, strict=True):
        status, headers, body = heard(same)
        assert (answer.status_code, answer.content) == (status, body)
        assert dict(answer.headers) == {name.decode().lower(): value.decode() for name, value in headers}
    assert sim.journal[1].query == "?limit=2"


def test_starlettes_client_reaches_it_and_ends_it() -> None:
    sim = Emulator()
    with TestClient(sim.asgi()) as http:
        made = http.post("/v1/conversations", headers=KEY, json={"items": [{"role": "user", "content": "héllo"}]})
        assert made.status_code == 200
        assert http.get("/elsewhere", headers=KEY).status_code == 404
    assert list(sim.state) == [made.json()["id"]]


@pytest.mark.parametrize("prefix", ["", "/v1", "/openai", "/openai/v1", "/gateway/v9", "/api/projects/p/openai/v1"])
@pytest.mark.parametrize("unknown_ids", ["refuse", "create"])
def test_it_answers_below_any_prefix(prefix: str, unknown_ids: Any) -> None:
    http = TestClient(Emulator(unknown_ids=unknown_ids).asgi())
    made = http.post(f"{prefix}/conversations?api-version=v1", headers=KEY).json()["id"]
    assert http.get(f"{prefix}/conversations/{made}", headers=KEY).status_code == 200
    with http.websocket_connect(f"{prefix}/realtime?model=gpt-realtime", headers=KEY) as socket:
        assert socket.receive_json()["type"] == "session.created"


def test_it_may_be_mounted_in_an_application() -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    sim = Emulator()
    http = TestClient(Starlette(routes=[Mount("/api", sim.asgi())]))
    assert http.post("/api/v1/conversations", headers=KEY, json={}).status_code == 200


def test_a_realtime_session_over_a_websocket() -> None:
    sim = Emulator()
    with TestClient(sim.asgi()).websocket_connect("/v1/realtime?model=gpt-realtime", headers={**KEY}) as socket:
        assert socket.receive_json()["type"] == "session.created"
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
        socket.send_json({"type": "conversation.item.create", "item": item})
        assert [socket.receive_json()["type"] for _ in range(2)] == [
            "conversation.item.added",
            "conversation.item.done",
        ]
        socket.send_bytes(b"{}")
        assert socket.receive_json()["type"] == "error"
    (connection,) = sim.realtime.connections
    assert connection.closed is not None
    assert connection.closed.code == 1000


def test_a_browsers_subprotocol_is_accepted() -> None:
    protocols = ["realtime", "openai-insecure-api-key.sk-test"]
    with TestClient(Emulator().asgi()).websocket_connect("/v1/realtime?model=m", subprotocols=protocols) as socket:
        assert socket.accepted_subprotocol == "realtime"
        assert socket.receive_json()["type"] == "session.created"


def test_what_comes_later_is_sent_when_it_is_due() -> None:
    sim = Emulator(faults=[Rule(Latency(0.02), on="session.created")])
    with TestClient(sim.asgi()).websocket_connect("/v1/realtime?model=m", headers={**KEY}) as socket:
        assert socket.receive_json()["type"] == "session.created"
        session = sim.realtime.connections[0].session
        session.ping(b"unseen")
        session.drop(4000, "done")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (closed.value.code, closed.value.reason) == (4000, "done")


def talk(sim: Emulator, last: Callable[[Any], object]) -> None:
    """Open a connection, do the last thing on it, and wait for an answer."""
    with TestClient(sim.asgi()).websocket_connect("/v1/realtime?model=m", headers={**KEY}) as socket:
        assert socket.receive_json()["type"] == "session.created"
        last(socket)
        socket.receive_json()


def test_a_reset_breaks_the_connection() -> None:
    sim = Emulator()
    with pytest.raises(ConnectionResetError):
        talk(sim, lambda socket: sim.reset())


def test_a_fault_ends_the_connection_without_a_close_frame() -> None:
    sim = Emulator(faults=[Rule(CloseConnection(1006), on="response.create")])
    with pytest.raises(ConnectionResetError):
        talk(sim, lambda socket: socket.send_json({"type": "response.create"}))


def test_elsewhere_no_websocket_is_opened() -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        TestClient(Emulator().asgi()).websocket_connect("/v1/conversations/conv_1", headers={**KEY}),
    ):
        pass


@pytest.mark.anyio
async def test_a_server_may_say_by_an_error_that_the_client_of_a_websocket_has_left() -> None:
    class Gone(Call):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if message["type"] == "websocket.send":
                raise BrokenPipeError

    sim = Emulator()
    headers = [(b"authorization", b"Bearer sk-test")]
    call = Gone({"type": "websocket.connect"}, type="websocket", path="/realtime", headers=headers)
    call.scope["query_string"] = b"model=m"
    await call.run(ASGIApp(app(sim), str))
    assert [message["type"] for message in call.sent] == ["websocket.accept", "websocket.send"]
    assert sim.realtime.connections[0].closed is not None


@pytest.mark.anyio
async def test_a_server_that_cannot_answer_an_opening_closes_it() -> None:
    call = Call({"type": "websocket.connect"}, type="websocket", path="/v1/x", extensions={})
    await call.run(served(Response(404, [], b"")))
    assert call.sent == [{"type": "websocket.close"}]


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [(ConnectionReset(), ConnectionResetError), (BodyReset(), ConnectionResetError), (ReadTimeout(), TimeoutError)],
)
def test_what_breaks_off_is_raised_where_no_connection_is_there_to_break(fault: Any, error: type[Exception]) -> None:
    http = TestClient(Emulator(faults=[Rule(fault, on="conversations.create")]).asgi())
    with pytest.raises(error):
        http.post("/v1/conversations", headers=KEY, json={})
    assert http.post("/v1/conversations", headers=KEY, json={}).status_code == 200


def test_a_late_answer_is_waited_for() -> None:
    http = TestClient(Emulator(faults=[Rule(Latency(0.01), on="conversations.create")]).asgi())
    assert http.post("/v1/conversations", headers=KEY, json={}).status_code == 200


@pytest.mark.anyio
async def test_a_server_breaks_the_connection_itself() -> None:
    call = await Call(WHOLE, {"type": "http.request"}).run(served(TransportFault("reset")))
    assert (call.aborted, call.sent) == (1, [])


@pytest.mark.anyio
async def test_a_server_keeps_silent_until_the_client_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MAX_SILENCE", 0.01)
    call = await Call(WHOLE).run(served(TransportFault("read_timeout")))
    assert (call.aborted, call.sent) == (1, [])


@pytest.mark.anyio
async def test_a_fault_in_a_stream_breaks_behind_what_was_sent() -> None:
    call = await Call(WHOLE).run(served(streamed(Chunk(b"data: 1\n\n"), TransportFault("reset_in_body"))))
    assert (call.aborted, call.body) == (1, b"data: 1\n\n")


@pytest.mark.anyio
async def test_a_stream_may_fall_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MAX_SILENCE", 0.01)
    call = await Call(WHOLE).run(served(streamed(Chunk(b"data: 1\n\n"), TransportFault("read_timeout"))))
    assert (call.aborted, call.body) == (1, b"data: 1\n\n")


@pytest.mark.anyio
async def test_the_opening_of_a_websocket_may_break_off() -> None:
    call = Call({"type": "websocket.connect"}, type="websocket", path="/v1/x")
    await call.run(served(TransportFault("reset")))
    assert (call.aborted, call.sent) == (1, [])


# --- streams -------------------------------------------------------------------------------------------------------


@BACKENDS
def test_chunks_are_sent_when_they_are_due(backend: str) -> None:
    answer = streamed(Chunk(b"data: 1\n\n"), Chunk(b"data: 2\n\n"), 0.001, 0.001, Chunk(b"data: 3\n\n"))
    call = anyio.run(lambda: Call(WHOLE).run(served(answer)), backend=backend)
    assert [message.get("body") for message in call.sent] == [None, b"data: 1\n\ndata: 2\n\n", b"data: 3\n\n"]
    assert call.sent[0]["headers"] == [(b"content-type", b"text/event-stream")]
    assert answer.body.closed == 1  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_a_client_that_leaves_closes_the_stream() -> None:
    answer = streamed(Chunk(b"data: 1\n\n"), *[60.0] * 9)
    call = Call(WHOLE, {"type": "http.request"})
    call.leaves_at = 2
    await call.run(served(answer))
    assert call.body == b"data: 1\n\n"
    assert answer.body.closed == 1  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_a_server_may_say_by_an_error_that_the_client_has_left() -> None:
    class Gone(Call):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if message.get("body"):
                raise BrokenPipeError

    for late in (False, True):
        waits = [0.001, 0.001] if late else []
        answer = streamed(*waits, Chunk(b"data: 1\n\n"), 60.0, Chunk(b"data: 2\n\n"))
        call = await Gone(WHOLE).run(served(answer))
        assert call.body == b"data: 1\n\n"
        assert answer.body.closed == 1  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_chunks_that_are_due_at_once_are_sent_in_pieces_of_a_bounded_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MOST_AT_ONCE, 10)
    call = await Call(WHOLE).run(served(streamed(*[Chunk(b"data: 1\n\n")] * 4)))
    assert [message.get("body") for message in call.sent] == [None, b"data: 1\n\n" * 2, b"data: 1\n\n" * 2]


# --- requests ------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_body_comes_in_pieces() -> None:
    app = Answers(Response(200, [], b""))
    first = {"type": "http.request", "body": b'{"a"', "more_body": True}
    await Call(first, {"type": "http.request", "body": b": 1}"}).run(ASGIApp(app, str))
    assert app.asked[0].body == b'{"a": 1}'


@pytest.mark.anyio
async def test_a_client_that_leaves_while_it_sends_is_not_answered() -> None:
    app = Answers(Response(200, [], b""))
    call = await Call({"type": "http.disconnect"}).run(ASGIApp(app, str))
    assert (call.sent, app.asked) == ([], [])


@pytest.mark.anyio
@pytest.mark.parametrize("told", [b"11", b"9" * 5_000, None])
async def test_a_body_that_is_too_large_is_refused_at_once(told: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MAX_BODY", 10)
    app = Answers(Response(200, [], b""))
    sent = [] if told else [{"type": "http.request", "body": b"x" * 11}]
    call = await Call(*sent, headers=[(b"content-length", told)] if told else []).run(ASGIApp(app, str))
    assert call.sent[0]["status"] == 413
    assert (b"connection", b"close") in call.sent[0]["headers"]
    assert app.asked == []


@pytest.mark.anyio
async def test_a_late_answer_is_not_waited_for_when_its_client_has_left() -> None:
    app = served(Response(200, [], b"", delay=2 * PATIENCE))
    await Call(WHOLE, {"type": "http.disconnect"}).run(app)
    opening = {"type": "websocket.connect"}
    await Call(opening, {"type": "websocket.disconnect"}, type="websocket", path="/v1/x").run(app)


@pytest.mark.anyio
async def test_the_path_is_as_it_was_sent() -> None:
    app = Answers(Response(200, [], b""))
    below = lambda path: path.removeprefix("/v1")  # noqa: E731
    await Call(WHOLE, path="/v1/a b", raw_path=b"/v1/a%20b", query_string=b"x=%20").run(ASGIApp(app, below))
    await Call(WHOLE, path="/v1/a b").run(ASGIApp(app, below))
    assert [(asked.path, asked.full_path, asked.query) for asked in app.asked] == [
        ("/a%20b", "/v1/a%20b", "x=%20"),
        ("/a%20b", "/v1/a%20b", ""),
    ]


# --- misses --------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        (
            UnscriptedTurnError("No script."),
            "convsim_unscripted_turn",
            '\nFrom another process: POST /_convsim/replies {"replies": ["..."]}',
        ),
        (UsageError("No."), "convsim_usage", ""),
    ],
)
async def test_a_miss_is_a_501_in_the_live_envelope(error: Exception, code: str, advice: str) -> None:
    call = await Call(WHOLE).run(served(error))
    assert call.sent[0]["status"] == 501
    assert (b"x-should-retry", b"false") in call.sent[0]["headers"]
    told = httpx2.Response(501, content=call.body).json()
    assert told == {"error": {"message": f"{error}{advice}", "type": "convsim_error", "param": None, "code": code}}
    assert error.__traceback__ is None  # it would keep the body of the request


@pytest.mark.anyio
async def test_a_missed_websocket_is_refused_with_the_same_sentence() -> None:
    extensions: dict[str, Any] = {"websocket.http.response": {}}
    call = Call({"type": "websocket.connect"}, type="websocket", path="/v1/x", extensions=extensions)
    await call.run(served(UsageError("There is none.")))
    assert call.sent[0]["type"] == "websocket.http.response.start"
    assert call.sent[0]["status"] == 501
    assert b"There is none." in call.body
