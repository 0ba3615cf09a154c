"""Function calls and their outputs: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError
from convsim.items.catalogue import read_item
from tests.inputs import CreateItems, read

CALL: dict[str, Any] = {"type": "function_call", "name": "f", "call_id": "call_1", "arguments": "{}"}
OUTPUT: dict[str, Any] = {"type": "function_call_output", "output": "7", "call_id": "call_1"}


def stored(item: dict[str, Any]) -> str:
    return to_json(read_item(item, Behavior()).document("fc_1")).decode()


def refused(item: dict[str, Any]) -> tuple[str, str | None, str | None]:
    with pytest.raises(BadRequestError) as caught:
        read(CreateItems, Behavior(), {"conversation_id": "conv_1", "body": {"items": [item]}})
    return caught.value.message, caught.value.param, caught.value.code


# --- what is stored ------------------------------------------------------------------------------------------------


def test_a_call_comes_back_in_the_recorded_order() -> None:
    assert stored(CALL) == (
        '{"id":"fc_1","type":"function_call","status":"completed","arguments":"{}","call_id":"call_1","name":"f"}'
    )


def test_a_call_keeps_all_that_was_given_under_a_fresh_id() -> None:
    more = {"async": False, "namespace": "n", "caller": {"type": "direct"}, "status": "in_progress", "id": "fc_9"}
    assert stored(CALL | more) == (
        '{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"{}","async":false,'
        '"call_id":"call_1","caller":{"type":"direct"},"name":"f","namespace":"n"}'
    )


def test_an_output_comes_back_in_the_recorded_order() -> None:
    assert stored(OUTPUT) == (
        '{"id":"fc_1","type":"function_call_output","status":"completed","call_id":"call_1","output":"7"}'
    )


def test_an_output_keeps_all_that_was_given_under_a_fresh_id() -> None:
    caller = {"caller_id": "call_0", "type": "program"}
    more = {"caller": caller, "namespace": "n", "name": "f", "status": "incomplete", "id": "fc_9"}
    assert stored(OUTPUT | more) == (
        '{"id":"fc_1","type":"function_call_output","status":"incomplete","call_id":"call_1",'
        '"caller":{"type":"program","caller_id":"call_0"},"name":"f","namespace":"n","output":"7"}'
    )


def test_an_output_may_come_without_its_call() -> None:
    assert stored({"type": "function_call_output", "output": ""}) == (
        '{"id":"fc_1","type":"function_call_output","status":"completed","output":""}'
    )


def test_an_output_of_parts_keeps_them() -> None:
    parts = [
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "https://x"},
        {"type": "input_file", "file_data": "data:text/plain;base64,AA==", "filename": "x"},
    ]
    assert stored(OUTPUT | {"output": parts}) == (
        '{"id":"fc_1","type":"function_call_output","status":"completed","call_id":"call_1","output":['
        '{"type":"input_text","text":"a"},'
        '{"type":"input_image","detail":"auto","file_id":null,"image_url":"https://x"},'
        '{"type":"input_file","file_id":null,"filename":"x"}]}'
    )


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "member"), [(CALL, "arguments"), (CALL, "call_id"), (CALL, "name"), (OUTPUT, "output")]
)
def test_what_a_call_or_output_must_have(item: dict[str, Any], member: str) -> None:
    rest = {key: value for key, value in item.items() if key != member}
    sentence = f"Missing required parameter: 'items[0].{member}'."
    assert refused(rest) == (sentence, f"items[0].{member}", "missing_required_parameter")


@pytest.mark.parametrize(
    ("item", "member", "expected"),
    [
        (CALL, "id", "a string"),
        (CALL, "status", "one of 'in_progress', 'completed', or 'incomplete'"),
        (CALL, "arguments", "a string"),
        (CALL, "call_id", "a string"),
        (CALL, "name", "a string"),
        (CALL, "caller", "an object"),
        (CALL, "namespace", "a string"),
        (CALL, "async", "a boolean"),
        (OUTPUT, "id", "a string"),
        (OUTPUT, "status", "one of 'in_progress', 'completed', or 'incomplete'"),
        (OUTPUT, "call_id", "a string"),
        (OUTPUT, "output", "one of a string or array of objects"),
        (OUTPUT, "name", "a string"),
        (OUTPUT, "namespace", "a string"),
        (OUTPUT, "caller", "an object"),
    ],
)
def test_no_member_is_null(item: dict[str, Any], member: str, expected: str) -> None:
    sentence = f"Invalid type for 'items[0].{member}': expected {expected}, but got null instead."
    assert refused(item | {member: None}) == (sentence, f"items[0].{member}", "invalid_type")


@pytest.mark.parametrize("item", [CALL, OUTPUT])
@pytest.mark.parametrize(("member", "bound"), [("call_id", 64), ("name", 128), ("namespace", 64)])
def test_names_have_bounds(item: dict[str, Any], member: str, bound: int) -> None:
    path = f"items[0].{member}"
    assert f'"{member}":"{"x" * bound}"' in stored(item | {member: "x" * bound})
    long = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {bound}, but got a string with"
        f" length {bound + 1} instead."
    )
    assert refused(item | {member: "x" * (bound + 1)}) == (long, path, "string_above_max_length")
    empty = f"Invalid '{path}': empty string. Expected a string with minimum length 1, but got an empty string instead."
    assert refused(item | {member: ""}) == (empty, path, "empty_string")


@pytest.mark.parametrize("item", [CALL, OUTPUT])
@pytest.mark.parametrize("value", ["a b", "a.b", "é", "a\n"])
@pytest.mark.parametrize("member", ["namespace"])
def test_a_namespace_has_a_pattern(item: dict[str, Any], value: str, member: str) -> None:
    sentence = (
        f"Invalid 'items[0].{member}': string does not match pattern. Expected a string that matches the pattern"
        " '^[a-zA-Z0-9_-]+$'."
    )
    assert refused(item | {member: value}) == (sentence, f"items[0].{member}", "invalid_value")


def test_the_name_of_a_call_has_the_pattern_of_a_namespace() -> None:
    message, param, code = refused(CALL | {"name": "a b"})
    assert message.endswith("Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.")
    assert (param, code) == ("items[0].name", "invalid_value")


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_an_id_needs_the_prefix_of_functions(item: dict[str, Any]) -> None:
    sentence = "Invalid 'items[0].id': 'fco_1'. Expected an ID that begins with 'fc'."
    assert refused(item | {"id": "fco_1"}) == (sentence, "items[0].id", "invalid_value")


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_another_status_is_refused(item: dict[str, Any]) -> None:
    sentence = "Invalid value: 'done'. Supported values are: 'in_progress', 'completed', and 'incomplete'."
    assert refused(item | {"status": "done"}) == (sentence, "items[0].status", "invalid_value")


@pytest.mark.parametrize("item", [CALL, OUTPUT])
@pytest.mark.parametrize(
    ("caller", "sentence", "path"),
    [
        ({}, "Missing required parameter: 'items[0].caller.type'.", "items[0].caller.type"),
        (
            {"type": "x"},
            "Invalid value: 'x'. Supported values are: 'direct' and 'program'.",
            "items[0].caller.type",
        ),
        ({"type": "program"}, "Missing required parameter: 'items[0].caller.caller_id'.", "items[0].caller.caller_id"),
        (
            {"type": "direct", "caller_id": "call_0"},
            "Unknown parameter: 'items[0].caller.caller_id'.",
            "items[0].caller.caller_id",
        ),
    ],
)
def test_a_caller_is_direct_or_a_program(item: dict[str, Any], caller: object, sentence: str, path: str) -> None:
    assert refused(item | {"caller": caller})[:2] == (sentence, path)


@pytest.mark.parametrize(
    ("item", "member"), [(CALL, "output"), (OUTPUT, "arguments"), (OUTPUT, "async"), (CALL, "role")]
)
def test_members_of_the_other_are_unknown(item: dict[str, Any], member: str) -> None:
    sentence = f"Unknown parameter: 'items[0].{member}'."
    assert refused(item | {member: "x"}) == (sentence, f"items[0].{member}", "unknown_parameter")


def test_an_output_is_not_an_empty_array() -> None:
    assert refused(OUTPUT | {"output": []})[1:] == ("items[0].output", "empty_array")


def test_an_output_has_the_bound_of_a_text() -> None:
    message, param, code = refused(OUTPUT | {"output": "x" * 10_485_761})
    assert message.endswith("maximum length 10485760, but got a string with length 10485761 instead.")
    assert (param, code) == ("items[0].output", "string_above_max_length")
