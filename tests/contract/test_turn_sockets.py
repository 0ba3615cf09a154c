"""Scenarios of turns over a WebSocket, frame by frame; and those of streams, which must come out the same there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from convsim import Emulator
from convsim.contract.asking import recalled
from convsim.contract.matching import Memory, differences, recall
from convsim.contract.scenario import Call, Raw, Scenario
from convsim.contract.scenarios import SCENARIOS, SOCKET_SCENARIOS
from convsim.contract.turn_sockets import SocketScenario
from convsim.http.messages import Close, Frame, Request
from convsim.service.sockets import TurnSocket
from tests.asking import app, check
from tests.contract.fronts import arrange, direct, emulator

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


@pytest.mark.parametrize("scenario", SOCKET_SCENARIOS, ids=lambda one: one.name)
def test_scenario(scenario: SocketScenario) -> None:
    sim, memory = emulator(scenario.options), Memory()
    socket = opened(sim)
    for number, step in enumerate(scenario.steps, 1):
        if number == len(scenario.steps):
            sim.clock.advance(3600 * scenario.hours)
        told = heard(socket, recall(step.message, memory))
        expected = [event for event in step.heard if not isinstance(event, Close)]
        closes = [event for event in step.heard if isinstance(event, Close)]
        assert differences(expected, told[: len(expected)], memory, "frames") == []
        assert told[len(expected) :] == closes
        check(sim)


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


@pytest.mark.parametrize("scenario", SAME, ids=lambda one: one.name)
def test_a_scenario_of_http_comes_out_the_same(scenario: Scenario) -> None:
    sim, memory = emulator(scenario.options), Memory()
    socket = opened(sim)
    with direct(sim) as front:
        for told in scenario.steps:
            if not isinstance(told, Call | Raw):
                arrange(sim, told)
                continue
            step = recalled(told, memory)
            if isinstance(step, Call) and step.operation == "responses.create":
                body: Any = heard(socket, {"type": "response.create", **step.arguments})
                if step.answer.status != 200:
                    (refused,) = body
                    assert refused.pop("type") == "error"
                    assert refused.pop("status") == step.answer.status
                    error = refused["error"]
                    body = {"error": {name: error[name] for name in ("message", "type", "param", "code")}}
            else:
                body = front.run(step).body
            assert differences(step.answer.body, body, memory, "body") == []


def test_there_are_many_of_them() -> None:
    assert len(SAME) > 25
