"""Full examples of a JSON Schema, and every way to spoil one of them by one member.

The code and the place of each refusal follow from the schema alone: they are an independent expectation, which the
project's tests compare with the answers of the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from convsim.items.catalogue import CATALOGUE, REFERENCE
from convsim.items.fields import Item
from convsim.items.schemas import json_schema

Json = dict[str, Any]
Path = tuple[str | int, ...]

MODELS = [
    (row.name, model) for row in CATALOGUE.values() if row.models and row.name != REFERENCE for model in row.models
]

PATTERNS = {
    "^tunnel_": "tunnel_" + "0" * 32,
    "^file-": "file-1",
    "^cntr_": "cntr_1",
    "^data:": "data:text/plain;base64,AA==",
}

WRONG: tuple[tuple[str, Any], ...] = (
    ("integer", 7),
    ("string", "x"),
    ("array", [1]),
    ("object", {"zzz": 1}),
    ("boolean", True),
    ("number", 0.5),
    ("null", None),
)


@dataclass(frozen=True)
class Mutation:
    """One way to spoil an item, and the ``param`` (below the item) and the code of the refusal."""

    name: str
    path: str
    code: str
    good: Json
    place: Path
    value: Any

    @property
    def item(self) -> Json:
        """The spoilt item, made anew: most of the many mutations of an item are never looked at."""
        changed = deepcopy(self.good)
        inside: Any = changed
        for step in self.place[:-1]:
            inside = inside[step]
        if self.value is _DROP:
            del inside[self.place[-1]]
        else:
            inside[self.place[-1]] = self.value
        return changed


def full(name: str, model: type[Item]) -> list[Json]:
    """Generate full items of the model, under ids of its own, as the service takes them."""
    prefix = CATALOGUE[name].prefix or "x"
    return [item | {"id": f"{prefix}_{'0' * 48}"} for item in examples(json_schema(model), json_schema(model))]


def examples(schema: Json, root: Json) -> list[Any]:
    """Return values with every optional member; together they show every choice of every union."""
    values = [value for choice in choices(schema, root) for value in _of_one(choice, root)]
    return [value for value in values if value is not None] or values


def choices(schema: Json, root: Json) -> list[Json]:
    if "$ref" in schema:
        return choices(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "type" not in schema and ("anyOf" in schema or "oneOf" in schema):
        return [inner for part in schema.get("anyOf") or schema["oneOf"] for inner in choices(part, root)]
    return [schema]


# A value of each type whose schemas in the catalogue have no bounds.
_PLAIN: dict[str | None, Any] = {
    "integer": 0,
    "number": 0.5,
    "boolean": True,
    "null": None,
    None: {"any": ["thing"]},
}


def _of_one(schema: Json, root: Json) -> list[Any]:
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if values is not None:
        return list(values)
    kind = schema.get("type")
    if kind == "object":
        return _objects(schema, root) if "properties" in schema else [{"key": "value"}]
    if kind == "array":
        # A union may contain itself: its filters stop at the first level.
        inside = _of_one(choices(schema["items"], root)[0], root) if _holds_itself(schema, root) else None
        return [[value] for value in inside or examples(schema["items"], root)]
    return [_string(schema) if kind == "string" else _PLAIN[kind]]


def _holds_itself(schema: Json, root: Json) -> bool:
    names = [part["$ref"].rpartition("/")[2] for part in schema["items"].get("anyOf", ()) if "$ref" in part]
    return any(f"#/$defs/{name}" in repr(root["$defs"][name]) for name in names)


def _string(schema: Json) -> str:
    if schema.get("format") == "uri":
        return "https://example.com/a.png"
    pattern = schema.get("pattern", "")
    return next((text for start, text in PATTERNS.items() if pattern.startswith(start)), "text")


def _objects(schema: Json, root: Json) -> list[Json]:
    exclusive = [name for choice in schema.get("oneOf", ()) for name in choice["required"]]
    never = [name for choice in schema.get("not", {}).get("anyOf", ())[:1] for name in choice["required"][:1]]
    never += [name for name, needed in schema.get("dependentRequired", {}).items() if never[:1] == needed]
    values = {name: examples(part, root) for name, part in schema["properties"].items() if name not in never}
    made = []
    for chosen in exclusive or [None]:
        shown = {name: given for name, given in values.items() if name not in exclusive or name == chosen}
        for row in zip_longest(*shown.values()):
            first = (given[0] for given in shown.values())
            made.append(
                {name: spare if value is None else value for name, value, spare in zip(shown, row, first, strict=True)}
            )
    return made


def mutations(item: Json, root: Json) -> Iterator[Mutation]:
    """Yield every way to spoil the item by one member, except for its own ``type``, and for other ids."""
    for name, path, value, below, code in _spoilt(item, root, root, ()):
        yield Mutation(f"{name} {_written(path)}", _written(below), code, item, path, value)


_DROP = object()
_Spoilt = tuple[str, Path, Any, Path, str]


def _spoilt(value: Any, schema: Json, root: Json, path: Path) -> Iterator[_Spoilt]:
    one = _matching(value, choices(schema, root))
    if isinstance(value, dict) and "properties" in one:
        yield "unknown in", (*path, "zzz"), 1, (*path, "zzz"), "unknown_parameter"
        exclusive = [name for choice in one.get("oneOf", ()) for name in choice["required"]]
        for name in exclusive:
            if name in value:
                yield "none of", (*path, name), _DROP, path, "missing_mutually_exclusive_parameters"
            else:
                other = examples(one["properties"][name], root)[0]
                yield "two of", (*path, name), other, path, "mutually_exclusive_parameters"
        for name, member in value.items():
            part = one["properties"][name]
            if name in one.get("required", ()) and (path or name != "type"):
                yield "without", (*path, name), _DROP, (*path, name), "missing_required_parameter"
            if path or name not in ("type", "id"):
                yield from _wrong(part, root, (*path, name))
            yield from _spoilt(member, part, root, (*path, name))
    elif isinstance(value, list) and "items" in one:
        yield from _wrong(one["items"], root, (*path, 0))
        yield from _spoilt(value[0], one["items"], root, (*path, 0))
        if one.get("minItems"):
            yield "empty", path, [], path, "empty_array"
        if "maxItems" in one:
            yield "too many", path, value * (one["maxItems"] + 1), path, "array_above_max_length"


def _wrong(schema: Json, root: Json, path: Path) -> Iterator[_Spoilt]:
    several = choices(schema, root)
    kinds = {choice.get("type", "any") for choice in several}
    if "any" not in kinds:
        for kind, value in WRONG:
            if kind not in kinds and not (kind == "integer" and "number" in kinds):
                yield f"{kind} as", path, value, path, "invalid_type"
    for choice in several:
        if "enum" in choice or "const" in choice:
            yield "other value of", path, "zzz", path, "invalid_value"
        else:
            for name, value, code in _out_of_bounds(choice):
                yield name, path, value, path, code


def _out_of_bounds(schema: Json) -> Iterator[tuple[str, Any, str]]:
    if "minLength" in schema:
        yield "empty", "", "empty_string"
    if schema.get("maxLength", 10**9) < 10**6:
        yield "too long", "x" * (schema["maxLength"] + 1), "string_above_max_length"
    if "pattern" in schema or "format" in schema:
        yield "odd", "o d d", "invalid_value"


def _matching(value: Any, several: list[Json]) -> Json:
    """Return the choice of the union that the value belongs to."""
    for choice in several:
        if isinstance(value, dict) and "properties" in choice:
            kind = choice["properties"].get("type", {})
            if "type" not in value or value["type"] in (kind.get("enum") or [kind.get("const", value["type"])]):
                return choice
        if isinstance(value, list) and choice.get("type") == "array":
            return choice
    return several[0]


def _written(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
