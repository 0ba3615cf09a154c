"""Ids that clients send for items: checked, replaced, or links to what the service knows."""

from __future__ import annotations

from convsim.contract.answers import (
    Json,
    conversation,
    create_items,
    list_items,
    nothing_stored,
    ok,
    page,
    refused,
    start,
    stored_message,
    text,
)
from convsim.contract.evidence import inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Answer, Call, Id, scenario

_UNKNOWN = "msg_" + "0" * 48
_ALREADY = refused("Item already in conversation", param="items", code="item_already_in_conversation")


def _message(item_id: str, words: str = "other words") -> Json:
    return {"type": "message", "role": "user", "content": words, "id": item_id}


def _reference(item_id: str) -> Json:
    return {"type": "item_reference", "id": item_id}


def _wrong_prefix(value: str, prefix: str, path: str = "items[0].id") -> Answer:
    message = f"Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'."
    return refused(message, param=path, code="invalid_value")


def _wrong_characters(value: str) -> Answer:
    message = (
        f"Invalid 'items[0].id': '{value}'. Expected an ID that contains letters, numbers, underscores, or dashes, but"
        " this value contained additional characters."
    )
    return refused(message, param="items[0].id", code="invalid_value")


def _not_found(item_id: str) -> Answer:
    return refused(f"Item with id '{item_id}' not found.", status=404)


CLIENT_IDS = (
    scenario(
        "id-wrong-prefix",
        "An id with another type's prefix is refused, and nothing is stored",
        recorded("agentic"),
        *start(),
        create_items([_message("item_wrongprefix_1")], _wrong_prefix("item_wrongprefix_1", "msg")),
        create_items(
            [{"type": "function_call", "id": "msg_1", "call_id": "call_1", "name": "look", "arguments": "{}"}],
            _wrong_prefix("msg_1", "fc"),
        ),
        create_items(
            [{"type": "function_call_output", "id": "msg_1", "call_id": "call_1", "output": ""}],
            _wrong_prefix("msg_1", "fc"),
        ),
        nothing_stored(),
    ),
    scenario(
        "id-characters",
        "An id of other characters, empty, or ending in an underscore is refused",
        sibling("unpinned", note="quoted of /v1/responses by many"),
        *start(),
        *(create_items([_message(bad)], _wrong_characters(bad)) for bad in ("", "msg_", "msg_a_", "msg_ä", "msg_a b")),
        create_items(
            [_message("msg_" + "a" * 61)],
            refused(
                "Invalid 'items[0].id': string too long. Expected a string with maximum length 64, but got a string"
                " with length 65 instead.",
                param="items[0].id",
                code="string_above_max_length",
            ),
        ),
        nothing_stored(),
    ),
    scenario(
        "id-minted",
        "A well-formed id that the service does not know is replaced by a fresh one; the content is stored",
        second_hand("stdapi", "ogx"),
        *start(),
        create_items([_message(_UNKNOWN, "Hi")], page(stored_message(Id("item", "msg"), text("Hi")))),
        create_items([_message("msg__a-B", "Hi")], page(stored_message(Id("other", "msg"), text("Hi")))),
    ),
    scenario(
        "id-kept",
        'With client_ids="keep", such an id is kept',
        inferred("not a behaviour of the live API: for code that reads back the ids it invents"),
        *start(),
        create_items([_message(_UNKNOWN, "Hi")], page(stored_message(_UNKNOWN, text("Hi")))),
        behavior={"client_ids": "keep"},
    ),
    scenario(
        "id-linked",
        "The id of an item in another conversation links that item: same id, original content",
        recorded("agentic"),
        *start("Hello!", name="source"),
        *start(),
        create_items([_message("{source_0}")], page(stored_message("{source_0}", text("Hello!")))),
        list_items(page(stored_message("{source_0}", text("Hello!")))),
        list_items(page(stored_message("{source_0}", text("Hello!"))), of="{source}"),
    ),
    scenario(
        "id-linked-at-creation",
        "So it does when a conversation is created with it",
        second_hand("ogx"),
        *start("Hello!", name="source"),
        Call("conversations.create", {"items": [_message("{source_0}")]}, conversation(Id("conv", "conv"))),
        list_items(page(stored_message("{source_0}", text("Hello!")))),
    ),
    scenario(
        "id-twice-in-one-request",
        "A known id twice in one request is listed twice",
        recorded("agentic"),
        *start("Hello!", name="source"),
        *start(),
        create_items(
            [_message("{source_0}"), _message("{source_0}")],
            page(stored_message("{source_0}", text("Hello!")), stored_message("{source_0}", text("Hello!"))),
        ),
    ),
    scenario(
        "id-already-there",
        "An item that stands in the conversation already refuses the whole batch",
        recorded("agentic"),
        *start("Hello!"),
        create_items([{"role": "user", "content": "new"}, _message("{conv_0}")], _ALREADY),
        list_items(page(stored_message("{conv_0}", text("Hello!")))),
    ),
    scenario(
        "deleting-unlinks-here-only",
        "Deleting an item takes every link to it out of this conversation, and of no other",
        second_hand("sglang", "ogx", note="every link at once: inferred"),
        *start("Hello!", name="source"),
        *start(),
        create_items(
            [_message("{source_0}"), _message("{source_0}")],
            page(stored_message("{source_0}", text("Hello!")), stored_message("{source_0}", text("Hello!"))),
        ),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{source_0}"}, conversation()),
        list_items(page()),
        list_items(page(stored_message("{source_0}", text("Hello!"))), of="{source}"),
    ),
    scenario(
        "deleted-items-stay-known",
        "An item that was deleted, or whose conversation was, can be linked again by its id",
        inferred(
            "documented is that deleting a conversation does not delete its items; a link is the only way to them"
        ),
        *start("Hello!"),
        Call("conversations.items.delete", {"conversation_id": "{conv}", "item_id": "{conv_0}"}, conversation()),
        create_items([_reference("{conv_0}")], page(stored_message("{conv_0}", text("Hello!")))),
        Call(
            "conversations.delete",
            {"conversation_id": "{conv}"},
            ok({"id": "{conv}", "object": "conversation.deleted", "deleted": True}),
        ),
        *start(name="other"),
        create_items([_message("{conv_0}")], page(stored_message("{conv_0}", text("Hello!"))), to="{other}"),
    ),
    scenario(
        "reference",
        "A reference is stored as the item that it names; its type may be left out or null",
        second_hand("stdapi", "sglang", "spec"),
        *start("a", "b", "c", name="source"),
        *start(),
        create_items(
            [_reference("{source_0}"), {"id": "{source_1}"}, {"type": None, "id": "{source_2}"}],
            page(
                stored_message("{source_0}", text("a")),
                stored_message("{source_1}", text("b")),
                stored_message("{source_2}", text("c")),
            ),
        ),
        create_items([_reference("{source_0}")], _ALREADY),
    ),
    scenario(
        "reference-unknown",
        "A reference to nothing answers 404, which beats the refusal of an item that is there, in either order",
        second_hand("stdapi", note="the sentence is inferred"),
        *start("a"),
        create_items([_reference(_UNKNOWN)], _not_found(_UNKNOWN)),
        create_items([_reference(_UNKNOWN), _reference("{conv_0}")], _not_found(_UNKNOWN)),
        create_items([_reference("{conv_0}"), _reference(_UNKNOWN)], _not_found(_UNKNOWN)),
        Call("conversations.create", {"items": [_reference(_UNKNOWN)]}, _not_found(_UNKNOWN)),
    ),
    scenario(
        "conversation-id-malformed",
        "A conversation's id in the path is checked before anything is looked up",
        second_hand("stdapi", "ogx"),
        *(
            Call(
                "conversations.retrieve",
                {"conversation_id": bad},
                _wrong_prefix(bad, "conv", "conversation_id"),
            )
            for bad in ("notaconvid", "conv", "conv_", "CONV_abc", "resp_abc")
        ),
        Call(
            "conversations.retrieve",
            {"conversation_id": "conv_" + "a" * 60},
            refused(
                "Invalid 'conversation_id': string too long. Expected a string with maximum length 64, but got a string"
                " with length 65 instead.",
                param="conversation_id",
                code="string_above_max_length",
            ),
        ),
    ),
    scenario(
        "item-id-malformed",
        "An item's id in the path needs a prefix and an underscore",
        second_hand("stdapi", note="status and param; the sentence is inferred"),
        *start("a"),
        Call(
            "conversations.items.retrieve",
            {"conversation_id": "{conv}", "item_id": "msg-abc"},
            _wrong_prefix("msg-abc", "msg", "item_id"),
        ),
    ),
)
