"""Realtime: how a session begins and how it is changed."""

from __future__ import annotations

from typing import Any

from convsim.contract.events import missing, not_emulated, send, unknown, unsupported
from convsim.contract.evidence import documented, inferred, recorded
from convsim.contract.realtime import Json, Send, realtime
from convsim.contract.sessions import BETA, BETA_SESSION, GA, GA_SESSION, updated


def _update(answer: Json, **session: Any) -> Send:
    return send("session.update", answer, session=session)


_INPUT = GA_SESSION["audio"]["input"]
_PCMU = {"type": "audio/pcmu"}

REALTIME_SESSIONS = (
    realtime(
        "session-created",
        "The session comes first and unasked, with all its members; no conversation.created follows",
        recorded("frame-log", "localai", note="the members are those of a documented frame of 2025-08"),
        GA,
    ),
    realtime(
        "session-created-in-beta",
        "In the beta dialect the session is flat",
        recorded("capture-2024"),
        BETA,
    ),
    realtime(
        "session-updated",
        "An update answers the whole session; what is left out is kept, within audio too",
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
        _update(unknown("session.type"), type="realtime"),
    ),
    realtime(
        "session-type-missing",
        "An update without the session's type is refused",
        recorded("azure-notes", "frame-log"),
        GA,
        _update(missing("session.type"), instructions="Be brief."),
    ),
    realtime(
        "session-refused-whole",
        "An update with one wrong member changes nothing",
        recorded("azure-notes", "frame-log"),
        GA,
        _update(unknown("session.totally_made_up_field"), type="realtime", instructions="x", totally_made_up_field=1),
        _update(
            unsupported("session.output_modalities[0]", "smell", "'text' and 'audio'"),
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
        "A transcription session is refused with a code of convsim's own",
        inferred("the service has them, convsim does not"),
        GA,
        _update(not_emulated("convsim does not emulate transcription sessions.", "session.type"), type="transcription"),
    ),
)
