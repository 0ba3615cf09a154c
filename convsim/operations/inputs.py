"""What each operation takes, declared: one model per operation, over the ids, the query and the body of a request.

The order of the fields is the order in which faults are reported. HTTP and the Direct API both come through
:func:`read`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote_plus

from pydantic import AfterValidator, Field, ValidationError

from convsim.core.behavior import Behavior
from convsim.errors.validation import DUPLICATE, translate
from convsim.items.catalogue import ItemInput
from convsim.items.fields import Input, one_of, one_of_words, worded
from convsim.items.identifiers import conversation_id, item_id_in_path
from convsim.items.parameters import Limit, Metadata, Order
from convsim.items.stored import INCLUDES

MAX_ITEMS = 20

# Far beyond any limit, and short of what int() refuses to read.
_MOST_DIGITS = 1000


Include = Annotated[list[Annotated[str, one_of(*INCLUDES)]], worded(list, f"an array of {one_of_words(INCLUDES)}")]
ItemList = Annotated[list[ItemInput], Field(max_length=MAX_ITEMS)]


ConversationId = Annotated[str, AfterValidator(conversation_id)]
ItemId = Annotated[str, AfterValidator(item_id_in_path)]


class CreateConversationBody(Input):
    metadata: Metadata | None = None
    items: ItemList | None = None


class SeedBody(CreateConversationBody):
    """The test's own hand arranges as many items as it likes."""

    items: list[ItemInput] | None = None


class UpdateConversationBody(Input):
    metadata: Metadata


class CreateItemsBody(Input):
    items: Annotated[ItemList, Field(min_length=1)]


class CreateConversation(Input):
    body: CreateConversationBody


class SeedConversation(Input):
    conversation_id: ConversationId
    body: SeedBody


class RetrieveConversation(Input):
    conversation_id: ConversationId


class UpdateConversation(Input):
    conversation_id: ConversationId
    body: UpdateConversationBody


class DeleteConversation(Input):
    conversation_id: ConversationId


class CreateItems(Input):
    conversation_id: ConversationId
    include: Include = Field(default_factory=list)
    body: CreateItemsBody


class ListItems(Input):
    conversation_id: ConversationId
    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    include: Include = Field(default_factory=list)


class RetrieveItem(Input):
    conversation_id: ConversationId
    item_id: ItemId
    include: Include = Field(default_factory=list)


class DeleteItem(Input):
    conversation_id: ConversationId
    item_id: ItemId


Given = TypeVar("Given", bound=Input)


def read(model: type[Given], behavior: Behavior, values: dict[str, Any], query: str = "") -> Given:
    """The validated input of one operation.

    ``values`` holds the ids of the URL by name and, where the operation has one, the parsed JSON as ``body``; ``query``
    is the query string. Raises the one :class:`~convsim.errors.APIStatusError` that the live API would answer.
    """
    if query:
        _read_query(query, model.__pydantic_fields__, values)
    try:
        return model.read(values, behavior)
    except ValidationError as error:
        raise translate(error, _not_taken(model, values.get("body"))) from None


def _not_taken(model: type[Input], body: object) -> list[str]:
    """The names that the body could have held besides those that it does."""
    if not isinstance(body, dict):
        return []
    declared: Any = model.__pydantic_fields__["body"].annotation
    return [name for name in declared.__pydantic_fields__ if name not in body]


def _read_query(query: str, known: Collection[str], values: dict[str, Any]) -> None:
    """Put the known keys of a query string into ``values``, and ignore the others.

    The spelling decides what a key holds: ``name=x`` one value, ``name[]=x`` or ``name[0]=x`` an element of an array,
    ``name[key]=x`` a member of an object. A key that is given twice, other than as an array, is marked.
    """
    arrays: dict[str, list[tuple[int, str]]] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            key, value = unquote_plus(key), unquote_plus(value)
        name, bracket, index = key.partition("[")
        if name not in _QUERY or name not in known:
            continue
        position = _POSITION.fullmatch(index) if bracket else None
        if position and name not in values:
            arrays.setdefault(name, []).append((int(position[1] or _LAST), value))
        elif name in values or name in arrays:
            values[name] = DUPLICATE
        elif bracket:
            values[name] = {index.partition("]")[0]: value}
        else:
            values[name] = _QUERY[name](value)
    for name, array in arrays.items():
        values.setdefault(name, [value for _, value in sorted(array, key=itemgetter(0))])


def _number(text: str) -> int | str:
    """An integer in plain decimal digits as a number; anything else stays the text that it is."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < _MOST_DIGITS else text


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


_QUERY: Mapping[str, Callable[[str], object]] = {
    "after": str,
    "include": str,
    "include_obfuscation": _boolean,
    "limit": _number,
    "order": str,
    "starting_after": _number,
    "stream": _boolean,
}
"""What a key that is one value is read as."""

# What follows the bracket: a position, or none, which is behind all others.
_POSITION = re.compile(r"([0-9]{0,4})\]")
_LAST = 10_000
