"""Conversations: create, retrieve, update, delete."""

from __future__ import annotations

from convsim.contract.answers import (
    conversation,
    missing,
    no_conversation,
    ok,
    page,
    refused,
    start,
    stored_message,
    text,
    wrong_type,
)
from convsim.contract.evidence import inferred, recorded, second_hand
from convsim.contract.scenario import Call, Id, Raw, scenario

CONVERSATIONS = (
    scenario(
        "create-bare",
        "A conversation without metadata answers an empty metadata object",
        recorded("dotnet", "praxis", "agentic"),
        Call("conversations.create", {}, conversation(Id("conv", "conv"))),
    ),
    scenario(
        "create-with-metadata",
        "Creating answers id, object, created_at and metadata, in this order",
        recorded("dotnet", "ms"),
        Call("conversations.create", {"metadata": {"topic": "demo"}}, conversation(Id("conv", "conv"), topic="demo")),
    ),
    scenario(
        "create-with-nulls",
        "Null metadata and null items count as left out",
        recorded("praxis"),
        Call("conversations.create", {"metadata": None, "items": None}, conversation(Id("conv", "conv"))),
    ),
    scenario(
        "create-with-empty-items",
        "An empty list of items is accepted when a conversation is created",
        second_hand("agents-python", note="its sessions send it on every run against the live service"),
        Call("conversations.create", {"items": []}, conversation(Id("conv", "conv"))),
    ),
    scenario(
        "create-with-items",
        "Items given at creation are stored and do not stand in the answer",
        recorded("dotnet", "agentic"),
        Call(
            "conversations.create",
            {"items": [{"type": "message", "role": "user", "content": "Hello!"}]},
            conversation(Id("conv", "conv")),
        ),
        Call(
            "conversations.items.list",
            {"conversation_id": "{conv}"},
            page(stored_message(Id("hello", "msg"), text("Hello!"))),
        ),
    ),
    scenario(
        "retrieve",
        "Retrieving a conversation gives the same answer as creating it",
        recorded("dotnet", "ms"),
        Call(
            "conversations.create", {"metadata": {"a": "1", "b": "2"}}, conversation(Id("conv", "conv"), a="1", b="2")
        ),
        Call("conversations.retrieve", {"conversation_id": "{conv}"}, conversation(a="1", b="2")),
    ),
    scenario(
        "update",
        "Updating answers the whole conversation",
        recorded("dotnet", "ms"),
        Call("conversations.create", {"metadata": {"topic": "demo"}}, conversation(Id("conv", "conv"), topic="demo")),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": {"topic": "project-x"}},
            conversation(topic="project-x"),
        ),
        Call("conversations.retrieve", {"conversation_id": "{conv}"}, conversation(topic="project-x")),
    ),
    scenario(
        "update-merges",
        "Updating keeps the keys that are left out",
        second_hand(
            "community",
            "stdapi",
            note='no recording settles it; Behavior(metadata_update="replace") is the alternative',
        ),
        Call(
            "conversations.create", {"metadata": {"a": "1", "b": "2"}}, conversation(Id("conv", "conv"), a="1", b="2")
        ),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": {"b": "3", "c": "4"}},
            conversation(a="1", b="3", c="4"),
        ),
    ),
    scenario(
        "update-replaces",
        'With metadata_update="replace", updating drops the keys that are left out',
        inferred("the opposite reading of the same recordings"),
        Call("conversations.create", {"metadata": {"a": "1"}}, conversation(Id("conv", "conv"), a="1")),
        Call("conversations.update", {"conversation_id": "{conv}", "metadata": {"b": "2"}}, conversation(b="2")),
        behavior={"metadata_update": "replace"},
    ),
    scenario(
        "update-with-empty-object",
        "Updating with an empty metadata object changes nothing",
        second_hand("stdapi"),
        Call("conversations.create", {"metadata": {"a": "1"}}, conversation(Id("conv", "conv"), a="1")),
        Call("conversations.update", {"conversation_id": "{conv}", "metadata": {}}, conversation(a="1")),
    ),
    scenario(
        "update-beyond-sixteen-keys",
        "A merge that would hold more than 16 keys is refused and changes nothing",
        inferred("the limit counts what would be stored; the sentence is the grammar's"),
        Call(
            "conversations.create",
            {"metadata": {f"k{n}": "v" for n in range(16)}},
            conversation(Id("conv", "conv"), **{f"k{n}": "v" for n in range(16)}),
        ),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": {"one_more": "v"}},
            refused(
                "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an"
                " object with 17 properties instead.",
                param="metadata",
                code="object_above_max_properties",
            ),
        ),
        Call(
            "conversations.retrieve",
            {"conversation_id": "{conv}"},
            conversation(**{f"k{n}": "v" for n in range(16)}),
        ),
    ),
    scenario(
        "update-without-metadata",
        "Updating without metadata, also with an empty body, is refused",
        recorded("praxis"),
        *start(),
        Raw("POST", "/conversations/{conv}", missing("metadata"), body="{}"),
        Raw("POST", "/conversations/{conv}", missing("metadata")),
    ),
    scenario(
        "update-with-null",
        "Updating with null metadata is refused as a wrong type",
        recorded("praxis", note="status, code and param were kept, the message is the grammar's"),
        *start(),
        Call(
            "conversations.update",
            {"conversation_id": "{conv}", "metadata": None},
            wrong_type("metadata", "a metadata object", "null"),
        ),
    ),
    scenario(
        "delete",
        "Deleting answers conversation.deleted",
        recorded("dotnet", "ms"),
        *start(),
        Call(
            "conversations.delete",
            {"conversation_id": "{conv}"},
            ok({"id": "{conv}", "object": "conversation.deleted", "deleted": True}),
        ),
    ),
    scenario(
        "deleted-is-gone",
        "After deletion every operation on the conversation answers 404, a second deletion too",
        recorded("ms", "agentic"),
        *start("Hello!"),
        Call(
            "conversations.delete",
            {"conversation_id": "{conv}"},
            ok({"id": "{conv}", "object": "conversation.deleted", "deleted": True}),
        ),
        Call("conversations.delete", {"conversation_id": "{conv}"}, no_conversation("{conv}")),
        Call("conversations.retrieve", {"conversation_id": "{conv}"}, no_conversation("{conv}")),
        Call("conversations.update", {"conversation_id": "{conv}", "metadata": {}}, no_conversation("{conv}")),
        Call("conversations.items.list", {"conversation_id": "{conv}"}, no_conversation("{conv}")),
        Call(
            "conversations.items.create",
            {"conversation_id": "{conv}", "items": [{"role": "user", "content": "Hello?"}]},
            no_conversation("{conv}"),
        ),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "{conv_0}"},
            no_conversation("{conv}"),
        ),
        Call(
            "conversations.items.delete",
            {"conversation_id": "{conv}", "item_id": "{conv_0}"},
            no_conversation("{conv}"),
        ),
    ),
    scenario(
        "unknown-conversation",
        "An unknown id is answered with 404",
        recorded("ms"),
        Call(
            "conversations.retrieve",
            {"conversation_id": "conv_nonexistent123"},
            no_conversation("conv_nonexistent123"),
        ),
        Call("conversations.retrieve", {"conversation_id": "conv_ABC-123"}, no_conversation("conv_ABC-123")),
    ),
)
