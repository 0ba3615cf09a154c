"""From the JSON Schema of a model to a strategy for its input."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Json = dict[str, Any]
Strategy = SearchStrategy[Any]

# Surrogates have no UTF-8: the API refuses a body that holds one.
CHARACTERS = st.characters(exclude_categories=["Cs"])
_SOME = 3
_WORDS = 30

_ANY_JSON: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=_SOME) | st.dictionaries(st.text(CHARACTERS), inner, max_size=_SOME),
    max_leaves=5,
)


def are_in_order(*sizes: object) -> bool:
    """Return whether these are sizes that Hypothesis can draw, none smaller than the one before it."""
    numbers = [size for size in sizes if type(size) is int and size <= sys.maxsize]
    return len(numbers) == len(sizes) and numbers == sorted(numbers)


class Schemas:
    """Strategies for a JSON Schema of the kind that :mod:`convsim.items.schemas` makes."""

    def __init__(self, root: Json) -> None:
        self._definitions = root.get("$defs", {})
        self._made: dict[str, Strategy] = {}

    def any(self, schema: Json) -> Strategy:
        """Generate values of any schema."""
        if "$ref" in schema:
            return self._reference(schema["$ref"].rpartition("/")[2])
        if "enum" in schema or "const" in schema:
            return st.sampled_from(schema.get("enum") or [schema["const"]])
        if "type" not in schema:
            choices = schema.get("anyOf") or schema.get("oneOf")
            return st.one_of([self.any(choice) for choice in choices]) if choices else _ANY_JSON
        make: Strategy = getattr(self, schema["type"])(schema)
        return make

    def _reference(self, name: str) -> Strategy:
        if name not in self._made:
            self._made[name] = st.deferred(lambda: self.any(self._definitions[name]))
        return self._made[name]

    def object(self, schema: Json, given: Mapping[str, Strategy] | None = None) -> SearchStrategy[Json]:
        if "properties" not in schema:
            rest = schema.get("additionalProperties")
            values = self.any(rest) if isinstance(rest, dict) else _ANY_JSON
            return st.dictionaries(st.text(CHARACTERS, max_size=_WORDS), values, max_size=_SOME)
        made = {name: self.any(part) for name, part in schema["properties"].items()} | dict(given or {})
        required = set(schema.get("required", ()))
        exclusive = [name for choice in schema.get("oneOf", ()) for name in choice["required"]]
        objects = [
            st.fixed_dictionaries(
                {name: part for name, part in made.items() if name in required or name == chosen},
                optional={name: part for name, part in made.items() if name not in required and name not in exclusive},
            )
            for chosen in exclusive or [None]
        ]
        some = [choice["required"] for choice in schema.get("anyOf", ())]
        never = [choice["required"] for choice in schema.get("not", {}).get("anyOf", ())]
        needed = schema.get("dependentRequired", {})
        return st.one_of(objects).filter(
            lambda value: (
                not any(all(value.get(name) is not None for name in names) for names in never)
                and all(value[name] is not None for name in exclusive if name in value)
                and all(other in value for name, others in needed.items() if name in value for other in others)
                and (not some or any(all(name in value for name in names) for names in some))
            )
        )

    def array(self, schema: Json) -> Strategy:
        least = schema.get("minItems", 0)
        return st.lists(self.any(schema["items"]), min_size=least, max_size=least + _SOME)

    def string(self, schema: Json) -> Strategy:
        least, most = schema.get("minLength", 0), min(schema.get("maxLength", _WORDS), _WORDS)
        if schema.get("format") == "uri":
            return st.sampled_from(["https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo="])
        if "pattern" in schema:
            pattern = st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
            return pattern.filter(lambda text: len(text) <= schema.get("maxLength", len(text)))
        return st.text(CHARACTERS, min_size=least, max_size=most)

    def integer(self, schema: Json) -> Strategy:
        return st.integers(schema.get("minimum", -(2**63)), schema.get("maximum", 2**63))

    def number(self, schema: Json) -> Strategy:
        return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63)

    def boolean(self, schema: Json) -> Strategy:
        return st.booleans()

    def null(self, schema: Json) -> Strategy:
        return st.none()
