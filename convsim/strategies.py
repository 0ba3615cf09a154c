"""Hypothesis strategies for items that the API takes and for faults (``pip install "convsim[hypothesis]"``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from convsim.core.behavior import Behavior
from convsim.errors import UsageError
from convsim.faults import (
    BadGateway,
    ConnectionReset,
    ConversationLocked,
    Fault,
    RateLimited,
    ReadTimeout,
    Rule,
    ServerError,
)
from convsim.faults.transport import ConnectionFault
from convsim.items.catalogue import CATALOGUE, REFERENCE, ItemType
from convsim.items.fields import Item
from convsim.items.schemas import json_schema
from convsim.operations.routes import ROUTES_BY_NAME, get_route

Json = dict[str, Any]
Strategy = SearchStrategy[Any]

# A lone surrogate is not Unicode, and a body that holds one is refused.
_CHARACTERS = st.characters(exclude_categories=["Cs"])
_SOME = 3
_WORDS = 30

_ANY_JSON: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(_CHARACTERS),
    lambda inner: st.lists(inner, max_size=_SOME) | st.dictionaries(st.text(_CHARACTERS), inner, max_size=_SOME),
    max_leaves=5,
)


def items(*types: str) -> SearchStrategy[Json]:
    """Generate input items that a conversation takes and keeps, as dicts: of these ``types``, or of all.

    Ids are well-formed and new to the service. Raises :class:`~convsim.errors.UsageError` for a type that is not kept
    as itself, like ``item_reference``.
    """
    possible = [name for name, row in CATALOGUE.items() if row.models and row.stored and name != REFERENCE]
    wrong = [name for name in types if name not in possible]
    if wrong:
        raise UsageError(f"items({', '.join(map(repr, wrong))}): write one or more of {', '.join(possible)}")
    return st.one_of([_item(CATALOGUE[name], model) for name in types or possible for model in CATALOGUE[name].models])


def fault_plans(*faults: Fault, on: str | Iterable[str] | None = None, most: int = 3) -> SearchStrategy[list[Rule]]:
    """Generate up to ``most`` rules for ``Emulator(faults=...)``; they shrink to the fewest and earliest that matter.

    Each is one of ``faults``, or of :data:`USUAL`, on one of the operations ``on``, or on any.
    """
    operations = [on] if isinstance(on, str) else list(ROUTES_BY_NAME if on is None else on)
    for operation in operations:
        get_route(operation)
    parts = st.tuples(st.sampled_from(_moments(faults)), st.sampled_from(operations), st.integers(0, 3))
    return st.lists(parts.map(_rule), max_size=most)


def _moments(faults: Sequence[Fault]) -> list[tuple[Fault, bool]]:
    """Return the realistic moments of each fault: after the commit only for faults that lose the answer."""
    for fault in faults:
        if not isinstance(fault, Fault) or fault.usual_times is None:
            raise UsageError(f"fault_plans({fault!r}): write faults that happen at once, such as RateLimited()")
        if "operation" not in fault.targets:
            raise UsageError(f"fault_plans({fault!r}): write faults that happen on operations, such as RateLimited()")
    return [
        (fault, moment == "after")
        for fault in faults or USUAL
        for moment in (fault.moments if isinstance(fault, _LOSING) else fault.moments[:1])
    ]


def _rule(parts: tuple[tuple[Fault, bool], str, int]) -> Rule:
    (fault, after_commit), operation, skip = parts
    return Rule(fault, on=operation, skip=skip, after_commit=after_commit)


_LOSING = (ConnectionFault, ServerError)

USUAL = (
    RateLimited(),
    ServerError(retry_after=0.01),
    ConversationLocked(),
    BadGateway(),
    ConnectionReset(),
    ReadTimeout(),
)
"""The faults from which :func:`fault_plans` chooses by default."""


def _item(row: ItemType, model: type[Item]) -> SearchStrategy[Json]:
    schema = json_schema(model)
    item_id = st.from_regex(re.compile(f"{row.prefix}_[0-9a-f]{{48}}"), fullmatch=True)
    made = _Schemas(schema).object(schema, {"id": item_id})
    objection = row.objection

    def is_taken(value: Json) -> bool:
        return objection is None or objection(model.read(value, Behavior())) is None

    return made.filter(is_taken)


class _Schemas:
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
            return st.dictionaries(st.text(_CHARACTERS, max_size=_WORDS), values, max_size=_SOME)
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
        return st.text(_CHARACTERS, min_size=least, max_size=most)

    def integer(self, schema: Json) -> Strategy:
        return st.integers(schema.get("minimum", -(2**63)), schema.get("maximum", 2**63))

    def number(self, schema: Json) -> Strategy:
        return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63)

    def boolean(self, schema: Json) -> Strategy:
        return st.booleans()

    def null(self, schema: Json) -> Strategy:
        return st.none()
