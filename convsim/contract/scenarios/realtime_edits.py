"""Realtime: items are deleted, read and cut."""

from __future__ import annotations

from convsim.contract.answers import text
from convsim.contract.events import (
    acknowledged,
    audio,
    call,
    create,
    delete,
    error,
    event,
    heard_audio,
    message,
    model_says,
    no_call,
    not_deleted,
    not_retrieved,
    output,
    put,
    retrieve,
    sent,
    truncate,
    with_object,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.realtime import Json, realtime
from convsim.contract.sessions import BETA, GA
from convsim.realtime import Speech, Text

_SPEECH = Speech(bytes(48 * 1000), "Once upon a time")
_ONLY_AUDIO = "Only model output audio messages can be truncated"


def _not_cut(code: str | None = "unsupported_content_type") -> Json:
    return error(_ONLY_AUDIO, code)


def _spoken(milliseconds: int, transcript: str | None) -> Json:
    part = {"type": "audio", "transcript": transcript, "audio": audio(milliseconds), "format": "pcm16"}
    item = with_object(message("{said}", part, role="assistant"))
    return event("conversation.item.retrieved", item=item)


REALTIME_EDITS = (
    realtime(
        "deleted",
        "A deletion is acknowledged with the item's id and nothing else, and closes the gap",
        documented("spec", "speaches", note="that it happens is recorded, the frame is the description's"),
        GA,
        put("A", None),
        put("B", "A"),
        put("C", "B"),
        delete("B"),
        put("D", "C"),
        put("E", "A", previous_item_id="A"),
        order=("A", "E", "C", "D"),
    ),
    realtime(
        "deleted-in-beta",
        "In the beta dialect a deletion is acknowledged alike",
        documented("spec"),
        BETA,
        put("A", None, "beta"),
        delete("A"),
    ),
    realtime(
        "deleted-twice",
        "A second deletion is refused like that of an item which never was",
        recorded("speaches"),
        GA,
        put("A", None),
        delete("A"),
        delete("A", not_deleted("A")),
    ),
    realtime(
        "deleted-call",
        "Once its call is deleted, an output is refused; outputs that are there remain",
        second_hand("livekit", note="reported of calls that a handover had pruned"),
        GA,
        create(sent(call("A")), *acknowledged(call("A"), None)),
        create(sent(output("B")), *acknowledged(output("B"), "A")),
        delete("A"),
        create(sent(output("C")), no_call("call_1")),
        order=("B",),
    ),
    realtime(
        "retrieved",
        "An item is read back with its object, in both dialects, and without a previous item",
        documented("spec", note="the example looks like a frame of 2025-09"),
        GA,
        put("A", None),
        retrieve("A", event("conversation.item.retrieved", item=with_object(message("A")))),
        order=("A",),
    ),
    realtime(
        "retrieved-in-beta",
        "In the beta dialect an item is read back alike",
        documented("spec"),
        BETA,
        put("A", None, "beta"),
        retrieve("A", event("conversation.item.retrieved", item=with_object(message("A")))),
        order=("A",),
    ),
    realtime(
        "retrieved-after-deletion",
        "A deleted item cannot be read",
        recorded("speaches"),
        GA,
        put("A", None),
        delete("A"),
        retrieve("A", not_retrieved("A")),
    ),
    realtime(
        "retrieved-speech",
        "Speech of the model is read back with its audio, as a part named audio",
        documented("spec", note="the example, which looks like a frame of 2025-09, keeps the beta's name"),
        GA,
        model_says(_SPEECH, "said", None),
        retrieve("{said}", _spoken(1000, "Once upon a time")),
        order=("{said}",),
    ),
    realtime(
        "truncated",
        "Cutting speech of the model repeats id, part and time; the audio after it is gone, and so is the transcript",
        documented("spec"),
        GA,
        model_says(_SPEECH, "said", None),
        truncate("{said}", 400),
        retrieve("{said}", _spoken(400, None)),
        truncate("{said}", 400),
        order=("{said}",),
    ),
    realtime(
        "truncated-in-beta",
        "In the beta dialect cutting is acknowledged alike",
        documented("spec"),
        BETA,
        model_says(_SPEECH, "said", None, "beta"),
        truncate("{said}", 400),
        order=("{said}",),
    ),
    realtime(
        "truncate-too-far",
        "Audio that is shorter than the time to cut at is refused",
        second_hand("twilio", "openclaw", "pipecat", note="recorded is the sentence, not code and param"),
        GA,
        model_says(Speech(bytes(48 * 9250), "Once"), "said", None),
        truncate("{said}", 57340, error("Audio content of 9250ms is already shorter than 57340ms", "invalid_value")),
        order=("{said}",),
    ),
    realtime(
        "truncate-text",
        "Only speech of the model can be cut, neither its text nor messages of the user",
        recorded("livekit"),
        GA,
        model_says(Text("hello"), "said", None),
        put("A", "{said}"),
        create(sent(message("B", {"type": "input_audio", "audio": audio(100)})), *acknowledged(heard_audio("B"), "A")),
        *(truncate(item_id, 100, _not_cut()) for item_id in ("{said}", "A", "B")),
        order=("{said}", "A", "B"),
    ),
    realtime(
        "truncate-at-zero",
        "Cutting at 0 ms is refused in the same words",
        recorded("livekit"),
        GA,
        model_says(_SPEECH, "said", None),
        truncate("{said}", 0, _not_cut()),
        order=("{said}",),
    ),
    realtime(
        "truncate-another-part",
        "A part that the item does not have counts as one without audio",
        inferred("no recording has another index than 0"),
        GA,
        model_says(_SPEECH, "said", None),
        truncate("{said}", 100, _not_cut(), content_index=1),
        order=("{said}",),
    ),
    realtime(
        "truncate-text-in-beta",
        "In the beta dialect that refusal has no code",
        recorded("livekit", note="the whole frame, 2024-11-03"),
        BETA,
        put("A", None, "beta"),
        truncate("A", 100, _not_cut(None)),
        order=("A",),
    ),
    realtime(
        "truncate-after-deletion",
        "A deleted item cannot be cut",
        second_hand("livekit", "openclaw", note="the older code for it is invalid_value"),
        GA,
        model_says(_SPEECH, "said", None),
        delete("{said}"),
        truncate("{said}", 100, error("Item with item_id not found: {said}", "item_truncate_invalid_item_id")),
    ),
    realtime(
        "edits-keep-the-words",
        "The items around an edited item are unchanged",
        inferred("nobody recorded it otherwise"),
        GA,
        create(sent(message("A", text("one"))), *acknowledged(message("A", text("one")), None)),
        model_says(_SPEECH, "said", "A"),
        create(sent(message("B", text("two"))), *acknowledged(message("B", text("two")), "{said}")),
        truncate("{said}", 400),
        delete("A"),
        retrieve("B", event("conversation.item.retrieved", item=with_object(message("B", text("two"))))),
        order=("{said}", "B"),
    ),
)
