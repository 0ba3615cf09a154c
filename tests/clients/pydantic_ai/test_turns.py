"""pydantic-ai's agent with ``openai_conversation_id``: the id itself, or "auto" from the second turn on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIResponsesModel, OpenAIResponsesModelSettings

from convsim import Emulator
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script


async def ask(question: str, conversation: str, history: Any, *, streamed: bool = False) -> tuple[str, Any]:
    """The answer, and the messages so far."""
    agent = Agent(OpenAIResponsesModel("gpt-5.5"), tools=[get_weather])
    settings = OpenAIResponsesModelSettings(openai_conversation_id=conversation)
    if not streamed:
        result = await agent.run(question, message_history=history, model_settings=settings)
        return result.output, result.all_messages()
    async with agent.run_stream(question, message_history=history, model_settings=settings) as stream:
        told = "".join([delta async for delta in stream.stream_text(delta=True)])
        return told, stream.all_messages()


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("later", ["conv_1", "auto"])
def test_three_turns_with_a_tool(sim: Emulator, later: str, streamed: bool) -> None:
    async def talk() -> list[str]:
        history: Any = None
        answers = []
        for conversation, question in zip(["conv_1", later, later], QUESTIONS, strict=True):
            answer, history = await ask(question, conversation, history, streamed=streamed)
            answers.append(answer)
        return answers

    script(sim)
    assert asyncio.run(talk()) == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4
    assert [len(body["input"]) for body in bodies(sim)] == [1] * 4  # "auto" took the id from the last answer


def test_a_refusal_is_the_librarys_own_error_with_the_sentence(sim: Emulator) -> None:
    with pytest.raises(ModelHTTPError, match="Conversation with id 'conv_2' not found") as refused:
        asyncio.run(ask("Hi", "conv_2", None))
    assert refused.value.status_code == 404
