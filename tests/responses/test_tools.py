"""The tools that a turn declares and the one that it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.errors import BadRequestError
from convsim.responses.request import CreateResponse
from convsim.responses.tools import require_chosen
from tests.responses import reading

FUNCTION = {"type": "function", "name": "f"}
MCP = {"type": "mcp", "server_label": "s", "server_url": "https://x"}


def read(tools: list[dict[str, Any]], choice: object = None) -> Any:
    body = {"model": "gpt-4.1", "input": "x", "tools": tools, "tool_choice": choice}
    return reading.read(CreateResponse, {"body": body}).body


def choose(tools: list[dict[str, Any]], choice: object = None) -> None:
    given = read(tools, choice)
    require_chosen(given.tool_choice, given.tools)


def refused(tools: list[dict[str, Any]], choice: object = None) -> tuple[str, str | None, str | None]:
    with pytest.raises(BadRequestError) as caught:
        choose(tools, choice)
    return caught.value.message, caught.value.param, caught.value.code


# --- tools ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tool",
    [
        FUNCTION,
        FUNCTION | {"parameters": None, "strict": None, "description": None},
        FUNCTION | {"parameters": {}, "strict": True},
        FUNCTION | {"parameters": {"type": "object", "properties": {"a": {"type": "string"}}}},
        FUNCTION | {"output_schema": {"type": "array"}, "defer_loading": True, "allowed_callers": ["direct"]},
        {"type": "custom", "name": "c"},
        {"type": "web_search"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "apply_patch"},
        MCP,
    ],
)
def test_a_tool_is_taken(tool: dict[str, Any]) -> None:
    (given,) = read([tool]).tools
    assert given.type == tool["type"]


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            FUNCTION | {"name": "a.b"},
            (
                (
                    "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the pattern"
                    " '^[a-zA-Z0-9_-]+$'."
                ),
                "tools[0].name",
                "invalid_value",
            ),
        ),
        (
            FUNCTION
            | {"strict": True}
            | {
                "parameters": {
                    "type": "object",
                    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                    "required": ["a"],
                    "additionalProperties": False,
                }
            },
            (
                (
                    "Invalid schema for function 'f': In context=(), 'required' is required to be supplied and to be an"
                    " array including every key in properties. Missing 'b'."
                ),
                "tools[0].parameters",
                "invalid_function_parameters",
            ),
        ),
        (FUNCTION | {"zzz": 1}, ("Unknown parameter: 'tools[0].zzz'.", "tools[0].zzz", "unknown_parameter")),
        (
            {"type": "mcp", "server_url": "https://x"},
            (
                "Missing required parameter: 'tools[0].server_label'.",
                "tools[0].server_label",
                "missing_required_parameter",
            ),
        ),
    ],
)
def test_a_wrong_tool_is_refused(tool: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert refused([tool]) == expected


def test_the_schema_of_a_format_is_checked_as_that_of_a_function() -> None:
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    body = {"model": "gpt-4.1", "input": "x", "text": {"format": form}}
    with pytest.raises(BadRequestError) as caught:
        reading.read(CreateResponse, {"body": body})
    assert caught.value.message == (
        "Invalid schema for response_format 'n': In context=(), 'additionalProperties' is required to be supplied and"
        " to be false."
    )
    assert (caught.value.param, caught.value.code) == ("text.format.schema", "invalid_json_schema")


# --- the choice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tools", "choice"),
    [
        ([], None),
        ([], "none"),
        ([], "auto"),
        ([FUNCTION], "required"),
        ([FUNCTION], FUNCTION),
        ([{"type": "custom", "name": "c"}], {"type": "custom", "name": "c"}),
        ([MCP], {"type": "mcp", "server_label": "s", "name": "any"}),
        ([{"type": "namespace", "name": "n", "description": "d", "tools": [FUNCTION]}], FUNCTION),
        ([{"type": "web_search"}], {"type": "web_search_preview"}),
        ([{"type": "computer"}], {"type": "computer_use_preview"}),
        ([{"type": "shell"}], {"type": "shell"}),
        (
            [FUNCTION, MCP],
            {"type": "allowed_tools", "mode": "auto", "tools": [FUNCTION, {"type": "mcp", "server_label": "s"}]},
        ),
    ],
)
def test_a_choice_among_the_tools_is_taken(tools: list[dict[str, Any]], choice: object) -> None:
    choose(tools, choice)


@pytest.mark.parametrize(
    ("tools", "choice", "named"),
    [
        ([], {"type": "image_generation"}, "image_generation"),
        ([FUNCTION], {"type": "function", "name": "g"}, "function"),
        ([FUNCTION], {"type": "custom", "name": "f"}, "custom"),
        ([{"type": "custom", "name": "c"}], {"type": "custom", "name": "d"}, "custom"),
        ([MCP], {"type": "mcp", "server_label": "t"}, "mcp"),
        ([FUNCTION], {"type": "allowed_tools", "mode": "auto", "tools": [FUNCTION | {"name": "g"}]}, "g"),
        (
            [FUNCTION],
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "mcp", "server_label": "s"}]},
            "mcp",
        ),
    ],
)
def test_a_choice_without_its_tool_is_refused(tools: list[dict[str, Any]], choice: object, named: str) -> None:
    assert refused(tools, choice) == (f"Tool choice '{named}' not found in 'tools' parameter.", "tool_choice", None)


def test_no_tool_can_be_required_where_there_is_none() -> None:
    expected = ("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice", None)
    assert refused([], "required") == expected
