"""Whole sets: every string that a client can put into an item has a bound, and each bound has its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.items import fields
from convsim.items.catalogue import CATALOGUE
from convsim.items.schemas import json_schema
from tests.items.sending import refused, stored

Json = dict[str, Any]

MODELS = [(name, model) for name, row in CATALOGUE.items() for model in row.models]


def unbounded(schema: Json, path: str, root: Json, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of all strings below that could be of any length."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in above:
            yield from unbounded(root["$defs"][name], path, root, (*above, name))
    for choice in schema.get("anyOf", ()):
        yield from unbounded(choice, path, root, above)
    if schema.get("type") == "string" and not schema.keys() & {"maxLength", "enum", "const"}:
        yield path
    if "items" in schema:
        yield from unbounded(schema["items"], f"{path}[]", root, above)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from unbounded(schema["additionalProperties"], f"{path}.*", root, above)
    for name, member in schema.get("properties", {}).items():
        yield from unbounded(member, f"{path}.{name}", root, above)


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_every_string_has_a_bound(name: str, model: Any) -> None:
    """Its own id has the grammar of ids; a tunnel's has a pattern of one length."""
    schema = json_schema(model)
    found = [path for path in unbounded(schema, "", schema) if path not in (".id", ".tools[].tunnel_id")]
    assert found == []


def test_a_string_without_a_bound_is_found() -> None:
    schema = {
        "properties": {
            "a": {"type": "string"},
            "b": {"anyOf": [{"type": "string", "maxLength": 1}, {"type": "null"}]},
            "c": {"type": "array", "items": {"$ref": "#/$defs/C"}},
            "d": {"additionalProperties": {"type": "string"}, "type": "object"},
            "e": {"type": "string", "enum": ["x"]},
        },
        "$defs": {"C": {"properties": {"c": {"$ref": "#/$defs/C"}, "x": {"type": "string"}}}},
    }
    assert list(unbounded(schema, "", schema)) == [".a", ".c[].x", ".d.*"]


CALLED: dict[str, Json] = {
    "function_call": {"arguments": "", "call_id": "call_1", "name": "f"},
    "custom_tool_call": {"input": "", "call_id": "call_1", "name": "f"},
    "mcp_call": {"arguments": "", "id": "mcp_1", "name": "f", "server_label": "s"},
    "mcp_approval_request": {"arguments": "", "id": "mcpr_1", "name": "f", "server_label": "s"},
}


@pytest.mark.parametrize("kind", CALLED)
def test_what_a_tool_is_called_with_has_a_bound(kind: str) -> None:
    item = {"type": kind, **CALLED[kind]}
    member = "input" if kind == "custom_tool_call" else "arguments"
    most = "x" * 1_048_576
    assert f'"{member}":"{most}"' in stored(item | {member: most})
    answer = errors.string_too_long(f"items[0].{member}", 1_048_576, 1_900_373)
    assert refused(item | {member: "x" * 1_900_373}) == answer.body


TEXTS: list[tuple[Json, str]] = [
    ({"type": "function_call_output", "output": "{}"}, "output"),
    ({"type": "local_shell_call_output", "id": "lsho_1", "output": "{}"}, "output"),
    ({"type": "mcp_call", "id": "mcp_1", "name": "f", "server_label": "s", "arguments": "", "output": "{}"}, "output"),
    ({"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "{}", "tools": []}, "server_label"),
    ({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "{}"}, "encrypted_content"),
    ({"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["{}"]}, "queries[0]"),
]


@pytest.mark.parametrize(("item", "member"), TEXTS)
def test_any_other_string_has_the_bound_of_a_text(item: Json, member: str) -> None:
    most = 10_485_760
    long = "x" * (most + 1)
    spoilt = {key: [long] if value == ["{}"] else long if value == "{}" else value for key, value in item.items()}
    assert refused(spoilt) == errors.string_too_long(f"items[0].{member}", most, most + 1).body


@pytest.mark.parametrize(("kind", "bound"), [("ToolName", 128), ("FunctionName", 128), ("ShortName", 64)])
def test_names_have_one_character_at_least_and_a_bound(kind: str, bound: int) -> None:
    assert read(kind, "x" * bound) == "x" * bound
    assert faults(kind, "") == ["string_too_short"]
    assert faults(kind, "x" * (bound + 1)) == ["string_too_long"]


@pytest.mark.parametrize("kind", ["FunctionName", "ShortName"])
def test_functions_namespaces_and_schemas_have_a_pattern(kind: str) -> None:
    assert read(kind, "Get_the-time2") == "Get_the-time2"
    for value in ("get time", "get.time", "é", "x\n"):
        assert faults(kind, value) == ["string_pattern_mismatch"]


def test_the_names_of_other_tools_have_none() -> None:
    assert read("ToolName", "get time é") == "get time é"


@pytest.mark.parametrize(("count", "answer"), [(0, errors.integer_too_small), (51, errors.integer_too_large)])
def test_a_search_finds_from_one_to_fifty_files(count: int, answer: Any) -> None:
    tool = {"type": "file_search", "vector_store_ids": [], "max_num_results": count}
    path, bound = "items[0].tools[0].max_num_results", min(max(count, 1), 50)
    item = {"type": "additional_tools", "role": "developer", "tools": [tool]}
    assert refused(item) == answer(path, bound, count).body


def read(kind: str, value: object) -> object:
    return TypeAdapter(getattr(fields, kind)).validate_python(value, context=Behavior())


def faults(kind: str, value: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return [details["type"] for details in caught.value.errors()]
