"""The operations on conversations, and the one by which a test arranges a conversation."""

from collections.abc import Sequence
from operator import attrgetter

from convsim import errors
from convsim.http import wire
from convsim.items.catalogue import CATALOGUE, REFERENCE, ArrangedItem
from convsim.items.fields import OMITTED, Input, Item
from convsim.items.parameters import MAX_METADATA, Metadata
from convsim.items.stored import StoredItem, stored
from convsim.operations.fields import ConversationId, ItemList
from convsim.operations.linking import (
    find_conversation,
    look_up,
    make_items,
)
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation
from convsim.store.store import Conversation


class CreateConversationBody(Input):
    metadata: Metadata | None = None
    items: ItemList | None = None


class CreateConversation(Input):
    body: CreateConversationBody


@operation("POST", "/conversations", "conversations.create")
def create_conversation(project: Project, given: CreateConversation) -> Answer:
    entries = look_up(project, given.body.items or [], None)
    now = project.clock.now()
    conversation_id = _new_id(project)
    items = make_items(project, conversation_id, entries)
    conversation = Conversation(conversation_id, int(now), given.body.metadata or {})
    project.store.add(conversation, *items)
    return Answer(wire.conversation(conversation), tuple(map(_ID, items)))


_ID = attrgetter("id")


def _new_id(project: Project) -> str:
    now, store = project.clock.now(), project.store
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
    conversation_id = given.conversation_id or _new_id(project)
    if conversation_id in project.store.conversations:
        raise errors.UsageError(
            f"seed({conversation_id!r}): this conversation exists already; add to it with"
            f" conversations.items.create({conversation_id!r}, items=[...])"
        )
    _require_one_content_per_id(project, given.body.items or [])
    entries = look_up(project, given.body.items or [], None, arranged=True)
    items = make_items(project, conversation_id, entries, keep_ids=True)
    conversation = Conversation(conversation_id, int(project.clock.now()), given.body.metadata or {})
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


@operation("GET", "/conversations/{conversation_id}", "conversations.retrieve", reads=True)
def retrieve_conversation(project: Project, given: RetrieveConversation) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    project.store.add(conversation)
    return Answer(wire.conversation(conversation))


class UpdateConversationBody(Input):
    metadata: Metadata


class UpdateConversation(Input):
    conversation_id: ConversationId
    body: UpdateConversationBody


@operation("POST", "/conversations/{conversation_id}", "conversations.update")
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


@operation("DELETE", "/conversations/{conversation_id}", "conversations.delete", deletes=True)
def delete_conversation(project: Project, given: DeleteConversation) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    project.store.add(conversation)
    project.store.delete_conversation(conversation)
    return Answer(wire.deleted(conversation.id, "conversation.deleted"))
