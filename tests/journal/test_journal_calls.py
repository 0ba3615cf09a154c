"""Retries of the SDK, grouped behind the call that they belong to."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import openai
import pytest

from convsim import Emulator
from convsim.faults import ConnectionReset, ConversationLocked, RateLimited, Rule, ServerError
from tests.asking import ATTEMPT, HELLO, client
from tests.work import work

QUICKLY = RateLimited(retry_after=0.001)


def told(sim: Emulator) -> list[list[tuple[int, int | None]]]:
    """The attempt and status of each entry, call by call."""
    return [[(entry.attempt, entry.status) for entry in call] for call in sim.journal.calls()]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK retries without waiting."""
    monkeypatch.setattr(openai._base_client.BaseClient, "_calculate_retry_timeout", lambda *args: 0)


def test_the_sdks_retries_stand_behind_their_call() -> None:
    sim = Emulator()
    sim.faults.add(QUICKLY, times=2)
    sdk = sim.openai()
    made = sdk.conversations.create()
    sdk.conversations.retrieve(made.id)

    assert told(sim) == [[(0, 429), (1, 429), (2, 200)], [(0, 200)]]
    assert [[entry.number for entry in call] for call in sim.journal.calls()] == [[1, 2, 3], [4]]
    assert [entry.title for entry in sim.journal][1:3] == [
        "conversations.create (retry 1)",
        "conversations.create (retry 2)",
    ]


def test_a_call_that_ends_in_an_error_is_one_call() -> None:
    sim = Emulator()
    sim.faults.add(ServerError(), times=3)
    with pytest.raises(openai.InternalServerError):
        sim.openai().conversations.create()
    sim.openai().conversations.create()

    assert told(sim) == [[(0, 500), (1, 500), (2, 500)], [(0, 200)]]


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_and_its_retry_are_one_call(after: bool) -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_a")
    sim.journal.clear()
    sim.faults.add(ConnectionReset(), after_commit=after)
    sim.openai().conversations.items.create("conv_a", items=[HELLO])

    assert told(sim) == [[(0, None), (1, 200)]]
    assert [entry.items for entry in sim.journal] == ([("msg_1",), ("msg_2",)] if after else [(), ("msg_1",)])


def test_direct_calls_are_calls_of_their_own() -> None:
    sim = Emulator()
    sim.faults.add(QUICKLY)
    sim.seed("conv_a")
    sim.openai().conversations.retrieve("conv_a")
    sim.conversations.retrieve("conv_a")

    assert [[entry.kind for entry in call] for call in sim.journal.calls()] == [
        ["direct"],
        ["http", "http"],
        ["direct"],
    ]


def test_concurrent_calls_with_equal_bodies_are_told_apart() -> None:
    sim = Emulator()
    sim.seed("conv_a")
    sim.journal.clear()
    sim.faults.add(QUICKLY, times=6)

    async def talk() -> None:
        sdk = sim.async_openai(max_retries=6)  # all of them may fall to one call
        await asyncio.gather(*(sdk.conversations.items.create("conv_a", items=[HELLO]) for _ in range(4)))

    asyncio.run(talk())

    calls = told(sim)
    assert (len(calls), sum(map(len, calls)), len(sim.state["conv_a"].items)) == (4, 10, 4)
    for call in calls:
        assert [attempt for attempt, _ in call] == list(range(len(call)))
        assert [status for _, status in call] == [429] * (len(call) - 1) + [200]


def ask(sim: Emulator, attempt: int, path: str = "/conversations/conv_a", key: str = "sk-a", **options: Any) -> None:
    client(sim, key).request(**{"method": "GET", "url": path, **options}, headers={ATTEMPT: str(attempt)})


def test_a_call_that_was_answered_is_not_retried() -> None:
    """Two calls at once: the first is refused, the second answered, and then the first is retried."""
    sim = Emulator()
    sim.seed("conv_a")
    sim.journal.clear()
    sim.faults.add(ServerError())
    for attempt in (0, 0, 1):
        ask(sim, attempt)

    assert told(sim) == [[(0, 500), (1, 200)], [(0, 200)]]


def test_calls_of_two_projects_are_told_apart() -> None:
    sim = Emulator(api_keys=["sk-a", "sk-b"])
    sim.faults.add(ServerError(), times=2)
    for attempt, key in ((0, "sk-a"), (0, "sk-b"), (1, "sk-a"), (1, "sk-b")):
        ask(sim, attempt, key=key)

    projects = [[entry.project for entry in call] for call in sim.journal.calls()]
    assert projects == [["proj_default"] * 2, ["proj_2"] * 2]


OTHERS: list[dict[str, Any]] = [
    {"method": "DELETE"},
    {"url": "/conversations/conv_b"},
    {"url": "/conversations/conv_a?x=1"},
    {"method": "POST", "json": {"metadata": {}}},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_another_request_is_no_retry(other: dict[str, Any]) -> None:
    sim = Emulator()
    sim.faults.add(ServerError())
    ask(sim, 0)
    ask(sim, 1, **other)

    assert len(sim.journal.calls()) == 2


def test_a_retry_whose_call_was_forgotten_begins_a_call() -> None:
    sim = Emulator()
    sim.faults.add(ServerError(), times=4)
    ask(sim, 0)
    sim.journal.clear()
    ask(sim, 1)
    ask(sim, 2)
    ask(sim, 4)

    assert told(sim) == [[(1, 500), (2, 500)], [(4, 500)]]


def test_grouping_is_work_in_proportion_to_what_happened() -> None:
    def grouping(requests: int) -> int:
        sim = Emulator(faults=[Rule(ServerError(), times=requests)])
        with httpx2.Client(transport=sim.httpx2_transport(), base_url="https://api.openai.com/v1") as http:
            for _ in range(requests):
                http.get("/conversations/conv_a")
        calls: list[Any] = []
        counted = work(lambda: calls.extend(sim.journal.calls()))
        assert len(calls) == requests
        return counted

    assert grouping(1500) < 12 * grouping(150)


def test_a_refusal_that_the_sdk_does_not_retry_waits_for_nothing() -> None:
    sim = Emulator()
    sim.seed("conv_a")
    sim.faults.add(ConversationLocked())
    sdk = sim.openai()
    with pytest.raises(openai.BadRequestError):
        sdk.conversations.items.create("conv_a", items=[HELLO])
    sim.faults.add(ServerError(retry_after=0))
    sdk.conversations.items.create("conv_a", items=[HELLO])

    assert told(sim) == [[(0, 200)], [(0, 400)], [(0, 500), (1, 200)]]


@pytest.mark.parametrize("kept", [True, False])
def test_a_call_that_was_given_up_gets_no_retry_of_the_next(kept: bool) -> None:
    sim = Emulator()
    sim.seed("conv_a")
    sim.faults.add(ServerError(retry_after=0), times=2)
    sdk = sim.openai()

    def ask(sdk: openai.OpenAI) -> None:
        if kept:
            sdk.conversations.items.create("conv_a", items=[HELLO])
        else:
            sdk.conversations.retrieve("conv_a")  # a GET has no key by which its retries are known

    with pytest.raises(openai.InternalServerError):
        ask(sdk.with_options(max_retries=0))
    ask(sdk)

    assert told(sim) == [[(0, 200)], [(0, 500)], [(0, 500), (1, 200)]]
