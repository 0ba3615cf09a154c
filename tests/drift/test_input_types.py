"""The official SDK's types of input items against the catalogue, member by member.

A new release of the SDK shows up here as a list of what to add. What is meant to differ stands in the table below.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from openai.types.responses.response_input_item_param import ResponseInputItemParam
from pydantic import TypeAdapter

from convsim.items.catalogue import CATALOGUE, EMULATED
from tests.drift.catalogue import taken
from tests.drift.facts import differences, facts_by_type

SDK = facts_by_type(TypeAdapter(ResponseInputItemParam).json_schema())

NULLS = [
    f"{name}.{member}: null for openai alone".replace("[", "[[]")
    for name, members in {
        "additional_tools": ("id",),
        "apply_patch_call": ("caller", "id"),
        "apply_patch_call_output": ("caller", "id", "output"),
        "compaction": ("id",),
        "compaction_trigger": ("id",),
        "computer_call_output": ("acknowledged_safety_checks", "id", "status"),
        "configuration_update": ("id", "reasoning.effort"),
        "custom_tool_call": ("caller",),
        "custom_tool_call_output": ("caller",),
        "function_call": ("caller",),
        "function_call_output": (
            "call_id",
            "caller",
            "id",
            "name",
            "namespace",
            "output[][input_file].file_data",
            "output[][input_file].file_url",
            "output[][input_file].filename",
            "output[][input_file].prompt_cache_breakpoint",
            "output[][input_image].detail",
            "output[][input_image].prompt_cache_breakpoint",
            "output[][input_text].prompt_cache_breakpoint",
            "status",
        ),
        "image_generation_call": ("action", "background", "output_format", "quality", "revised_prompt", "size"),
        "item_reference": ("type",),
        "local_shell_call_output": ("status",),
        "mcp_approval_response": ("id", "reason"),
        "mcp_list_tools": ("error",),
        "message": ("phase",),
        "shell_call": ("caller", "id", "status"),
        "shell_call_output": ("caller", "id", "status"),
        "tool_search_call": ("id", "status"),
        "tool_search_output": ("id", "status"),
    }.items()
    for member in members
]

WANTED = {
    **dict.fromkeys(NULLS, "an explicit null is refused where the live API never sends one (docs/evidence.md)"),
    "computer_call_output.output[[]computer_screenshot].*: null for convsim alone": "comes back as null",
    "reasoning.content: null for convsim alone": "was seen to pass",
    "custom_tool_call.status: only convsim has it, optional": "comes back, and so it may be sent",
    "custom_tool_call_output.status: only convsim has it, optional": "comes back, and so it may be sent",
    "reasoning.id: required by openai alone": "may be left out beside encrypted_content, as was seen",
    "reasoning.status: only openai has it, optional": "was seen to be refused as unknown",
    "configuration_update.reasoning.effort: required by convsim alone": "was seen to be missed",
    "*.tools[[][]][[]file_search].filters[[]*].filters[[][]]: any for openai alone": "the filters are described",
    "*.tools[[][]]*.parameters: any for openai alone": "a JSON Schema is an object",
    "*.tools[[][]]*.parameters: object for convsim alone": "a JSON Schema is an object",
    "mcp_list_tools.tools[[][]].*: any for openai alone": "a JSON Schema, and annotations, are objects",
    "mcp_list_tools.tools[[][]].*: object for convsim alone": "a JSON Schema, and annotations, are objects",
    "tool_search_call.arguments: any for openai alone": "anything but an object was seen to be refused",
    "tool_search_call.arguments: object for convsim alone": "anything but an object was seen to be refused",
    "message.content[[][]][[]input_audio]: only convsim has it, optional": "is named by the live sentence",
    "*[[]input_image].detail: required by openai alone": "defaults to auto, as recorded",
    "message.content[[][]][[]output_text].annotations: required by openai alone": "defaults to none, as a string's",
}
"""Patterns of differences (``[[]`` is a bracket), each with its reason."""

FOUND = [
    name + line
    for name in sorted(SDK.keys() & set(EMULATED))
    for line in differences(SDK[name], taken(name), "openai", "convsim")
]


def wanted(line: str) -> bool:
    return any(fnmatchcase(line, pattern) for pattern in WANTED)


def test_the_catalogue_has_every_input_type_of_the_sdk() -> None:
    missing = sorted(SDK.keys() - set(EMULATED))
    assert missing == [], f"add a model and a row of convsim/items/catalogue.py for {', '.join(missing)}"


def test_the_catalogue_has_no_type_that_the_sdk_lost() -> None:
    assert sorted(set(EMULATED) - SDK.keys()) == []


def test_the_members_of_each_input_type_are_those_of_the_sdk() -> None:
    unwanted = [line for line in FOUND if not wanted(line)]
    assert unwanted == [], "the SDK's input types and convsim/items differ:\n" + "\n".join(unwanted)


@pytest.mark.parametrize("pattern", WANTED)
def test_each_wanted_difference_is_there(pattern: str) -> None:
    assert any(fnmatchcase(line, pattern) for line in FOUND), f"nothing differs as {pattern!r} any more: drop the row"


def test_the_types_that_are_not_emulated_are_not_in_the_sdk() -> None:
    assert {name for name, row in CATALOGUE.items() if not row.models} & SDK.keys() == set()
