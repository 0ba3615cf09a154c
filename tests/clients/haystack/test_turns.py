"""haystack's generator on the Responses API: it passes ``conversation`` on, and its Agent the whole history with it."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from haystack.components.agents import Agent
from haystack.components.generators.chat import AzureOpenAIResponsesChatGenerator, OpenAIResponsesChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret

from convsim import Emulator
from tests.clients.weather import ANSWERS, ITEMS, OUTPUT, QUESTIONS, bodies, get_weather, script

# A tool's output is sent as parts.
STORED = [one if one != OUTPUT else OUTPUT | {"output": [{"type": "input_text", "text": "25 C"}]} for one in ITEMS]
ON_A_CONVERSATION: Any = {"generation_kwargs": {"conversation": "conv_1"}}


def generator(**options: Any) -> Any:
    return OpenAIResponsesChatGenerator(model="gpt-5.5", **ON_A_CONVERSATION, **options)


def talk(own: Any, *, asynchronous: bool = False) -> list[str]:
    """The three turns; the loop of the tool is the program's."""
    answers = []
    for question in QUESTIONS:
        said = [ChatMessage.from_user(question)]
        while said:
            reply = (asyncio.run(own.run_async(said)) if asynchronous else own.run(said))["replies"][0]
            said = [ChatMessage.from_tool(get_weather(**call.arguments), origin=call) for call in reply.tool_calls]
        answers.append(reply.text)
    return answers


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool, asynchronous: bool) -> None:
    chunks: list[Any] = []

    async def take(chunk: Any) -> None:
        chunks.append(chunk)

    callback = (take if asynchronous else chunks.append) if streamed else None
    script(sim)
    own = generator(tools=[create_tool_from_function(get_weather)], streaming_callback=callback)
    assert talk(own, asynchronous=asynchronous) == ANSWERS
    sim.assert_items("conv_1", STORED)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4
    assert bool(chunks) is streamed


def test_its_agent_repeats_the_history_and_is_refused_as_a_duplicate(sim: Emulator) -> None:
    """As the live API does: the call comes back with the id that it has in the conversation."""
    script(sim)
    agent = Agent(chat_generator=generator(), tools=[create_tool_from_function(get_weather)])
    with pytest.raises(openai.BadRequestError, match="Duplicate item found with id fc_1"):
        agent.run([ChatMessage.from_user(QUESTIONS[0])])
    sim.assert_items("conv_1", ITEMS[:2])
    sim.clear_scripts()


def test_its_agent_alone_names_no_conversation(sim: Emulator) -> None:
    script(sim)
    agent = Agent(
        chat_generator=OpenAIResponsesChatGenerator(model="gpt-5.5"), tools=[create_tool_from_function(get_weather)]
    )
    assert agent.run([ChatMessage.from_user(QUESTIONS[0])])["last_message"].text == ANSWERS[0]
    with pytest.raises(AssertionError, match="2 turns named no conversation"):
        sim.assert_called("responses.create", conversation="conv_1")
    sim.clear_scripts()


def test_the_one_for_azure_reaches_the_endpoint_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/")
    with Emulator(ids="sequential").patch() as sim:
        sim.seed("conv_1")
        script(sim)
        own = AzureOpenAIResponsesChatGenerator(
            api_key=Secret.from_token("azure-key"),
            azure_deployment="gpt-5.5",
            tools=[create_tool_from_function(get_weather)],
            **ON_A_CONVERSATION,
        )
        assert talk(own) == ANSWERS
        sim.assert_items("conv_1", STORED)
