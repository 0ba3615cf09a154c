"""``sim.realtime``: how clients open sessions, and what their opening requests may say."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

import pytest

from convsim import Behavior, Emulator, UnscriptedTurnError, UsageError
from convsim.http.messages import Request, State
from convsim.realtime import Close, Frame, Text
from convsim.service.connection import Connection, DirectConnection
from tests.asking import MOST_CONNECTIONS
from tests.realtime.talking import call, user

KEY = (b"Authorization", b"Bearer sk-test")


def asked(query: str = "model=gpt-realtime", *headers: tuple[bytes, bytes]) -> Request:
    return Request("GET", "/realtime", "/v1/realtime", query, headers or (KEY,), b"")


def opened(sim: Emulator, *arguments: Any) -> Connection:
    opening = sim.realtime.open("/realtime")
    assert opening is not None
    connection = opening(asked(*arguments))
    assert isinstance(connection, Connection)
    return connection


def frames(connection: Connection) -> list[Any]:
    """Return the events that arrive."""
    coming = iter(lambda: connection.next(0.0), None)
    sent = takewhile(lambda item: not isinstance(item, float), coming)
    return [json.loads(one.text) for one in sent if isinstance(one, Frame)]


@pytest.mark.parametrize("path", ["/", "/realtime/", "/realtime/sessions", "/conversations", "/Realtime"])
def test_another_path_opens_nothing(path: str) -> None:
    sim = Emulator()
    assert sim.realtime.open(path) is None
    assert sim.realtime.connections == ()


def test_a_client_gets_a_session_of_its_model_and_its_key_s_project() -> None:
    sim = Emulator(api_keys={"sk-test": "proj_a"})
    connection = opened(sim, "model=gpt-realtime-mini&other=1")
    (created,) = frames(connection)
    assert (created["type"], created["session"]["model"]) == ("session.created", "gpt-realtime-mini")
    assert (connection.project, connection.closed) == ("proj_a", None)
    assert sim.realtime.connections == (connection,)


@pytest.mark.parametrize(
    ("value", "modalities"), [(b"realtime=v1", True), (b"assistants=v2, realtime=v1", True), (b"assistants=v2", False)]
)
def test_the_header_of_the_beta_decides_the_dialect(value: bytes, modalities: bool) -> None:
    sim = Emulator(behavior=Behavior(realtime_beta="serve"))
    (created,) = frames(opened(sim, "model=m", KEY, (b"OpenAI-Beta", value)))
    assert ("modalities" in created["session"]) is modalities


BETA = (b"OpenAI-Beta", b"realtime=v1")


def test_the_beta_is_refused_as_by_the_live_service() -> None:
    connection = opened(Emulator(), "model=m", KEY, BETA)
    (error,) = frames(connection)
    assert error["error"] == {
        "type": "invalid_request_error",
        "code": "beta_api_shape_disabled",
        "message": "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        "param": None,
        "event_id": None,
    }
    assert connection.closed == Close(4000, "invalid_request_error.beta_api_shape_disabled")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (b"my.openai.azure.com", "/openai/realtime"),
        (b"my.services.ai.azure.com:443", "/v1/realtime"),
        (b"gateway.test", "/openai/realtime"),
    ],
)
def test_azure_still_serves_the_beta(host: bytes, path: str) -> None:
    opening = Emulator().realtime.open("/realtime")
    assert opening is not None
    connection = opening(Request("GET", "/realtime", path, "deployment=d", (KEY, BETA, (b"Host", host)), b""))
    assert isinstance(connection, Connection)
    (created,) = frames(connection)
    assert "modalities" in created["session"]


REFUSED = [
    ("model=m", ((b"x", b"y"),), None, None, 3000, ""),
    ("model=m", ((b"authorization", b"Bearer sk-other"),), "invalid_api_key", None, 3000, ".invalid_api_key"),
    ("", ((b"authorization", b"Bearer sk-other"),), "invalid_api_key", None, 3000, ".invalid_api_key"),
    ("", (KEY,), "missing_model", None, 4000, ".missing_model"),
    ("model=", (KEY,), "missing_model", None, 4000, ".missing_model"),
    ("call_id=rtc_1", (KEY,), "convsim_not_emulated", "call_id", 4000, ".convsim_not_emulated"),
    ("intent=transcription", (KEY,), "convsim_not_emulated", "intent", 4000, ".convsim_not_emulated"),
]


@pytest.mark.parametrize(("query", "headers", "code", "param", "close", "reason"), REFUSED)
def test_a_refusal_is_told_and_the_connection_closed(
    query: str, headers: Any, code: str | None, param: str | None, close: int, reason: str
) -> None:
    connection = opened(Emulator(api_keys=["sk-test"]), query, *headers)
    (event,) = frames(connection)
    assert event["type"] == "error"
    assert (event["error"]["code"], event["error"]["param"], event["error"]["event_id"]) == (code, param, None)
    assert connection.closed == Close(close, f"invalid_request_error{reason}")
    connection.receive('{"type":"session.update"}')
    assert frames(connection) == []


def test_reset_cuts_connections_which_say_nothing_any_more() -> None:
    sim = Emulator()
    connection = opened(sim)
    sim.reset()
    assert (sim.realtime.connections, len(sim.journal)) == ((), 0)
    assert connection.state is State.ABORTED
    assert connection.next(0.0) is None
    connection.close(1006)
    assert connection.closed == Close(1006)
    assert len(sim.journal) == 0


def test_a_session_has_the_ids_of_its_turn_among_the_requests() -> None:
    one, other = Emulator(), Emulator()
    first = frames(opened(one))
    assert other.realtime.connect().events() == first
    assert frames(opened(one)) != first


def replied(connection: DirectConnection) -> list[str]:
    """Return the model's answer to a response.create, or the code of the error."""
    connection.events()
    connection.send({"type": "response.create"})
    last = connection.events()[-1]
    if last["type"] == "error":
        return [last["error"]["code"]]
    return [item["content"][0]["text"] for item in last["response"]["output"]]


def test_replies_can_be_queued_before_there_is_a_session() -> None:
    sim = Emulator()
    sim.realtime.script(Text("one"))
    sim.realtime.script(Text("two"), Text("too"))
    first, second = sim.realtime.connect(), sim.realtime.connect()
    second.session.script(Text("its own"))
    assert replied(second) == ["its own"]
    assert replied(second) == ["one"]
    assert replied(first) == ["two", "too"]
    assert replied(first) == ["convsim_unscripted_turn"]


def test_a_response_without_a_reply_is_a_miss_of_the_test() -> None:
    sim = Emulator()
    first = sim.realtime.connect()
    first.send({"type": "conversation.item.create", "item": user("x" * 90)})
    assert replied(first) == ["convsim_unscripted_turn"]
    (miss,) = sim.refused
    assert isinstance(miss, UnscriptedTurnError)
    assert str(miss).startswith(f"No script answers this response.create, whose user says '{'x' * 76}.... Write, ")
    assert "No script answers this response.create" in sim.story()


def test_a_response_without_a_reply_may_repeat_the_user() -> None:
    sim = Emulator(unscripted="echo")
    sim.realtime.script(Text("one"))
    connection = sim.realtime.connect()
    assert replied(connection) == ["one"]
    assert replied(connection) == [""]
    said = user(content=[{"type": "input_text", "text": "Who "}, {"type": "input_text", "text": "am I?"}])
    connection.send({"type": "conversation.item.create", "item": said})
    connection.send({"type": "conversation.item.create", "item": call()})
    assert replied(connection) == ["Who am I?"]
    assert sim.refused == ()


def test_queued_replies_wait_and_are_held_as_those_of_a_session() -> None:
    sim = Emulator(now=1000)
    sim.realtime.script(Text("slowly"), hold=True, delay=5)
    connection = sim.realtime.connect()
    connection.send({"type": "response.create"})
    assert connection.events()[-1]["type"] == "response.output_text.delta"
    assert sim.clock.now() == 1005
    assert connection.session.active_response


def test_reset_forgets_queued_replies() -> None:
    sim = Emulator()
    sim.realtime.script(Text("one"))
    sim.reset()
    assert replied(sim.realtime.connect()) == ["convsim_unscripted_turn"]


def test_what_is_no_reply_is_not_queued() -> None:
    sim = Emulator()
    with pytest.raises(UsageError, match=r"realtime\.script\(1\): write a string, Text\(\.\.\.\), Speech"):
        sim.realtime.script(1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="delay=-1: write seconds, 0 to 86400, which is a day"):
        sim.realtime.script(Text("Hi"), delay=-1)
    assert replied(sim.realtime.connect()) == ["convsim_unscripted_turn"]


def test_turns_are_those_of_the_clients_whoever_is_opened_first() -> None:
    def ids(backwards: bool) -> list[str]:
        sim = Emulator()
        openings = [sim.realtime.open("/realtime") for _ in range(3)]
        for opening in reversed(openings) if backwards else openings:
            assert opening is not None
            opening(asked())
        return [connection.id for connection in sim.realtime.connections]

    assert ids(backwards=False) == ids(backwards=True)


def test_a_turn_from_before_a_reset_is_forgotten_with_it() -> None:
    sim = Emulator()
    opening = sim.realtime.open("/realtime")
    sim.reset()
    assert opening is not None
    opening(asked())
    assert sim.realtime.connections == ()


def test_of_many_connections_the_oldest_that_have_closed_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MOST_CONNECTIONS, 2)
    sim = Emulator()
    open_one, *closed = [sim.realtime.connect() for _ in range(2)]
    closed[0].close()
    newest = [sim.realtime.connect() for _ in range(2)]
    assert sim.realtime.connections == (open_one, *newest)
    assert len(sim.realtime.connections) == 3  # all of them are open
