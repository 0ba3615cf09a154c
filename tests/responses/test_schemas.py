"""Strict mode: what the service makes of a schema, and what it has against one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.responses.schemas import objection, settled, strictened

STRING = {"type": "string"}
REQUIRED = "'required' is required to be supplied and to be an array including every key in properties."
ADDITIONAL = "'additionalProperties' is required to be supplied and to be false."


def closed(properties: dict[str, Any], **others: Any) -> dict[str, Any]:
    """An object as strict mode wants it."""
    whole = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return whole | others


@pytest.mark.parametrize(
    ("schema", "stricter"),
    [
        # Neither keyword stands there: both go last.
        (
            {"type": "object", "properties": {"a": STRING}},
            '{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false,"required":["a"]}',
        ),
        # A keyword that stands there keeps its place.
        (
            {"required": ["a"], "type": "object", "properties": {"a": STRING, "b": STRING}},
            (
                '{"required":["a","b"],"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},'
                '"additionalProperties":false}'
            ),
        ),
        ({"type": "object"}, '{"type":"object","additionalProperties":false,"required":[]}'),
        # Objects within objects, lists and alternatives; what is no schema stays as it is.
        (
            {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}, "b": True}},
            (
                '{"type":"object","properties":{"a":{"type":"array","items":{"type":"object",'
                '"additionalProperties":false,"required":[]}},"b":true},"additionalProperties":false,'
                '"required":["a","b"]}'
            ),
        ),
        (
            {"anyOf": [{"type": "object"}, 5], "$defs": {"d": {"properties": {}}}, "items": [1]},
            (
                '{"anyOf":[{"type":"object","additionalProperties":false,"required":[]},5],"$defs":{"d":{"properties":'
                '{},"additionalProperties":false,"required":[]}},"items":[1]}'
            ),
        ),
    ],
)
def test_a_schema_is_made_strict(schema: dict[str, Any], stricter: str) -> None:
    before = json.dumps(schema)
    assert json.dumps(strictened(schema), separators=(",", ":")) == stricter
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (closed({"a": STRING}), None),
        (closed({"a": {"enum": [1]}, "b": {"$ref": "#"}, "c": {"anyOf": [STRING]}, "d": {"const": 1}}), None),
        ({"type": "object", "properties": {}}, ADDITIONAL),
        ({"type": "object", "properties": {}, "additionalProperties": True}, ADDITIONAL),
        (closed({"a": STRING, "b": STRING}, required=["a"]), f"{REQUIRED} Missing 'b'."),
        (closed({"a": STRING}, required=[5, "a"]), f"{REQUIRED} Extra required key '5' supplied."),
        (closed({}, required=["a"]), f"{REQUIRED} Extra required key 'a' supplied."),
        (closed({"a": STRING}, oneOf=[]), "'oneOf' is not permitted."),
    ],
)
def test_a_strict_root_must_be_closed(schema: dict[str, Any], expected: str | None) -> None:
    assert objection(schema, strict=True) == (expected and f"In context=(), {expected}")
    assert objection(schema, strict=False) is None


@pytest.mark.parametrize(
    ("part", "context", "expected"),
    [
        (closed({"a": {}}), "('properties', 'p', 'properties', 'a')", "schema must have a 'type' key."),
        ({"type": "array", "items": {"type": "object"}}, "('properties', 'p', 'items')", ADDITIONAL),
        ({"anyOf": [STRING, {"type": "object"}]}, "('properties', 'p', 'anyOf', '1')", ADDITIONAL),
        ({"anyOf": [5, {"allOf": []}]}, "('properties', 'p', 'anyOf', '1')", None),
    ],
)
def test_the_way_to_what_is_not_strict_is_named(part: dict[str, Any], context: str, expected: str | None) -> None:
    found = objection(closed({"p": part}), strict=True)
    assert found == (expected and f"In context={context}, {expected}")


def test_definitions_are_looked_at_too() -> None:
    schema = closed({}, **{"$defs": {"e": 5, "d": {"type": "object"}}})
    assert objection(schema, strict=True) == f"In context=('$defs', 'd'), {ADDITIONAL}"


@pytest.mark.parametrize("strict", [True, False])
def test_the_root_of_any_schema_is_an_object_and_its_arrays_have_items(strict: bool) -> None:
    sentence = "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{}\"'."
    assert objection({"properties": {}}, strict=strict) == sentence.format("None")
    assert objection({"type": "array"}, strict=strict) == sentence.format("array")
    bare = closed({"a": {"type": "array"}})
    assert objection(bare, strict=strict) == "In context=('properties', 'a'), array schema missing items."


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": 5}, "5 is not of type 'object'."),
        ({"type": "object", "required": None}, "None is not of type 'array'."),
        (closed({"a": {"anyOf": "x"}}), "'x' is not of type 'array'."),
        (closed({}, **{"$defs": []}), "[] is not of type 'object'."),
    ],
)
def test_a_keyword_of_another_shape_is_refused(schema: dict[str, Any], expected: str, strict: bool) -> None:
    assert objection(schema, strict=strict) == expected
    assert settled(schema, strict=None).objection == expected


def test_strict_as_it_was_sent_leaves_the_schema_alone() -> None:
    schema = {"type": "object", "properties": {"a": STRING}}
    assert settled(schema, strict=False) == (schema, False, None)
    assert settled(schema, strict=True) == (schema, True, f"In context=(), {ADDITIONAL}")


def test_strict_left_out_is_true_where_the_schema_can_be_made_so() -> None:
    schema = {"type": "object", "properties": {"a": STRING}}
    assert settled(schema, strict=None) == (strictened(schema), True, None)


def test_strict_left_out_is_false_where_it_cannot() -> None:
    hindrances: list[dict[str, Any]] = [{"additionalProperties": STRING}, {"oneOf": []}]
    for hindrance in hindrances:
        schema = {"type": "object"} | hindrance
        assert settled(schema, strict=None) == (schema, False, None)
    bare = {"type": "object", "properties": {"a": {"type": "array"}}}
    assert settled(bare, strict=None).objection == "In context=('properties', 'a'), array schema missing items."


def test_a_strict_object_without_properties_needs_no_list_of_them() -> None:
    assert objection({"type": "object", "additionalProperties": False}, strict=True) is None


def test_lists_that_hold_no_schemas_stay_as_they_are() -> None:
    examples = [{"type": "object"}]
    assert strictened({"type": "object", "examples": examples})["examples"] == examples
