"""Calls of custom tools and their outputs: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import refused, stored, without

CALL: dict[str, Any] = {"type": "custom_tool_call", "call_id": "call_1", "input": "i", "name": "n"}
OUTPUT: dict[str, Any] = {"type": "custom_tool_call_output", "call_id": "call_1", "output": "o"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            CALL,
            '{"id":"x_1","type":"custom_tool_call","status":"completed","call_id":"call_1","input":"i","name":"n"}',
        ),
        (
            CALL
            | {"namespace": "s", "caller": {"caller_id": "call_0", "type": "program"}, "async": True}
            | {"status": "in_progress", "id": "ctc_1"},
            (
                '{"id":"x_1","type":"custom_tool_call","status":"in_progress","async":true,"call_id":"call_1",'
                '"caller":{"type":"program","caller_id":"call_0"},"input":"i","name":"n","namespace":"s"}'
            ),
        ),
        (
            OUTPUT,
            '{"id":"x_1","type":"custom_tool_call_output","status":"completed","call_id":"call_1","output":"o"}',
        ),
        (
            OUTPUT
            | {"output": [{"text": "a", "type": "input_text"}], "caller": {"type": "direct"}}
            | {"status": "incomplete", "id": "ctco_1"},
            (
                '{"id":"x_1","type":"custom_tool_call_output","status":"incomplete","call_id":"call_1",'
                '"caller":{"type":"direct"},"output":[{"type":"input_text","text":"a"}]}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


def test_the_name_of_a_custom_tool_has_no_pattern() -> None:
    assert '"name":"a b"' in stored(CALL | {"name": "a b"})


@pytest.mark.parametrize(("item", "members"), [(CALL, ["call_id", "input", "name"]), (OUTPUT, ["call_id", "output"])])
def test_what_a_call_or_output_must_have(item: dict[str, Any], members: list[str]) -> None:
    for member in members:
        assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(CALL, "ctc"), (OUTPUT, "ctco")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "fc_1"}) == errors.id_with_wrong_prefix("items[0].id", "fc_1", prefix).body


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_another_status_is_refused(item: dict[str, Any]) -> None:
    answer = errors.unsupported_value("items[0].status", "failed", ("in_progress", "completed", "incomplete"))
    assert refused(item | {"status": "failed"}) == answer.body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (CALL | {"input": {}}, errors.wrong_type("items[0].input", "a string", {})),
        (CALL | {"arguments": "{}"}, errors.unknown_parameter("items[0].arguments")),
        (CALL | {"caller": {}}, errors.missing("items[0].caller.type")),
        (OUTPUT | {"name": "n"}, errors.unknown_parameter("items[0].name")),
        (OUTPUT | {"output": None}, errors.wrong_type("items[0].output", "one of a string or array of objects", None)),
        (OUTPUT | {"output": []}, errors.empty_array("items[0].output")),
        (
            OUTPUT | {"output": [{"type": "input_audio"}]},
            errors.unsupported_value(
                "items[0].output[0]", "input_audio", ("input_text", "input_image", "input_file", "scoped_content")
            ),
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body
