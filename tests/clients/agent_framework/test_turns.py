"""agent-framework's OpenAI client: a session whose id begins with ``conv_`` is sent as ``conversation``."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient
from pydantic import BaseModel

from convsim import Emulator
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script


def agent() -> Any:
    return Agent(client=OpenAIChatClient(model="gpt-5.5"), instructions="Be brief.", tools=[get_weather])


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    async def talk() -> list[str]:
        own = agent()
        session = own.get_session("conv_1")
        answers = []
        for question in QUESTIONS:
            if streamed:
                stream = own.run(question, session=session, stream=True)
                async for _ in stream:
                    pass
                answers.append((await stream.get_final_response()).text)
            else:
                answers.append((await own.run(question, session=session)).text)
        return answers

    script(sim)
    assert asyncio.run(talk()) == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4


def test_a_turn_in_the_background_is_polled_until_it_is_over(sim: Emulator) -> None:
    async def talk() -> list[str]:
        own = agent()
        options: Any = {"background": True}
        session = own.get_session("conv_1")
        texts: list[str] = []
        for _ in range(3):
            result = await own.run("Go." if not texts else None, session=session, options=options)
            texts.append(result.text)
            options["continuation_token"] = result.continuation_token
            if len(texts) == 2:
                sim.responses.finish()
        assert result.continuation_token is None
        return texts

    sim.responses.script("Done.", hold=True)
    assert asyncio.run(talk()) == ["", "", "Done."]
    sim.assert_items("conv_1", [("user", "Go."), ("assistant", "Done.")])
    assert len(sim.journal.select(operation="responses.retrieve")) == 2


def test_a_turn_in_the_background_is_streamed_behind_what_was_read(sim: Emulator) -> None:
    async def talk() -> str:
        own = agent()
        session, token = own.get_session("conv_1"), None
        stream = own.run("Go.", session=session, stream=True, options={"background": True})
        async for update in stream:
            token = update.continuation_token or token
            if update.text:
                break
        again = own.run(session=session, stream=True, options={"background": True, "continuation_token": token})
        async for _ in again:
            pass
        return str((await again.get_final_response()).text)

    sim.responses.script("Done and dusted.")
    assert asyncio.run(talk()) == "Done and dusted."
    sim.assert_items("conv_1", [("user", "Go."), ("assistant", "Done and dusted.")])


def test_what_it_parses_is_the_scripted_object(sim: Emulator) -> None:
    class Place(BaseModel):
        city: str

    sim.responses.script(Place(city="Paris"))
    own = agent()
    result = asyncio.run(own.run("Where?", session=own.get_session("conv_1"), options={"response_format": Place}))
    assert result.value == Place(city="Paris")
    assert bodies(sim)[0]["text"]["format"]["type"] == "json_schema"


def test_without_a_session_of_the_service_a_turn_names_no_conversation(sim: Emulator) -> None:
    sim.responses.script("Hello.")
    assert asyncio.run(agent().run("Hi")).text == "Hello."
    assert bodies(sim)[0]["include"] == ["reasoning.encrypted_content"]
    with pytest.raises(AssertionError, match="1 turn named no conversation"):
        sim.assert_called("responses.create", conversation="conv_1")


def test_an_id_of_a_response_is_followed_as_a_chain(sim: Emulator) -> None:
    sim.responses.script("Hello.")
    sim.responses.script(lambda turn: f"I know {len(turn.history)}.")
    first = asyncio.run(agent().run("Hi"))
    own = agent()
    result = asyncio.run(own.run("And now?", session=own.get_session(first.response_id)))
    assert result.text == "I know 3."
    assert bodies(sim)[1]["previous_response_id"] == first.response_id
