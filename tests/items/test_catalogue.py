"""The catalogue: which types there are, which are emulated, and what type an item without one is of."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError
from convsim.items.catalogue import CATALOGUE, EMULATED, REFERENCE, ItemReference, read_item
from convsim.items.functions import FunctionCall, FunctionCallOutput
from convsim.items.messages import AssistantMessage, InputMessage
from convsim.items.reasoning import ConfigurationUpdate
from tests.inputs import CreateItems, read

LIVE_SENTENCE = (
    "'additional_tools', 'agent_message', 'apply_patch_call', 'apply_patch_call_output', 'code_interpreter_call',"
    " 'compaction', 'compaction_trigger', 'computer_call', 'computer_call_output', 'custom_tool_call',"
    " 'custom_tool_call_output', 'file_search_call', 'function_call', 'function_call_output',"
    " 'image_generation_call', 'item_reference', 'local_shell_call', 'local_shell_call_output',"
    " 'mcp_approval_request', 'mcp_approval_response', 'mcp_call', 'mcp_list_tools', 'message', 'multi_agent_call',"
    " 'multi_agent_call_output', 'program', 'program_output', 'reasoning', 'shell_call', 'shell_call_output',"
    " 'tool_search_call', 'tool_search_output', and 'web_search_call'"
)


def refused(item: object) -> tuple[str, str | None, str | None]:
    items = [{"role": "user", "content": "x"}, item]
    with pytest.raises(BadRequestError) as caught:
        read(CreateItems, Behavior(), {"conversation_id": "conv_1", "body": {"items": items}})
    return caught.value.message, caught.value.param, caught.value.code


@pytest.mark.parametrize(
    ("item", "model"),
    [
        ({"type": "message", "role": "user", "content": "x"}, InputMessage),
        ({"type": "message", "role": "assistant", "content": "x"}, AssistantMessage),
        ({"role": "user", "content": "x"}, InputMessage),
        ({"id": "msg_1", "role": "assistant", "content": "x"}, AssistantMessage),
        ({"type": "function_call", "arguments": "", "call_id": "c", "name": "n"}, FunctionCall),
        ({"type": "function_call_output", "output": ""}, FunctionCallOutput),
        ({"type": "item_reference", "id": "fc_1"}, ItemReference),
        ({"type": None, "id": "fc_1"}, ItemReference),
        ({"id": "fc_1"}, ItemReference),
    ],
)
def test_an_item_is_read_by_its_type_or_by_what_its_absence_implies(item: dict[str, Any], model: type[Any]) -> None:
    given = read_item(item, Behavior())
    assert type(given) is model
    assert CATALOGUE[given.type].read is not None


def test_a_reference_says_its_type_and_the_id_it_stands_for() -> None:
    given = read_item({"type": None, "id": "fc_1"}, Behavior())
    assert (given.type, given.id, REFERENCE) == ("item_reference", "fc_1", "item_reference")


@pytest.mark.parametrize(
    ("item", "sentence", "param"),
    [
        ({"type": "item_reference"}, "Missing required parameter: 'items[1].id'.", "items[1].id"),
        (
            {"type": "item_reference", "id": None},
            "Invalid type for 'items[1].id': expected a string, but got null instead.",
            "items[1].id",
        ),
        (
            {"type": "item_reference", "id": "a_"},
            (
                "Invalid 'items[1].id': 'a_'. Expected an ID that contains letters, numbers, underscores, or dashes,"
                " but this value contained additional characters."
            ),
            "items[1].id",
        ),
        (
            {"type": "item_reference", "id": "msg_1", "content": "x"},
            "Unknown parameter: 'items[1].content'.",
            "items[1].content",
        ),
    ],
)
def test_a_reference_is_an_id_and_nothing_else(item: object, sentence: str, param: str) -> None:
    assert refused(item)[:2] == (sentence, param)


@pytest.mark.parametrize(
    ("item", "word"),
    [
        (5, "an integer"),
        (None, "null"),
        ("x", "a string"),
        ([], "an array"),
        (True, "a boolean"),
        (0.5, "a decimal number"),
    ],
)
def test_an_item_is_an_object(item: object, word: str) -> None:
    sentence = f"Invalid type for 'items[1]': expected an input item, but got {word} instead."
    assert refused(item) == (sentence, "items[1]", "invalid_type")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("bogus_item", "bogus_item"), ("", ""), ("Message", "Message"), (None, ""), (5, ""), (["message"], ""), ({}, "")],
)
def test_an_unknown_type_is_told_the_whole_catalogue_in_live_order(kind: object, shown: str) -> None:
    sentence = f"Invalid value: '{shown}'. Supported values are: {LIVE_SENTENCE}."
    assert refused({"type": kind, "role": "user", "content": "x"}) == (sentence, "items[1]", "invalid_value")


def test_an_empty_object_lacks_a_role_and_not_a_type() -> None:
    sentence = "Invalid value: ''. Supported values are: 'assistant', 'system', 'developer', and 'user'."
    assert refused({}) == (sentence, "items[1]", "invalid_value")


NOT_EMULATED = ("agent_message", "multi_agent_call", "multi_agent_call_output")


def test_every_type_is_emulated_but_those_of_several_agents() -> None:
    assert CATALOGUE.keys() - set(EMULATED) == set(NOT_EMULATED)
    assert (len(CATALOGUE), len(EMULATED)) == (34, 31)


@pytest.mark.parametrize("name", NOT_EMULATED)
def test_a_type_that_is_known_but_not_emulated_is_refused_in_words_that_say_so(name: str) -> None:
    emulated = ", ".join(f"'{other}'" for other in EMULATED[:-1])
    sentence = f"convsim does not emulate items of type '{name}'. It emulates {emulated}, and 'web_search_call'."
    assert refused({"type": name}) == (sentence, "items[1].type", "convsim_not_emulated")


def test_the_recorded_sentence_names_33_types_and_not_the_update_of_a_configuration() -> None:
    named = [name for name, row in CATALOGUE.items() if row.in_sentence]
    assert CATALOGUE.keys() - set(named) == {"configuration_update"}
    assert LIVE_SENTENCE.count("'") == 2 * len(named) == 66
    assert all(f"'{name}'" in LIVE_SENTENCE for name in named)


def test_the_update_of_a_configuration_is_emulated_all_the_same() -> None:
    assert (
        type(read_item({"type": "configuration_update", "reasoning": {"effort": "low"}}, Behavior()))
        is ConfigurationUpdate
    )
