"""Messages: how the texts and parts of each role are stored, hidden and revealed."""

from __future__ import annotations

from convsim.contract.answers import (
    create_items,
    image,
    list_items,
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
_URL = "https://example.com/cat.png"
_PDF = "data:application/pdf;base64,JVBERi0xLjQK"
_LOGPROB = {"bytes": [65], "logprob": -0.25, "token": "A", "top_logprobs": []}
_CITATION = {"type": "url_citation", "end_index": 5, "start_index": 2, "title": "Cats", "url": "https://example.com"}


MESSAGES = (
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
        "A message is stored as completed, with any status of the client",
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
        sibling(
            "table", "dotnet", "vercel", note="the key orders of output_text and of citations are recorded in responses"
        ),
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
        "Logprobs that were stored show only when include names them, as bytes, logprob, token, top_logprobs",
        documented(
            "spec", note="hidden as an empty list: recorded messages always have the key; their order is the rule's"
        ),
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
            page(stored_message(_MESSAGE, image(None))),
        ),
        Call("conversations.items.retrieve", _ITEM, ok(stored_message("{item}", image(None)))),
        Call(
            "conversations.items.retrieve",
            {**_ITEM, "include": ["message.input_image.image_url"]},
            ok(stored_message("{item}", image(_URL))),
        ),
        list_items(page(stored_message("{item}", image(_URL))), include=["message.input_image.image_url"]),
    ),
    scenario(
        "image-url-on-create",
        "include counts on create too",
        recorded("dotnet"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_image", "image_url": _URL, "detail": "low"}]}],
            page(stored_message(_MESSAGE, image(_URL) | {"detail": "low"})),
            include=["message.input_image.image_url"],
        ),
    ),
    scenario(
        "file-data-never-comes-back",
        "A file's data is accepted and never comes back",
        recorded("dotnet", "php-715"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_file", "filename": "x.pdf", "file_data": _PDF}]}],
            page(stored_message(_MESSAGE, {"type": "input_file", "file_id": None, "filename": "x.pdf"})),
        ),
    ),
    scenario(
        "file-by-url-or-id",
        "A file's id, URL and detail are kept",
        documented("spec", note="key order by the rule for nested objects"),
        *start(),
        create_items(
            [{"role": "user", "content": [{"type": "input_file", "file_url": _URL, "detail": "low"}]}],
            page(stored_message(_MESSAGE, {"type": "input_file", "detail": "low", "file_id": None, "file_url": _URL})),
        ),
        create_items(
            [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}],
            page(stored_message(Id("other", "msg"), {"type": "input_file", "file_id": "file-1"})),
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
        "phase-kept",
        'With assistant_phase="keep", phase comes back between content and role',
        sibling("dotnet", note="so it stands in what gpt-5.5 and later say, in responses"),
        *start(),
        create_items(
            [{"role": "assistant", "phase": "final_answer", "content": "Yes."}],
            page(
                {
                    "id": _MESSAGE,
                    "type": "message",
                    "status": "completed",
                    "content": [said("Yes.")],
                    "phase": "final_answer",
                    "role": "assistant",
                }
            ),
        ),
        create_items(
            [{"role": "user", "content": "Hi", "phase": "final_answer"}],
            unknown("items[0].phase"),
        ),
        behavior={"assistant_phase": "keep"},
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
)
