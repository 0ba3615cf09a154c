"""Realtime: whether an error repeats the ``event_id`` of the event that it answers."""

from __future__ import annotations

from convsim.contract.events import (
    acknowledged,
    create,
    delete,
    duplicate,
    error,
    message,
    missing,
    no_call,
    no_previous,
    not_deleted,
    not_retrieved,
    output,
    put,
    retrieve,
    send,
    sent,
    truncate,
    unknown,
)
from convsim.contract.evidence import Evidence, inferred, recorded, second_hand
from convsim.contract.realtime import Heard, RealtimeScenario, Send, Step, realtime
from convsim.contract.scenarios.realtime_refusals import NO_JSON, NO_TYPE
from convsim.contract.sessions import GA

_MINE = "event_mine"
_NONE_ACTIVE = error("Cancellation failed: no active response found", "response_cancel_not_active")
_EMPTY = error(
    "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has"
    " 0.00ms of audio.",
    "input_audio_buffer_commit_empty",
)


def _echo(name: str, title: str, evidence: Evidence, *steps: Step, order: tuple[str, ...] = ()) -> RealtimeScenario:
    return realtime(f"echo-{name}", title, evidence, GA, *steps, order=order)


REALTIME_ECHO = (
    _echo(
        "schema",
        "Faults of the schema repeat the event_id",
        recorded("role-probe", "azure-notes", "livekit", note="nine of nine"),
        create({}, missing("item.type", event_id=_MINE), event_id=_MINE),
        create(sent(message("A")) | {"name": "Bob"}, unknown("item.name", event_id=_MINE), event_id=_MINE),
        send("session.update", missing("session.type", event_id=_MINE), session={}, event_id=_MINE),
    ),
    _echo(
        "none",
        "Without an event_id there is none to repeat: it is null",
        recorded("frame-log"),
        create({}, missing("item.type")),
    ),
    _echo(
        "success",
        "An answer to a successful event never repeats it, and mints an id of its own",
        recorded("capture-2024", "capture-2026"),
        create(sent(message("A")), *acknowledged(message("A"), None), event_id=_MINE),
        order=("A",),
    ),
    _echo(
        "duplicate",
        "A duplicate id does not repeat it",
        recorded("azure-notes"),
        put("A", None),
        create(sent(message("A")), duplicate("A"), event_id=_MINE),
        order=("A",),
    ),
    _echo(
        "previous",
        "An unknown previous item does not repeat it",
        inferred("as the other faults of the conversation's state"),
        create(sent(message("A")), no_previous("X"), previous_item_id="X", event_id=_MINE),
    ),
    _echo(
        "call",
        "An unknown call does not repeat it",
        recorded("livekit", note="the client had sent one"),
        create(sent(output("A")), no_call("call_1"), event_id=_MINE),
    ),
    _echo(
        "delete",
        "A deletion that is refused does not repeat it",
        second_hand("unpinned"),
        delete("X", not_deleted("X"), event_id=_MINE),
    ),
    _echo(
        "retrieve",
        "A retrieval that is refused repeats it",
        second_hand("pipecat", note="it reads the item's id from there"),
        retrieve("X", not_retrieved("X", event_id=_MINE), event_id=_MINE),
    ),
    _echo(
        "truncate",
        "A truncation that is refused does not repeat it",
        inferred("as the other faults of the conversation's state"),
        truncate("X", 10, error("Item with item_id not found: X", "item_truncate_invalid_item_id"), event_id=_MINE),
    ),
    _echo(
        "response",
        "A cancellation that is refused does not repeat it",
        inferred("as the other faults of state; a second response repeats it, and is the one exception"),
        send("response.cancel", _NONE_ACTIVE, event_id=_MINE),
    ),
    _echo(
        "audio",
        "A commit that is refused does not repeat it",
        inferred("as the other faults of the session's state"),
        send("input_audio_buffer.commit", _EMPTY, event_id=_MINE),
    ),
    _echo(
        "frame",
        "An event without a type repeats it where there is one; text that is no JSON has none",
        inferred("the documented example has a null"),
        Send({"event_id": _MINE}, Heard((NO_TYPE | {"error": NO_TYPE["error"] | {"event_id": _MINE}},))),
        Send(f'{{"event_id":"{_MINE}",', Heard((NO_JSON,))),
    ),
)
