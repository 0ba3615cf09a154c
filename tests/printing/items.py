"""docs/items.md, printed from the catalogue of items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from convsim.items.catalogue import CATALOGUE, ItemType
from convsim.items.fields import OMITTED, Item, nulled

_HEAD = """\
# Items

Every type of item that the live API knows, with its ids, its members and its defaults. The members are listed in the
order in which they are sent back. A client must send the **bold** ones; a member with `=` gets that value when it is
left out, and any other left-out member is not sent back. convsim refuses unknown members, and an explicit null where no
null is shown. The same rules hold for the members of content parts, actions and tools.

The service mints ids. An id that a client sends must be well-formed and have the prefix; it refers to the item that the
service has stored under it. A prefix in *italics* was never seen live, and is convsim's choice
([evidence.md](evidence.md#ids)).

This page is printed by `python -m tests.printing items`; a test keeps it up to date.

| Type | Ids | Members | Waits for `include` | Notes |
| --- | --- | --- | --- | --- |
"""


def render_catalogue(catalogue: Mapping[str, ItemType] = CATALOGUE) -> str:
    """Return the page: a row a type, or a row a model if a type has several."""
    rows = [line for row in catalogue.values() for line in _rows(row)]
    return _HEAD + "\n".join(f"| {' | '.join(cells)} |" for cells in rows) + "\n"


def _rows(row: ItemType) -> Iterator[tuple[str, ...]]:
    if not row.models:
        yield f"`{row.name}`", "", "", "", "Refused with the code `convsim_not_emulated`."
    for model in row.models:
        yield f"`{row.name}`", _ids(row), _members(model), _reveals(row, model), _notes(row, model)


def _ids(row: ItemType) -> str:
    if not row.prefix:
        return "any"
    return f"`{row.prefix}_`" if row.recorded_prefix else f"*`{row.prefix}_`*"


def _members(model: type[Item]) -> str:
    return ", ".join(_member(field.alias or name, field) for name, field in model.model_fields.items())


def _member(name: str, field: FieldInfo) -> str:
    null = " or `null`" if NoneType in get_args(field.annotation) and field.default is not None else ""
    if field.is_required():
        return f"**`{name}`**{null}"
    if nulled in field.metadata:
        return f"`{name}` (comes back as `null`)"
    if field.default is OMITTED or field.default is PydanticUndefined:
        return f"`{name}`{null}"
    return f"`{name}={json.dumps(field.default)}`"


def _reveals(row: ItemType, model: type[Item]) -> str:
    here = [reveal for reveal in row.reveals if reveal.path[0] in model.model_fields]
    return "<br>".join(f"`{reveal.include}`" for reveal in here)


def _notes(row: ItemType, model: type[Item]) -> str:
    notes = [] if row.stored else ["Accepted and not stored."]
    if row.objection is not None and row.objection.__doc__:
        notes.append(row.objection.__doc__)
    if "__doc__" in vars(model) and model.__doc__:
        notes.append(" ".join(model.__doc__.split()))
    return " ".join(notes).replace("``", "`")
