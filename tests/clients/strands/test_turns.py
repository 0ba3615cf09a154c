"""strands' agent on the Responses API: always streamed, and ``store: false`` with the whole history by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from strands import Agent, tool
from strands.models.openai_responses import OpenAIResponsesModel

from convsim import Behavior, Emulator
from tests.clients.weather import ANSWERS, QUESTIONS, bodies, get_weather, script


def talk(**options: Any) -> list[str]:
    model = OpenAIResponsesModel(model_id="gpt-5.5", **options)
    agent = Agent(model=model, tools=[tool(get_weather)], callback_handler=None)
    return [str(agent(question)).strip() for question in QUESTIONS]


@pytest.fixture
def appending() -> Iterator[Emulator]:
    with Emulator(ids="sequential", behavior=Behavior(store_false_items="append")).patch() as patched:
        patched.seed("conv_1")
        yield patched


def test_beside_a_conversation_nothing_is_stored(sim: Emulator) -> None:
    script(sim)
    assert talk(params={"conversation": "conv_1"}) == ANSWERS

    sim.assert_items("conv_1", [])
    assert [(body["conversation"], body["store"], body["stream"]) for body in bodies(sim)] == [
        ("conv_1", False, True)
    ] * 4
    assert [len(body["input"]) for body in bodies(sim)] == [1, 3, 5, 7]  # the whole history, each time
    assert {entry.items for entry in sim.journal.select(operation="responses.create")} == {()}


def test_where_such_turns_are_stored_the_history_is_there_again_with_each(appending: Emulator) -> None:
    """The other reading of the evidence: the conversation fills with repetitions."""
    appending.responses.script("One.")
    appending.responses.script("Two.")
    appending.responses.script("Three.")
    talk(params={"conversation": "conv_1"})

    users = [item.text for item in appending.state["conv_1"].items if item.type == "message" and item.role == "user"]
    assert users == [*QUESTIONS[:1], *QUESTIONS[:2], *QUESTIONS]


def test_stateful_it_follows_the_chain_of_responses(sim: Emulator) -> None:
    script(sim)
    assert talk(stateful=True) == ANSWERS

    assert [body.get("previous_response_id") for body in bodies(sim)] == [None, "resp_1", "resp_2", "resp_3"]
    assert [body["store"] for body in bodies(sim)] == [True] * 4
    sim.assert_items("conv_1", [])
