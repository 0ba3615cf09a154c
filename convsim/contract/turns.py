"""Responses, items and events for scenarios about turns, in the live key order."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json, ok, said, text
from convsim.contract.scenario import Answer, Call, Count, Id, Like, Script, Seconds

MODEL = "gpt-4.1"
"""A model without reasoning, whose family needs the fewest members."""

PADDED = Like("[A-Za-z0-9]{0,15}")
USAGE: Json = {
    "input_tokens": Count(),
    "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
    "output_tokens": Count(),
    "output_tokens_details": {"reasoning_tokens": Count()},
    "total_tokens": Count(),
}
_IMAGES: Json = {"image_tokens": 0, "text_tokens": 0}
_TOOL_USAGE: Json = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": _IMAGES,
        "output_tokens": 0,
        "output_tokens_details": _IMAGES,
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}
_DEFAULTS: Json = {
    "background": False,
    "completed_at": None,
    "error": None,
    "frequency_penalty": 0.0,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "model": MODEL,
    "moderation": None,
    "output": [],
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": "in_memory",
    "reasoning": {"context": None, "effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "auto",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tool_usage": _TOOL_USAGE,
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": None,
}


def minted(name: str, prefix: str) -> Id:
    """Return a fresh id of the form that turns mint, which is then known as ``name``."""
    return Id(name, prefix, shape="[0-9a-f]{50}")


def response(response_id: Id | str = "{resp}", *, status: str = "completed", **members: Any) -> Json:
    """Return a response object: its defaults, overridden by the arguments; ``user`` and ``metadata`` come last."""
    last = {"user": members.pop("user", None), "metadata": members.pop("metadata", {})}
    done: Json = {"service_tier": "default", "usage": USAGE} if status in ("completed", "incomplete") else {}
    if status == "completed":
        done["completed_at"] = Seconds()
    told = _DEFAULTS | done | members
    first = {"id": response_id, "object": "response", "created_at": Seconds(), "status": status}
    return first | {name: told[name] for name in sorted(told)} | last


def answered(response_id: Id | str | None = None, *, status: str = "completed", **members: Any) -> Answer:
    """Return the answer to a turn, whose id is then known as ``resp``; ended ones name the payer."""
    if status in ("completed", "incomplete", "failed"):
        members["billing"] = {"payer": "developer"}
    return ok(response(response_id or minted("resp", "resp"), status=status, **members))


def message(item_id: Id | str, words: str, *, status: str = "completed", **members: Any) -> Json:
    """Return a message of the assistant."""
    told = {"content": [said(words)], "role": "assistant"} | members
    return {"id": item_id, "type": "message", "status": status, **{name: told[name] for name in sorted(told)}}


def user(item_id: Id | str, words: str) -> Json:
    """Return a message of the user, as the conversation stores it."""
    return {"id": item_id, "type": "message", "status": "completed", "content": [text(words)], "role": "user"}


def call(item_id: Id | str, name: str, arguments: str, call_id: str) -> Json:
    """Return a function call."""
    return {
        "id": item_id,
        "type": "function_call",
        "status": "completed",
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
    }


def turn(answer: Answer, said: object = "Hi", **arguments: Any) -> Call:
    """Return a step: ``responses.create``."""
    return Call("responses.create", {"model": MODEL, "input": said, **arguments}, answer)


def script(*says: Any, **options: Any) -> Script:
    """Return a step: the model's next replies."""
    return Script(says, options)


# --- streams -------------------------------------------------------------------------------------------------------


def streamed(*events: Json) -> Answer:
    """Return the answer to a turn that is streamed: its events numbered from 0, their members by the alphabet."""
    numbered = [event | {"sequence_number": number} for number, event in enumerate(events)]
    return ok([{name: event[name] for name in ("type", *sorted(event.keys() - {"type"}))} for event in numbered])


def told(name: str, **members: Any) -> Json:
    """Return one event."""
    return {"type": name, **members}


def opening(*more: str, **members: Any) -> tuple[Json, ...]:
    """Return ``response.created``, ``more`` and ``response.in_progress``."""
    status = "queued" if more else "in_progress"
    first = response(minted("resp", "resp"), status=status, **members)
    again = response("{resp}", status=status, **members)
    return (
        told("response.created", response=first),
        *(told(name, response=again) for name in more),
        told("response.in_progress", response=response("{resp}", status="in_progress", **members)),
    )


def text_events(words: str, *deltas: str, name: str = "msg", index: int = 0, status: str = "completed") -> list[Json]:
    """Return a message with one text, from its first event to its last."""
    where: Json = {"content_index": 0, "item_id": f"{{{name}}}", "output_index": index}
    begun = message(minted(name, "msg"), "", status="in_progress") | {"content": []}
    return [
        told("response.output_item.added", item=begun, output_index=index),
        told("response.content_part.added", part=said(""), **where),
        *(
            told("response.output_text.delta", delta=delta, logprobs=[], obfuscation=PADDED, **where)
            for delta in deltas
        ),
        told("response.output_text.done", text=words, logprobs=[], **where),
        told("response.content_part.done", part=said(words), **where),
        told("response.output_item.done", item=message(f"{{{name}}}", words, status=status), output_index=index),
    ]
