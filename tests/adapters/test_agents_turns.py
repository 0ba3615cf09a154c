"""openai-agents' runner on conversations: each way that it remembers, with a tool, streamed and not, three turns.

With ``conversation_id=`` the service stores the turns, and a tool loop sends nothing but the output; with its session
the runner reads the whole conversation before a turn, and writes what is new behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from agents import Agent, OpenAIConversationsSession, RunConfig, Runner, function_tool
from agents.models.openai_responses import OpenAIResponsesWSModel, ResponsesWebSocketError
from openai.types.responses import ResponseTextDeltaEvent
from websockets.exceptions import ConnectionClosedError

from convsim import Call, Emulator, Reasoning
from convsim.faults import CloseConnection, ConversationLocked
from tests.asking import check
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio

WORDS = [Call("get_weather", {"city": "Paris"}), "It is 25 C.", "Bring a hat.", [Reasoning("Polite."), "You too."]]
QUESTIONS = ["How warm is Paris?", "What shall I bring?", "Have a nice day."]
ITEMS: list[Any] = [
    ("user", "How warm is Paris?"),
    {"type": "function_call", "name": "get_weather", "call_id": "call_1"},
    {"type": "function_call_output", "output": "25 C", "call_id": "call_1"},
    ("assistant", "It is 25 C."),
    ("user", "What shall I bring?"),
    ("assistant", "Bring a hat."),
    ("user", "Have a nice day."),
    {"type": "reasoning"},
    ("assistant", "You too."),
]


@function_tool
def get_weather(city: str) -> str:
    """Look up the weather."""
    return "25 C"


AGENT = Agent(name="Weather", instructions="Be brief.", model="gpt-5.5", tools=[get_weather])


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with Emulator(ids="sequential").patch() as patched:
        patched.conversations.create()
        yield patched


async def run(question: str, agent: Agent = AGENT, *, streamed: bool, **memory: Any) -> tuple[str, str]:
    """Return the runner's final result, and its events, if it is streamed."""
    options: Any = {"run_config": RunConfig(tracing_disabled=True), **memory}
    if not streamed:
        return (await Runner.run(agent, question, **options)).final_output, ""
    result, deltas = Runner.run_streamed(agent, question, **options), ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
            deltas += event.data.delta
    return result.final_output, deltas


def bodies(sim: Emulator) -> list[Any]:
    return [entry.body for entry in sim.journal.select(operation="responses.create")]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("memory", ["conversation_id", "session"])
async def test_three_turns_with_a_tool(sim: Emulator, memory: str, streamed: bool) -> None:
    for reply in WORDS:
        sim.responses.script(*(reply if isinstance(reply, list) else [reply]))
    kept: Any = "conv_1" if memory == "conversation_id" else OpenAIConversationsSession(conversation_id="conv_1")
    told = [await run(question, streamed=streamed, **{memory: kept}) for question in QUESTIONS]

    answers = ["It is 25 C.", "Bring a hat.", "You too."]
    assert told == [(answer, answer if streamed else "") for answer in answers]
    sim.assert_items("conv_1", ITEMS)
    assert [body.get("stream", False) for body in bodies(sim)] == [streamed] * 4
    check(sim)


async def test_with_the_conversations_id_a_request_has_only_what_is_new(sim: Emulator) -> None:
    for reply in WORDS[:2]:
        sim.responses.script(reply)
    await run(QUESTIONS[0], streamed=False, conversation_id="conv_1")

    assert [body["input"] for body in bodies(sim)] == [
        [{"role": "user", "content": "How warm is Paris?"}],
        [{"type": "function_call_output", "call_id": "call_1", "output": "25 C"}],
    ]
    assert {body["conversation"] for body in bodies(sim)} == {"conv_1"}
    sim.assert_called("responses.create", conversation="conv_1", times=2)


async def test_with_its_session_a_request_has_everything_and_names_no_conversation(sim: Emulator) -> None:
    memory = OpenAIConversationsSession(conversation_id="conv_1")
    sim.responses.script(lambda turn: f"I know {len(turn.history)}.", times=2)
    told = [await run(question, streamed=False, session=memory) for question in ("One?", "Two?")]

    assert [answer for answer, _ in told] == ["I know 1.", "I know 3."]
    assert ["conversation" in body for body in bodies(sim)] == [False, False]
    assert str(sim.journal).count("responses.create  no conversation") == 2
    with pytest.raises(AssertionError, match="2 turns named no conversation"):
        sim.assert_called("responses.create", conversation="conv_1")


async def test_the_chain_of_previous_responses_adds_nothing_to_a_conversation(sim: Emulator) -> None:
    sim.responses.script(lambda turn: f"I know {len(turn.history)}.", times=2)
    options: Any = {"run_config": RunConfig(tracing_disabled=True), "auto_previous_response_id": True}
    first = await Runner.run(AGENT, "One?", **options)
    second = await Runner.run(AGENT, "Two?", previous_response_id=first.last_response_id, **options)

    assert (first.final_output, second.final_output) == ("I know 1.", "I know 3.")
    sim.assert_items("conv_1", [])


async def test_the_runner_waits_for_a_lock(sim: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None:
        waited.append(seconds)

    waited: list[float] = []
    monkeypatch.setattr("agents.run_internal.run_loop.asyncio.sleep", at_once)
    sim.faults.add(ConversationLocked(), on="responses.create", times=2)
    sim.responses.script("Done.")
    assert await run("Go.", streamed=False, conversation_id="conv_1") == ("Done.", "")

    assert [entry.status for entry in sim.journal.select(operation="responses.create")] == [400, 400, 200]
    sim.assert_items("conv_1", [("user", "Go."), ("assistant", "Done.")])


async def test_a_conversation_that_is_gone_ends_the_run(sim: Emulator) -> None:
    sim.conversations.delete("conv_1")
    with pytest.raises(openai.NotFoundError, match="Conversation with id 'conv_1' not found"):
        await run("Hi", streamed=True, conversation_id="conv_1")


def over_a_websocket() -> tuple[Agent, OpenAIResponsesWSModel]:
    model = OpenAIResponsesWSModel("gpt-5.5", openai_client=openai.AsyncOpenAI(max_retries=0, timeout=PATIENCE))
    return Agent(name="Weather", instructions="Be brief.", model=model, tools=[get_weather]), model


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_three_turns_over_one_websocket(sim: Emulator, streamed: bool) -> None:
    for reply in WORDS:
        sim.responses.script(*(reply if isinstance(reply, list) else [reply]))
    agent, model = over_a_websocket()
    told = [await run(question, agent, streamed=streamed, conversation_id="conv_1") for question in QUESTIONS]
    await model.close()

    answers = ["It is 25 C.", "Bring a hat.", "You too."]
    assert told == [(answer, answer if streamed else "") for answer in answers]
    sim.assert_items("conv_1", ITEMS)
    sim.assert_called("responses.create", conversation="conv_1", times=4)
    check(sim)


async def test_a_refusal_over_a_websocket_ends_the_run(sim: Emulator) -> None:
    sim.conversations.delete("conv_1")
    agent, model = over_a_websocket()
    with pytest.raises(ResponsesWebSocketError, match="Conversation with id 'conv_1' not found"):
        await run("Hi", agent, streamed=True, conversation_id="conv_1")
    await model.close()


async def test_a_websocket_that_breaks_ends_the_run_and_lets_the_conversation_go(sim: Emulator) -> None:
    sim.responses.script("Sunny.", times=2)
    agent, model = over_a_websocket()
    with sim.faults.add(CloseConnection(), on="response.output_text.delta"), pytest.raises(ConnectionClosedError):
        await run("Hi", agent, streamed=True, conversation_id="conv_1")
    assert (await run("Hi", agent, streamed=True, conversation_id="conv_1"))[0] == "Sunny."
    await model.close()
    sim.assert_items("conv_1", [("user", "Hi"), ("assistant", "Sunny.")])


async def test_a_handoff_stays_in_the_conversation(sim: Emulator) -> None:
    triage = Agent(name="Triage", model="gpt-5.5", handoffs=[AGENT])
    sim.responses.script(Call("transfer_to_weather", {}))
    sim.responses.script("Sunny.")
    result = await Runner.run(
        triage, "How is it?", conversation_id="conv_1", run_config=RunConfig(tracing_disabled=True)
    )
    assert (result.final_output, result.last_agent.name) == ("Sunny.", "Weather")
    handed: Any = {"type": "function_call", "name": "transfer_to_weather"}
    sim.assert_items(
        "conv_1", [("user", "How is it?"), handed, {"type": "function_call_output"}, ("assistant", "Sunny.")]
    )
