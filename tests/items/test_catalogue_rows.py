"""The rows of the catalogue: prefixes, what ``include`` reveals, and what the service objects to."""

from __future__ import annotations

from typing import Any, get_args

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.items.catalogue import CATALOGUE, read_item
from convsim.items.fields import OMITTED
from convsim.items.stored import INCLUDES


def test_each_row_stands_under_its_name() -> None:
    assert all(name == row.name for name, row in CATALOGUE.items())


def test_each_row_s_models_take_its_name() -> None:
    for name, row in CATALOGUE.items():
        for model in row.models:
            assert name == model.model_fields["type"].default or name in get_args(model.model_fields["type"].annotation)
            assert model.prefix == row.prefix


PREFIXES = {
    "additional_tools": "at",
    "agent_message": "",
    "apply_patch_call": "apc",
    "apply_patch_call_output": "apco",
    "code_interpreter_call": "ci",
    "compaction": "cmp",
    "compaction_trigger": "",
    "computer_call": "cu",
    "computer_call_output": "cuo",
    "configuration_update": "cnfu",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "file_search_call": "fs",
    "function_call": "fc",
    "function_call_output": "fc",
    "image_generation_call": "ig",
    "item_reference": "",
    "local_shell_call": "lsh",
    "local_shell_call_output": "lsho",
    "mcp_approval_request": "mcpr",
    "mcp_approval_response": "mcpa",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcpl",
    "message": "msg",
    "multi_agent_call": "",
    "multi_agent_call_output": "",
    "program": "cm",
    "program_output": "cmo",
    "reasoning": "rs",
    "shell_call": "sh",
    "shell_call_output": "sho",
    "tool_search_call": "tsc",
    "tool_search_output": "tso",
    "web_search_call": "ws",
}


def test_each_type_has_its_prefix() -> None:
    assert {name: row.prefix for name, row in CATALOGUE.items()} == PREFIXES


def test_only_the_calls_of_functions_share_a_prefix_with_their_outputs() -> None:
    shared = {prefix for prefix in PREFIXES.values() if prefix and list(PREFIXES.values()).count(prefix) > 1}
    assert shared == {"fc"}


def test_which_prefixes_were_not_seen_live() -> None:
    assert [name for name, row in CATALOGUE.items() if not row.recorded_prefix] == [
        "additional_tools",
        "apply_patch_call_output",
        "computer_call_output",
        "configuration_update",
        "local_shell_call_output",
        "mcp_approval_response",
    ]


# --- what is peculiar to a row -------------------------------------------------------------------------------------


def test_what_include_reveals() -> None:
    assert {
        name: [(reveal.include, reveal.path, reveal.hidden) for reveal in row.reveals]
        for name, row in CATALOGUE.items()
        if row.reveals
    } == {
        "code_interpreter_call": [("code_interpreter_call.outputs", ("outputs",), None)],
        "computer_call_output": [("computer_call_output.output.image_url", ("output", "image_url"), None)],
        "file_search_call": [("file_search_call.results", ("results",), None)],
        "message": [
            ("message.input_image.image_url", ("content", "*", "image_url"), None),
            ("message.output_text.logprobs", ("content", "*", "logprobs"), ()),
        ],
        "reasoning": [("reasoning.encrypted_content", ("encrypted_content",), OMITTED)],
        "web_search_call": [("web_search_call.action.sources", ("action", "sources"), OMITTED)],
    }


def test_each_value_of_include_reveals_something() -> None:
    assert set(INCLUDES) == {reveal.include for row in CATALOGUE.values() for reveal in row.reveals}


def test_only_a_trigger_is_not_stored() -> None:
    assert [name for name, row in CATALOGUE.items() if not row.stored] == ["compaction_trigger"]


def test_the_service_objects_to_references_and_reasoning_that_it_does_not_know() -> None:
    assert [name for name, row in CATALOGUE.items() if row.objection] == ["item_reference", "reasoning"]


def objection(item: dict[str, Any]) -> dict[str, str | None] | None:
    given = read_item(item, Behavior())
    ask = CATALOGUE[given.type].objection
    assert ask is not None
    found = ask(given)
    return None if found is None else found.body


def test_a_reference_is_not_found() -> None:
    assert objection({"id": "msg_1"}) == errors.referenced_item_not_found("msg_1").body


def test_reasoning_passes_with_its_encrypted_content() -> None:
    reasoning = {"type": "reasoning", "summary": [], "id": "rs_1"}
    assert objection(reasoning) == errors.invalid_item().body
    assert objection(reasoning | {"encrypted_content": ""}) is None
