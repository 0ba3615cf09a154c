"""Items: created in order, retrieved, deleted, not found."""

from __future__ import annotations

from convsim.contract.answers import (
    conversation,
    create_items,
    list_items,
    no_item,
    ok,
    page,
    start,
    stored_message,
    text,
)
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.scenario import Call, Id, scenario

ITEMS = (
    scenario(
        "items-created-in-request-order",
        "Creating items answers them in request order, first_id the first and last_id the last",
        recorded("ms"),
        *start(),
        create_items(
            [
                {"type": "message", "role": "user", "content": "Hello!"},
                {"type": "message", "role": "user", "content": "?"},
            ],
            page(stored_message(Id("a", "msg"), text("Hello!")), stored_message(Id("b", "msg"), text("?"))),
        ),
    ),
    scenario(
        "item-retrieved",
        "An item alone is the bare object, as it stands in pages",
        recorded("dotnet"),
        *start("second item"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{conv_0}"},
            ok(stored_message("{conv_0}", text("second item"))),
        ),
    ),
    scenario(
        "item-deleted",
        "Deleting an item answers the conversation, and the item is gone from it",
        recorded("agentic", "spec"),
        *start("a", "b"),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{conv_0}"}, conversation()),
        list_items(page(stored_message("{conv_1}", text("b")))),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{conv_0}"},
            no_item("{conv_0}"),
        ),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{conv_0}"}, no_item("{conv_0}")),
    ),
    scenario(
        "item-deleted-reply",
        'With deleted_item_reply="item", deleting an item answers conversation.item.deleted',
        second_hand("ms", note="a trace of October 2025 that later recordings contradict"),
        *start("a"),
        Call(
            "conversations.items.delete",
            {"conversation_id": "{conv}", "item_id": "{conv_0}"},
            ok({"id": "{conv_0}", "object": "conversation.item.deleted", "deleted": True}),
        ),
        behavior={"deleted_item_reply": "item"},
    ),
    scenario(
        "item-unknown",
        "An id that has not the live shape is re-assembled in the sentence",
        recorded("ms"),
        *start("a"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "msg_nonexistent123"},
            no_item("msg_msg_nonexistent123nonexistent123"),
        ),
    ),
    scenario(
        "item-unknown-live-shape",
        "An unknown id of the live shape stands in the sentence as it is",
        inferred("the one recorded sentence is about an id of another shape"),
        *start("a"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "msg_" + "0" * 48},
            no_item("msg_" + "0" * 48),
        ),
    ),
    scenario(
        "item-of-another-conversation",
        "An item is not found through another conversation",
        inferred("as any item that is not there"),
        *start("a"),
        *start(name="other"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{other}", "item_id": "{conv_0}"},
            no_item("{conv_0}"),
        ),
        Call("conversations.items.delete", {"conversation_id": "{other}", "item_id": "{conv_0}"}, no_item("{conv_0}")),
        list_items(page(stored_message("{conv_0}", text("a")))),
    ),
    scenario(
        "unknown-ids-created",
        'With unknown_ids="create", every id exists on first use',
        inferred("not a behaviour of the live API: a mode for generated client suites"),
        Call("conversations.retrieve", {"conversation_id": "conv_123"}, conversation("conv_123")),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "conv_456", "item_id": "msg_abc"},
            ok(stored_message("msg_abc", text(""))),
        ),
        list_items(page(), of="conv_789", after="after", limit=0),
        Call(
            "conversations.items.delete", {"conversation_id": "conv_123", "item_id": "msg_x"}, conversation("conv_123")
        ),
        unknown_ids="create",
    ),
)
