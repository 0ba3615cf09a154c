"""Realtime: the effects of a response on the conversation, and the limit of one at a time."""

from __future__ import annotations

from convsim.contract.events import (
    acknowledged,
    audio,
    create,
    delete,
    error,
    event,
    message,
    not_emulated,
    put,
    send,
    sent,
    with_object,
)
from convsim.contract.evidence import documented, inferred, recorded
from convsim.contract.realtime import Act, Heard, Json, realtime
from convsim.contract.responses import begun, deltas, finished, item_begun, item_done, part, respond, said, script
from convsim.contract.scenario import Like
from convsim.contract.sessions import BETA, GA, GA_2_1
from convsim.realtime import Call, Speech, Text
from convsim.realtime.fields import Dialect

_EMPTY = message("{said}", role="assistant") | {"content": []}
_NONE_ACTIVE = error("Cancellation failed: no active response found", "response_cancel_not_active")
_PADDING = {"obfuscation": Like("[0-9A-Za-z]{14}")}


def _first(before: str | None, dialect: Dialect = "ga") -> tuple[Json, ...]:
    """Return a response with the text "Hello there" up to its last delta."""
    kind = "output_text" if dialect == "ga" else "text"
    return (
        begun(dialect),
        *item_begun(_EMPTY, before, dialect),
        part("content_part.added", part={"type": "text", "text": ""}),
        *deltas(kind, ["Hello", " there"], dialect),
    )


def _last(before: str | None, status: str = "completed", dialect: Dialect = "ga") -> tuple[Json, ...]:
    """Return the events from there on."""
    kind = "output_text" if dialect == "ga" else "text"
    item = said(kind, "Hello there", "completed" if status == "completed" else "incomplete")
    output = item if dialect == "ga" else with_object(item)
    return (
        part(f"{kind}.done", text="Hello there"),
        part("content_part.done", part={"type": "text", "text": "Hello there"}),
        *item_done(item, before, dialect),
        finished(output, status=status, dialect=dialect),
    )


_HELLO = Text("Hello there")
_CALL = {"id": "{said}", "type": "function_call", "status": "completed", "name": "weather", "call_id": "call_1"}
_ARGUMENTS = '{"city":"Bern"}'
_ANY = Like("[0-9A-Za-z]{1,15}")
_WAIT = said("output_text", "Wait") | {"phase": "commentary"}
_SECOND = _CALL | {"id": "{called}", "arguments": _ARGUMENTS}
_WHERE = {"response_id": "{response}", "item_id": "{said}", "output_index": 0, "call_id": "call_1"}
_CALLED = _WHERE | {"item_id": "{called}", "output_index": 1}

REALTIME_RESPONSES = (
    realtime(
        "response-text",
        "A response begins, tells its item as output and in the conversation, then part, deltas and ends",
        recorded("pydantic-realtime", "capture-2026", "frame-log"),
        GA,
        put("A", None),
        script(_HELLO),
        respond(*_first("A"), *_last("A")),
        order=("A", "{said}"),
    ),
    realtime(
        "response-text-in-beta",
        "In the beta dialect output comes before the item too; nothing is padded, and no item is done",
        recorded("capture-2024", note="that the output comes first; the members of the response are inferred"),
        BETA,
        put("A", None, "beta"),
        script(_HELLO),
        respond(*_first("A", "beta"), *_last("A", dialect="beta")),
        order=("A", "{said}"),
    ),
    realtime(
        "response-speech",
        "Speech is told as its transcript and its audio",
        recorded("pydantic-realtime", "capture-2026", note="how deltas are cut is inferred"),
        GA,
        script(Speech(bytes(48 * 150), "Oh")),
        respond(
            begun(),
            *item_begun(_EMPTY, None),
            part("content_part.added", part={"type": "audio", "transcript": ""}),
            part("output_audio_transcript.delta", delta="Oh", **_PADDING),
            part("output_audio.delta", delta=audio(100)),
            part("output_audio.delta", delta=audio(50)),
            part("output_audio.done"),
            part("output_audio_transcript.done", transcript="Oh"),
            part("content_part.done", part={"type": "audio", "transcript": "Oh"}),
            *item_done(said("output_audio", "Oh"), None),
            finished(said("output_audio", "Oh")),
        ),
        order=("{said}",),
    ),
    realtime(
        "response-speech-in-beta",
        "In the beta dialect the events of speech have the shorter names",
        documented("spec", note="the members of the response are inferred"),
        BETA,
        script(Speech(bytes(48 * 100), "Oh")),
        respond(
            begun("beta"),
            *item_begun(_EMPTY, None, "beta"),
            part("content_part.added", part={"type": "audio", "transcript": ""}),
            part("audio_transcript.delta", delta="Oh"),
            part("audio.delta", delta=audio(100)),
            part("audio.done"),
            part("audio_transcript.done", transcript="Oh"),
            part("content_part.done", part={"type": "audio", "transcript": "Oh"}),
            *item_done(said("audio", "Oh"), None, "beta"),
            finished(with_object(said("audio", "Oh")), dialect="beta"),
        ),
        order=("{said}",),
    ),
    realtime(
        "response-call",
        "A call is told without parts, and its output may then be created",
        recorded("pydantic-realtime", note="how deltas are cut is inferred"),
        GA,
        script(Call("weather", _ARGUMENTS, call_id="call_1")),
        respond(
            begun(),
            *item_begun(_CALL | {"arguments": ""}, None),
            event(
                "response.function_call_arguments.delta", **_WHERE, delta=_ARGUMENTS, obfuscation=Like("[0-9A-Za-z]")
            ),
            event("response.function_call_arguments.done", **_WHERE, name="weather", arguments=_ARGUMENTS),
            *item_done(_CALL | {"arguments": _ARGUMENTS}, None),
            finished(_CALL | {"arguments": _ARGUMENTS}),
        ),
        create(
            {"type": "function_call_output", "id": "B", "call_id": "call_1", "output": "21"},
            *acknowledged({"id": "B", "type": "function_call_output", "call_id": "call_1", "output": "21"}, "{said}"),
        ),
        order=("{said}", "B"),
    ),
    realtime(
        "response-of-two-items",
        "The items of a response begin one after the other, and end one after the other; a message before a call of"
        " gpt-realtime-2.1 is commentary",
        recorded("pydantic-realtime", note="in one recording"),
        GA_2_1,
        script(Text("Wait"), Call("weather", _ARGUMENTS, call_id="call_1")),
        respond(
            begun(voice="marin"),
            *item_begun(_EMPTY | {"phase": "commentary"}, None),
            part("content_part.added", part={"type": "text", "text": ""}),
            *deltas("output_text", ["Wait"]),
            *item_begun(_CALL | {"arguments": ""}, "{said}", name="called", index=1),
            event("response.function_call_arguments.delta", **_CALLED, delta=_ARGUMENTS, obfuscation=_ANY),
            part("output_text.done", text="Wait"),
            part("content_part.done", part={"type": "text", "text": "Wait"}),
            *item_done(_WAIT, None),
            event("response.function_call_arguments.done", **_CALLED, name="weather", arguments=_ARGUMENTS),
            *item_done(_SECOND, "{said}", index=1),
            finished(_WAIT, _SECOND, voice="marin"),
        ),
        order=("{said}", "{called}"),
    ),
    realtime(
        "response-last-phase",
        "The last message of a response of gpt-realtime-2.1 is the final answer",
        recorded("pydantic-realtime", note="that of several messages each is one is inferred"),
        GA_2_1,
        script(Text("Wait")),
        respond(
            begun(voice="marin"),
            *item_begun(_EMPTY | {"phase": "final_answer"}, None),
            part("content_part.added", part={"type": "text", "text": ""}),
            *deltas("output_text", ["Wait"]),
            part("output_text.done", text="Wait"),
            part("content_part.done", part={"type": "text", "text": "Wait"}),
            *item_done(_WAIT | {"phase": "final_answer"}, None),
            finished(_WAIT | {"phase": "final_answer"}, voice="marin"),
        ),
        order=("{said}",),
    ),
    realtime(
        "response-asked-for",
        "A response takes over what its event asks for",
        documented("spec"),
        GA,
        script(),
        respond(
            begun(output_modalities=["text"], metadata={"topic": "demo"}),
            finished(output_modalities=["text"], metadata={"topic": "demo"}),
            response={"output_modalities": ["text"], "metadata": {"topic": "demo"}, "instructions": "Be brief."},
        ),
    ),
    realtime(
        "response-active",
        "A second response is refused while one is active, and told which; the event_id is repeated",
        recorded("unpinned", "livekit", note="a frame of 2026-07-22; the event_id from 2064 and 6817"),
        GA,
        script(_HELLO, hold=True),
        respond(*_first(None)),
        respond(
            error(
                "Conversation already has an active response in progress: {response}. Wait until the response is"
                " finished before creating a new one.",
                "conversation_already_has_active_response",
                event_id="event_mine",
            ),
            event_id="event_mine",
        ),
        Act("finish", Heard(_last(None))),
        order=("{said}",),
    ),
    realtime(
        "response-cancelled",
        "A cancelled response ends with what there is, its item incomplete",
        documented("spec", note="the details of the status; the order of the ends is that of a whole response"),
        GA,
        script(_HELLO, hold=True),
        respond(*_first(None)),
        send("response.cancel", *_last(None, "cancelled")),
        order=("{said}",),
    ),
    realtime(
        "response-cancelled-by-id",
        "A response is cancelled by its id, and no other is",
        documented("spec"),
        GA,
        script(_HELLO, hold=True),
        respond(*_first(None)),
        send("response.cancel", _NONE_ACTIVE, response_id="resp_other"),
        send("response.cancel", *_last(None, "cancelled"), response_id="{response}"),
        order=("{said}",),
    ),
    realtime(
        "response-none-active",
        "Cancelling without an active response is refused",
        recorded("unpinned", note="quoted widely"),
        GA,
        send("response.cancel", _NONE_ACTIVE),
    ),
    realtime(
        "response-and-items",
        "Items can be put in and deleted while a response is active; the end of its item names the one before it then",
        inferred("clients do so; no recording shows the frames"),
        GA,
        put("A", None),
        script(_HELLO, hold=True),
        respond(*_first("A")),
        create(sent(message("B")), *acknowledged(message("B"), "{said}")),
        create(sent(message("C")), *acknowledged(message("C"), "A"), previous_item_id="A"),
        delete("A"),
        Act("finish", Heard(_last("C"))),
        order=("C", "{said}", "B"),
    ),
    realtime(
        "response-not-scripted",
        "A response without a script is refused with a code of convsim's own, as are those out of band or to an input",
        inferred("there is no model here"),
        GA,
        respond(
            error(
                "No script answers this response.create, whose user says ''."
                ' Write, before it: sim.realtime.script("..."), or session.script("...")',
                "convsim_unscripted_turn",
                kind="convsim_error",
            )
        ),
        respond(
            not_emulated("convsim does not emulate responses out of band.", "response.conversation"),
            response={"conversation": "none"},
        ),
        respond(
            not_emulated("convsim does not emulate responses to an input.", "response.input"), response={"input": []}
        ),
    ),
)
