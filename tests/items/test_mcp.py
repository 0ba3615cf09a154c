"""Items of MCP servers: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE, refused, stored, without

LISTED: dict[str, Any] = {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "s", "tools": []}
REQUEST: dict[str, Any] = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "arguments": "{}",
    "name": "n",
    "server_label": "s",
}
RESPONSE: dict[str, Any] = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": False}
CALL: dict[str, Any] = {"type": "mcp_call", "id": "mcp_1", "arguments": "{}", "name": "n", "server_label": "s"}
BARE_CALL = (
    '{"id":"x_1","type":"mcp_call","status":"completed","approval_request_id":null,"arguments":"{}","error":null,'
    '"name":"n","output":null,"server_label":"s"}'
)


def offering(**tool: object) -> dict[str, Any]:
    return LISTED | {"tools": [{"name": "n", "input_schema": {}} | tool]}


def failing(**error: object) -> dict[str, Any]:
    return CALL | {"error": error}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (LISTED, '{"id":"x_1","type":"mcp_list_tools","server_label":"s","tools":[]}'),
        (
            offering(input_schema={"type": "object", "a": {"d": 1, "c": [1.5]}}, description="d", annotations={"b": 1})
            | {"error": "e"},
            (
                '{"id":"x_1","type":"mcp_list_tools","error":"e","server_label":"s","tools":[{"annotations":{"b":1},'
                '"description":"d","input_schema":{"type":"object","a":{"d":1,"c":[1.5]}},"name":"n"}]}'
            ),
        ),
        (
            offering(description=None, annotations=None),
            (
                '{"id":"x_1","type":"mcp_list_tools","server_label":"s","tools":[{"annotations":null,'
                '"description":null,"input_schema":{},"name":"n"}]}'
            ),
        ),
        (
            REQUEST,
            '{"id":"x_1","type":"mcp_approval_request","arguments":"{}","name":"n","server_label":"s"}',
        ),
        (
            RESPONSE,
            '{"id":"x_1","type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false}',
        ),
        (
            RESPONSE | {"reason": "r", "id": "mcpa_1"},
            '{"id":"x_1","type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false,"reason":"r"}',
        ),
        (CALL, BARE_CALL),
        (CALL | {"approval_request_id": None, "error": None, "output": None}, BARE_CALL),
        (
            failing(message="m", code=-32600, type="mcp_protocol_error")
            | {"output": "o", "approval_request_id": "mcpr_1", "status": "failed"},
            (
                '{"id":"x_1","type":"mcp_call","status":"failed","approval_request_id":"mcpr_1","arguments":"{}",'
                '"error":{"type":"mcp_protocol_error","code":-32600,"message":"m"},"name":"n","output":"o",'
                '"server_label":"s"}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "m", "code": 500, "type": "http_error"}, '{"type":"http_error","code":500,"message":"m"}'),
        (
            {"content": [{"type": "text", "text": "t"}, None, 1.5], "type": "mcp_tool_execution_error"},
            '{"type":"mcp_tool_execution_error","content":[{"type":"text","text":"t"},null,1.5]}',
        ),
        (
            {"content": None, "type": "mcp_tool_execution_error"},
            '{"type":"mcp_tool_execution_error","content":null}',
        ),
    ],
)
def test_an_error_says_where_it_happened(error: dict[str, Any], expected: str) -> None:
    assert f'"error":{expected},"name"' in stored(CALL | {"error": error})


@pytest.mark.parametrize("status", ["in_progress", "completed", "incomplete", "calling", "failed"])
def test_a_call_keeps_its_status(status: str) -> None:
    assert f'"status":"{status}"' in stored(CALL | {"status": status})


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "member"),
    [
        (LISTED, "id"),
        (LISTED, "server_label"),
        (LISTED, "tools"),
        (REQUEST, "id"),
        (REQUEST, "arguments"),
        (REQUEST, "name"),
        (REQUEST, "server_label"),
        (RESPONSE, "approval_request_id"),
        (RESPONSE, "approve"),
        (CALL, "id"),
        (CALL, "arguments"),
        (CALL, "name"),
        (CALL, "server_label"),
    ],
)
def test_what_an_item_must_have(item: dict[str, Any], member: str) -> None:
    assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(LISTED, "mcpl"), (REQUEST, "mcpr"), (RESPONSE, "mcpa"), (CALL, "mcp")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "mcpx_1"}) == errors.id_with_wrong_prefix("items[0].id", "mcpx_1", prefix).body


@pytest.mark.parametrize("item", [LISTED, REQUEST, RESPONSE])
def test_only_a_call_has_a_status(item: dict[str, Any]) -> None:
    assert refused(item | {"status": "completed"}) == errors.unknown_parameter("items[0].status").body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (LISTED | {"error": None}, "error", "a string"),
        (LISTED | {"tools": None}, "tools", "an array of objects"),
        (offering(input_schema=None), "tools[0].input_schema", "an object"),
        (RESPONSE | {"reason": None}, "reason", "a string"),
        (RESPONSE | {"approve": None}, "approve", "a boolean"),
        (
            CALL | {"status": None},
            "status",
            "one of 'in_progress', 'completed', 'incomplete', 'calling', or 'failed'",
        ),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (
            CALL | {"status": "done"},
            errors.unsupported_value(
                "items[0].status", "done", ("in_progress", "completed", "incomplete", "calling", "failed")
            ),
        ),
        (
            failing(type="timeout"),
            errors.unsupported_value(
                "items[0].error.type", "timeout", ("mcp_protocol_error", "mcp_tool_execution_error", "http_error")
            ),
        ),
        (failing(message="m"), errors.missing("items[0].error.type")),
        (failing(type="mcp_tool_execution_error"), errors.missing("items[0].error.content")),
        (CALL | {"error": "boom"}, errors.wrong_type("items[0].error", "an object", "boom")),
        (
            failing(type="http_error", code="500", message="m"),
            errors.wrong_type("items[0].error.code", "an integer", "500"),
        ),
        (
            failing(type="mcp_tool_execution_error", content=[{"a": INFINITE}]),
            errors.wrong_type("items[0].error.content[0].a", "a decimal", INFINITE),
        ),
        (
            offering(input_schema={"maximum": INFINITE}),
            errors.wrong_type("items[0].tools[0].input_schema.maximum", "a decimal", INFINITE),
        ),
        (LISTED | {"tools": [5]}, errors.wrong_type("items[0].tools[0]", "an object", 5)),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body
