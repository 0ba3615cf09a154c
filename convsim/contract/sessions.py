"""The openings of sessions, in both dialects, and their first session objects."""

from __future__ import annotations

from convsim.contract.events import event, minted
from convsim.contract.realtime import Heard, Json, Opening
from convsim.contract.scenario import Like, Seconds

_PCM = {"type": "audio/pcm", "rate": 24000}
_INSTRUCTIONS = Like("Your knowledge cutoff is .+")
_VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}

GA_SESSION: Json = {
    "type": "realtime",
    "object": "realtime.session",
    "id": minted("sess", "session"),
    "model": "gpt-realtime",
    "output_modalities": ["audio"],
    "instructions": _INSTRUCTIONS,
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
    "expires_at": Seconds(),
    "audio": {
        "input": {
            "format": _PCM,
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {**_VAD, "idle_timeout_ms": None, "create_response": True, "interrupt_response": True},
        },
        "output": {"format": _PCM, "voice": "alloy", "speed": 1.0},
    },
    "include": None,
}

SESSION_2_1: Json = GA_SESSION | {
    "model": "gpt-realtime-2.1",
    "audio": {
        "input": GA_SESSION["audio"]["input"]
        | {"turn_detection": GA_SESSION["audio"]["input"]["turn_detection"] | {"silence_duration_ms": 500}},
        "output": GA_SESSION["audio"]["output"] | {"voice": "marin"},
    },
}

BETA_SESSION: Json = {
    "id": minted("sess", "session"),
    "object": "realtime.session",
    "model": "gpt-realtime",
    "expires_at": Seconds(),
    "modalities": ["audio", "text"],
    "instructions": _INSTRUCTIONS,
    "voice": "alloy",
    "turn_detection": {**_VAD, "create_response": True},
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_transcription": None,
    "tool_choice": "auto",
    "temperature": 0.8,
    "max_response_output_tokens": "inf",
    "tools": [],
}


def updated(session: Json, **changes: object) -> Json:
    """Return the event ``session.updated``, after some members have changed or were added."""
    return event("session.updated", session={**session, "id": "{session}", **changes})


GA = Opening(Heard((event("session.created", session=GA_SESSION),)))
"""The usual opening of a current session."""

GA_2_1 = Opening(Heard((event("session.created", session=SESSION_2_1),)), model="gpt-realtime-2.1")
"""The same with a model that reasons."""

BETA = Opening(Heard((event("session.created", session=BETA_SESSION),)), "beta")
"""The same in the beta dialect."""
