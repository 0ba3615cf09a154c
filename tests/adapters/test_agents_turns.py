"""openai-agents on conversations: its runner and its session leave exactly what the live API would keep."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, OpenAIConversationsSession, Runner, function_tool, set_tracing_disabled

from convsim import Call, Emulator

pytestmark = pytest.mark.usefixtures("keyed")


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    set_tracing_disabled(True)


@function_tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"{city}: 25 C"


AGENT: Agent[Any] = Agent(name="guide", instructions="Be brief.", model="gpt-5.5", tools=[get_weather])
LOOP = ["user", "function_call", "function_call_output", "assistant"]


def scripted() -> Emulator:
    """Three turns of the user: an answer, a tool loop, an answer."""
    sim = Emulator(ids="sequential")
    sim.responses.script("Hello.")
    sim.responses.script(Call("get_weather", {"city": "Paris"}))
    sim.responses.script("It is 25 C.")
    sim.responses.script(lambda turn: f"I know {len(turn.history)} items.")
    return sim


def kinds(sim: Emulator, conversation_id: str) -> list[str]:
    items = sim.state[conversation_id].items
    return [item.role if item.type == "message" else item.type for item in items]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_runner_with_the_id_of_a_conversation(streamed: bool) -> None:
    sim = scripted()
    conversation_id = sim.conversations.create().id

    async def talk() -> list[str]:
        said = []
        for question in ("Hi", "Weather?", "What do you know?"):
            if streamed:
                run: Any = Runner.run_streamed(AGENT, question, conversation_id=conversation_id)
                async for _ in run.stream_events():
                    pass
            else:
                run = await Runner.run(AGENT, question, conversation_id=conversation_id)
            said.append(str(run.final_output))
        return said

    with sim.patch():
        assert asyncio.run(talk()) == ["Hello.", "It is 25 C.", "I know 7 items."]
    assert kinds(sim, conversation_id) == ["user", "assistant", *LOOP, "user", "assistant"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_session_of_conversations(streamed: bool) -> None:
    sim = scripted()

    async def talk() -> tuple[list[str], str]:
        session, said = OpenAIConversationsSession(), []
        for question in ("Hi", "Weather?", "What do you know?"):
            if streamed:
                run: Any = Runner.run_streamed(AGENT, question, session=session)
                async for _ in run.stream_events():
                    pass
            else:
                run = await Runner.run(AGENT, question, session=session)
            said.append(str(run.final_output))
        return said, str(session.session_id)

    with sim.patch():
        said, conversation_id = asyncio.run(talk())
    assert said == ["Hello.", "It is 25 C.", "I know 7 items."]
    assert kinds(sim, conversation_id) == ["user", "assistant", *LOOP, "user", "assistant"]
