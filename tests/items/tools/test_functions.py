"""Functions, custom tools and namespaces of both: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE, without
from tests.items.tools.adding import PATH, refused, stored

FUNCTION: dict[str, Any] = {"type": "function", "name": "n", "parameters": None, "strict": None}
CUSTOM: dict[str, Any] = {"type": "custom", "name": "n"}
NAMESPACE: dict[str, Any] = {"type": "namespace", "name": "n", "description": "d", "tools": [CUSTOM]}
OPTIONS: dict[str, Any] = {"defer_loading": True, "async": False, "allowed_callers": ["programmatic", "direct"]}


def grouping(**tool: object) -> dict[str, Any]:
    return NAMESPACE | {"tools": [tool]}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (FUNCTION, '{"type":"function","name":"n","parameters":null,"strict":null}'),
        (
            {"strict": True, "parameters": {"type": "object", "a": []}, "output_schema": {"b": 1}, "name": "a-b"}
            | {"description": "d", "type": "function"}
            | OPTIONS,
            (
                '{"type":"function","allowed_callers":["programmatic","direct"],"async":false,"defer_loading":true,'
                '"description":"d","name":"a-b","output_schema":{"b":1},"parameters":{"type":"object","a":[]},'
                '"strict":true}'
            ),
        ),
        (
            FUNCTION | {"output_schema": None, "description": None, "allowed_callers": None},
            (
                '{"type":"function","allowed_callers":null,"description":null,"name":"n","output_schema":null,'
                '"parameters":null,"strict":null}'
            ),
        ),
        (CUSTOM, '{"type":"custom","name":"n"}'),
        (
            CUSTOM | {"format": {"type": "text"}, "description": "d"} | OPTIONS,
            (
                '{"type":"custom","allowed_callers":["programmatic","direct"],"async":false,"defer_loading":true,'
                '"description":"d","format":{"type":"text"},"name":"n"}'
            ),
        ),
        (
            CUSTOM | {"format": {"syntax": "lark", "definition": "start: A", "type": "grammar"}},
            '{"type":"custom","format":{"type":"grammar","definition":"start: A","syntax":"lark"},"name":"n"}',
        ),
        (NAMESPACE, '{"type":"namespace","description":"d","name":"n","tools":[{"type":"custom","name":"n"}]}'),
        (
            grouping(name="f", type="function"),
            '{"type":"namespace","description":"d","name":"n","tools":[{"type":"function","name":"f"}]}',
        ),
        (
            grouping(strict=None, parameters=None, output_schema=None, name="f", description=None, type="function"),
            (
                '{"type":"namespace","description":"d","name":"n","tools":[{"type":"function","description":null,'
                '"name":"f","output_schema":null,"parameters":null,"strict":null}]}'
            ),
        ),
        ({"type": "tool_search"}, '{"type":"tool_search"}'),
        (
            {"parameters": {"b": 1, "a": 2}, "execution": "client", "description": "d", "type": "tool_search"},
            '{"type":"tool_search","description":"d","execution":"client","parameters":{"b":1,"a":2}}',
        ),
        (
            {"parameters": None, "description": None, "type": "tool_search"},
            '{"type":"tool_search","description":null,"parameters":null}',
        ),
        ({"type": "programmatic_tool_calling"}, '{"type":"programmatic_tool_calling"}'),
    ],
)
def test_a_tool_comes_back_as_it_was_given_with_its_type_first(tool: dict[str, Any], expected: str) -> None:
    assert stored(tool) == expected


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "members"),
    [
        (FUNCTION, ["name", "parameters", "strict"]),
        (CUSTOM, ["name"]),
        (NAMESPACE, ["name", "description", "tools"]),
    ],
)
def test_what_a_tool_must_have(tool: dict[str, Any], members: list[str]) -> None:
    for member in members:
        assert refused(without(tool, member)) == errors.missing(f"{PATH}.{member}").body


@pytest.mark.parametrize("tool", [FUNCTION, CUSTOM])
@pytest.mark.parametrize(
    ("callers", "answer"),
    [
        ([], errors.empty_array(f"{PATH}.allowed_callers")),
        (
            ["direct", "program"],
            errors.unsupported_value(f"{PATH}.allowed_callers[1]", "program", ("direct", "programmatic")),
        ),
        (
            "direct",
            errors.wrong_type(f"{PATH}.allowed_callers", "an array of one of 'direct' or 'pro...tic'", "direct"),
        ),
    ],
)
def test_callers_are_the_model_or_a_program(
    tool: dict[str, Any], callers: object, answer: errors.BadRequestError
) -> None:
    assert refused(tool | {"allowed_callers": callers}) == answer.body


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        (FUNCTION | {"async": None}, errors.wrong_type(f"{PATH}.async", "a boolean", None)),
        (FUNCTION | {"parameters": "{}"}, errors.wrong_type(f"{PATH}.parameters", "an object", "{}")),
        (
            FUNCTION | {"parameters": {"a": [INFINITE]}},
            errors.wrong_type(f"{PATH}.parameters.a[0]", "a decimal", INFINITE),
        ),
        (CUSTOM | {"description": None}, errors.wrong_type(f"{PATH}.description", "a string", None)),
        (CUSTOM | {"parameters": {}}, errors.unknown_parameter(f"{PATH}.parameters")),
        (CUSTOM | {"format": None}, errors.wrong_type(f"{PATH}.format", "an object", None)),
        (CUSTOM | {"format": {}}, errors.missing(f"{PATH}.format.type")),
        (
            CUSTOM | {"format": {"type": "regex"}},
            errors.unsupported_value(f"{PATH}.format.type", "regex", ("text", "grammar")),
        ),
        (
            CUSTOM | {"format": {"type": "grammar", "definition": "d", "syntax": "ebnf"}},
            errors.unsupported_value(f"{PATH}.format.syntax", "ebnf", ("lark", "regex")),
        ),
        (
            {"type": "tool_search", "execution": "both"},
            errors.unsupported_value(f"{PATH}.execution", "both", ("server", "client")),
        ),
        (
            {"type": "programmatic_tool_calling", "name": "n"},
            errors.unknown_parameter(f"{PATH}.name"),
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(tool: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(tool) == answer.body


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        (NAMESPACE | {"name": ""}, errors.empty_string(f"{PATH}.name")),
        (NAMESPACE | {"tools": []}, errors.empty_array(f"{PATH}.tools")),
        (NAMESPACE | {"tools": {}}, errors.wrong_type(f"{PATH}.tools", "an array of tools", {})),
        (grouping(name="n"), errors.missing(f"{PATH}.tools[0].type")),
        (
            grouping(type="mcp", name="n"),
            errors.unsupported_value(f"{PATH}.tools[0].type", "mcp", ("function", "custom")),
        ),
        (grouping(type="function"), errors.missing(f"{PATH}.tools[0].name")),
        (
            grouping(type="function", name="a b"),
            errors.pattern_mismatch(f"{PATH}.tools[0].name", "^[a-zA-Z0-9_-]+$"),
        ),
        (
            grouping(type="function", name="x" * 129),
            errors.string_too_long(f"{PATH}.tools[0].name", 128, 129),
        ),
    ],
)
def test_a_namespace_holds_functions_and_custom_tools(tool: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(tool) == answer.body
