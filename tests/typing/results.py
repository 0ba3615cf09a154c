"""Types of results: ``mypy --strict tests/typing`` and pyright accept this file."""

from __future__ import annotations

import re
from unittest.mock import ANY

from convsim import Conversation, Emulator, Item
from convsim.faults import RateLimited


def texts(sim: Emulator) -> list[str]:
    conversation: Conversation = sim.seed(items=[{"role": "user", "content": "Hi"}], metadata={"topic": "cats"})
    item: Item = sim.state[conversation.id].items[0]
    first: str = item.content[0].text
    whole: str = item.text
    dumped: dict[str, object] = item.model_dump()
    call: str = item.name + item.arguments + item.call_id
    page: list[str] = [each.text for each in sim.conversations.items.list(conversation.id)]
    return [first, whole, call, str(dumped), *page]


def expectations(sim: Emulator) -> None:
    conversation = sim.seed("conv_1", [{"role": "user", "content": "Hi"}])
    sim.assert_items(conversation, [("user", "Hi"), ("assistant", ...), {"type": "function_call", "name": ANY}, ...])
    sim.assert_items("conv_1", [("user", re.compile("H"))])
    sim.assert_called("conversations.create", times=1, status=429, conversation=conversation, fault=RateLimited)
    sim.assert_called("conversations.create", body={"metadata": {"topic": "cats"}}, kind="http", project="proj_default")
    shown: str = sim.transcript(conversation, deleted=True)
    assert shown
