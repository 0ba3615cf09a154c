"""openai-agents' own session on conversations, run for real: what it does when the service has a bad day.

The session is a client like any other. Some of what it does here is a surprise to those who use it, and these tests say
so; a new release of openai-agents that does better will fail them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from agents import Agent, Model, ModelResponse, OpenAIConversationsSession, RunConfig, Runner, Usage
from openai.types.responses import ResponseOutputMessage, ResponseOutputText

from convsim import Emulator
from convsim.faults import (
    ConnectionReset,
    ConversationLocked,
    DeleteConversation,
    DeleteItem,
    Fault,
    InsertItem,
    Latency,
    RateLimited,
    ReadTimeout,
    ServerError,
    StaleReads,
)
from convsim.faults.fault import ActFault
from convsim.journal.entries import Entry, Exchange
from convsim.operations.project import Project

pytestmark = pytest.mark.asyncio

CREATE = "conversations.items.create"
LIST = "conversations.items.list"
DELETE = "conversations.delete"
POP = "conversations.items.delete"

TURN: list[Any] = [
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is it?"},
            {"type": "input_image", "image_url": "https://example.com/cat.png", "detail": "auto"},
        ],
    },
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Whiskers."}], "encrypted_content": "gAAAA"},
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "A cat."},
    {"role": "assistant", "content": "It is a cat."},
]


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0)
    with Emulator(ids="sequential").patch() as patched:
        yield patched


def session(conversation: str | None = None, **options: Any) -> OpenAIConversationsSession:
    """Return a session as an application makes it; ``options`` are those of the SDK's client."""
    client = openai.AsyncOpenAI(**options) if options else None
    return OpenAIConversationsSession(conversation_id=conversation, openai_client=client)


def users(count: int, first: int = 0) -> list[Any]:
    return [{"role": "user", "content": str(number)} for number in range(first, first + count)]


def said(sim: Emulator, conversation: str = "conv_1") -> list[str]:
    return [item.content[0].text for item in sim.state[conversation].items]


def texts(items: list[Any]) -> list[str]:
    return [item["content"][0]["text"] for item in items]


def numbers(count: int, first: int = 0) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def told(sim: Emulator, operation: str) -> list[tuple[int, int | None]]:
    """Return the attempt and status of each of its exchanges."""
    return [(entry.attempt, entry.status) for entry in sim.journal.select(operation=operation)]


def lost(entry: Entry) -> bool:
    return isinstance(entry, Exchange) and entry.lost is not None


# --- on a good day -------------------------------------------------------------------------------------------------


async def test_the_journal_shows_the_calls_of_a_session(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(2))
    await agent.get_items()
    await agent.pop_item()
    await agent.clear_session()

    assert str(sim.journal).splitlines() == [
        "  1  conversations.create  conv_1  200",
        "  2  conversations.items.create  conv_1  200  2 items",
        "  3  conversations.items.list  conv_1  ?order=asc  200  2 items",
        "  4  conversations.items.list  conv_1  ?order=desc  200  2 items",
        "  5  conversations.items.delete  conv_1  msg_2  200  1 item",
        "  6  conversations.delete  conv_1  200",
    ]
    assert [entry.body for entry in sim.journal][:2] == [{"items": []}, {"items": users(2)}]


async def test_every_kind_of_item_comes_back_as_an_input(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(TURN)
    items: Any = await agent.get_items()

    assert [item["type"] for item in items] == [item.get("type", "message") for item in TURN]
    assert items[1] == {"id": "rs_1", "summary": TURN[1]["summary"], "type": "reasoning"}
    assert items[3] == {
        "id": "fc_2", "type": "function_call_output", "status": "completed", "call_id": "call_1", "output": "A cat."
    }  # fmt: skip
    assert sim.state["conv_1"].items[1].encrypted_content == "gAAAA"  # kept, and not shown


async def test_what_comes_back_can_be_added_to_another_session(sim: Emulator) -> None:
    first, second = session(), session()
    await first.add_items(TURN[1:])
    await second.add_items(await first.get_items())

    assert await second.get_items() == await first.get_items()
    assert [item.id for item in sim.state["conv_2"].items] == [item.id for item in sim.state["conv_1"].items]


async def test_an_image_does_not_survive_the_way_to_another_session(sim: Emulator) -> None:
    first, second = session(), session()
    await first.add_items(TURN)
    items: Any = await first.get_items()
    assert items[0]["content"][1]["image_url"] is None  # the session does not ask for it

    with pytest.raises(openai.BadRequestError) as refused:
        await second.add_items(items)
    assert (refused.value.code, refused.value.param) == (
        "missing_mutually_exclusive_parameters",
        "items[0].content[1]",
    )
    sim.assert_items("conv_2", [])


class Echo(Model):
    """Says how many items it was given."""

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        text = ResponseOutputText(type="output_text", text=f"Heard {len(options['input'])}.", annotations=[])
        said = ResponseOutputMessage(id="msg_m", type="message", role="assistant", status="completed", content=[text])
        return ModelResponse(output=[said], usage=Usage(), response_id=None)

    def stream_response(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError


async def run(question: str, memory: OpenAIConversationsSession) -> str:
    agent = Agent(name="Echo", model=Echo())
    result = await Runner.run(agent, question, session=memory, run_config=RunConfig(tracing_disabled=True))
    return str(result.final_output)


async def test_a_run_of_an_agent_remembers(sim: Emulator) -> None:
    memory = session()

    assert [await run(question, memory) for question in ("One?", "Two?")] == ["Heard 1.", "Heard 3."]
    expected = [("user", "One?"), ("assistant", "Heard 1."), ("user", "Two?"), ("assistant", "Heard 3.")]
    sim.assert_items("conv_1", expected)


# --- adding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [ConnectionReset(), ReadTimeout(), ServerError(retry_after=0.01)], ids=repr)
async def test_a_lost_response_adds_an_item_twice(sim: Emulator, fault: Fault) -> None:
    sim.faults.add(fault, on=CREATE, after_commit=True)
    await session().add_items(users(1))

    assert said(sim) == ["0", "0"]
    assert sim.transcript("conv_1") == "conv_1  2 items\n  0  user  0\n  1  user  0"
    first, again = sim.journal.select(operation=CREATE)
    assert (lost(first), lost(again)) == (True, False)
    assert (first.attempt, again.attempt, again.status) == (0, 1, 200)
    assert (first.items, again.items) == (("msg_1",), ("msg_2",))
    assert [entry.number for entry in sim.journal.calls()[-1]] == [first.number, again.number]


async def test_without_retries_the_caller_hears_of_it(sim: Emulator) -> None:
    sim.faults.add(ConnectionReset(), on=CREATE, after_commit=True)
    agent = session(max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        await agent.add_items(users(1))

    assert said(sim) == texts(list(await agent.get_items())) == ["0"]
    assert told(sim, CREATE) == [(0, None)]


async def test_a_lost_response_to_the_first_call_leaves_a_conversation_behind(sim: Emulator) -> None:
    sim.faults.add(ConnectionReset(), on="conversations.create", after_commit=True)
    agent = session()
    await agent.add_items(users(1))

    assert agent.session_id == "conv_2"
    assert [len(state.items) for state in sim.state.values()] == [0, 1]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (20, [20]), (21, [20, 1]), (40, [20, 20]), (41, [20, 20, 1])]
)
async def test_items_are_added_20_at_a_time(sim: Emulator, count: int, sizes: list[int]) -> None:
    sim.seed("conv_1")
    await session("conv_1").add_items(users(count))

    assert said(sim) == numbers(count)
    assert [len(entry.items) for entry in sim.journal.select(operation=CREATE)] == sizes


@pytest.mark.parametrize(("after", "kept"), [(False, 20), (True, 40)])
async def test_a_failing_batch_keeps_what_came_before_it(sim: Emulator, after: bool, kept: int) -> None:
    sim.faults.add(ConnectionReset(), on=CREATE, skip=1, after_commit=after)
    agent = session()
    with pytest.raises(openai.APIConnectionError):
        await agent.add_items(users(45))

    assert said(sim) == numbers(kept)
    assert told(sim, CREATE) == [(0, 200), (0, None)]  # and the third batch was never sent
    await agent.add_items(users(45 - kept, kept))
    assert said(sim) == numbers(45)


async def test_sending_the_whole_again_doubles_what_was_kept(sim: Emulator) -> None:
    sim.faults.add(ServerError(), on=CREATE, skip=1)
    agent = session()
    with pytest.raises(openai.InternalServerError):
        await agent.add_items(users(25))
    await agent.add_items(users(25))

    assert said(sim) == numbers(20) + numbers(25)


async def test_a_rate_limit_is_waited_for_unless_there_are_batches(sim: Emulator) -> None:
    sim.faults.add(RateLimited(retry_after=0.01), on=CREATE, times=2)
    agent = session()
    await agent.add_items(users(20))
    assert told(sim, CREATE) == [(0, 429), (1, 429), (2, 200)]

    sim.faults.add(RateLimited(retry_after=0.01), on=CREATE)
    with pytest.raises(openai.RateLimitError):
        await agent.add_items(users(21))
    assert told(sim, CREATE)[3:] == [(0, 429)]
    assert len(said(sim)) == 20


@pytest.mark.parametrize("count", [1, 21])
async def test_a_locked_conversation_is_not_tried_again(sim: Emulator, count: int) -> None:
    """The runner of openai-agents waits for a lock when it calls the model; its session does not."""
    sim.faults.add(ConversationLocked(), on=CREATE)
    agent = session()
    with pytest.raises(openai.BadRequestError) as refused:
        await agent.add_items(users(count))

    assert (refused.value.code, refused.value.param) == ("conversation_locked", "conversation")
    assert told(sim, CREATE) == [(0, 400)]
    await agent.add_items(users(count))
    assert said(sim) == numbers(count)


@pytest.mark.parametrize(("skip", "kept"), [(0, []), (1, ["One?"])])
async def test_nor_does_a_run_wait_for_its_session(sim: Emulator, skip: int, kept: list[str]) -> None:
    sim.faults.add(ConversationLocked(), on=CREATE, skip=skip)
    with pytest.raises(openai.BadRequestError):
        await run("One?", session())
    assert said(sim) == kept


async def test_two_sessions_mix_their_batches_and_one_does_not(sim: Emulator) -> None:
    sim.seed("conv_1")
    sim.faults.add(Latency(0.01), on=CREATE, times=4)
    await asyncio.gather(*(session("conv_1").add_items(users(21, first)) for first in (0, 100)))
    assert said(sim) == numbers(20) + numbers(20, 100) + ["20", "120"]

    sim.seed("conv_2")
    agent = session("conv_2")
    sim.faults.add(Latency(0.01), on=CREATE, times=4)
    await asyncio.gather(*(agent.add_items(users(21, first)) for first in (0, 100)))
    assert said(sim, "conv_2") == numbers(21) + numbers(21, 100)


async def test_a_cancelled_batch_is_finished_and_no_other_sent(sim: Emulator) -> None:
    class Cancel(ActFault):
        """It is cancelled when the request is at the service."""

        def act(self, project: Project, conversation_id: str | None) -> bool:
            return adding.cancel()

    sim.seed("conv_1")
    sim.faults.add(Cancel(), on=CREATE)
    adding = asyncio.create_task(session("conv_1").add_items(users(45)))
    with pytest.raises(asyncio.CancelledError):
        await adding

    assert said(sim) == numbers(20)
    assert told(sim, CREATE) == [(0, 200)]


async def test_the_conversation_is_deleted_under_it(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(1))
    sim.faults.add(DeleteConversation(), on=CREATE)
    for _ in range(2):
        with pytest.raises(openai.NotFoundError):
            await agent.add_items(users(1))

    assert agent.session_id == "conv_1"  # it clings to an id that is gone
    assert told(sim, CREATE) == [(0, 200), (0, 404), (0, 404)]


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "expected", "pages"),
    [
        (None, numbers(45), 3),
        (0, [], 0),
        (3, numbers(3, 42), 1),
        (20, numbers(20, 25), 1),
        (21, numbers(21, 24), 2),
        (45, numbers(45), 3),
        (99, numbers(45), 3),
    ],
)
async def test_a_limit_gives_the_newest_in_order(
    sim: Emulator, limit: int | None, expected: list[str], pages: int
) -> None:
    sim.seed("conv_1", items=users(45))
    items = await session("conv_1").get_items(limit)

    assert texts(list(items)) == expected
    listed = sim.journal.select(operation=LIST)
    assert len(listed) == pages
    order = "order=asc" if limit is None else "order=desc"
    for entry in listed:
        assert isinstance(entry, Exchange)
        assert order in entry.request.query
        assert "limit" not in entry.request.query  # it reads whole pages, and cuts them itself


async def test_reading_is_tried_again(sim: Emulator) -> None:
    sim.seed("conv_1", items=users(30))
    sim.faults.add(ConnectionReset(), on=LIST, skip=1, after_commit=True)
    items = await session("conv_1").get_items()

    assert texts(list(items)) == numbers(30)
    assert told(sim, LIST) == [(0, 200), (0, None), (1, 200)]


async def test_the_cursor_is_deleted_between_two_pages(sim: Emulator) -> None:
    sim.seed("conv_1", items=users(30))
    sim.faults.add(DeleteItem("msg_20"), on=LIST, skip=1)
    with pytest.raises(openai.NotFoundError, match="No item found with id 'msg_20'"):
        await session("conv_1").get_items()


async def test_an_item_that_comes_between_two_pages_of_the_newest_is_missed(sim: Emulator) -> None:
    sim.seed("conv_1", items=users(30))
    sim.faults.add(InsertItem(users(1, 30)[0]), on=LIST, skip=1)
    items = await session("conv_1").get_items(25)

    assert texts(list(items)) == numbers(25, 5)
    assert said(sim) == numbers(31)


async def test_a_stale_list_hides_what_was_just_added(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(1))
    with sim.faults.add(StaleReads(writes=1)):
        await agent.add_items(users(1, 1))
        assert texts(list(await agent.get_items())) == ["0"]
    assert texts(list(await agent.get_items())) == ["0", "1"]


# --- deleting ------------------------------------------------------------------------------------------------------


async def test_pop_takes_the_newest_until_none_is_left(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(2))

    popped = [await agent.pop_item() for _ in range(3)]
    assert texts([item for item in popped if item is not None]) == ["1", "0"]
    assert popped[2] is None
    assert said(sim) == []
    assert told(sim, POP) == [(0, 200)] * 2


async def test_a_pop_that_fails_takes_nothing(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(2))
    sim.faults.add(ServerError(retry_after=0.01), on=POP, times=3)
    with pytest.raises(openai.InternalServerError):
        await agent.pop_item()

    assert said(sim) == ["0", "1"]
    assert told(sim, POP) == [(0, 500), (1, 500), (2, 500)]


async def test_a_lost_response_to_a_pop_loses_the_item(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(2))
    sim.faults.add(ConnectionReset(), on=POP, after_commit=True)
    with pytest.raises(openai.NotFoundError):  # the retry does not find it any more
        await agent.pop_item()

    assert said(sim) == ["0"]
    assert told(sim, POP) == [(0, None), (1, 404)]
    assert sim.transcript("conv_1", deleted=True).splitlines()[2] == "  x  user  1  (deleted by request 4)"


async def test_somebody_else_pops_the_same_item(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(2))
    sim.faults.add(DeleteItem("msg_2"), on=POP)
    with pytest.raises(openai.NotFoundError):
        await agent.pop_item()
    assert said(sim) == ["0"]


async def test_a_delete_that_fails_keeps_the_conversation_and_its_id(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(1))
    sim.faults.add(ServerError(retry_after=0.01), on=DELETE, times=3)
    with pytest.raises(openai.InternalServerError):
        await agent.clear_session()
    assert agent.session_id == "conv_1"
    assert texts(list(await agent.get_items())) == ["0"]

    await agent.clear_session()
    assert told(sim, DELETE) == [(0, 500), (1, 500), (2, 500), (0, 200)]
    with pytest.raises(ValueError, match="not yet available"):
        _ = agent.session_id
    await agent.add_items(users(1))
    assert agent.session_id == "conv_2"


async def test_a_lost_response_to_a_delete_leaves_a_session_that_cannot_be_used(sim: Emulator) -> None:
    agent = session()
    await agent.add_items(users(1))
    sim.faults.add(ConnectionReset(), on=DELETE, after_commit=True)
    with pytest.raises(openai.NotFoundError):  # the retry does not find it any more
        await agent.clear_session()

    assert list(sim.state) == []
    assert told(sim, DELETE) == [(0, None), (1, 404)]
    for call in (agent.get_items, agent.clear_session):
        with pytest.raises(openai.NotFoundError):
            await call()


async def test_a_session_that_was_never_used_has_nothing_to_clear(sim: Emulator) -> None:
    agent = session()
    await agent.clear_session()
    await agent.add_items([])
    assert len(sim.journal) == 0
