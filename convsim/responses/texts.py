"""Messages with one text, which nearly all turns bring and give out: their JSON is written once but for id and text."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.items.catalogue import read_item
from convsim.items.fields import OMITTED, Item
from convsim.items.stored import StoredItem, stored

Json = dict[str, Any]

ID = "<id>"
TEXT = "<text>"
"""The id and the text of the document from which a :class:`Blank` is made."""


class Blank:
    """The JSON of a message with one text, except for the text and its id.

    ``document`` is such a message with :data:`ID` and :data:`TEXT`; nothing in it is hidden.
    """

    __slots__ = ("_wire",)

    def __init__(self, document: Json) -> None:
        wire = stored(document, ()).wire
        self._wire = wire.replace(ID.encode(), b"%b").replace(to_json(TEXT), b"%b")

    def filled(self, item_id: str, text: str) -> StoredItem:
        """Return the message, as :func:`convsim.items.stored.stored` makes it; an id needs no escapes."""
        return StoredItem(item_id, "message", self._wire % (item_id.encode(), to_json(text)))


class UserText:
    """The message of the user that a string as ``input`` stands for: a new item, as the models of the catalogue are."""

    __slots__ = ("_behavior", "_text")

    id: ClassVar[Any] = OMITTED
    type: ClassVar[str] = "message"
    prefix: ClassVar[str] = "msg"

    def __init__(self, text: str, behavior: Behavior) -> None:
        self._text = text
        self._behavior = behavior

    def document(self, item_id: str) -> Json:
        return _read(self._text, self._behavior).document(item_id)

    def stored(self, item_id: str) -> StoredItem:
        """Return the message as it is stored."""
        return _user().filled(item_id, self._text)


def _read(text: str, behavior: Behavior) -> Item:
    return read_item({"role": "user", "content": text}, behavior)


@cache
def _user() -> Blank:
    return Blank(_read(TEXT, Behavior()).document(ID))
