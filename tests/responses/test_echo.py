"""How a response repeats what was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.responses import echo
from convsim.responses.families import family_of

GIVEN = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STRICT = GIVEN | {"additionalProperties": False}
US = {"type": "approximate", "city": None, "country": "US", "region": None, "timezone": None}


def same(made: object, expected: object) -> bool:
    """Equal with the keys in the same order."""
    return json.dumps(made) == json.dumps(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"type": "function", "name": "f", "parameters": GIVEN, "strict": False},
            {
                "type": "function",
                "description": None,
                "name": "f",
                "output_schema": None,
                "parameters": GIVEN,
                "strict": False,
            },
        ),
        (
            {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}},
            {
                "type": "function",
                "description": "d",
                "name": "f",
                "output_schema": None,
                "parameters": {
                    "type": "object",
                    "properties": {},
                    "additionalProperties": False,
                    "required": [],
                },
                "strict": True,
            },
        ),
        (
            {"type": "function", "name": "f", "parameters": {}, "strict": False},
            {
                "type": "function",
                "description": None,
                "name": "f",
                "output_schema": None,
                "parameters": {"type": "object", "properties": {}},
                "strict": False,
            },
        ),
        (
            {"name": "f", "type": "function", "defer_loading": True, "parameters": None, "description": ""},
            {
                "type": "function",
                "defer_loading": True,
                "description": None,
                "name": "f",
                "output_schema": None,
                "parameters": None,
                "strict": True,
            },
        ),
        (
            {"type": "custom", "name": "c", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}},
            {
                "type": "custom",
                "description": None,
                "format": {"type": "grammar", "definition": "x", "syntax": "lark"},
                "name": "c",
            },
        ),
        (
            {"type": "custom", "name": "c", "description": "d"},
            {"type": "custom", "description": "d", "format": {"type": "text"}, "name": "c"},
        ),
        (
            {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3, "filters": None},
            {
                "type": "file_search",
                "filters": None,
                "max_num_results": 3,
                "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
                "vector_store_ids": ["vs_1"],
            },
        ),
        (
            {"type": "web_search"},
            {
                "type": "web_search",
                "return_token_budget": "default",
                "search_content_types": ["text"],
                "search_context_size": "medium",
                "user_location": US,
            },
        ),
        (
            {"type": "web_search_preview", "user_location": {"type": "approximate", "city": "Redmond"}},
            {
                "type": "web_search_preview",
                "search_context_size": "medium",
                "user_location": {
                    "type": "approximate",
                    "city": "Redmond",
                    "country": None,
                    "region": None,
                    "timezone": None,
                },
            },
        ),
        (
            {
                "type": "mcp",
                "server_label": "dice",
                "server_url": "https://dice.example/mcp",
                "authorization": "secret",
                "headers": {"x-key": "secret"},
                "allowed_tools": {"tool_names": ["roll"]},
                "require_approval": {"never": {"tool_names": ["roll"]}},
            },
            {
                "type": "mcp",
                "allowed_tools": {"read_only": None, "tool_names": ["roll"]},
                "headers": None,
                "require_approval": {"always": None, "never": {"read_only": None, "tool_names": ["roll"]}},
                "server_description": None,
                "server_label": "dice",
                "server_url": "https://dice.example/mcp",
            },
        ),
        (
            {"type": "mcp", "server_label": "dice", "server_url": "https://dice.example/mcp"},
            {
                "type": "mcp",
                "allowed_tools": None,
                "headers": None,
                "require_approval": "always",
                "server_description": None,
                "server_label": "dice",
                "server_url": "https://dice.example/mcp",
            },
        ),
        (
            {"type": "image_generation", "output_format": "webp"},
            {
                "type": "image_generation",
                "background": "auto",
                "moderation": "auto",
                "n": 1,
                "output_compression": 100,
                "output_format": "webp",
                "quality": "auto",
                "size": "auto",
            },
        ),
        ({"type": "tool_search"}, {"type": "tool_search", "description": None, "parameters": None}),
        (
            {"type": "computer_use_preview", "environment": "windows", "display_width": 2, "display_height": 1},
            {"type": "computer_use_preview", "display_height": 1, "display_width": 2, "environment": "windows"},
        ),
        ({"type": "shell"}, {"type": "shell"}),
    ],
)
def test_a_tool_comes_back_complete_and_in_order(given: Any, expected: Any) -> None:
    assert same(echo.tool(given), expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"format": {"type": "text"}, "verbosity": "medium"}),
        ({"format": None, "verbosity": "low"}, {"format": {"type": "text"}, "verbosity": "low"}),
        ({"format": {"type": "json_object"}}, {"format": {"type": "json_object"}, "verbosity": "medium"}),
        (
            {"format": {"type": "json_schema", "name": "n", "schema": GIVEN}},
            {
                "format": {"type": "json_schema", "description": None, "name": "n", "schema": STRICT, "strict": True},
                "verbosity": "medium",
            },
        ),
        (
            {"format": {"type": "json_schema", "strict": False, "schema": GIVEN, "name": "n", "description": "d"}},
            {
                "format": {"type": "json_schema", "description": "d", "name": "n", "schema": GIVEN, "strict": False},
                "verbosity": "medium",
            },
        ),
    ],
)
def test_the_format_of_the_text_comes_back_complete(given: Any, expected: Any) -> None:
    if "schema" in expected["format"] and expected["format"]["strict"]:
        # What was not there is put behind what was.
        assert list(echo.text(given)["format"]["schema"])[-1] == "additionalProperties"
        assert echo.text(given) == expected
    else:
        assert same(echo.text(given), expected)


def test_reasoning_keeps_what_was_asked_over_the_family() -> None:
    made = echo.reasoning({"summary": "auto", "effort": "low", "context": None}, family_of("gpt-5.6"))
    assert same(made, {"context": "all_turns", "effort": "low", "mode": "standard", "summary": "auto"})


def test_a_choice_of_tools_has_its_type_first() -> None:
    assert echo.tool_choice(None) == "auto"
    assert echo.tool_choice("required") == "required"
    assert same(echo.tool_choice({"name": "f", "type": "function"}), {"type": "function", "name": "f"})
