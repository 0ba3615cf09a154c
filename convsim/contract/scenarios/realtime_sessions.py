"""Realtime: how a session begins and how it is changed."""

from __future__ import annotations

from typing import Any

from convsim.contract.events import error, missing, model_says, send, unknown, unsupported
from convsim.contract.evidence import documented, inferred, recorded
from convsim.contract.realtime import Json, Send, realtime
from convsim.contract.sessions import BETA, BETA_SESSION, GA, GA_2_1, GA_SESSION, SESSION_2_1, updated
from convsim.realtime import Speech


def _update(answer: Json, **session: Any) -> Send:
    return send("session.update", answer, event_id=_MINE, session=session)


def _audio(direction: str, session: Json = GA_SESSION, **members: Any) -> Json:
    """Return the audio of a session, some members of one direction changed."""
    audio: Json = session["audio"]
    return audio | {direction: audio[direction] | members}


def _output(**members: Any) -> Json:
    return {"output": members}


_MINE = "event_mine"
_INPUT = GA_SESSION["audio"]["input"]
_PCMU = {"type": "audio/pcmu"}
_BETA_VOICES = "'alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer'"
_SETTLED = error("Cannot update a conversation's voice if assistant audio is present.", "cannot_update_voice")
_TOOL: Json = {
    "type": "function",
    "name": "weather",
    "description": "Looks up the weather.",
    "parameters": {"type": "object", "properties": {}},
}
_WHISPER = {"model": "gpt-realtime-whisper"}


def _modalities(path: str, given: str, supported: str) -> Json:
    words = f"Invalid modalities: {given}. Supported combinations are: {supported}."
    return error(words, "invalid_value", path, event_id=_MINE)


REALTIME_SESSIONS = (
    realtime(
        "session-created",
        "The session comes first and unasked, with all its members; no conversation.created follows",
        recorded("pydantic-realtime", "frame-log", "localai"),
        GA,
    ),
    realtime(
        "session-created-2-1",
        "gpt-realtime-2.1 begins with another voice, and waits longer for the end of speech",
        recorded("pydantic-realtime"),
        GA_2_1,
        _update(
            updated(
                SESSION_2_1,
                audio=_audio("input", SESSION_2_1, transcription=_WHISPER | {"language": None, "prompt": None}),
            ),
            type="realtime",
            audio={"input": {"transcription": _WHISPER, "turn_detection": {"type": "server_vad"}}},
        ),
    ),
    realtime(
        "session-created-in-beta",
        "In the beta dialect the session is flat",
        recorded("capture-2024"),
        BETA,
    ),
    realtime(
        "session-updated",
        "An update answers the whole session; omitted members are kept, within audio, too",
        documented("spec"),
        GA,
        _update(updated(GA_SESSION, instructions="Be brief."), type="realtime", instructions="Be brief."),
        _update(
            updated(
                GA_SESSION,
                instructions="Be brief.",
                audio=GA_SESSION["audio"] | {"input": _INPUT | {"format": _PCMU, "turn_detection": None}},
            ),
            type="realtime",
            audio={"input": {"format": _PCMU, "turn_detection": None}},
        ),
    ),
    realtime(
        "session-updated-in-beta",
        "In the beta dialect an update is flat and has no type",
        documented("spec"),
        BETA,
        _update(updated(BETA_SESSION, voice="sage", modalities=["text"]), voice="sage", modalities=["text"]),
        _update(unknown("session.type", event_id=_MINE), type="realtime"),
    ),
    realtime(
        "session-type-missing",
        "An update without the session's type is refused",
        recorded("azure-notes", "frame-log"),
        GA,
        _update(missing("session.type", event_id=_MINE), instructions="Be brief."),
    ),
    realtime(
        "session-refused-whole",
        "An update with one wrong member changes nothing",
        recorded("azure-notes", "frame-log"),
        GA,
        _update(
            unknown("session.totally_made_up_field", event_id=_MINE),
            type="realtime",
            instructions="x",
            totally_made_up_field=1,
        ),
        _update(
            unsupported("session.output_modalities[0]", "smell", "'text' and 'audio'", event_id=_MINE),
            type="realtime",
            instructions="x",
            output_modalities=["smell"],
        ),
        _update(updated(GA_SESSION), type="realtime"),
    ),
    realtime(
        "session-model-kept",
        "Another model in an update is ignored in silence",
        recorded("azure-notes", "aimock"),
        GA,
        _update(updated(GA_SESSION), type="realtime", model="gpt-realtime-mini"),
    ),
    realtime(
        "session-of-transcription",
        "An update for a transcription session is refused by a session of another type",
        recorded("justspeaktoit", note="message and code; the param and whether the event_id is repeated are inferred"),
        GA,
        _update(
            error(
                "Passing a transcription session update event to a realtime session is not allowed.",
                "invalid_parameter",
                event_id=_MINE,
            ),
            type="transcription",
            audio={"input": {}},
        ),
    ),
    realtime(
        "session-instructions-empty",
        "Empty instructions give back those with which the session began",
        recorded("pydantic-realtime"),
        GA,
        _update(updated(GA_SESSION, instructions="Be brief."), type="realtime", instructions="Be brief."),
        _update(updated(GA_SESSION), type="realtime", instructions=""),
    ),
    realtime(
        "session-transcription",
        "A transcription comes back with its language and prompt, null where they were not given",
        recorded("pydantic-realtime"),
        GA,
        _update(
            updated(GA_SESSION, audio=_audio("input", transcription=_WHISPER | {"language": None, "prompt": None})),
            type="realtime",
            audio={"input": {"transcription": _WHISPER}},
        ),
    ),
    realtime(
        "session-turn-detection",
        "Members that an update of the turn detection leaves out are kept",
        inferred("recorded only of members that had never been changed"),
        GA,
        _update(
            updated(GA_SESSION, audio=_audio("input", turn_detection=_INPUT["turn_detection"] | {"threshold": 0.25})),
            type="realtime",
            audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 0.25}}},
        ),
        _update(
            updated(
                GA_SESSION,
                audio=_audio(
                    "input", turn_detection=_INPUT["turn_detection"] | {"threshold": 0.25, "create_response": False}
                ),
            ),
            type="realtime",
            audio={"input": {"turn_detection": {"type": "server_vad", "create_response": False}}},
        ),
    ),
    realtime(
        "session-tools",
        "Tools come back as type, name, description, parameters, in whatever order they were sent",
        recorded("pydantic-realtime"),
        GA,
        _update(updated(GA_SESSION, tools=[_TOOL]), type="realtime", tools=[dict(reversed(_TOOL.items()))]),
    ),
    realtime(
        "session-tools-checked",
        "Tools are checked like any other object",
        recorded("livekit", note="3210 and 3871, of an unknown member; the rest is inferred"),
        GA,
        _update(unknown("session.tools[0].meta", event_id=_MINE), type="realtime", tools=[_TOOL | {"meta": None}]),
        _update(missing("session.tools[0].name", event_id=_MINE), type="realtime", tools=[{"type": "function"}]),
    ),
    realtime(
        "session-modalities",
        "A session speaks or writes, not both",
        documented("spec", note="the words are those recorded of the beta"),
        GA,
        _update(
            _modalities("session.output_modalities", "['audio', 'text']", "['text'] and ['audio']"),
            type="realtime",
            output_modalities=["audio", "text"],
        ),
    ),
    realtime(
        "session-modalities-in-beta",
        "A session of the beta writes, or speaks and writes",
        recorded("litellm", note="issue 14887; param, code and event_id are inferred"),
        BETA,
        _update(_modalities("session.modalities", "['audio']", "['text'] and ['audio', 'text']"), modalities=["audio"]),
    ),
    realtime(
        "session-voice-unknown",
        "A voice that does not exist is told those that do",
        documented("spec", note="which there are; the sentence is that of the beta, its order inferred"),
        GA,
        _update(
            unsupported(
                "session.audio.output.voice",
                "fable",
                f"{_BETA_VOICES}, 'verse', 'marin', and 'cedar'",
                event_id=_MINE,
            ),
            type="realtime",
            audio=_output(voice="fable"),
        ),
    ),
    realtime(
        "session-voice-unknown-in-beta",
        "In the beta dialect there are two less",
        recorded("sokuji"),
        BETA,
        _update(unsupported("session.voice", "fable", f"{_BETA_VOICES}, and 'verse'", event_id=_MINE), voice="fable"),
    ),
    realtime(
        "session-voice-settled",
        "Once the model has spoken, the voice stays; the same one may be sent again",
        recorded("agents-python", "openai-python", note="the refusal; the rest and the event_id are inferred"),
        GA,
        _update(
            updated(GA_SESSION, audio=_audio("output", voice="cedar")), type="realtime", audio=_output(voice="cedar")
        ),
        model_says(Speech(bytes(4800), "Hello"), "spoken", None),
        _update(_SETTLED, type="realtime", audio=_output(voice="marin")),
        _update(
            updated(GA_SESSION, audio=_audio("output", voice="cedar")), type="realtime", audio=_output(voice="cedar")
        ),
        order=("{spoken}",),
    ),
)
