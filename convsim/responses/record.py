"""A stored response, and the context that it continues and leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from convsim.items.stored import StoredItem
from convsim.responses.events import Event
from convsim.store.store import Conversation, Store

Json = dict[str, Any]


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """An ended response: its body as it is answered, and its input and output.

    ``anchor`` names the partition of its ids: its conversation, or the first response of its chain. ``behind`` is the
    id of the last item of the conversation when the turn began; ``tokens`` count everything up to its output.
    ``events`` can be requested again, for streams in the background.
    """

    body: bytes
    input: tuple[StoredItem, ...]
    output: tuple[StoredItem, ...]
    anchor: str
    tokens: int
    previous: Record | None = None
    conversation_id: str | None = None
    behind: str | None = None
    events: Sequence[Event] = ()

    @property
    def document(self) -> Json:
        """The response object; kept as bytes, because most responses are never requested again."""
        parsed: Json = from_json(self.body)
        return parsed


def items_before(record: Record, store: Store) -> list[StoredItem]:
    """Return the items before the record's own input: its conversation in its present state, or its chain."""
    pieces: list[Sequence[StoredItem]] = []
    earlier = record.previous
    while earlier is not None:
        pieces += [earlier.output, earlier.input]
        record, earlier = earlier, earlier.previous
    conversation = store.conversations.get(record.conversation_id or "")
    if conversation is not None:
        pieces.append(_items_up_to(conversation, record))
    return [item for piece in reversed(pieces) for item in piece]


def items_up_to(record: Record | None, store: Store) -> list[StoredItem]:
    """Return the context of a turn that continues the record; empty without one."""
    return [*items_before(record, store), *record.input, *record.output] if record is not None else []


def _items_up_to(conversation: Conversation, record: Record) -> list[StoredItem]:
    """Return the items of the conversation before the record's turn that are still there.

    They end with the item that was last then, or before the first of the turn's own, whichever still exists; if all of
    these were deleted, earlier items cannot be told from later ones, and the result is empty.
    """
    if record.behind is None:
        return []
    own = {item.id for item in (*record.input, *record.output)}
    found: list[StoredItem] = []
    for item in conversation.items():
        if item.id in own:
            return found
        found.append(item)
        if item.id == record.behind:
            return found
    return []
