"""The events of a response in Realtime scenarios, in the live order and with the live keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convsim.contract.events import event, message, minted, with_object
from convsim.contract.realtime import Act, Heard, Json, Send
from convsim.contract.scenario import Like
from convsim.realtime import Call, Speech, Text
from convsim.realtime.fields import Dialect

_TOKENS = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0}
_USAGE = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_token_details": _TOKENS
    | {"cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}},
    "output_token_details": {"text_tokens": 0, "audio_tokens": 0},
}
_OWN: dict[Dialect, Json] = {
    "ga": {
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy"}},
    },
    "beta": {
        "modalities": ["audio", "text"],
        "voice": "alloy",
        "output_audio_format": "pcm16",
        "temperature": 0.8,
        "max_output_tokens": "inf",
    },
}


def script(*replies: Text | Speech | Call, hold: bool = False) -> Act:
    """Return a step: a script for the model."""
    return Act("script", Heard(), replies, {"hold": hold})


def respond(*events: Json, **members: Any) -> Send:
    """Return a step: a client asks for a response."""
    return Send({"type": "response.create", **members}, Heard(events))


def begun(dialect: Dialect = "ga", name: str = "response", **own: Any) -> Json:
    """Return ``response.created``, its id known as ``name``; ``own`` are requested members, or another ``voice``."""
    return event("response.created", response=_response(minted("resp", name), dialect, own))


def finished(*output: Json, status: str = "completed", dialect: Dialect = "ga", **own: Any) -> Json:
    """Return ``response.done`` with its items."""
    details = {"type": "cancelled", "reason": "client_cancelled"} if status == "cancelled" else None
    response = _response("{response}", dialect, own) | {"conversation_id": "{conversation}"}
    ended = {"status": status, "status_details": details, "output": list(output), "usage": _USAGE}
    return event("response.done", response=response | ended)


def _response(response_id: Any, dialect: Dialect, own: Json) -> Json:
    first: Json = {"object": "realtime.response", "id": response_id, "status": "in_progress", "status_details": None}
    held = {"output": [], "conversation_id": minted("conv", "conversation")}
    voice = own.pop("voice", None)
    spoken = {"audio": {"output": _OWN["ga"]["audio"]["output"] | {"voice": voice}}} if voice else {}
    return first | held | _OWN[dialect] | spoken | {"usage": None, "metadata": None} | own


def item_begun(
    item: Json, before: str | None, dialect: Dialect = "ga", name: str = "said", index: int = 0
) -> tuple[Json, ...]:
    """Return the events of an empty item, first as output and then as an item; its id is then known as ``name``."""
    first = _of(dialect, item | {"id": minted("item", name), "status": "in_progress"})
    kind = "conversation.item.added" if dialect == "ga" else "conversation.item.created"
    return (
        event("response.output_item.added", response_id="{response}", output_index=index, item=first),
        event(kind, previous_item_id=before, item=first | {"id": f"{{{name}}}"}),
    )


def item_done(item: Json, before: str | None, dialect: Dialect = "ga", index: int = 0) -> tuple[Json, ...]:
    """Return the events of a complete item, first in the conversation, then as output; in the beta only as output."""
    last = _of(dialect, item)
    told = (event("response.output_item.done", response_id="{response}", output_index=index, item=last),)
    done = (event("conversation.item.done", previous_item_id=before, item=last),)
    return done + told if dialect == "ga" else told


def _of(dialect: Dialect, item: Json) -> Json:
    return item if dialect == "ga" else with_object(item)


def part(kind: str, /, **members: Any) -> Json:
    """Return ``response.content_part.added`` or ``.done``, or any other event of the first part of ``{said}``."""
    where = {"response_id": "{response}", "item_id": "{said}", "output_index": 0, "content_index": 0}
    return event(f"response.{kind}", **where, **members)


def deltas(kind: str, words: Sequence[str], dialect: Dialect = "ga") -> tuple[Json, ...]:
    """Return a delta for each word, padded except in the beta."""
    padding = {"obfuscation": Like("[0-9A-Za-z]{1,16}")} if dialect == "ga" else {}
    return tuple(part(f"{kind}.delta", delta=word, **padding) for word in words)


def said(kind: str, words: str, status: str = "completed") -> Json:
    """Return the message ``{said}`` with its one part."""
    member = "text" if kind.endswith("text") else "transcript"
    return message("{said}", {"type": kind, member: words}, role="assistant") | {"status": status}
