"""Turns over a WebSocket, without an adapter: what each message comes to, and what a connection remembers."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from convsim import Call, Emulator, Failure
from convsim.http.messages import Frame, Request, Response, State
from convsim.journal.entries import Exchange
from convsim.report.replay import render_replay
from convsim.service.sockets import TurnSocket
from tests.asking import app, lanes
from tests.service.talking import DELTA, Json, ask, error, opened, taken, types

# --- turns ---------------------------------------------------------------------------------------------------------


def test_the_events_are_those_of_a_stream() -> None:
    sim, other = (Emulator(replies=["Paris.", Call("f", call_id="call_1")]) for _ in range(2))
    socket = opened(sim)
    for _ in range(2):
        streamed = [
            event.to_dict()
            for event in other.responses.create(model="gpt-4.1", input="Hi", stream=True)  # type: ignore[union-attr]
        ]
        assert ask(socket) == streamed
    assert socket.next(0.0) == math.inf
    assert socket.state is State.OPEN


def test_a_turn_lands_and_is_noted_as_over_http() -> None:
    sim = Emulator(ids="sequential", replies=["Paris."])
    sim.seed("conv_1")
    ask(opened(sim), conversation="conv_1")
    sim.assert_items("conv_1", [("user", "Hi"), ("assistant", "Paris.")])
    sim.assert_called("responses.create", conversation="conv_1", body={"stream": True})
    entry = sim.journal[-1]
    assert (entry.kind, entry.title, entry.result) == ("http", "responses.create", "200  9 events  2 items")


def test_one_turn_comes_behind_the_other() -> None:
    sim = Emulator(replies=["One.", "Two."])
    socket = opened(sim)
    for said in ("a", "b"):
        socket.receive(json.dumps({"type": "response.create", "model": "gpt-4.1", "input": said}))
    told = taken(socket)
    assert types(told).count("response.completed") == 2
    assert [event["sequence_number"] for event in told] == [*range(9), *range(9)]


def test_a_held_turn_waits_and_wakes_the_reader() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    socket, woken = opened(sim), []
    socket.wake = lambda: woken.append(1)
    assert types(ask(socket))[-1] == DELTA
    assert socket.next(0.0) == math.inf
    socket.wake = lambda: woken.append(2)
    sim.responses.finish()
    assert woken == [2]
    assert types(taken(socket))[-1] == "response.completed"


def test_a_delay_is_waited_for() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", delay=3)
    socket = opened(sim)
    assert types(ask(socket)) == ["response.created", "response.in_progress"]
    assert socket.next(1.0) == 2.0
    assert isinstance(socket.next(3.0), Frame)


def test_a_conversation_is_locked_by_a_turn_of_another_connection() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    sim.responses.script("Paris.", hold=True)
    first, second = opened(sim), opened(sim)
    ask(first, conversation="conv_1")
    refused = error(ask(second, conversation="conv_1"))
    assert (refused["status"], refused["error"]["code"]) == (400, "conversation_locked")
    first.close()
    sim.responses.script("Rome.")
    assert types(ask(second, conversation="conv_1"))[-1] == "response.completed"
    sim.assert_items("conv_1", [("user", "Hi"), ("assistant", "Rome.")])


def test_a_turn_that_fails_ends_as_one() -> None:
    sim = Emulator(replies=[Failure("server_error", "No."), "Paris."])
    socket = opened(sim)
    assert types(ask(socket))[-2:] == ["error", "response.failed"]
    assert types(ask(socket))[-1] == "response.completed"


# --- lanes, and what a connection remembers ------------------------------------------------------------------------


def test_the_events_of_a_lane_name_it() -> None:
    socket = opened(Emulator(replies=["Paris."]))
    assert {event["stream_id"] for event in ask(socket, stream_id="main")} == {"main"}
    refused = error(ask(socket, stream_id="main", temperature="hot"))
    assert list(refused) == ["type", "status", "stream_id", "error"]
    assert list(refused["error"]) == ["type", "code", "message", "param"]


def test_the_journal_names_the_lane_of_a_turn() -> None:
    sim = Emulator(replies=["Paris.", "Rome."])
    socket = opened(sim)
    ask(socket, stream_id="main")
    ask(socket)
    named, plain = list(sim.journal)
    assert isinstance(named, Exchange)
    assert isinstance(plain, Exchange)
    assert (named.stream_id, plain.stream_id) == ("main", None)
    assert "stream_id=main" in named.line
    assert "stream_id" not in plain.line
    assert "stream_id" not in render_replay(sim.journal)


@pytest.mark.parametrize("lane", ["", "a b", "a" * 257, 1, None, "ä"])
def test_the_name_of_a_lane_is_checked(lane: object) -> None:
    refused = error(ask(opened(Emulator()), stream_id=lane))
    assert (refused["error"]["code"], "stream_id" in refused) == ("invalid_stream_id", False)


def test_a_connection_has_32_lanes_and_one_without_a_name() -> None:
    sim = Emulator(unscripted="echo")
    socket = opened(sim)
    ask(socket)
    for number in range(32):
        assert types(ask(socket, stream_id=f"lane_{number}"))[-1] == "response.completed"
    refused = error(ask(socket, stream_id="lane_32"))
    assert (refused["stream_id"], refused["error"]["code"]) == ("lane_32", "websocket_stream_limit_reached")
    assert types(ask(socket, stream_id="lane_0"))[-1] == "response.completed"


def test_the_turns_of_several_lanes_go_on_at_once() -> None:
    sim = Emulator(ids="sequential")
    sim.responses.script("One.", hold=True)
    sim.responses.script("Two.", delay=3)
    sim.responses.script("Three.")
    socket = opened(sim)
    assert types(ask(socket))[-1] == DELTA
    assert types(ask(socket, stream_id="a")) == ["response.created", "response.in_progress"]
    assert ask(socket, stream_id="a") == []  # behind the one before
    assert socket.next(1.0) == 2.0
    sim.responses.finish()
    assert {event.get("stream_id") for event in taken(socket)} == {None}
    told = []
    while isinstance(item := socket.next(3.0), Frame):
        told.append(json.loads(item.text))
    assert [event["response"]["id"] for event in told if "response" in event] == ["resp_2", *["resp_3"] * 3]


def test_sixteen_turns_go_on_at_once() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True, times="always")
    socket = opened(sim)
    begun = [bool(ask(socket, stream_id=f"lane_{number}")) for number in range(17)]
    assert begun == [True] * 16 + [False]
    sim.responses.finish()
    assert {event["stream_id"] for event in taken(socket)} == {"lane_0", "lane_16"}


def continued(socket: TurnSocket, response_id: str, **members: Any) -> str:
    """The last event of a turn that continues a response: its type, or the code of an error."""
    last = ask(socket, previous_response_id=response_id, store=False, **members)[-1]
    return str(last["error"]["code"] if last["type"] == "error" else last["type"])


def test_the_newest_response_of_a_lane_is_continued_although_it_is_not_stored() -> None:
    sim = Emulator(unscripted="echo")
    socket = opened(sim)
    first = ask(socket, "one", store=False)[0]["response"]["id"]
    other = ask(socket, "two", store=False, stream_id="other")[0]["response"]["id"]
    assert continued(opened(sim), first) == "previous_response_not_found"
    sim.responses.script(lambda turn: f"{[item['content'][0]['text'] for item in turn.history]}")
    told = ask(socket, "three", previous_response_id=first, store=False)
    assert told[-1]["response"]["output"][0]["content"][0]["text"] == "['one', 'one', 'three']"
    assert continued(socket, first) == "previous_response_not_found"
    assert continued(socket, other, stream_id="other") == "response.completed"
    (project,) = sim.snapshot().to_dict()["projects"].values()
    assert project["responses"] == []


def test_a_turn_of_a_stored_prompt_is_remembered_and_continued() -> None:
    sim = Emulator(unscripted="echo")
    sim.prompts.add("pmpt_1", model="gpt-5.5", instructions="Help.")
    socket, asked = opened(sim), {"id": "pmpt_1"}
    first = ask(socket, store=False, prompt=asked)[0]["response"]["id"]
    assert continued(socket, first, prompt=asked) == "response.completed"


def test_a_refused_turn_of_the_same_lane_forgets_what_it_was_to_continue() -> None:
    sim = Emulator(unscripted="echo")
    socket = opened(sim)
    first = ask(socket, store=False)[0]["response"]["id"]
    assert continued(socket, first, temperature="hot", stream_id="other") == "invalid_type"
    assert continued(socket, first, stream_id="other") == "response.completed"
    assert continued(socket, first, temperature="hot") == "invalid_type"
    assert continued(socket, first) == "previous_response_not_found"


def test_a_stored_response_is_continued_on_any_connection() -> None:
    sim = Emulator(unscripted="echo")
    first = ask(opened(sim))[0]["response"]["id"]
    assert continued(opened(sim), first, temperature="hot") == "invalid_type"
    assert continued(opened(sim), first) == "response.completed"


def warmed(socket: TurnSocket, **members: Any) -> Json:
    """The response of a turn that prepares another."""
    told = ask(socket, generate=False, **members)
    assert types(told) == ["response.created", "response.in_progress", "response.completed"]
    response = told[-1]["response"]
    assert isinstance(response, dict)
    return response


@pytest.mark.parametrize("store", [True, False])
def test_a_turn_is_prepared_without_output_and_continued(store: bool) -> None:
    sim = Emulator(replies=[lambda turn: f"{len(turn.history)} items"])
    socket = opened(sim)
    prepared = warmed(socket, store=store)
    assert (prepared["output"], prepared["usage"]["output_tokens"]) == ([], 0)
    last = ask(socket, [], previous_response_id=prepared["id"], store=store)[-1]["response"]
    assert last["output"][0]["content"][0]["text"] == "1 items"
    (project,) = sim.snapshot().to_dict()["projects"].values()
    assert len(project["responses"]) == (2 if store else 0)
    assert "generate" not in render_replay(sim.journal)


def test_a_stored_prompt_may_be_prepared() -> None:
    sim = Emulator()
    sim.prompts.add("pmpt_1", model="gpt-5.5", instructions="Help.")
    assert warmed(opened(sim), prompt={"id": "pmpt_1"})["instructions"][0]["content"][0]["text"] == "Help."


def test_a_turn_may_say_that_it_is_to_be_generated() -> None:
    sim = Emulator(replies=["Paris."])
    assert types(ask(opened(sim), generate=True))[-1] == "response.completed"
    assert "generate" not in render_replay(sim.journal)


def test_lanes_are_kept_only_while_they_have_a_turn() -> None:
    sim = Emulator(unscripted="echo")
    sim.responses.script("Paris.", hold=True, when=lambda turn: turn.text == "wait")
    socket = opened(sim)
    ask(socket, stream_id="a")
    ask(socket, stream_id="b", temperature="hot")
    ask(socket)
    assert lanes(socket) == []
    ask(socket, "wait", stream_id="c")
    assert lanes(socket) == ["c"]
    sim.responses.finish()
    taken(socket)
    assert lanes(socket) == []


def test_a_connection_keeps_a_thousand_messages() -> None:
    sim = Emulator(unscripted="echo")
    sim.responses.script("Paris.", hold=True)
    socket = opened(sim)
    ask(socket)
    message = json.dumps({"type": "response.create", "model": "gpt-4.1", "input": "Hi"})
    for _ in range(1000):
        socket.receive(message)
    assert taken(socket) == []
    refused = error(ask(socket))
    assert refused["error"]["code"] == "convsim_too_many_messages"
    assert refused["error"]["message"].startswith("More than 1000 messages of this connection wait")


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "param", "sentence"),
    [
        (b"{}", None, "Expected a text WebSocket message; binary frames are not supported."),
        ("{", None, "Invalid body: failed to parse JSON value."),
        ('"\ud800"', None, "Invalid body: failed to parse JSON value."),
        ("[]", None, "Invalid type: expected an object, but got an array instead."),
        ("{}", "type", "Missing required parameter: 'type'."),
        ('{"type": "response.cancel"}', "type", "Invalid value: 'response.cancel'. Supported values are: 'response.c"),
        ('{"type": "response.create"}', "model", "Missing required parameter: 'model'."),
        ('{"type": "response.create", "nonsense": 1, "model": "m", "input": "x"}', "nonsense", "Unknown parameter"),
        ('{"type": "response.create", "background": true}', "background", "'background' is not supported over a WebS"),
        ('{"type": "response.create", "stream": false}', "stream", "'stream' is not supported over a WebSocket."),
        ('{"type": "response.create", "generate": 0}', "generate", "Invalid type for 'generate': expected a boolean"),
    ],
)
def test_a_message_that_asks_for_no_turn(message: str | bytes, param: str | None, sentence: str) -> None:
    sim = Emulator()
    socket = opened(sim)
    socket.receive(message)
    refused = error(taken(socket))
    assert (refused["status"], refused["error"]["param"]) == (400, param)
    assert refused["error"]["message"].startswith(sentence)
    assert (sim.journal[-1].operation, sim.journal[-1].failed) == ("responses.create", True)
    assert socket.state is State.OPEN


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({"type": "response.steer", "input": []}, "'response.steer'"),
        ({"type": "response.inject"}, "'response.inject'"),
        (
            {"type": "response.create", "generate": False, "conversation": "conv_1"},
            "'generate' with a conversation",
        ),
    ],
)
def test_what_the_live_api_has_and_convsim_has_not_is_a_miss(message: Json, named: str) -> None:
    sim = Emulator()
    socket = opened(sim)
    socket.receive(json.dumps(message))
    refused = error(taken(socket))
    assert (refused["status"], refused["error"]["code"]) == (501, "convsim_unknown_route")
    assert refused["error"]["message"].startswith(f"{named} was not answered over the WebSocket to /responses")
    assert [str(miss) for miss in sim.refused] == [refused["error"]["message"]]


def test_a_turn_that_no_script_answers_is_a_miss() -> None:
    sim = Emulator()
    refused = error(ask(opened(sim)))
    assert (refused["status"], refused["error"]["code"]) == (501, "convsim_unscripted_turn")
    assert [missed.__traceback__ for missed in sim.refused] == [None]


def test_what_a_script_raises_is_told_and_noted() -> None:
    def broken(turn: object) -> str:
        raise LookupError("no such city")

    sim = Emulator(replies=[broken])
    sim.seed("conv_1")
    socket = opened(sim)
    refused = error(ask(socket, conversation="conv_1"))
    assert (refused["status"], refused["error"]["code"]) == (500, "convsim_script_raised")
    assert "LookupError('no such city')" in refused["error"]["message"]
    assert len(sim.raised) == 1
    sim.clear_scripts()
    sim.responses.script("Paris.")
    assert types(ask(socket, conversation="conv_1"))[-1] == "response.completed"


def test_a_bug_of_convsim_s_own_is_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = Emulator(replies=["Paris."])
    socket = opened(sim)
    with monkeypatch.context() as broken:
        broken.setattr("convsim.service.sockets.create_response", None)
        with pytest.raises(AttributeError):
            ask(socket)
    assert types(ask(socket))[-1] == "response.completed"


@pytest.mark.parametrize("keys", [None, ["sk-one"]])
def test_a_connection_without_a_key_of_the_emulators_is_answered_with_a_401(keys: Any) -> None:
    sim = Emulator(api_keys=keys)
    opening = app(sim).connect("/responses")
    assert opening is not None
    answer = opening(Request("GET", "/responses", "/v1/responses", "", [], b""))
    assert isinstance(answer, Response)
    assert (answer.status, dict(answer.headers)[b"Content-Type"]) == (401, b"text/plain")
    assert json.loads(answer.content)["status"] == 401
    assert sim.journal[-1].title == "GET /v1/responses"


def test_a_key_sees_its_project() -> None:
    sim = Emulator(api_keys={"sk-a": "a"}, replies=["Paris."])
    sim.project("a").seed("conv_1")
    ask(opened(sim, b"Bearer sk-a"), conversation="conv_1")
    sim.project("a").assert_items("conv_1", [("user", "Hi"), ("assistant", "Paris.")])
