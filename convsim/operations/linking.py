"""Steps that verbs share: find the conversation and items of a request, make items, append them, and answer.

All refusals come before anything is stored or minted. Callers hold the service's lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from convsim import errors
from convsim.core.ids import is_live_shaped
from convsim.http import wire
from convsim.items.catalogue import CATALOGUE, REFERENCE, read_item
from convsim.items.fields import OMITTED, Item
from convsim.items.stored import StoredItem, stored, view
from convsim.operations.project import Answer, Project
from convsim.store.store import Conversation


def find_conversation(project: Project, conversation_id: str) -> Conversation:
    """Return the conversation; with ``unknown_ids="create"`` a new one, not stored yet. Raise the live 404."""
    conversation = project.store.conversations.get(conversation_id)
    if conversation is not None:
        return conversation
    if project.unknown_ids == "refuse":
        raise errors.conversation_not_found(conversation_id)
    return Conversation(conversation_id, int(project.clock.now()), {})


def require_unlocked(project: Project, conversation: Conversation) -> None:
    """Raise the refusal of a write to a conversation on which a turn is open (``Behavior.write_while_locked``)."""
    if conversation.locked_by is not None and project.behavior.write_while_locked == "refuse":
        raise errors.conversation_locked()


def find_item(project: Project, conversation: Conversation, item_id: str) -> StoredItem:
    """Return the item of the conversation; with ``unknown_ids="create"`` perhaps a new one. Raise the live 404."""
    if item_id in conversation:
        return conversation.item(item_id)
    if project.unknown_ids == "refuse":
        raise errors.item_not_found(_as_named_in_404(item_id))
    return make_missing_item(project, conversation, item_id)


def _as_named_in_404(item_id: str) -> str:
    """Return the id as the live sentence re-assembles it, if not of the live shape (recorded: msg_msg_xx for msg_x)."""
    return item_id if is_live_shaped(item_id) else f"msg_{item_id}{item_id.partition('_')[2]}"


def make_missing_item(project: Project, conversation: Conversation, item_id: str) -> StoredItem:
    """With ``unknown_ids="create"``, append the item of that id, or an empty message if no item has the id."""
    item = project.store.items.get(item_id) or _empty_message(project, item_id)
    project.store.add(conversation, item)
    return item


def _empty_message(project: Project, item_id: str) -> StoredItem:
    return stored(read_item({"role": "user", "content": ""}, project.behavior).document(item_id), ())


def look_up(
    project: Project, given: Sequence[Item], conversation: Conversation | None, *, arranged: bool = False
) -> list[StoredItem | Item]:
    """Return each given item that is kept, or the stored item that its id refers to.

    The service's objections to unknown ids apply unless the test ``arranged`` the item; an unknown reference is
    reported before all others, and a duplicate last.
    """
    entries: list[StoredItem | Item] = []
    objection: errors.APIStatusError | None = None
    already = False
    for item in given:
        row = CATALOGUE[item.type]
        if not row.stored:
            continue
        known = project.store.items.get(item.id)
        if known is None:
            entries.append(item)
            if row.objection is not None and (project.unknown_ids == "refuse" or item.id is OMITTED):
                found = row.objection(item)
                if isinstance(found, errors.NotFoundError):
                    raise found
                objection = objection or (None if arranged else found)
        else:
            entries.append(known)
            already |= conversation is not None and known.id in conversation
    if objection is not None:
        raise objection
    if already:
        raise errors.item_already_in_conversation()
    return entries


def make_items(
    project: Project, conversation_id: str, entries: Sequence[StoredItem | Item], *, keep_ids: bool = False
) -> list[StoredItem]:
    """Make all items that the conversation will link, before any of them is stored."""
    now = project.clock.now()
    keep_ids = keep_ids or project.behavior.client_ids == "keep"
    # A minted id must not equal one that comes later in the same request.
    brought = {entry.id for entry in entries} if keep_ids or project.unknown_ids == "create" else ()
    kept: dict[str, StoredItem] = {}
    made: list[StoredItem] = []
    for entry in entries:
        if isinstance(entry, StoredItem):
            item = entry
        elif entry.id is not OMITTED and (keep_ids or entry.type == REFERENCE):
            # A second item with the same id in one request stands for the first.
            item = kept.get(entry.id) or _item_with_own_id(project, entry)
            kept[entry.id] = item
        else:
            row = CATALOGUE[entry.type]
            item_id = project.ids.item(conversation_id, entry.prefix, now)
            while item_id in project.store.items or item_id in brought:  # skip an id that was seeded
                item_id = project.ids.item(conversation_id, entry.prefix, now)
            item = stored(entry.document(item_id), row.reveals)
        made.append(item)
    return made


def _item_with_own_id(project: Project, entry: Item) -> StoredItem:
    """Return the item under its own id."""
    if entry.type == REFERENCE:
        return _empty_message(project, entry.id)
    return stored(entry.document(entry.id), CATALOGUE[entry.type].reveals)


def item_json(item: StoredItem, include: Sequence[str]) -> bytes:
    """Return the item's bytes as in a page, with the members that ``include`` reveals."""
    return view(item, include, CATALOGUE[item.type].reveals)


def page_answer(items: Sequence[StoredItem], include: Sequence[str], *, has_more: bool) -> Answer:
    """Answer with one page of items."""
    data = [item.wire if item.full is None else item_json(item, include) for item in items]
    return Answer(wire.page(data, items[0].id if items else None, items[-1].id if items else None, has_more=has_more))
