"""portkey-ai: the host of its gateway, by the SDK that stands inside of its own package."""

from __future__ import annotations

import asyncio
from typing import Any

import portkey_ai
import pytest

from convsim import Emulator
from convsim.journal.entries import Exchange
from tests.clients.weather import ANSWERS, ITEMS, TOOL, bodies, script, talk, talk_async

OPTIONS = {"base_urls": ["https://api.portkey.ai/v1"]}
KEYS: Any = {"api_key": "pk-test", "provider": "openai"}
MODEL: Any = {"model": "gpt-5.5", "tools": [TOOL]}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    script(sim)
    assert talk(portkey_ai.Portkey(**KEYS), "conv_1", streamed=streamed, **MODEL) == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool_asynchronously(sim: Emulator, streamed: bool) -> None:
    script(sim)
    client = portkey_ai.AsyncPortkey(**KEYS)
    assert asyncio.run(talk_async(client, "conv_1", streamed=streamed, **MODEL)) == ANSWERS
    sim.assert_items("conv_1", ITEMS)


def test_the_operations_on_conversations(sim: Emulator) -> None:
    client = portkey_ai.Portkey(**KEYS)
    made = client.conversations.create(items=[{"type": "message", "role": "user", "content": "Hi"}])
    client.conversations.update(made.id, metadata={"topic": "weather"})
    assert client.conversations.retrieve(made.id).metadata == {"topic": "weather"}
    page = client.conversations.items.list(made.id)
    assert [item.content[0].text for item in page] == ["Hi"]
    client.conversations.items.delete(page.data[0].id, conversation_id=made.id)
    assert client.conversations.delete(made.id).deleted
    assert {entry.host for entry in sim.journal if isinstance(entry, Exchange)} == {"api.portkey.ai"}
