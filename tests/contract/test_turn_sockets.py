"""Scenarios of turns over a WebSocket, frame by frame; and those of streams, which must come out the same there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from convsim import Emulator
from convsim.contract.asking import recalled, request
from convsim.contract.matching import Memory, differences, recall
from convsim.contract.realtime import Heard, Send
from convsim.contract.scenario import Answer, Call, Raw, Scenario
from convsim.contract.scenarios import SCENARIOS, SOCKET_SCENARIOS
from convsim.contract.telling import Failure, curl, frame, place
from convsim.contract.turn_sockets import Message, SocketScenario
from convsim.http.messages import Close, Frame, Request
from convsim.service.sockets import TurnSocket
from tests.asking import app, check
from tests.contract.failing import fail
from tests.contract.fronts import BASE, arrange, direct, emulator
from tests.contract.test_scenarios import failure

Json = dict[str, Any]


def opened(sim: Emulator) -> TurnSocket:
    opening = app(sim).connect("/responses")
    assert opening is not None
    socket = opening(Request("GET", "/responses", "/v1/responses", "", [(b"authorization", b"Bearer sk-test")], b""))
    assert isinstance(socket, TurnSocket)
    return socket


def heard(socket: TurnSocket, message: Mapping[str, Any] | str | bytes) -> list[Any]:
    """The frames that answer a message, parsed; each must be compact JSON."""
    socket.receive(message if isinstance(message, str | bytes) else json.dumps(message))
    told: list[Any] = []
    while isinstance(item := socket.next(0.0), tuple):
        told.append(json.loads(item.text) if isinstance(item, Frame) else item)
        if isinstance(item, Frame):
            assert item.text == json.dumps(told[-1], separators=(",", ":"), ensure_ascii=False)
    return told


def a_websocket(scenario: SocketScenario) -> Failure | None:
    """The first message that does not get its frames."""
    sim, memory = emulator(scenario.options), Memory()
    socket = opened(sim)
    for number, step in enumerate(scenario.steps, 1):
        if number == len(scenario.steps):
            sim.clock.advance(3600 * scenario.hours)
        message = recall(step.message, memory)
        told = heard(socket, message)
        expected = [event for event in step.heard if not isinstance(event, Close)]
        closes = [event for event in step.heard if isinstance(event, Close)]
        lines = differences(expected, told[: len(expected)], memory, "frames")
        if told[len(expected) :] != closes:
            lines.append(f"behind them: expected {closes}, got {told[len(expected) :]}")
        if lines:
            return Failure(number, frame(Send(message, Heard())), tuple(lines))
        check(sim)
    return None


@pytest.mark.parametrize("scenario", SOCKET_SCENARIOS, ids=lambda one: one.name)
def test_scenario(scenario: SocketScenario) -> None:
    found = a_websocket(scenario)
    if found is not None:
        fail(scenario, a_websocket, found, ())


def is_same_over_a_socket(scenario: Scenario) -> bool:
    """Whether each turn of it is one that a WebSocket can be asked for: streamed or refused, not in the background."""
    turns = [step for step in scenario.steps if isinstance(step, Call) and step.operation == "responses.create"]
    asked = all(
        not step.arguments.get("background")
        and step.arguments.get("stream") is not False
        and (step.arguments.get("stream") or step.answer.status != 200)
        for step in turns
    )
    return bool(turns) and asked and not any(isinstance(step, Raw) for step in scenario.steps)


SAME = [scenario for scenario in SCENARIOS if is_same_over_a_socket(scenario)]


def turns_over_a_websocket(scenario: Scenario) -> Failure | None:
    """The first step that does not get its answer, where each turn is asked for over a WebSocket."""
    sim, memory = emulator(scenario.options), Memory()
    socket = opened(sim)
    with direct(sim) as front:
        for number, told in enumerate(scenario.steps, 1):
            if not isinstance(told, Call | Raw):
                arrange(sim, told)
                continue
            step = recalled(told, memory)
            if isinstance(step, Call) and step.operation == "responses.create":
                body = turned(heard(socket, {"type": "response.create", **step.arguments}), step.answer.status)
            else:
                body = front.run(step).body
            lines = differences(step.answer.body, body, memory, "body")
            if lines:
                return Failure(number, curl(request(step), BASE), tuple(lines))
    return None


def turned(frames: list[Any], status: int) -> Any:
    """The answer over HTTP that these frames stand for."""
    if status == 200 or len(frames) != 1 or (frames[0].get("type"), frames[0].get("status")) != ("error", status):
        return frames
    return {"error": {name: frames[0]["error"].get(name) for name in ("message", "type", "param", "code")}}


@pytest.mark.parametrize("scenario", SAME, ids=lambda one: one.name)
def test_a_scenario_of_http_comes_out_the_same(scenario: Scenario) -> None:
    found = turns_over_a_websocket(scenario)
    if found is not None:
        fail(scenario, turns_over_a_websocket, found, [(direct, failure(scenario, direct) == found)])


def test_there_are_many_of_them() -> None:
    assert len(SAME) > 25


def test_the_report_of_a_failing_one_is_a_step_and_a_line_a_difference() -> None:
    (scenario,) = [one for one in SOCKET_SCENARIOS if one.name == "socket-background"]
    (step, *_) = scenario.steps
    spoilt = replace(scenario, steps=(Message(step.message, ({"type": "error", "status": 422},)),))
    with pytest.raises(pytest.fail.Exception) as caught:
        test_scenario(spoilt)
    assert str(caught.value).splitlines() == [
        f"socket-background over a_websocket, step 1 ({place(scenario)})",
        'send {"type": "response.create", "background": true, "model": "gpt-4.1", "input": "Hi"}',
        "frames[0]: not expected, and there: 'error'",
        "frames[0].status: expected 422, got 400",
    ]


def test_a_scenario_that_fails_over_the_direct_api_too_is_told_there() -> None:
    scenario = next(one for one in SAME if len(one.steps) == 1)
    (step,) = scenario.steps
    assert isinstance(step, Call)
    spoilt = replace(scenario, steps=(replace(step, answer=Answer(step.answer.status, {})),))
    with pytest.raises(pytest.fail.Exception) as caught:
        test_a_scenario_of_http_comes_out_the_same(spoilt)
    assert str(caught.value) == f"{scenario.name} over turns_over_a_websocket, step 1: as over direct"
