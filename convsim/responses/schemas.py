"""Strict mode: its rules for a JSON schema, and the schema that it makes if the request leaves the choice open.

The service names its first objection, with the path to the offending schema written as a Python tuple: ``In
context=('properties', 'unit'), ...`` (recorded, docs/evidence.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
_Way = tuple[str, ...]

_COMBINED = ("anyOf", "allOf")
_NAMED = ("$defs", "definitions")
_SHAPES: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys(("properties", *_NAMED), (dict, "object")),
    **dict.fromkeys(("required", *_COMBINED), (list, "array")),
}
"""The required type of each keyword's value."""


class Settled(NamedTuple):
    """A schema as the service reads it: as it is sent back, whether it is strict, and the objection to it."""

    schema: dict[str, Any]
    strict: bool
    objection: str | None


def settled(schema: dict[str, Any], *, strict: bool | None) -> Settled:
    """Return the reading of a schema and its ``strict``.

    If ``strict`` is omitted (or null), the schema is made strict if possible (recorded), and is otherwise used as is,
    not strict (documented).
    """
    if strict is not None:
        return Settled(schema, strict=strict, objection=objection(schema, strict=strict))
    found = objection(schema, strict=False)
    stricter = strictened(schema)
    if found is None and objection(stricter, strict=True) is None:
        return Settled(stricter, strict=True, objection=None)
    return Settled(schema, strict=False, objection=found)


def objection(schema: Schema, *, strict: bool) -> str | None:
    """Return why the service refuses the schema of a function or of a text format, or None.

    An object at the root, ``items`` for every array and keywords of the right type are required of all schemas, the
    rest of strict ones.
    """
    if schema.get("type") != "object":
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    for way, part in _parts(schema, ()):
        for keyword, (kind, name) in _SHAPES.items():
            if keyword in part and not isinstance(part[keyword], kind):
                return f"{part[keyword]!r} is not of type '{name}'."
        if part.get("type") == "array" and "items" not in part:
            return f"In context={way}, array schema missing items."
        if strict and (reason := _loose(part)):
            return f"In context={way}, {reason}"
    return None


def strictened(schema: Schema) -> dict[str, Any]:
    """Return the schema of strict mode: every property is required, and no other is allowed.

    An existing keyword keeps its place, a new one is put last. Types stay as they are.
    """
    made = {key: _strictened_member(key, value) for key, value in schema.items()}
    if _is_object(schema):
        made.setdefault("additionalProperties", False)
        made["required"] = list(_named(schema))
    return made


def _strictened_member(key: str, value: Any) -> Any:
    if key in ("properties", *_NAMED) and isinstance(value, dict):
        return {name: strictened(part) if isinstance(part, dict) else part for name, part in value.items()}
    if key in _COMBINED and isinstance(value, list):
        return [strictened(part) if isinstance(part, dict) else part for part in value]
    if key == "items" and isinstance(value, dict):
        return strictened(value)
    return value


def _loose(schema: Schema) -> str | None:
    """Return strict mode's objection to one schema, apart from its parts."""
    if "oneOf" in schema:
        return "'oneOf' is not permitted."
    if not _is_object(schema):
        known = "type" in schema or "$ref" in schema or any(key in schema for key in (*_COMBINED, "enum", "const"))
        return None if known else "schema must have a 'type' key."
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    names, required = _named(schema), schema.get("required", ())
    missing = [name for name in names if name not in required]
    extra = [name for name in required if name not in list(names)]
    if not missing and not extra:
        return None
    detail = f"Missing '{missing[0]}'." if missing else f"Extra required key '{extra[0]}' supplied."
    return f"'required' is required to be supplied and to be an array including every key in properties. {detail}"


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _parts(schema: Schema, way: _Way) -> Iterator[tuple[_Way, Schema]]:
    """Yield the schema and all its parts, the outer ones first, each with its path."""
    yield way, schema
    for key in ("properties", *_NAMED):
        for name, part in _named(schema, key).items():
            if isinstance(part, dict):
                yield from _parts(part, (*way, key, name))
    if isinstance(schema.get("items"), dict):
        yield from _parts(schema["items"], (*way, "items"))
    for key in _COMBINED:
        for position, part in enumerate(schema[key]) if isinstance(schema.get(key), list) else ():
            if isinstance(part, dict):
                yield from _parts(part, (*way, key, str(position)))


def _named(schema: Schema, key: str = "properties") -> Mapping[str, Any]:
    """Return the schemas under a keyword by their names; none if the keyword holds no object."""
    named = schema.get(key)
    return named if isinstance(named, dict) else {}
