"""JSON Schemas told member by member, so that two descriptions of the same items can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """The facts of a schema about one member: whether it is required, its kinds of JSON, its values if they are few."""

    required: bool
    kinds: frozenset[str]
    values: frozenset[str] | None

    def __or__(self, other: Fact) -> Fact:
        values = None if self.values is None or other.values is None else self.values | other.values
        return Fact(self.required and other.required, self.kinds | other.kinds, values)


Facts = dict[str, Fact]


def facts_by_type(schema: Json) -> dict[str, Facts]:
    """The members of every object in a union, under the ``type`` that the object has; ``a.b[].c`` are their paths.

    Where an object has a ``type`` that tells it from others, the path says which: ``action[click].x``.
    """
    found: dict[str, list[Facts]] = {}
    definitions = schema.get("$defs", {})
    for choice in _choices(schema, definitions):
        for name in _types(choice, definitions):
            found.setdefault(name, []).append(dict(_members(choice, "", definitions, ())))
    return {name: merged(told) for name, told in found.items()}


def differences(theirs: Facts, ours: Facts, they: str, we: str) -> Iterator[str]:
    """One line for each thing that the two say differently."""
    for path in sorted(theirs.keys() | ours.keys()):
        their, our = theirs.get(path), ours.get(path)
        if our is None or their is None:
            who, fact = (they, their) if our is None else (we, our)
            assert fact is not None
            if _parent(path) in ("", *theirs) and _parent(path) in ("", *ours):
                yield f"{path}: only {who} has it, {'required' if fact.required else 'optional'}"
            continue
        if their.required != our.required:
            yield f"{path}: required by {they if their.required else we} alone"
        for who, kinds in ((they, their.kinds - our.kinds), (we, our.kinds - their.kinds)):
            for kind in sorted(kinds):
                yield f"{path}: {kind} for {who} alone"
        their_values, our_values = their.values, our.values
        if their_values != our_values:
            for who, one, other in ((they, their_values, our_values), (we, our_values, their_values)):
                if one is None:
                    yield f"{path}: any value for {who}"
                else:
                    yield from (f"{path}: {value!r} for {who} alone" for value in sorted(one - (other or frozenset())))


def _choices(schema: Json, definitions: Json) -> list[Json]:
    if "$ref" in schema:
        return _choices(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "type" not in schema and ("anyOf" in schema or "oneOf" in schema):
        return [inner for part in schema.get("anyOf") or schema["oneOf"] for inner in _choices(part, definitions)]
    return [schema]


def _values(schema: Json) -> list[str] | None:
    return schema.get("enum") or ([schema["const"]] if "const" in schema else None)


def _types(schema: Json, definitions: Json) -> list[str]:
    kinds = _choices(schema.get("properties", {}).get("type", {}), definitions)
    return [value for kind in kinds for value in _values(kind) or ()]


def _members(schema: Json, path: str, definitions: Json, above: tuple[str, ...]) -> Iterator[tuple[str, Fact]]:
    for name, member in schema.get("properties", {}).items():
        yield from _told(member, f"{path}.{name}", name in schema.get("required", ()), definitions, above)


def _told(
    schema: Json, path: str, required: bool, definitions: Json, above: tuple[str, ...]
) -> Iterator[tuple[str, Fact]]:
    choices = _choices(schema, definitions)
    kinds = {choice.get("type", "any") for choice in choices}
    if "number" in kinds:
        kinds.discard("integer")
    few = [_values(choice) for choice in choices if choice.get("type", "any") != "null"]
    values = None if None in few else frozenset(value for some in few for value in some or ())
    yield path, Fact(required, frozenset(kinds), values)
    for choice in choices:
        if "items" in choice:
            yield from _told(choice["items"], f"{path}[]", False, definitions, above)
        title = choice.get("title", "")
        if "properties" in choice and title not in above:
            for inside in [f"{path}[{kind}]" for kind in _types(choice, definitions)] or [path]:
                if inside != path:
                    yield inside, Fact(False, frozenset({"object"}), None)
                yield from _members(choice, inside, definitions, (*above, title))


def merged(told: Iterable[Facts]) -> Facts:
    """Return the facts of several objects of one type: a member that one of them lacks is optional."""
    several = list(told)
    found: Facts = {}
    for facts in several:
        for path, fact in facts.items():
            found[path] = found[path] | fact if path in found else fact
    for path, fact in found.items():
        lacking = any(path not in facts and _parent(path) in ("", *facts) for facts in several)
        found[path] = Fact(fact.required and not lacking, fact.kinds, fact.values)
    return found


def _parent(path: str) -> str:
    """Where the member stands: the path without its last name or bracket."""
    return path[: max(path.rfind("."), path.rfind("["))]
