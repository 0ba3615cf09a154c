"""Stored items: the JSON that the live API answers, and the views between which ``include`` chooses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from convsim.items.fields import OMITTED

INCLUDES = (
    "file_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
"""Every value of ``include``, in the order of the live sentence.

The API description also lists ``web_search_call.results``, which only ``/v1/responses`` takes.
"""


_LEAST_TOKENS = 4
_FRAME = 200
_BYTES_PER_TOKEN = 4

# Raw newlines occur only between tokens. In a page, an item is indented by two levels.
_LINE = b"\n    "


@dataclass(frozen=True, slots=True)
class Reveal:
    """A member that shows ``hidden`` until ``include`` names it; with OMITTED it is absent until then.

    ``*`` in the path stands for every element.
    """

    include: str
    path: tuple[str, ...]
    hidden: object = None

    key: bytes = field(init=False, repr=False)
    """The bytes that the JSON of an item contains if it has the member."""
    idle: bytes = field(init=False, repr=False)
    """Those that it contains where the member shows what is hidden anyway; empty for one that would be absent."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", b'"%b"' % self.path[-1].encode())
        idle = b"" if self.hidden is OMITTED else b"%b: %b" % (self.key, to_json(self.hidden))
        object.__setattr__(self, "idle", idle)

    def hides(self, full: bytes) -> bool:
        """Return whether the JSON of an item that contains :attr:`key` has something to hide: parsing it is slow."""
        return not self.idle or full.count(self.idle) < full.count(self.key)


@dataclass(slots=True, eq=False)
class StoredItem:
    """An item; once linked it never changes (freezing the dataclass would cost as much as making its id).

    ``wire`` is its live JSON without ``include``, indented as in a page: pages are joined from it, and only GET item
    has to take the indentation back. ``full`` is the same with nothing hidden; None if nothing is.

    ``call_id`` is the id of a tool's call or output. ``follower`` and ``reasoning`` link a reasoning item and the item
    directly behind it in the same response: the service takes neither without the other.
    :func:`convsim.store.ends.hold_together` sets them before the item is linked.
    """

    id: str
    type: str
    wire: bytes
    full: bytes | None = None
    call_id: str | None = None
    follower: str | None = None
    reasoning: str | None = None

    @property
    def tokens(self) -> int:
        """The tokens it counts for in ``usage``: four, and one for each four bytes of its JSON beyond a frame.

        A rule of thumb, not a tokenizer. The frame is about the size of a message without text.
        """
        return _LEAST_TOKENS + max(0, len(self.wire) - len(self.id) - _FRAME) // _BYTES_PER_TOKEN


def stored(document: dict[str, Any], reveals: Collection[Reveal]) -> StoredItem:
    """Return the item that a document with nothing hidden describes, its bytes made once and for all."""
    full = wire = to_json(document, indent=2).replace(b"\n", _LINE)  # in_page(), without a call for each new item
    for reveal in reveals:
        if reveal.key in full and reveal.hides(full):
            wire = _hide(full, reveals)
            break
    hides = wire != full
    return StoredItem(document["id"], document["type"], wire, full if hides else None, document.get("call_id"))


def alone(wire: bytes) -> bytes:
    """Return an item's JSON as GET item answers it."""
    return wire.replace(_LINE, b"\n")


def view(item: StoredItem, include: Collection[str], reveals: Collection[Reveal]) -> bytes:
    """Return the item's JSON with the members that ``include`` names, indented as in a page."""
    if item.full is None:
        return item.wire
    hidden = [reveal for reveal in reveals if reveal.include not in include]
    return _hide(item.full, hidden) if hidden else item.full


def in_page(document: dict[str, Any]) -> bytes:
    """Return an item's JSON as it stands inside a page."""
    return to_json(document, indent=2).replace(b"\n", _LINE)


def _hide(full: bytes, reveals: Collection[Reveal]) -> bytes:
    document = from_json(full)
    for reveal in reveals:
        _replace(document, reveal.path, reveal.hidden)
    return in_page(document)


def _replace(node: Any, path: tuple[str, ...], hidden: object) -> None:
    step, *rest = path
    if step == "*":
        for element in node:
            _replace(element, tuple(rest), hidden)
    elif step in node:
        if rest:
            _replace(node[step], tuple(rest), hidden)
        elif hidden is OMITTED:
            del node[step]
        else:
            node[step] = hidden
