"""A user's tests, annotated as the guide says: type checkers find nothing in it, and test_users_file.py runs them."""

from __future__ import annotations

import unittest
from collections.abc import AsyncIterator, Callable

import pytest
from openai import AsyncOpenAI, OpenAI

from convsim import Clock, Emulator, RefusedHostError, patched
from convsim.faults import RateLimited, Rule


@pytest.mark.convsim(seed=7, now=Clock(5), faults=[Rule(RateLimited(), on="conversations.create")])
def test_fixtures(
    convsim: Emulator,
    convsim_client: OpenAI,
    convsim_async_client: AsyncOpenAI,
    convsim_factory: Callable[..., Emulator],
) -> None:
    conversation = convsim_client.conversations.create()
    reveal: str = convsim.conversations.retrieve(conversation.id).id
    refused: tuple[RefusedHostError | AssertionError, ...] = convsim.refused
    assert (reveal, refused, convsim.offline) == (conversation.id, (), ())
    assert convsim_factory(seed=2).api_key == "sk-convsim-2"
    assert convsim_async_client.api_key == convsim.api_key == "sk-convsim-7"


@patched
def with_sim(sim: Emulator) -> str:
    return sim.conversations.create().id


@patched(ids="sequential")
def without_sim(number: int) -> int:
    return number


@patched(ids="sequential")
async def coroutine(sim: Emulator) -> str:
    return sim.api_key


@patched(ids="sequential")
async def generator(sim: Emulator) -> AsyncIterator[int]:
    yield len(sim.state)


@patched(seed=3)
class AgentTest(unittest.TestCase):
    sim: Emulator

    def test_kept(self) -> None:
        created = OpenAI().conversations.create()
        self.assertIn(created.id, self.sim.state)  # noqa: PT009 - as users of unittest write it


@patched
class TestPlain:
    def test_method(self, sim: Emulator) -> None:
        assert len(sim.state) == 0


def test_hosts() -> None:
    sim = Emulator(other_hosts={"*.example.com": "offline", "*": "refuse"}, virtual_time=True)
    with sim.patch() as same:
        assert same is sim
    number: int = without_sim(5)
    assert number == 5
