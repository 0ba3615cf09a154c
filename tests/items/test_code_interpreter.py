"""Code that the service ran and images that it drew: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import refused, stored, without

INTERPRETER: dict[str, Any] = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "interpreting",
    "code": None,
    "container_id": "cntr_1",
    "outputs": None,
}
PROGRAM: dict[str, Any] = {
    "type": "program",
    "id": "cm_1",
    "call_id": "call_1",
    "code": "1",
    "fingerprint": "fp",
}
OUTPUT: dict[str, Any] = {
    "type": "program_output",
    "id": "cmo_1",
    "status": "completed",
    "call_id": "call_1",
    "result": "1",
}
IMAGE: dict[str, Any] = {"type": "image_generation_call", "id": "ig_1", "status": "generating", "result": None}
ERROR: dict[str, Any] = {"type": "image_generation_user_error", "code": None, "message": "m", "param": None}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            INTERPRETER,
            (
                '{"id":"x_1","type":"code_interpreter_call","status":"interpreting","code":null,'
                '"container_id":"cntr_1","outputs":null}'
            ),
        ),
        (
            INTERPRETER
            | {"outputs": [{"logs": "l", "type": "logs"}, {"url": "u", "type": "image"}], "code": "1"}
            | {"status": "completed"},
            (
                '{"id":"x_1","type":"code_interpreter_call","status":"completed","code":"1",'
                '"container_id":"cntr_1","outputs":[{"type":"logs","logs":"l"},{"type":"image","url":"u"}]}'
            ),
        ),
        (PROGRAM, '{"id":"x_1","type":"program","call_id":"call_1","code":"1","fingerprint":"fp"}'),
        (
            OUTPUT | {"status": "incomplete"},
            '{"id":"x_1","type":"program_output","status":"incomplete","call_id":"call_1","result":"1"}',
        ),
        (IMAGE, '{"id":"x_1","type":"image_generation_call","status":"generating","result":null}'),
        (
            IMAGE
            | {
                "svg_usage": {"total_tokens": 6, "reasoning_tokens": 2, "output_tokens": 3, "model": "m"}
                | {"input_tokens": 1},
                "size": "1024x1024",
                "revised_prompt": "p",
                "result": "AA==",
                "quality": "xhigh",
                "output_format": "svg",
                "error": ERROR | {"moderation_details": {"moderation_stage": "output", "categories": ["c"]}},
                "background": "opaque",
                "action": "edit",
                "status": "failed",
            },
            (
                '{"id":"x_1","type":"image_generation_call","status":"failed","action":"edit","background":"opaque",'
                '"error":{"type":"image_generation_user_error","code":null,"message":"m",'
                '"moderation_details":{"categories":["c"],"moderation_stage":"output"},"param":null},'
                '"output_format":"svg","quality":"xhigh","result":"AA==","revised_prompt":"p","size":"1024x1024",'
                '"svg_usage":{"input_tokens":1,"model":"m","output_tokens":3,"reasoning_tokens":2,"total_tokens":6}}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


def test_the_type_of_an_image_s_error_is_any_string() -> None:
    assert '"error":{"type":"","code":"c","message":"m","param":"p"},"result"' in stored(
        IMAGE | {"error": {"param": "p", "message": "m", "code": "c", "type": ""}}
    )


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "member"),
    [
        (INTERPRETER, "id"),
        (INTERPRETER, "status"),
        (INTERPRETER, "code"),
        (INTERPRETER, "container_id"),
        (INTERPRETER, "outputs"),
        (PROGRAM, "id"),
        (PROGRAM, "call_id"),
        (PROGRAM, "code"),
        (PROGRAM, "fingerprint"),
        (OUTPUT, "id"),
        (OUTPUT, "status"),
        (OUTPUT, "call_id"),
        (OUTPUT, "result"),
        (IMAGE, "id"),
        (IMAGE, "status"),
        (IMAGE, "result"),
    ],
)
def test_what_an_item_must_have(item: dict[str, Any], member: str) -> None:
    assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(INTERPRETER, "ci"), (PROGRAM, "cm"), (OUTPUT, "cmo"), (IMAGE, "ig")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "code_1"}) == errors.id_with_wrong_prefix("items[0].id", "code_1", prefix).body


@pytest.mark.parametrize(
    ("item", "supported"),
    [
        (INTERPRETER, ("in_progress", "completed", "incomplete", "interpreting", "failed")),
        (OUTPUT, ("completed", "incomplete")),
        (IMAGE, ("in_progress", "completed", "generating", "failed")),
    ],
)
def test_each_type_has_its_own_statuses(item: dict[str, Any], supported: tuple[str, ...]) -> None:
    for status in supported:
        assert f'"status":"{status}"' in stored(item | {"status": status})
    answer = errors.unsupported_value("items[0].status", "searching", supported)
    assert refused(item | {"status": "searching"}) == answer.body


def test_a_program_has_no_status() -> None:
    assert refused(PROGRAM | {"status": "completed"}) == errors.unknown_parameter("items[0].status").body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (INTERPRETER | {"container_id": None}, "container_id", "a string"),
        (PROGRAM | {"code": None}, "code", "a string"),
        (OUTPUT | {"result": None}, "result", "a string"),
        (IMAGE | {"action": None}, "action", "one of 'generate', 'edit', or 'auto'"),
        (IMAGE | {"error": None}, "error", "an object"),
        (IMAGE | {"size": None}, "size", "a string"),
        (IMAGE | {"svg_usage": None}, "svg_usage", "an object"),
        (IMAGE | {"error": ERROR | {"type": None}}, "error.type", "a string"),
        (IMAGE | {"error": ERROR | {"moderation_details": None}}, "error.moderation_details", "an object"),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (INTERPRETER | {"outputs": [{}]}, errors.missing("items[0].outputs[0].type")),
        (
            INTERPRETER | {"outputs": [{"type": "files"}]},
            errors.unsupported_value("items[0].outputs[0].type", "files", ("logs", "image")),
        ),
        (INTERPRETER | {"outputs": "x"}, errors.wrong_type("items[0].outputs", "an array of objects", "x")),
        (PROGRAM | {"call_id": ""}, errors.empty_string("items[0].call_id")),
        (
            IMAGE | {"quality": "best"},
            errors.unsupported_value("items[0].quality", "best", ("low", "medium", "high", "xhigh", "max", "auto")),
        ),
        (IMAGE | {"error": without(ERROR, "code")}, errors.missing("items[0].error.code")),
        (
            IMAGE | {"error": ERROR | {"moderation_details": {"moderation_stage": "input", "categories": "c"}}},
            errors.wrong_type("items[0].error.moderation_details.categories", "an array of strings", "c"),
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body
