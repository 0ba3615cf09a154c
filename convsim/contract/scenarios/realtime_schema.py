"""Realtime: events and items with a member that is missing, unknown, of another type or outside its list."""

from __future__ import annotations

from convsim.contract.answers import text
from convsim.contract.events import (
    attempt,
    call,
    create,
    error,
    message,
    missing,
    output,
    put,
    send,
    truncate,
    unknown,
    without,
    wrong_type,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand, sibling
from convsim.contract.realtime import Json, realtime
from convsim.contract.sessions import GA


def _too_long(path: str, bound: int, length: int, event_id: str | None = None) -> Json:
    return error(
        f"Invalid '{path}': string too long. Expected a string with maximum length {bound}, but got a string with"
        f" length {length} instead.",
        "string_above_max_length",
        path,
        event_id=event_id,
    )


REALTIME_SCHEMA = (
    realtime(
        "item-type-missing",
        "An item without a type misses it",
        second_hand("unpinned"),
        GA,
        create(without(message("A"), "type"), missing("item.type")),
        create({}, missing("item.type")),
    ),
    realtime(
        "item-missing",
        "A create without an item misses it",
        second_hand("unpinned", note="by the pattern of the others"),
        GA,
        send("conversation.item.create", missing("item")),
    ),
    realtime(
        "text-missing",
        "A part without its text misses it by its path",
        recorded("agents-js", note="issue 963, of the assistant's part"),
        GA,
        create(attempt({"type": "output_text"}, role="assistant"), missing("item.content[0].text")),
        create(attempt({"type": "input_text"}), missing("item.content[0].text")),
    ),
    realtime(
        "members-missing",
        "So do a part without its audio, an output without call or text, and the other events without their ids",
        second_hand("unpinned", note="by the pattern of the others"),
        GA,
        create(attempt(text("hi"), {"type": "input_audio"}), missing("item.content[1].audio")),
        create(without(output("A"), "call_id"), missing("item.call_id")),
        create(without(output("A"), "output"), missing("item.output")),
        create(without(call("A"), "name"), missing("item.name")),
        create(without(message("A"), "content"), missing("item.content")),
        send("conversation.item.delete", missing("item_id")),
        send("conversation.item.retrieve", missing("item_id")),
        send("conversation.item.truncate", missing("audio_end_ms"), item_id="X", content_index=0),
    ),
    realtime(
        "unknown-member",
        "A member that does not exist is named by its path",
        recorded("azure-98", "frame-log", "azure-notes", note="of an item and of a session; elsewhere by the grammar"),
        GA,
        create(attempt(name="Bob"), unknown("item.name")),
        create(attempt(text("hi") | {"annotations": []}), unknown("item.content[0].annotations")),
        create(attempt(), unknown("response_id"), response_id="resp_1"),
    ),
    realtime(
        "item-id-too-long",
        "An item's id has at most 32 characters",
        recorded("unpinned", "rtclient", note="2026-08-21; the code and the param are second-hand"),
        GA,
        put("i" * 32, None),
        create(attempt(id="i" * 39), _too_long("item.id", 32, 39)),
        order=("i" * 32,),
    ),
    realtime(
        "item-id-pattern",
        "An item's id is of letters, digits, _ and -",
        recorded("livekit", note="1717; that a length is told first is inferred"),
        GA,
        put("item_OK-1", None),
        create(
            attempt(id="item 1"),
            error(
                "Invalid 'item.id': string does not match pattern. Expected a string that matches the pattern"
                " '^[a-zA-Z0-9_-]+$'.",
                "invalid_value",
                "item.id",
                event_id="event_mine",
            ),
            event_id="event_mine",
        ),
        order=("item_OK-1",),
    ),
    realtime(
        "item-id-empty",
        "An item's id is not empty",
        inferred("the grammar's sentence"),
        GA,
        create(
            attempt(id=""),
            error(
                "Invalid 'item.id': empty string. Expected a string with minimum length 1, but got an empty string"
                " instead.",
                "empty_string",
                "item.id",
            ),
        ),
    ),
    realtime(
        "event-id-too-long",
        "An event's own id has at most 512 characters",
        documented("spec", note="the limit; the sentence is the grammar's, that it repeats such an id is inferred"),
        GA,
        put("A", None, event_id="e" * 512),
        create(
            attempt(id="B"),
            _too_long("event_id", 512, 513, "e" * 513),
            event_id="e" * 513,
        ),
        order=("A",),
    ),
    realtime(
        "wrong-types",
        "The error about a member of another type names the expected type",
        sibling("table", note="the grammar of /v1/responses"),
        GA,
        create("hi", wrong_type("item", "an object", "a string")),
        create(attempt(), wrong_type("previous_item_id", "a string", "an integer"), previous_item_id=7),
        create(attempt(text=7), unknown("item.text")),
        create(attempt({"type": "input_text", "text": None}), wrong_type("item.content[0].text", "a string", "null")),
        create(attempt("hi"), wrong_type("item.content[0]", "an object", "a string")),  # type: ignore[arg-type]
        send("conversation.item.delete", wrong_type("item_id", "a string", "null"), item_id=None),
        truncate("X", 10, wrong_type("content_index", "an integer", "a string"), content_index="0"),
    ),
    realtime(
        "negative-numbers",
        "Index and time of a cut are not negative",
        sibling("table", note="the grammar's sentence"),
        GA,
        *(
            truncate(
                "X",
                10,
                error(
                    f"Invalid '{name}': integer below minimum value. Expected a value >= 0, but got -1 instead.",
                    "integer_below_min_value",
                    name,
                ),
                **{name: -1},
            )
            for name in ("content_index", "audio_end_ms")
        ),
    ),
)
