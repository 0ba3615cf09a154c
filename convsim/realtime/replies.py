"""Replies that a test gives the model, and the items, parts and deltas that represent them in either dialect."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from convsim.errors import UsageError
from convsim.errors.misuse import shown
from convsim.realtime.audio import Audio, Format, encoded
from convsim.realtime.fields import Dialect
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text

# The live service cuts deltas by tokens; here a word is a delta (inferred).
_WORDS = re.compile(r"\s*\S+|\s+")

# Milliseconds of audio in one delta (inferred).
_CHUNK = 100


Reply = Text | Speech | Call


class Deltas(NamedTuple):
    """``kind`` + ".delta" for each of the deltas, then ``kind`` + ".done" with the members ``done``."""

    kind: str
    deltas: list[str]
    done: dict[str, str]
    obfuscated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A reply in one dialect: its first and its last item (without id and status), and its content part likewise.

    ``streams`` are in the order in which they end; the last one begins. ``where`` are the members that locate their
    deltas and ends.
    """

    kind: str
    first: dict[str, Any]
    last: dict[str, Any]
    part: tuple[dict[str, str], dict[str, str]] | None
    where: dict[str, Any]
    streams: tuple[Deltas, ...]
    audio: Audio | None = None


def checked(call: str, reply: object) -> Reply:
    """Return the reply given to ``call``, a string as a text; raise ``UsageError`` for any other value."""
    if isinstance(reply, str):
        return Text(reply)
    if isinstance(reply, Text) and (reply.annotations or reply.logprobs):
        raise UsageError(f"{call}({shown(reply)}): annotations and logprobs are for the Responses API; leave them out")
    if isinstance(reply, (Text, Speech, Call)):
        return reply
    foreign = isinstance(reply, (Refusal, Reasoning, Failure))
    why = f"{type(reply).__name__} is for the Responses API; " if foreign else ""
    raise UsageError(f"{call}({shown(reply)}): {why}write a string, Text(...), Speech(...) or Call(...)")


def plan(reply: Reply, dialect: Dialect, audio_format: Format, mint_call: Callable[[], str]) -> Plan:
    """Return the plan for ``reply``; ``mint_call`` gives the id of a call without one."""
    if isinstance(reply, Text):
        return _text(reply.text, dialect)
    if isinstance(reply, Speech):
        return _speech(reply.transcript, Audio(reply.audio, audio_format), dialect)
    return _call(reply.name, str(reply.arguments), reply.call_id or mint_call(), dialect)


def _text(text: str, dialect: Dialect) -> Plan:
    kind = "output_text" if dialect == "ga" else "text"
    stream = Deltas(f"response.{kind}", _WORDS.findall(text), {"text": text}, obfuscated=dialect == "ga")
    return _message(kind, "text", text, (stream,))


def _speech(transcript: str, audio: Audio, dialect: Dialect) -> Plan:
    kind = "output_audio" if dialect == "ga" else "audio"
    size = _CHUNK * audio.format.bytes_per_ms
    chunks = [encoded(audio.data[start : start + size]) for start in range(0, len(audio.data), size)]
    words = _WORDS.findall(transcript)
    streams = (
        Deltas(f"response.{kind}", chunks, {}, obfuscated=False),
        Deltas(f"response.{kind}_transcript", words, {"transcript": transcript}, obfuscated=dialect == "ga"),
    )
    return _message(kind, "transcript", transcript, streams, audio)


def _message(kind: str, member: str, said: str, streams: tuple[Deltas, ...], audio: Audio | None = None) -> Plan:
    # Content parts have the short name in both dialects (observed live).
    part = "audio" if audio else "text"
    return Plan(
        kind="message",
        first={"role": "assistant", "content": []},
        last={"role": "assistant", "content": [{"type": kind, member: said}]},
        part=({"type": part, member: ""}, {"type": part, member: said}),
        where={"content_index": 0},
        streams=streams,
        audio=audio,
    )


def _call(name: str, arguments: str, call_id: str, dialect: Dialect) -> Plan:
    # Recorded for GA; the beta's order is second-hand, and its documented last event has no name.
    if dialect == "ga":
        named, done = {"name": name, "call_id": call_id}, {"name": name, "arguments": arguments}
    else:
        named, done = {"call_id": call_id, "name": name}, {"arguments": arguments}
    stream = Deltas("response.function_call_arguments", _WORDS.findall(arguments), done, obfuscated=dialect == "ga")
    return Plan(
        kind="function_call",
        first={**named, "arguments": ""},
        last={**named, "arguments": arguments},
        part=None,
        where={"call_id": call_id},
        streams=(stream,),
    )
