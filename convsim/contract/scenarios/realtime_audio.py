"""Realtime: speech of the user, as an item and as a stream."""

from __future__ import annotations

from convsim.contract.events import (
    acknowledged,
    audio,
    create,
    error,
    event,
    heard_audio,
    message,
    minted,
    missing,
    only,
    put,
    retrieve,
    send,
    sent,
    with_object,
)
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.realtime import Heard, Json, Send, realtime
from convsim.contract.sessions import BETA, GA

_APPEND = send("input_audio_buffer.append", audio=audio(100))
_COMMIT = {"type": "input_audio_buffer.commit"}


def _committed(before: str | None, name: str) -> Json:
    return event("input_audio_buffer.committed", previous_item_id=before, item_id=minted("item", name))


def _too_short(milliseconds: str) -> Json:
    return error(
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has"
        f" {milliseconds}ms of audio.",
        "input_audio_buffer_commit_empty",
    )


def _no_audio(path: str, found: str, param: str) -> Json:
    words = f"Invalid '{path}'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got {found}."
    return error(words, "invalid_value", param)


def _spoken(item_id: str) -> Json:
    part = {"type": "input_audio", "transcript": None, "audio": audio(100), "format": "pcm16"}
    return event("conversation.item.retrieved", item=with_object(message(item_id, part)))


REALTIME_AUDIO = (
    realtime(
        "audio-not-echoed",
        "Audio in an item is accepted and not echoed; its transcript is null",
        recorded("capture-2024", "capture-2026", note="of spoken items; that created ones do alike is documented"),
        GA,
        create(sent(message("A", {"type": "input_audio", "audio": audio(100)})), *acknowledged(heard_audio("A"), None)),
        order=("A",),
    ),
    realtime(
        "audio-retrieved",
        "Reading the item brings its audio back, with the name of its format",
        documented("spec", note="the example is of the assistant's audio"),
        GA,
        create(sent(message("A", {"type": "input_audio", "audio": audio(100)})), *acknowledged(heard_audio("A"), None)),
        retrieve("A", _spoken("A")),
        order=("A",),
    ),
    realtime(
        "committed",
        "Streamed audio is not acknowledged; committed it becomes an item of the user, in frames of 143, 247 and 246"
        " bytes",
        recorded("frame-log", "capture-2026"),
        GA,
        _APPEND,
        Send(_COMMIT, Heard((_committed(None, "A"), *acknowledged(heard_audio("{A}"), None)), sizes=(143, 247, 246))),
        order=("{A}",),
    ),
    realtime(
        "committed-in-beta",
        "In the beta dialect the commit is followed by the one acknowledgement",
        recorded("capture-2024"),
        BETA,
        _APPEND,
        Send(_COMMIT, Heard((_committed(None, "A"), *acknowledged(heard_audio("{A}"), None, "beta")))),
        order=("{A}",),
    ),
    realtime(
        "committed-behind",
        "The commit names the item before, as the acknowledgements do; its item can be read with the audio",
        recorded("capture-2026", note="the audio of a committed item is documented"),
        GA,
        put("A", None),
        _APPEND,
        Send(_COMMIT, Heard((_committed("A", "B"), *acknowledged(heard_audio("{B}"), "A")))),
        retrieve("{B}", _spoken("{B}")),
        order=("A", "{B}"),
    ),
    realtime(
        "committed-too-early",
        "Less than 100 ms cannot be committed, and stays in the buffer",
        second_hand("unpinned", note="quoted widely; that it stays is inferred"),
        GA,
        send("input_audio_buffer.commit", _too_short("0.00")),
        send("input_audio_buffer.append", audio=audio(60)),
        send("input_audio_buffer.commit", _too_short("60.00")),
        send("input_audio_buffer.append", audio=audio(40)),
        Send(_COMMIT, Heard((_committed(None, "A"), *acknowledged(heard_audio("{A}"), None)))),
        order=("{A}",),
    ),
    realtime(
        "cleared",
        "Clearing the buffer is acknowledged, and leaves nothing to commit",
        documented("spec"),
        GA,
        _APPEND,
        send("input_audio_buffer.clear", event("input_audio_buffer.cleared")),
        send("input_audio_buffer.commit", _too_short("0.00")),
    ),
    realtime(
        "no-audio",
        "Invalid base64 is refused, streamed audio under a param of its own; an empty string is called empty bytes",
        recorded("unpinned", note="the sentences; the param of streamed audio was not found again"),
        GA,
        send("input_audio_buffer.append", _no_audio("audio", "an invalid value", "audio.audio"), audio="?"),
        send("input_audio_buffer.append", _no_audio("audio", "empty bytes", "audio.audio"), audio=""),
        create(
            sent(message("A", {"type": "input_audio", "audio": "?"})),
            _no_audio("item.content[0].audio", "an invalid value", "item.content[0].audio"),
        ),
    ),
    realtime(
        "assistant-audio",
        "The assistant's audio cannot be created: it is missed for its text",
        recorded("agents-js", note="issue 963, a frame of 2026-02"),
        GA,
        create(
            sent(message("A", {"type": "output_audio", "transcript": "hello"}, role="assistant")),
            missing("item.content[0].text"),
        ),
    ),
    realtime(
        "assistant-audio-with-text",
        "With a text beside it, too, the assistant's audio is refused",
        inferred("documented is that it cannot be created; the sentence is that of another type"),
        GA,
        create(
            sent(message("A", {"type": "output_audio", "text": "hello", "audio": audio(100)}, role="assistant")),
            only("item.content[0].type", "output_audio", "output_text"),
        ),
    ),
)
