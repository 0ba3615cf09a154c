"""agent-framework's FoundryAgent: an agent of a project, whose tools are called by the program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agent_framework.foundry import FoundryAgent
from azure.identity.aio import AzureCliCredential

from convsim import Emulator
from tests.clients import foundry
from tests.clients.foundry import PROJECT, REFERENCE
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script

OPTIONS = foundry.OPTIONS
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def agent(**options: Any) -> Any:
    made = {"project_endpoint": PROJECT, "agent_name": "support", "credential": AzureCliCredential()}
    return FoundryAgent(**made, tools=[get_weather], **options)


async def talk(own: Any, session: Any, *, streamed: bool) -> list[str]:
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


@STREAMED
@pytest.mark.parametrize("version", [None, "3"])
def test_three_turns_with_a_tool(sim: Emulator, version: str | None, streamed: bool) -> None:
    async def main() -> tuple[str, list[str]]:
        async with agent(agent_version=version) as own:
            session = await own.create_conversation()
            return session.service_session_id, await talk(own, session, streamed=streamed)

    script(sim)
    conversation, answers = asyncio.run(main())
    assert answers == ANSWERS
    sim.assert_items(conversation, ITEMS)
    reference = REFERENCE["agent_reference"] | ({"version": version} if version else {})
    for body in bodies(sim):
        assert (body["stream"], body["agent_reference"], "tools" in body) == (streamed, reference, False)


@STREAMED
def test_a_conversation_that_is_there_is_gone_on_with(sim: Emulator, streamed: bool) -> None:
    async def main() -> list[str]:
        async with agent() as own:
            return await talk(own, own.get_session("conv_1"), streamed=streamed)

    script(sim)
    assert asyncio.run(main()) == ANSWERS
    sim.assert_items("conv_1", ITEMS)


def test_in_preview_the_agent_stands_in_the_url(sim: Emulator) -> None:
    async def main() -> tuple[str, list[str]]:
        async with agent(allow_preview=True) as own:
            session = await own.create_conversation()
            return session.service_session_id, await talk(own, session, streamed=False)

    script(sim)
    conversation, answers = asyncio.run(main())
    assert answers == ANSWERS
    sim.assert_items(conversation, ITEMS)
    assert not [body for body in bodies(sim) if "agent_reference" in body]


def test_without_a_conversation_turns_follow_one_another_as_a_chain(sim: Emulator) -> None:
    async def main() -> list[str]:
        async with agent() as own:
            return await talk(own, own.create_session(), streamed=False)

    script(sim)
    assert asyncio.run(main()) == ANSWERS
    assert [body.get("previous_response_id") is not None for body in bodies(sim)] == [False, True, True, True]
    with pytest.raises(AssertionError, match="4 turns named no conversation"):
        sim.assert_called("responses.create", conversation="conv_1")


# --- a program as it stands, under the fixture -----------------------------------------------------------------------


async def chat(endpoint: str, *questions: str) -> tuple[str, list[str]]:
    """A program: nothing in it knows of convsim."""
    async with FoundryAgent(
        project_endpoint=endpoint, agent_name="support", credential=AzureCliCredential(), tools=[get_weather]
    ) as own:
        session = await own.create_conversation()
        return str(session.service_session_id), [(await own.run(one, session=session)).text for one in questions]


@pytest.mark.convsim(ids="sequential", **OPTIONS)
def test_a_program_runs_under_the_fixture(convsim: Emulator) -> None:
    script(convsim)
    conversation, answers = asyncio.run(chat(PROJECT, *QUESTIONS))
    assert answers == ANSWERS
    convsim.assert_items(conversation, ITEMS)
    convsim.assert_called("responses.create", times=4, conversation=conversation)
