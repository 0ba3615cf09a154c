"""The verbs of the Conversations API, each in plain steps: check what the request refers to, then change the store.

Everything that can be refused is refused before anything is stored or minted. Callers hold the emulator's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.ids import IdFactory, is_live_shaped
from convsim.http import wire
from convsim.items.catalogue import CATALOGUE, REFERENCE, read_item
from convsim.items.fields import OMITTED, Item
from convsim.items.identifiers import is_well_formed
from convsim.items.parameters import MAX_METADATA
from convsim.items.stored import StoredItem, alone, store, view
from convsim.operations import inputs
from convsim.store.store import Conversation, Store


@dataclass(slots=True)
class Project:
    """What the operations work on: one project's store, and the ports they read."""

    store: Store
    ids: IdFactory
    clock: Clock
    behavior: Behavior
    unknown_ids: Literal["refuse", "create"] = "refuse"


class Answer(NamedTuple):
    """What an operation answers: the body's exact bytes, and the ids of the items that it put in or took out."""

    body: bytes
    touched: tuple[str, ...] = ()


# --- conversations -------------------------------------------------------------------------------------------------


def create_conversation(project: Project, given: inputs.CreateConversation) -> Answer:
    entries = _resolve(project, given.body.items or [], None)
    now = project.clock.now()
    conversation_id = project.ids.conversation(now)
    while project.store.knows_conversation(conversation_id):  # seeded under the id that would come next
        conversation_id = project.ids.conversation(now)
    items = _made(project, conversation_id, entries)
    conversation = Conversation(conversation_id, int(now), given.body.metadata or {})
    _keep(project, conversation)
    _link(project, conversation, items)
    return _answer(conversation, *(item.id for item in items))


def seed_conversation(project: Project, given: inputs.SeedConversation) -> Answer:
    """Not of the live API: a conversation under a literal id, its items under the ids that they bring."""
    conversation_id = given.conversation_id
    if conversation_id in project.store.conversations:
        raise errors.UsageError(
            f"seed({conversation_id!r}): this conversation exists already; add to it with"
            f" conversations.items.create({conversation_id!r}, items=[...])"
        )
    _require_one_content_per_id(project, given.body.items or [])
    entries = _resolve(project, given.body.items or [], None, arranged=True)
    items = _made(project, conversation_id, entries, keep_ids=True)
    conversation = Conversation(conversation_id, int(project.clock.now()), given.body.metadata or {})
    _keep(project, conversation)
    _link(project, conversation, items)
    return _answer(conversation, *(item.id for item in items))


def _require_one_content_per_id(project: Project, items: Sequence[Item]) -> None:
    """The live API would link what an id means already, whatever comes with it; who arranges a test means it."""
    brought: dict[str, StoredItem] = {}
    for item in items:
        if item.id is OMITTED or item.type == REFERENCE or not CATALOGUE[item.type].stored:
            continue
        made = store(item, item.id, CATALOGUE[item.type].reveals)
        known = project.store.items.get(item.id)
        if known is not None and _whole(known) != _whole(made):
            raise errors.UsageError(
                f"seed(): {item.id} is an item with other content already; to link that one, write"
                f" {{'type': 'item_reference', 'id': {item.id!r}}}"
            )
        if _whole(brought.setdefault(item.id, made)) != _whole(made):
            raise errors.UsageError(f"seed(): two items with other content come under {item.id}; give each its own id")


def _whole(item: StoredItem) -> bytes:
    return item.full or item.wire


def retrieve_conversation(project: Project, given: inputs.RetrieveConversation) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    _keep(project, conversation)
    return _answer(conversation)


def update_conversation(project: Project, given: inputs.UpdateConversation) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    metadata = given.body.metadata
    if project.behavior.metadata_update == "merge":
        metadata = conversation.metadata | metadata
        if len(metadata) > MAX_METADATA:
            raise errors.too_many_properties("metadata", MAX_METADATA, len(metadata))
    _keep(project, conversation)
    conversation.metadata = metadata
    return _answer(conversation)


def delete_conversation(project: Project, given: inputs.DeleteConversation) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    _keep(project, conversation)
    project.store.delete_conversation(conversation)
    return Answer(wire.deleted(conversation.id, "conversation.deleted"))


# --- items ---------------------------------------------------------------------------------------------------------


def create_items(project: Project, given: inputs.CreateItems) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    entries = _resolve(project, given.body.items, conversation)
    items = _made(project, conversation.id, entries)
    _keep(project, conversation)
    _link(project, conversation, items)
    return _page(items, given.include, has_more=False)


def list_items(project: Project, given: inputs.ListItems) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    after = given.after
    if after is not None and after not in conversation:
        if project.unknown_ids == "refuse" or not is_well_formed(after):
            raise errors.cursor_not_found(after)
        _conjure(project, conversation, after)
    _keep(project, conversation)
    items, has_more = conversation.page(after, given.limit, reverse=given.order == "desc")
    return _page(items, given.include, has_more=has_more)


def retrieve_item(project: Project, given: inputs.RetrieveItem) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    item = _item(project, conversation, given.item_id)
    return Answer(alone(_item_json(item, given.include)))


def delete_item(project: Project, given: inputs.DeleteItem) -> Answer:
    conversation = _conversation(project, given.conversation_id)
    item = _item(project, conversation, given.item_id)
    conversation.unlink(item.id)
    if project.behavior.deleted_item_reply == "item":
        return Answer(wire.deleted(item.id, "conversation.item.deleted"), (item.id,))
    return _answer(conversation, item.id)


# --- steps ---------------------------------------------------------------------------------------------------------


def _conversation(project: Project, conversation_id: str) -> Conversation:
    conversation = project.store.conversations.get(conversation_id)
    if conversation is not None:
        return conversation
    if project.unknown_ids == "refuse":
        raise errors.conversation_not_found(conversation_id)
    return Conversation(conversation_id, int(project.clock.now()), {})


def _keep(project: Project, conversation: Conversation) -> None:
    """Nothing can be refused any more: a conversation that is new comes into being."""
    if conversation.id not in project.store.conversations:
        project.store.add_conversation(conversation)


def _item(project: Project, conversation: Conversation, item_id: str) -> StoredItem:
    if item_id in conversation:
        return conversation.item(item_id)
    if project.unknown_ids == "refuse":
        raise errors.item_not_found(_as_named_in_404(item_id))
    return _conjure(project, conversation, item_id)


def _as_named_in_404(item_id: str) -> str:
    """The live sentence re-assembles an id that has not the live shape (recorded: msg_msg_xx for msg_x)."""
    return item_id if is_live_shaped(item_id) else f"msg_{item_id}{item_id.partition('_')[2]}"


def _conjure(project: Project, conversation: Conversation, item_id: str) -> StoredItem:
    """``unknown_ids="create"``: the item springs into being here, as what it is elsewhere or an empty message."""
    item = project.store.items.get(item_id) or _empty_message(project, item_id)
    _keep(project, conversation)
    project.store.add(conversation, item)
    return item


def _empty_message(project: Project, item_id: str) -> StoredItem:
    return store(read_item({"role": "user", "content": ""}, project.behavior), item_id, ())


def _resolve(
    project: Project, given: Sequence[Item], conversation: Conversation | None, *, arranged: bool = False
) -> list[StoredItem | Item]:
    """Each given item that is kept, or the stored one that its id already means.

    What the service has against one that it does not know counts unless the test ``arranged`` it; an unknown reference
    beats all else, and a duplicate comes last.
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


def _made(
    project: Project, conversation_id: str, entries: Sequence[StoredItem | Item], *, keep_ids: bool = False
) -> list[StoredItem]:
    """The items that the conversation will link: all of them are made before any of them is stored."""
    now = project.clock.now()
    keep_ids = keep_ids or project.behavior.client_ids == "keep"
    # What is minted must not take an id that comes later in the same request.
    brought = {entry.id for entry in entries} if keep_ids or project.unknown_ids == "create" else ()
    kept: dict[str, StoredItem] = {}
    made: list[StoredItem] = []
    for entry in entries:
        if isinstance(entry, StoredItem):
            item = entry
        elif entry.id is not OMITTED and (keep_ids or entry.type == REFERENCE):
            # The same id a second time in one request means the first.
            item = kept.get(entry.id) or _kept(project, entry)
            kept[entry.id] = item
        else:
            row = CATALOGUE[entry.type]
            item_id = project.ids.item(conversation_id, row.prefix, now)
            while item_id in project.store.items or item_id in brought:  # seeded under the id that would come next
                item_id = project.ids.item(conversation_id, row.prefix, now)
            item = store(entry, item_id, row.reveals)
        made.append(item)
    return made


def _kept(project: Project, entry: Item) -> StoredItem:
    """The item under the id that it brings."""
    if entry.type == REFERENCE:
        return _empty_message(project, entry.id)
    return store(entry, entry.id, CATALOGUE[entry.type].reveals)


def _link(project: Project, conversation: Conversation, items: Sequence[StoredItem]) -> None:
    for item in items:
        project.store.add(conversation, item)


def _answer(conversation: Conversation, *touched: str) -> Answer:
    return Answer(conversation_json(conversation), touched)


def conversation_json(conversation: Conversation) -> bytes:
    """The conversation as the live API answers it."""
    return wire.conversation(conversation.id, conversation.created_at, conversation.metadata)


def _item_json(item: StoredItem, include: Sequence[str]) -> bytes:
    return view(item, include, CATALOGUE[item.type].reveals)


def _page(items: Sequence[StoredItem], include: Sequence[str], *, has_more: bool) -> Answer:
    data = [item.wire if item.full is None else _item_json(item, include) for item in items]
    return Answer(wire.page(data, items[0].id if items else None, items[-1].id if items else None, has_more=has_more))
