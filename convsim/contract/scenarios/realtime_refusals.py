"""Realtime: events that the state of the conversation or the frame itself forbids."""

from __future__ import annotations

from convsim.contract.events import (
    acknowledged,
    call,
    create,
    delete,
    duplicate,
    error,
    message,
    no_call,
    no_previous,
    not_deleted,
    not_emulated,
    not_retrieved,
    output,
    put,
    retrieve,
    send,
    sent,
    truncate,
    unsupported,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.realtime import Heard, Json, Send, realtime
from convsim.contract.sessions import BETA, GA
from convsim.faults import RefuseEvent, Rule

_TYPES = (
    "'session.update', 'session.close', 'input_audio_buffer.append', 'session.input_audio_buffer.append',"
    " 'input_audio_buffer.commit', 'input_audio_buffer.clear', 'conversation.item.create',"
    " 'conversation.item.truncate', 'conversation.item.delete', 'conversation.item.retrieve', 'response.create', and"
    " 'response.cancel'"
)
_BETA_TYPES = _TYPES.replace(" 'session.close',", "").replace(" 'session.input_audio_buffer.append',", "")
_TOO_LONG = "Conversation is too long to create a Response."

NO_JSON = error(
    "Invalid event: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
    " include trailing commas, missing closing brackets, missing quotation marks, etc.)",
    "invalid_json",
)
BINARY = error("Expected a text WebSocket message; binary frames are not supported.", "invalid_event")
NO_TYPE = error("The 'type' field is missing.", "invalid_event")


def _raw(message: str | bytes, answer: Json) -> Send:
    return Send(message, Heard((answer,)))


REALTIME_REFUSALS = (
    realtime(
        "unknown-previous",
        "Behind an item that is not there nothing is added",
        second_hand("rtclient", "speaches", note="recorded is the sentence, of 2024-10 and 2025-02; not the code"),
        GA,
        put("A", None),
        create(sent(message("B")), no_previous("X"), previous_item_id="X"),
        order=("A",),
    ),
    realtime(
        "unknown-previous-in-beta",
        "The beta dialect refuses it in the same words",
        second_hand("rtclient", "speaches", note="recorded is the sentence"),
        BETA,
        create(sent(message("B")), no_previous("X"), previous_item_id="X"),
    ),
    realtime(
        "duplicate",
        "An id that stands in the conversation is refused, wherever the item was to go",
        recorded("azure-notes", "livekit", note="of models since 2026-07; older ones acknowledged it again"),
        GA,
        put("A", None),
        put("B", "A"),
        create(sent(message("A")), duplicate("A")),
        create(sent(message("A")), duplicate("A"), previous_item_id="root"),
        order=("A", "B"),
    ),
    realtime(
        "unknown-call",
        "The output of a call that is not there is refused",
        recorded("livekit"),
        GA,
        create(sent(output("A", "call_Xz0z4X8aSYDdkTf2")), no_call("call_Xz0z4X8aSYDdkTf2")),
    ),
    realtime(
        "item-id-for-a-call-id",
        "The id of the item that is the call does not stand for the id of the call",
        recorded("livekit"),
        GA,
        create(sent(call("item_of_the_call")), *acknowledged(call("item_of_the_call"), None)),
        create(sent(output("B", "item_of_the_call")), no_call("item_of_the_call")),
        order=("item_of_the_call",),
    ),
    realtime(
        "unknown-call-in-beta",
        "The beta dialect refuses that output in the same words",
        inferred("recorded is the sentence of today's dialect"),
        BETA,
        create(sent(output("A")), no_call("call_1")),
    ),
    realtime(
        "delete-unknown",
        "The deletion of an item that is not there is refused",
        recorded("speaches", "unpinned"),
        GA,
        put("A", None),
        delete("yo", not_deleted("yo")),
        order=("A",),
    ),
    realtime(
        "retrieve-unknown",
        "The retrieval of an item that is not there is refused",
        recorded("speaches", "unpinned"),
        GA,
        retrieve("X", not_retrieved("X")),
    ),
    realtime(
        "truncate-unknown",
        "The truncation of an item that is not there is refused, in words of another kind",
        second_hand("unpinned", note="said to be the exact shape, without its param; older: invalid_value"),
        GA,
        truncate("X", 10, error("Item with item_id not found: X", "item_truncate_invalid_item_id")),
    ),
    realtime(
        "unknown-items-in-beta",
        "The beta dialect refuses to delete, read and cut an unknown item in the same words",
        recorded("speaches", note="deletion and retrieval; the truncation is second-hand"),
        BETA,
        delete("X", not_deleted("X")),
        retrieve("X", not_retrieved("X")),
        truncate("X", 10, error("Item with item_id not found: X", "item_truncate_invalid_item_id")),
    ),
    realtime(
        "no-json",
        "Text that is no JSON is refused, and the session goes on",
        recorded("frame-log", note="up to the second sentence, which is the one of the HTTP APIs"),
        GA,
        _raw("{", NO_JSON),
        _raw("", NO_JSON),
        put("A", None),
        order=("A",),
    ),
    realtime(
        "binary-frame",
        "Every binary frame is refused, and the session goes on",
        recorded("frame-log"),
        GA,
        _raw(b'{"type":"input_audio_buffer.clear"}', BINARY),
        put("A", None),
        order=("A",),
    ),
    realtime(
        "no-object",
        "JSON that is no object is refused",
        inferred("the grammar's sentence"),
        GA,
        _raw("[]", error("Invalid type: expected an object, but got an array instead.", "invalid_type")),
        _raw('"hi"', error("Invalid type: expected an object, but got a string instead.", "invalid_type")),
    ),
    realtime(
        "no-type",
        "An event without a type is refused as invalid",
        documented("spec", note="an example; the live words are unknown"),
        GA,
        _raw("{}", NO_TYPE),
    ),
    realtime(
        "unknown-type",
        "The error about an event of an unknown type names all twelve types",
        recorded("frame-log", note="Azure's list has one more"),
        GA,
        send("nope", unsupported("type", "nope", _TYPES)),
    ),
    realtime(
        "unknown-type-in-beta",
        "The beta dialect lists fewer types",
        inferred("recorded is that its list was shorter, not which were on it"),
        BETA,
        send("nope", unsupported("type", "nope", _BETA_TYPES)),
    ),
    realtime(
        "type-not-emulated",
        "Events that the service knows and convsim does not are refused with a code of its own",
        inferred("the code says that no live reply was imitated"),
        GA,
        send("session.close", not_emulated("convsim does not emulate the event 'session.close'.", "type")),
        send(
            "session.input_audio_buffer.append",
            not_emulated("convsim does not emulate the event 'session.input_audio_buffer.append'.", "type"),
        ),
    ),
    realtime(
        "four-in-a-row",
        "Four refused events in a row leave the session as it was",
        recorded("frame-log"),
        GA,
        _raw("{", NO_JSON),
        _raw(b"{}", BINARY),
        send("nope", unsupported("type", "nope", _TYPES)),
        delete("X", not_deleted("X")),
        put("A", None),
        order=("A",),
    ),
    realtime(
        "too-long",
        "A conversation that is too long for a response is refused so, where a fault says that it is",
        second_hand("unpinned", note="convsim counts no tokens; a param was not seen"),
        GA,
        send("response.create", error(_TOO_LONG, "conversation_too_long")),
        faults=(
            Rule(RefuseEvent("conversation_too_long", _TOO_LONG, type="invalid_request_error"), on="response.create"),
        ),
    ),
    realtime(
        "out-of-the-blue",
        "A refusal without a reason is a server_error in the words of the HTTP APIs",
        inferred("no such frame was found"),
        GA,
        create(
            sent(message("A")),
            error(
                "The server had an error while processing your request. Sorry about that!", None, kind="server_error"
            ),
        ),
        faults=(Rule(RefuseEvent(), on="conversation.item.create"),),
    ),
)
