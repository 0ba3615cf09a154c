"""openai-agents' own Realtime client, run for real: it reaches a session by its usual URL, and believes what it hears.

It validates every event of the service, so that a member that is missing or of another type would come as an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agents import function_tool
from agents.realtime import (
    RealtimeAgent,
    RealtimeModelListener,
    RealtimeModelSendToolOutput,
    RealtimeModelSendUserInput,
    RealtimePlaybackTracker,
    RealtimeRunner,
)
from agents.realtime.model_inputs import RealtimeModelSendAudio, RealtimeModelSendInterrupt, RealtimeModelSendRawMessage
from agents.realtime.openai_realtime import OpenAIRealtimeWebSocketModel

from convsim import Emulator
from convsim.faults import RefuseEvent
from convsim.realtime import Call, Close, Session, Speech, Text
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio

SECOND = bytes(48_000)


@pytest.fixture
def sim() -> Iterator[Emulator]:
    with Emulator().patch() as patched:
        yield patched


class Listener(RealtimeModelListener):
    """Collects the events of a model."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._heard = asyncio.Event()

    async def on_event(self, event: Any) -> None:
        self.events.append(event)
        self._heard.set()

    async def until(self, kind: str, times: int = 1) -> list[Any]:
        """Return its events of this type, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self.of(kind)) < times:
                self._heard.clear()
                await self._heard.wait()
        return found

    def of(self, kind: str) -> list[Any]:
        """Return the events of this type, of the model's or (with a dot) of the service's."""
        if "." in kind:
            return [raw.data for raw in self.of("raw_server_event") if raw.data["type"] == kind]
        return [event for event in self.events if event.type == kind]


async def begun(
    tracker: RealtimePlaybackTracker | None = None, **settings: Any
) -> tuple[OpenAIRealtimeWebSocketModel, Listener]:
    """Return a model and its listener, when all that it says by itself has been answered."""
    model, listener = OpenAIRealtimeWebSocketModel(), Listener()
    model.add_listener(listener)
    options: Any = {"api_key": "sk-test", "initial_model_settings": settings}
    await model.connect(options | ({"playback_tracker": tracker} if tracker else {}))
    await listener.until("session.updated", 2)  # of its own settings, and of tracing
    return model, listener


@asynccontextmanager
async def connected(**settings: Any) -> AsyncIterator[tuple[OpenAIRealtimeWebSocketModel, Listener]]:
    """The same; afterwards nothing that came was an error."""
    model, listener = await begun(**settings)
    try:
        yield model, listener
    finally:
        await model.close()
    assert [listener.of("error"), listener.of("exception")] == [[], []]


def session(sim: Emulator) -> Session:
    return sim.realtime.connections[-1].session


async def test_it_connects_by_its_usual_url(sim: Emulator) -> None:
    async with connected(instructions="Be brief.", voice="marin"):
        configuration = session(sim).configuration
    assert configuration["model"] == OpenAIRealtimeWebSocketModel().model
    assert (configuration["instructions"], configuration["tracing"]) == ("Be brief.", "auto")
    assert configuration["audio"]["output"]["voice"] == "marin"
    assert sim.realtime.connections[0].closed == Close(1000)
    assert sim.refused == ()


async def test_a_turn_of_every_kind_of_reply(sim: Emulator) -> None:
    call = Call("weather", {"city": "Bern"}, call_id="call_1")
    sim.realtime.script("It is dry.", Speech(SECOND, "So it is."), call)
    sim.realtime.script(Text("Leave it."))
    async with connected() as (model, listener):
        await model.send_event(RealtimeModelSendUserInput(user_input="An umbrella?"))
        await listener.until("turn_ended")
        [call] = await listener.until("function_call")
        await model.send_event(RealtimeModelSendToolOutput(tool_call=call, output="dry", start_response=True))
        await listener.until("turn_ended", 2)

    assert "".join(event.delta for event in listener.of("output_text_delta")) == "It is dry.Leave it."
    assert "".join(event.delta for event in listener.of("transcript_delta")) == "So it is."
    assert b"".join(event.data for event in listener.of("audio")) == SECOND
    assert (call.name, call.call_id, call.arguments) == ("weather", "call_1", '{"city":"Bern"}')
    kinds = [item["type"] for item in session(sim).items]
    assert kinds == ["message", "message", "message", "function_call", "function_call_output", "message"]
    assert session(sim).items[4]["output"] == "dry"
    assert len(listener.of("usage")) == 2


async def test_what_is_heard_of_every_kind_of_item(sim: Emulator) -> None:
    async with connected() as (model, listener):
        picture = {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "low"}
        content = [{"type": "input_text", "text": "What is it?"}, picture]
        message: Any = {"type": "message", "role": "user", "content": content}
        sim.realtime.script(Text("A cat."))
        await model.send_event(RealtimeModelSendUserInput(user_input=message))
        await listener.until("turn_ended")
        await model.send_event(RealtimeModelSendAudio(audio=SECOND, commit=True))
        await listener.until("input_audio_buffer.committed")
        for item in (
            {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]},
            {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "a cat"},
        ):
            create: Any = {"type": "conversation.item.create", "other_data": {"item": item}}
            await model.send_event(RealtimeModelSendRawMessage(message=create))
        await listener.until("conversation.item.done", 7)
        for item_id in session(sim).order:
            for kind in ("retrieve", "delete"):
                event: Any = {"type": f"conversation.item.{kind}", "other_data": {"item_id": item_id}}
                await model.send_event(RealtimeModelSendRawMessage(message=event))
        await listener.until("item_deleted", 7)
    assert session(sim).order == ()


async def test_an_interruption_truncates_and_cancels(sim: Emulator) -> None:
    """It then retrieves the item, and does not know the name of spoken audio there, as documented by an example."""
    sim.realtime.script(Speech(SECOND, "As I was saying"), hold=True)
    tracker = RealtimePlaybackTracker()  # without one, the machine's clock says how much was played
    model, listener = await begun(tracker)
    await model.send_event(RealtimeModelSendUserInput(user_input="Go on."))
    (first, *_) = await listener.until("audio", 10)
    tracker.on_play_ms(first.item_id, first.content_index, 20)
    await model.send_event(RealtimeModelSendInterrupt(force_response_cancel=True))
    [truncated] = await listener.until("conversation.item.truncated")
    [done] = await listener.until("response.done")
    [retrieved] = await listener.until("conversation.item.retrieved")
    await model.close()
    assert truncated["audio_end_ms"] == 20
    assert done["response"]["status"] == "cancelled"
    assert retrieved["item"]["content"][0]["type"] == "audio"
    assert ["should be 'output_text' or 'output_audio'" in str(event.error) for event in listener.of("error")] == [True]


async def test_a_second_message_waits_until_the_first_is_answered(sim: Emulator) -> None:
    sim.realtime.script(Text("one"), hold=True)
    sim.realtime.script(Text("two"))
    async with connected() as (model, listener):
        await model.send_event(RealtimeModelSendUserInput(user_input="First?"))
        await listener.until("turn_started")
        await model.send_event(RealtimeModelSendUserInput(user_input="Second?"))
        await listener.until("conversation.item.done", 2)
        assert len(sim.journal.select(operation="response.create")) == 1
        session(sim).finish()
        await listener.until("turn_ended", 2)
    sim.assert_called("response.create", times=2)


async def test_a_refused_response_is_noticed_and_the_next_one_begins(sim: Emulator) -> None:
    """It knows a refusal of its own by the event_id."""
    sim.faults.add(RefuseEvent(), on="response.create")
    sim.realtime.script(Text("now"))
    model, listener = await begun()
    await model.send_event(RealtimeModelSendUserInput(user_input="First?"))
    [refused] = await listener.until("error")
    await model.send_event(RealtimeModelSendUserInput(user_input="Second?"))
    await listener.until("turn_ended")
    await model.close()
    assert refused.error.event_id == sim.journal.select(operation="response.create")[0].body["event_id"]


@pytest.mark.parametrize(
    ("end", "kind"),
    [(lambda session: session.expire(), "end_of_stream"), (lambda session: session.drop(1011), "exception")],
    ids=["expired", "dropped"],
)
async def test_the_end_of_a_session_is_noticed(sim: Emulator, end: Callable[[Session], None], kind: str) -> None:
    model, listener = await begun()
    end(session(sim))
    await listener.until(kind)
    await model.close()


@function_tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It is dry in {city}."


async def test_an_agent_runs_its_tool(sim: Emulator) -> None:
    sim.realtime.script(Call("weather", '{"city":"Bern"}', call_id="call_1"))
    sim.realtime.script(Speech(SECOND, "Leave it."))
    runner = RealtimeRunner(RealtimeAgent(name="Host", instructions="Help.", tools=[weather]))
    kinds: list[str] = []
    async with asyncio.timeout(PATIENCE), await runner.run(model_config={"api_key": "sk-test"}) as running:
        await running.send_message("An umbrella?")
        async for event in running:
            kinds.append(event.type)
            if kinds.count("agent_end") == 2:
                break
    question, call, output, answer = session(sim).items
    assert (output["call_id"], output["output"]) == (call["call_id"], "It is dry in Bern.")
    assert answer["content"] == [{"type": "output_audio", "transcript": "Leave it."}]
    assert question["content"] == [{"type": "input_text", "text": "An umbrella?"}]
    assert {"tool_start", "tool_end", "audio"} <= set(kinds)
    assert "error" not in kinds
    assert [tool["name"] for tool in session(sim).configuration["tools"]] == ["weather"]


async def test_an_agent_hands_over(sim: Emulator) -> None:
    """The session is updated meanwhile, and the conversation goes on."""
    sim.realtime.script(Call("transfer_to_clerk", "{}"))
    sim.realtime.script(Text("At your service."))
    clerk = RealtimeAgent(name="Clerk", instructions="Be exact.")
    runner = RealtimeRunner(RealtimeAgent(name="Host", instructions="Help.", handoffs=[clerk]))
    kinds: list[str] = []
    async with asyncio.timeout(PATIENCE), await runner.run(model_config={"api_key": "sk-test"}) as running:
        await running.send_message("A form, please.")
        async for event in running:
            kinds.append(event.type)
            if kinds.count("agent_end") == 2:
                break
    assert "handoff" in kinds
    assert "error" not in kinds
    assert session(sim).configuration["instructions"] == "Be exact."
    assert len(sim.realtime.connections) == 1
