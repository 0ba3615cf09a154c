"""The operations on the items of a conversation."""

from typing import Annotated

from pydantic import Field

from convsim import errors
from convsim.http import wire
from convsim.items.fields import Input
from convsim.items.id_rules import is_well_formed
from convsim.items.parameters import Limit, Order
from convsim.items.stored import alone
from convsim.operations.fields import ConversationId, Include, ItemId, ItemList
from convsim.operations.linking import (
    find_conversation,
    find_item,
    item_json,
    look_up,
    make_items,
    make_missing_item,
    page_answer,
    require_unlocked,
)
from convsim.operations.project import Answer, Project
from convsim.operations.route import operation


class CreateItemsBody(Input):
    items: Annotated[ItemList, Field(min_length=1)]


class CreateItems(Input):
    conversation_id: ConversationId
    include: Include = Field(default_factory=list)
    body: CreateItemsBody


@operation("POST", "/conversations/{conversation_id}/items", "conversations.items.create")
def create_items(project: Project, given: CreateItems) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    entries = look_up(project, given.body.items, conversation)
    require_unlocked(project, conversation)
    items = make_items(project, conversation.id, entries)
    project.store.add(conversation, *items)
    return page_answer(items, given.include, has_more=False)


class ListItems(Input):
    conversation_id: ConversationId
    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    include: Include = Field(default_factory=list)


@operation("GET", "/conversations/{conversation_id}/items", "conversations.items.list", reads=True)
def list_items(project: Project, given: ListItems) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    after = given.after
    if after is not None and after not in conversation:
        if project.unknown_ids == "refuse" or not is_well_formed(after):
            raise errors.cursor_not_found(after)
        make_missing_item(project, conversation, after)
    project.store.add(conversation)
    items, has_more = conversation.page(after, given.limit, reverse=given.order == "desc")
    return page_answer(items, given.include, has_more=has_more)


class RetrieveItem(Input):
    conversation_id: ConversationId
    item_id: ItemId
    include: Include = Field(default_factory=list)


@operation("GET", "/conversations/{conversation_id}/items/{item_id}", "conversations.items.retrieve", reads=True)
def retrieve_item(project: Project, given: RetrieveItem) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    item = find_item(project, conversation, given.item_id)
    return Answer(alone(item_json(item, given.include)))


class DeleteItem(Input):
    conversation_id: ConversationId
    item_id: ItemId


@operation("DELETE", "/conversations/{conversation_id}/items/{item_id}", "conversations.items.delete", deletes=True)
def delete_item(project: Project, given: DeleteItem) -> Answer:
    conversation = find_conversation(project, given.conversation_id)
    item = find_item(project, conversation, given.item_id)
    require_unlocked(project, conversation)
    conversation.unlink(item.id)
    if project.behavior.deleted_item_reply == "item":
        return Answer(wire.deleted(item.id, "conversation.item.deleted"), (item.id,))
    return Answer(wire.conversation(conversation), (item.id,))
