"""The operations on conversations and their items, and the steps that they share with turns.

All refusals come before anything is stored or minted. Verbs hold the service's lock.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated

from pydantic import AfterValidator, Field

from convsim import errors
from convsim.core.ids import is_live_shaped
from convsim.http import wire
from convsim.items import id_rules
from convsim.items.catalogue import CATALOGUE, REFERENCE, ArrangedItem, ItemInput, read_item
from convsim.items.fields import OMITTED, Input, Item, one_of, worded
from convsim.items.id_rules import ANY_PREFIX, id_schema, is_well_formed
from convsim.items.parameters import MAX_METADATA, Limit, Metadata, Order
from convsim.items.stored import INCLUDES, StoredItem, alone, stored, view
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation
from convsim.store.store import Conversation

MAX_ITEMS = 20

Include = Annotated[
    list[Annotated[str, one_of(*INCLUDES)]], worded(list, f"an array of {errors.one_of_words(INCLUDES)}")
]
ItemList = Annotated[list[ItemInput], Field(max_length=MAX_ITEMS)]
ConversationId = Annotated[str, AfterValidator(id_rules.conversation_id), id_schema("conv")]
ItemId = Annotated[str, AfterValidator(id_rules.item_id_in_path), id_schema(ANY_PREFIX)]


# --- conversations ---------------------------------------------------------------------------------------------------


class CreateConversationBody(Input):
    metadata: Metadata | None = None
    items: ItemList | None = None


class CreateConversation(Input):
    body: CreateConversationBody


@operation("POST", "/conversations", "conversations.create", answer="Conversation")
def create_conversation(project: Project, given: CreateConversation) -> Answer:
    entries = look_up(project, given.body.items or [], None)
    now = project.clock.now()
    conversation_id = _new_id(project, now)
    items = make_items(project, conversation_id, entries, now)
    conversation = Conversation(conversation_id, int(now), given.body.metadata or {})
    project.store.add(conversation, *items)
    return Answer(wire.conversation(conversation), tuple(map(_ID, items)))


_ID = attrgetter("id")


def _new_id(project: Project, now: float) -> str:
    store = project.store
    conversation_id = project.ids.conversation(now)
    while conversation_id in store.conversations or conversation_id in store.deleted:  # skip an id that was seeded
        conversation_id = project.ids.conversation(now)
    return conversation_id


class SeedBody(CreateConversationBody):
    """The body of ``seed``: a test may arrange any number of items."""

    items: list[ArrangedItem] | None = None


class SeedConversation(Input):
    conversation_id: ConversationId | None = None
    body: SeedBody


# Without a path: only the Direct API has this operation.
@operation("", "", "seed")
def seed_conversation(project: Project, given: SeedConversation) -> Answer:
    """Store a conversation under a literal id, with its items under theirs, which the live API cannot do."""
    now = project.clock.now()
    conversation_id = given.conversation_id or _new_id(project, now)
    if conversation_id in project.store.conversations:
        raise errors.UsageError(
            f"seed({conversation_id!r}): this conversation exists already; add to it with"
            f" conversations.items.create({conversation_id!r}, items=[...])"
        )
    _require_one_content_per_id(project, given.body.items or [])
    entries = look_up(project, given.body.items or [], None, arranged=True)
    items = make_items(project, conversation_id, entries, now, keep_ids=True)
    conversation = Conversation(conversation_id, int(now), given.body.metadata or {})
    project.store.add(conversation, *items)
    return Answer(wire.conversation(conversation), tuple(map(_ID, items)))


def _require_one_content_per_id(project: Project, items: Sequence[Item]) -> None:
    """Refuse two items with one id and different content.

    The live API would link the first; in ``seed()`` that is a mistake.
    """
    brought: dict[str, StoredItem] = {}
    for item in items:
        if item.id is OMITTED or item.type == REFERENCE or not CATALOGUE[item.type].stored:
            continue
        made = stored(item.document(item.id), CATALOGUE[item.type].reveals)
        known = project.store.items.get(item.id)
        if known is not None and _whole(known) != _whole(made):
            raise errors.UsageError(
                f"seed(): {item.id} already exists with other content; to link the existing item, write"
                f" {{'type': 'item_reference', 'id': {item.id!r}}}"
            )
        if _whole(brought.setdefault(item.id, made)) != _whole(made):
            raise errors.UsageError(
                f"seed(): two items with different content have the id {item.id}; give each its own id"
            )


def _whole(item: StoredItem) -> bytes:
    return item.full or item.wire


class RetrieveConversation(Input):
    conversation_id: ConversationId


@operation("GET", "/conversations/{conversation_id}", "conversations.retrieve", answer="Conversation", reads=True)
def retrieve_conversation(project: Project, given: RetrieveConversation) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    project.store.add(conversation)
    return Answer(wire.conversation(conversation))


class UpdateConversationBody(Input):
    metadata: Metadata


class UpdateConversation(Input):
    conversation_id: ConversationId
    body: UpdateConversationBody


@operation("POST", "/conversations/{conversation_id}", "conversations.update", answer="Conversation")
def update_conversation(project: Project, given: UpdateConversation) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    metadata = given.body.metadata
    if project.behavior.metadata_update == "merge":
        metadata = conversation.metadata | metadata
        if len(metadata) > MAX_METADATA:
            raise errors.too_many_properties("metadata", MAX_METADATA, len(metadata))
    project.store.add(conversation)
    conversation.replace_metadata(metadata)
    return Answer(wire.conversation(conversation))


class DeleteConversation(Input):
    conversation_id: ConversationId


@operation(
    "DELETE", "/conversations/{conversation_id}", "conversations.delete", answer="ConversationDeleted", deletes=True
)
def delete_conversation(project: Project, given: DeleteConversation) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    project.store.add(conversation)
    project.store.delete_conversation(conversation)
    return Answer(wire.deleted(conversation.id, "conversation.deleted"))


# --- items -----------------------------------------------------------------------------------------------------------


class CreateItemsBody(Input):
    items: Annotated[ItemList, Field(min_length=1)]


class CreateItems(Input):
    conversation_id: ConversationId
    include: Include = Field(default_factory=list)
    body: CreateItemsBody


@operation("POST", "/conversations/{conversation_id}/items", "conversations.items.create", answer="ItemPage")
def create_items(project: Project, given: CreateItems) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    entries = look_up(project, given.body.items, conversation)
    require_unlocked(project, conversation)
    items = make_items(project, conversation.id, entries, project.clock.now())
    project.store.add(conversation, *items)
    return page_answer(items, given.include, has_more=False)


class ListItems(Input):
    conversation_id: ConversationId
    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    include: Include = Field(default_factory=list)


@operation("GET", "/conversations/{conversation_id}/items", "conversations.items.list", answer="ItemPage", reads=True)
def list_items(project: Project, given: ListItems) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    after = given.after
    if after is not None and after not in conversation:
        if project.unknown_ids == "refuse" or not is_well_formed(after):
            raise errors.cursor_not_found(after)
        make_missing_item(project, conversation, after)
    if project.unknown_ids == "create":
        project.store.add(conversation)
    items, has_more = conversation.page(after, given.limit, reverse=given.order == "desc")
    return page_answer(items, given.include, has_more=has_more)


class RetrieveItem(Input):
    conversation_id: ConversationId
    item_id: ItemId
    include: Include = Field(default_factory=list)


@operation(
    "GET", "/conversations/{conversation_id}/items/{item_id}", "conversations.items.retrieve", answer="Item", reads=True
)
def retrieve_item(project: Project, given: RetrieveItem) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    item = find_item(project, conversation, given.item_id)
    return Answer(alone(item_json(item, given.include)))


class DeleteItem(Input):
    conversation_id: ConversationId
    item_id: ItemId


@operation(
    "DELETE",
    "/conversations/{conversation_id}/items/{item_id}",
    "conversations.items.delete",
    answer="Conversation",
    deletes=True,
)
def delete_item(project: Project, given: DeleteItem) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    item = find_item(project, conversation, given.item_id)
    require_unlocked(project, conversation)
    conversation.unlink(item.id)
    if project.behavior.deleted_item_reply == "item":
        return Answer(wire.deleted(item.id, "conversation.item.deleted"), (item.id,))
    return Answer(wire.conversation(conversation), (item.id,))


# --- the steps -------------------------------------------------------------------------------------------------------


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
    stored_items = project.store.items
    for item in given:
        row = CATALOGUE[item.type]
        if not row.stored:
            continue
        known = stored_items.get(item.id)
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
    project: Project,
    conversation_id: str,
    entries: Sequence[StoredItem | Item],
    now: float,
    *,
    keep_ids: bool = False,
) -> list[StoredItem]:
    """Make all items that the conversation will link, before any of them is stored."""
    mint, stored_items = project.ids.item, project.store.items
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
            item_id = mint(conversation_id, entry.prefix, now)
            while item_id in stored_items or item_id in brought:  # skip an id that was seeded
                item_id = mint(conversation_id, entry.prefix, now)
            item = stored(entry.document(item_id), CATALOGUE[entry.type].reveals)
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
