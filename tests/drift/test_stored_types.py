"""The official SDK's types of stored items against what the catalogue's items come back with.

The SDK must find in every item what its types require, and no member's absence from the catalogue goes unnoticed.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from openai.types.conversations import ConversationItem
from pydantic import TypeAdapter

from convsim.items.catalogue import CATALOGUE
from tests.drift.catalogue import kept
from tests.drift.facts import differences, facts_by_type

SDK = facts_by_type(TypeAdapter(ConversationItem).json_schema())
STORED = {name for name, row in CATALOGUE.items() if row.models and row.stored and row.prefix}

WANTED = {
    "*: null for openai alone": "the SDK lets every optional member be null",
    "*: required by convsim alone": "always comes back",
    "*.created_by: only openai has it, optional": "what the service puts there for a client's item is not known",
    "message.content: string for convsim alone": "a string comes back as a part",
    "message.content[[][]][[]input_audio]: only convsim has it, optional": "is named by the live sentence",
    **dict.fromkeys(
        (
            f"message.content[[][]][[]{part}]: only openai has it, optional"
            for part in ("computer_screenshot", "reasoning_text", "summary_text", "text")
        ),
        "no client may send it",
    ),
    **dict.fromkeys(
        (f"message.role: {role!r} for openai alone" for role in ("critic", "discriminator", "tool", "unknown")),
        "no client may have it",
    ),
    "additional_tools.role: '*' for openai alone": "the developer's alone, as second-hand reports say",
    "*[[]input_image].detail: required by openai alone": "has a default",
    "message.content[[][]][[]output_text].annotations: required by openai alone": "has a default",
    "computer_call_output.status: 'failed' for openai alone": "no client may have it",
    "custom_tool_call*.status: only convsim has it, required": "comes back, as recorded",
    "shell_call.environment[[]local].skills: only convsim has it, optional": "the environment comes back as null",
    "reasoning.status: only openai has it, optional": "was never seen",
    "*.tools[[][]][[]file_search].filters[[]*].filters[[][]]: any for openai alone": "the filters are described",
    "*.tools[[][]]*.parameters: any for openai alone": "a JSON Schema is an object",
    "*.tools[[][]]*.parameters: object for convsim alone": "a JSON Schema is an object",
    "mcp_list_tools.tools[[][]].*: any for openai alone": "a JSON Schema, and annotations, are objects",
    "mcp_list_tools.tools[[][]].*: object for convsim alone": "a JSON Schema, and annotations, are objects",
    "tool_search_call.arguments: any for openai alone": "anything but an object was seen to be refused",
    "tool_search_call.arguments: object for convsim alone": "anything but an object was seen to be refused",
}
"""Patterns of differences (``[[]`` is a bracket), each with its reason."""

FOUND = [
    name + line
    for name in sorted(SDK.keys() & STORED)
    for line in differences(SDK[name], kept(name), "openai", "convsim")
]


def test_the_catalogue_stores_every_type_of_the_sdk_and_no_other() -> None:
    assert sorted(SDK) == sorted(STORED)


def test_the_members_of_each_stored_type_are_those_of_the_sdk() -> None:
    unwanted = [line for line in FOUND if not any(fnmatchcase(line, pattern) for pattern in WANTED)]
    assert unwanted == [], "the SDK's stored types and convsim/items differ:\n" + "\n".join(unwanted)


@pytest.mark.parametrize("pattern", WANTED)
def test_each_wanted_difference_is_there(pattern: str) -> None:
    assert any(fnmatchcase(line, pattern) for line in FOUND), f"nothing differs as {pattern!r} any more: drop the row"
