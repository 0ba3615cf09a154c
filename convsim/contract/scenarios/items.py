"""Items: how they are stored and read back, and how they are taken out."""

from __future__ import annotations

from convsim.contract.answers import (
    conversation,
    create_items,
    list_items,
    no_item,
    nothing_stored,
    ok,
    page,
    said,
    start,
    stored_message,
    text,
    unknown,
    unsupported,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand, sibling
from convsim.contract.scenario import Call, Id, scenario

_ITEM = {"conversation_id": "{conv}", "item_id": "{item}"}
_MESSAGE = Id("item", "msg")
_FUNCTION = Id("item", "fc")
_URL = "https://example.com/cat.png"
_LOGPROB = {"token": "A", "bytes": [65], "logprob": -0.25, "top_logprobs": []}
_CITATION = {"type": "url_citation", "end_index": 5, "start_index": 2, "title": "Cats", "url": "https://example.com"}


def _image(url: str | None) -> dict[str, object]:
    return {"type": "input_image", "detail": "auto", "file_id": None, "image_url": url}


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
        "message-string",
        "A string becomes one input_text part; system and developer keep their role; all are completed",
        recorded("dotnet", "agentic"),
        *start(),
        create_items(
            [{"type": "message", "role": role, "content": "Hi"} for role in ("user", "system", "developer")],
            page(
                stored_message(Id("a", "msg"), text("Hi"), role="user"),
                stored_message(Id("b", "msg"), text("Hi"), role="system"),
                stored_message(Id("c", "msg"), text("Hi"), role="developer"),
            ),
        ),
    ),
    scenario(
        "message-without-type",
        "An object with a role and no type is a message",
        recorded("agentic", "table"),
        *start(),
        create_items([{"role": "user", "content": "Hi"}], page(stored_message(_MESSAGE, text("Hi")))),
    ),
    scenario(
        "message-parts",
        "Parts are kept as they were sent, also text that needs escaping",
        recorded("dotnet", "agentic"),
        *start(),
        create_items(
            [{"role": "user", "content": [text('"Grüße"\n\u2028\U0001f600\x00'), text("")]}],
            page(stored_message(_MESSAGE, text('"Grüße"\n\u2028\U0001f600\x00'), text(""))),
        ),
    ),
    scenario(
        "message-status",
        "Whatever status a client sends, a message is stored as completed",
        inferred("recorded messages are all completed; none of them was sent with another status"),
        *start(),
        create_items(
            [{"role": "user", "content": "Hi", "status": "incomplete"}], page(stored_message(_MESSAGE, text("Hi")))
        ),
        create_items(
            [{"role": "user", "content": "Hi", "status": "bogus"}],
            unsupported("items[0].status", "bogus", "'in_progress', 'completed', and 'incomplete'"),
        ),
    ),
    scenario(
        "assistant-string",
        "The assistant's string becomes one output_text part with empty annotations and logprobs",
        second_hand("stdapi", note="logprobs follow the shape of recorded model output"),
        *start(),
        create_items(
            [{"role": "assistant", "content": "A cat."}],
            page(stored_message(_MESSAGE, said("A cat."), role="assistant")),
        ),
    ),
    scenario(
        "assistant-parts",
        "The assistant says output_text and refusal; annotations and logprobs default to empty lists",
        sibling("table", note="key order recorded for output_text, inferred inside annotations and logprobs"),
        *start(),
        create_items(
            [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "output_text", "text": "A cat.", "annotations": [_CITATION]},
                        {"type": "refusal", "refusal": "No."},
                    ],
                }
            ],
            page(
                stored_message(
                    _MESSAGE,
                    {"type": "output_text", "annotations": [_CITATION], "logprobs": [], "text": "A cat."},
                    {"type": "refusal", "refusal": "No."},
                    role="assistant",
                )
            ),
        ),
    ),
    scenario(
        "logprobs-always-there",
        "include=message.output_text.logprobs changes nothing where none were stored",
        recorded("agentic"),
        *start(),
        create_items(
            [{"role": "assistant", "content": "A"}],
            page(stored_message(_MESSAGE, said("A"), role="assistant")),
            include=["message.output_text.logprobs"],
        ),
        Call(
            "conversations.items.retrieve",
            {**_ITEM, "include": ["message.output_text.logprobs"]},
            ok(stored_message("{item}", said("A"), role="assistant")),
        ),
    ),
    scenario(
        "logprobs-hidden",
        "Logprobs that were stored show only when include names them",
        documented("spec", note="hidden as an empty list: recorded messages always have the key"),
        *start(),
        create_items(
            [{"role": "assistant", "content": [{"type": "output_text", "text": "A", "logprobs": [_LOGPROB]}]}],
            page(stored_message(_MESSAGE, said("A"), role="assistant")),
        ),
        list_items(
            page(stored_message("{item}", said("A") | {"logprobs": [_LOGPROB]}, role="assistant")),
            include=["message.output_text.logprobs"],
        ),
        list_items(page(stored_message("{item}", said("A"), role="assistant"))),
    ),
    scenario(
        "image-url-hidden",
        "An image's URL is null until include names it; detail defaults to auto",
        recorded("dotnet", "php-715", note="recorded on input items of a response; the include is documented"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_image", "image_url": _URL}]}],
            page(stored_message(_MESSAGE, _image(None))),
        ),
        Call("conversations.items.retrieve", _ITEM, ok(stored_message("{item}", _image(None)))),
        Call(
            "conversations.items.retrieve",
            {**_ITEM, "include": ["message.input_image.image_url"]},
            ok(stored_message("{item}", _image(_URL))),
        ),
        list_items(page(stored_message("{item}", _image(_URL))), include=["message.input_image.image_url"]),
    ),
    scenario(
        "image-url-on-create",
        "include counts on create too",
        recorded("dotnet"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_image", "image_url": _URL, "detail": "low"}]}],
            page(stored_message(_MESSAGE, _image(_URL) | {"detail": "low"})),
            include=["message.input_image.image_url"],
        ),
    ),
    scenario(
        "file-data-never-comes-back",
        "A file's data is accepted and never comes back",
        recorded("dotnet", "php-715"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_file", "filename": "x.pdf", "file_data": "JVBERi0="}]}],
            page(stored_message(_MESSAGE, {"type": "input_file", "file_id": None, "filename": "x.pdf"})),
        ),
    ),
    scenario(
        "file-by-url-or-id",
        "A file's id, URL and detail are kept",
        documented("spec", note="key order behind filename inferred"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_file", "file_url": _URL, "detail": "low"}]}],
            page(stored_message(_MESSAGE, {"type": "input_file", "file_id": None, "file_url": _URL, "detail": "low"})),
        ),
    ),
    scenario(
        "audio",
        "Audio of the user is accepted and kept",
        sibling("table", note="that it is accepted; that it comes back is inferred"),
        *start(),
        create_items(
            [
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}],
                }
            ],
            page(
                stored_message(_MESSAGE, {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}})
            ),
        ),
    ),
    scenario(
        "phase-dropped",
        "phase on the assistant's message is accepted and does not come back",
        second_hand("stdapi"),
        *start(),
        create_items(
            [{"role": "assistant", "content": "Hm.", "phase": "commentary"}],
            page(stored_message(_MESSAGE, said("Hm."), role="assistant")),
        ),
        create_items(
            [{"role": "assistant", "content": "Hm.", "phase": "bogus"}],
            unsupported("items[0].phase", "bogus", "'commentary' and 'final_answer'"),
        ),
    ),
    scenario(
        "phase-elsewhere",
        "phase on any other message is an unknown parameter, and nothing is stored",
        sibling("table", "stdapi"),
        *start(),
        create_items([{"role": "user", "content": "Hi", "phase": "commentary"}], unknown("items[0].phase")),
        nothing_stored(),
    ),
    scenario(
        "phase-elsewhere-dropped",
        'With phase_on_other_roles="drop", phase on any other message is left out',
        documented("spec", note="the description calls it not used there; generated clients send it"),
        *start(),
        create_items(
            [{"role": "user", "content": "Hi", "phase": "commentary"}], page(stored_message(_MESSAGE, text("Hi")))
        ),
        behavior={"phase_on_other_roles": "drop"},
    ),
    scenario(
        "function-call",
        "A function call is read back as id, type, status, arguments, call_id, name",
        recorded("dotnet", "ms"),
        *start(),
        create_items(
            [{"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call",
                    "status": "completed",
                    "arguments": "{}",
                    "call_id": "call_1",
                    "name": "look",
                }
            ),
        ),
    ),
    scenario(
        "function-call-extras",
        "A function call's status, caller, namespace and async are kept",
        documented("spec", note="async: the SDK; key order behind name inferred"),
        *start(),
        create_items(
            [
                {
                    "type": "function_call",
                    "call_id": "call_1",
                    "name": "look",
                    "arguments": "{}",
                    "status": "in_progress",
                    "async": True,
                    "namespace": "box",
                    "caller": {"type": "program", "caller_id": "call_0"},
                }
            ],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call",
                    "status": "in_progress",
                    "arguments": "{}",
                    "call_id": "call_1",
                    "name": "look",
                    "caller": {"type": "program", "caller_id": "call_0"},
                    "namespace": "box",
                    "async": True,
                }
            ),
        ),
    ),
    scenario(
        "function-call-output",
        "A function's output is read back as id, type, status, call_id, output; no call needs to stand before it",
        recorded("dotnet", note="that an orphan is accepted is inferred: the live service complains at the next turn"),
        *start(),
        create_items(
            [{"type": "function_call_output", "call_id": "call_1", "output": "A cat."}],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": "A cat.",
                }
            ),
        ),
    ),
    scenario(
        "function-call-output-parts",
        "A function's output may be parts; its image URL is not hidden, for no include would reveal it",
        documented("spec", note="hiding inferred"),
        *start(),
        create_items(
            [
                {
                    "type": "function_call_output",
                    "call_id": "call_1",
                    "output": [text("A cat."), {"type": "input_image", "image_url": _URL}],
                }
            ],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": [text("A cat."), _image(_URL)],
                }
            ),
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
