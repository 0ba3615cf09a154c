"""The catalogue's own description of each type, as :mod:`tests.drift.facts` tells it."""

from __future__ import annotations

from convsim.items.catalogue import CATALOGUE
from convsim.items.fields import OMITTED, Item, dropped
from convsim.items.schemas import json_schema
from tests.drift.facts import Fact, Facts, facts_by_type, merged


def taken(name: str) -> Facts:
    """Return the members with which an item of the type may be sent."""
    return merged(facts_by_type(json_schema(model))[name] for model in CATALOGUE[name].models)


def kept(name: str) -> Facts:
    """Return the members with which an item of the type is sent back; a member that always is, is required."""
    return merged(_kept(model, facts_by_type(json_schema(model))[name]) for model in CATALOGUE[name].models)


def _kept(model: type[Item], facts: Facts) -> Facts:
    told: Facts = {}
    for path, fact in facts.items():
        name = path[1:]
        field = next((field for key, field in model.model_fields.items() if (field.alias or key) == name), None)
        if field is None:
            told[path] = fact
        elif dropped not in field.metadata:
            told[path] = Fact(name == "id" or field.default is not OMITTED, fact.kinds, fact.values)
    return told
