"""pydantic-ai's agent with ``openai_conversation_id``: the id itself, or "auto" from the second turn on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, UsageLimits
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIResponsesModel, OpenAIResponsesModelSettings

from convsim import Call, Emulator
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script, turns

SOCKET = OpenAIResponsesModelSettings(openai_transport="websocket")


async def ask(
    question: str,
    conversation: str,
    history: Any,
    *,
    streamed: bool = False,
    model: OpenAIResponsesModel | None = None,
    settings: Any = None,
) -> tuple[str, Any]:
    """The answer, and the messages so far."""
    agent = Agent(model or OpenAIResponsesModel("gpt-5.5"), tools=[get_weather])
    settings = settings or OpenAIResponsesModelSettings(openai_conversation_id=conversation)
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


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_over_one_websocket(sim: Emulator, streamed: bool) -> None:
    async def talk() -> list[str]:
        history: Any = None
        answers = []
        model = OpenAIResponsesModel("gpt-5.5")
        async with model:
            for question in QUESTIONS:
                settings = SOCKET | OpenAIResponsesModelSettings(openai_conversation_id="conv_1")
                answer, history = await ask(question, "", history, streamed=streamed, model=model, settings=settings)
                answers.append(answer)
        return answers

    script(sim)
    assert asyncio.run(talk()) == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert {entry.request.header(b"upgrade") for entry in turns(sim)} == {b"websocket"}


def test_a_websocket_continues_what_is_not_stored_and_two_runs_share_it(sim: Emulator) -> None:
    async def talk() -> list[str]:
        model = OpenAIResponsesModel("gpt-5.5")
        settings = SOCKET | OpenAIResponsesModelSettings(openai_store=False)
        async with model:
            first, history = await ask("One?", "", None, model=model, settings=settings)
            runs = (ask(f"{name}?", "", history, model=model, settings=settings) for name in ("Two", "Three"))
            return [first, *(answer for answer, _ in await asyncio.gather(*runs))]

    sim.responses.script(lambda turn: f"I know {len(turn.history)}.", times=3)
    assert asyncio.run(talk()) == ["I know 1.", "I know 3.", "I know 3."]
    assert "resp_1" in [body.get("previous_response_id") for body in bodies(sim)]
    assert {body["store"] for body in bodies(sim)} == {False}


def test_a_refusal_over_a_websocket_is_the_same_error(sim: Emulator) -> None:
    settings = SOCKET | OpenAIResponsesModelSettings(openai_conversation_id="conv_2")
    with pytest.raises(ModelHTTPError, match="Conversation with id 'conv_2' not found") as refused:
        asyncio.run(ask("Hi", "", None, settings=settings))
    assert refused.value.status_code == 404


def test_a_refusal_is_the_librarys_own_error_with_the_sentence(sim: Emulator) -> None:
    with pytest.raises(ModelHTTPError, match="Conversation with id 'conv_2' not found") as refused:
        asyncio.run(ask("Hi", "conv_2", None))
    assert refused.value.status_code == 404


class Place(BaseModel):
    city: str


def run(sim: Emulator, question: Any, output_type: Any = str, *, limits: Any = None, **settings: Any) -> Any:
    agent = Agent(OpenAIResponsesModel("gpt-5.5"), output_type=output_type)
    chosen: Any = OpenAIResponsesModelSettings(openai_conversation_id="conv_1", **settings)
    return agent.run_sync(question, model_settings=chosen, usage_limits=limits).output


def test_structured_output_by_a_schema_and_by_a_tool(sim: Emulator) -> None:
    sim.responses.script(Place(city="Paris"))
    assert run(sim, "Where?", NativeOutput(Place)) == Place(city="Paris")
    sim.responses.script(Call("final_result", {"city": "Rome"}))
    assert run(sim, "And then?", Place) == Place(city="Rome")
    sim.assert_items(
        "conv_1",
        [("user", "Where?"), ("assistant", '{"city":"Paris"}'), ("user", "And then?"), {"name": "final_result"}],
    )


def test_tokens_are_counted_before_a_turn(sim: Emulator) -> None:
    sim.responses.script("Counted.")
    limits = UsageLimits(input_tokens_limit=100, count_tokens_before_request=True)
    assert run(sim, "How many?", limits=limits) == "Counted."
    assert [entry.operation for entry in sim.journal][1:] == ["responses.input_tokens.count", "responses.create"]


def test_a_turn_in_the_background_is_retrieved(sim: Emulator) -> None:
    sim.responses.script("Done.")
    assert run(sim, "Go.", openai_background=True) == "Done."
    assert [entry.operation for entry in sim.journal][1:] == ["responses.create", "responses.retrieve"]
    sim.assert_items("conv_1", [("user", "Go."), ("assistant", "Done.")])
