"""openai-guardrails: it reads the history before a turn that continues another; any error is an empty history."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from guardrails import GuardrailsAsyncOpenAI, GuardrailsOpenAI
from guardrails.registry import default_spec_registry
from guardrails.types import GuardrailResult
from pydantic import BaseModel

from convsim import Emulator
from convsim.faults import ServerError
from tests.clients.weather import bodies

HISTORY = "History"
seen: list[list[str]] = []


class Nothing(BaseModel):
    """The guardrail has no settings."""


async def look(ctx: Any, data: str, config: Nothing) -> GuardrailResult:
    """Note the words of the history that a guardrail is given, and let everything pass."""
    history = ctx.get_conversation_history() or []
    seen.append([str(entry.get("content")) for entry in history])
    return GuardrailResult(tripwire_triggered=False, info={"guardrail_name": HISTORY})


default_spec_registry.register(HISTORY, look, "Sees the history.", "text/plain")
CONFIG: Any = {
    "version": 1,
    "input": {"version": 1, "guardrails": [{"name": HISTORY, "config": {}}]},
}


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


def talk() -> str:
    client = GuardrailsOpenAI(config=CONFIG, max_retries=0)
    first = client.responses.create(model="gpt-5.5", input="One?", conversation="conv_1")
    second = client.responses.create(model="gpt-5.5", input="Two?", previous_response_id=first.id)
    return str(second.output_text)


def test_it_reads_the_conversation_of_the_response_before(sim: Emulator) -> None:
    sim.responses.script("First.")
    sim.responses.script("Second.")
    assert talk() == "Second."

    assert seen == [["One?"], ["One?", "First.", "Two?"]]
    assert [entry.operation for entry in sim.journal][-3:] == [
        "responses.retrieve", "conversations.items.list", "responses.create"
    ]  # fmt: skip
    assert bodies(sim)[0]["tools"] is None
    sim.assert_items("conv_1", [("user", "One?"), ("assistant", "First.")])  # the second turn belongs to its chain


def test_an_error_is_an_empty_history(sim: Emulator) -> None:
    sim.responses.script("First.")
    sim.responses.script("Second.")
    sim.faults.add(ServerError(), on="responses.retrieve")
    assert talk() == "Second."
    assert seen == [["One?"], ["Two?"]]  # the guardrail judged without what was said before


def test_it_without_blocking(sim: Emulator) -> None:
    async def ask() -> str:
        client = GuardrailsAsyncOpenAI(config=CONFIG)
        answer = await client.responses.create(model="gpt-5.5", input="One?", conversation="conv_1")
        return str(answer.output_text)

    sim.responses.script("First.")
    assert asyncio.run(ask()) == "First."
    sim.assert_items("conv_1", [("user", "One?"), ("assistant", "First.")])
