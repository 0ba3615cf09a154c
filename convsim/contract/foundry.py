"""Answers, items and responses of Azure AI Foundry for its scenarios, in the recorded order of keys."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json, ok
from convsim.contract.scenario import Answer, Call, Count, Id, Like, PartitionOf, Seconds
from convsim.contract.turns import PADDED
from convsim.responses.agent import Agent

GATEWAYS = "[0-9a-f]{16}00[0-9A-Za-z]{32}"
MODELS = "[0-9a-f]{16}00[0-9a-f]{32}"

SUPPORT = Agent(version="3", model="gpt-4.1", instructions="Be brief.")
OPTIONS: Json = {"service": "foundry", "agents": {"support": SUPPORT}}
REFERENCE: Json = {"type": "agent_reference", "name": "support", "version": "3"}
CALLED: Json = {"agent_reference": {"type": "agent_reference", "name": "support"}}
USAGE: Json = {
    "input_tokens": Count(),
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": Count(),
    "output_tokens_details": {"reasoning_tokens": Count()},
    "total_tokens": Count(),
}


def own(name: str, prefix: str, beside: str = "") -> Id:
    """Return a fresh id that the gateway makes."""
    return Id(name, prefix, shape=GATEWAYS, beside=beside)


def minted(name: str, prefix: str, beside: str = "conv") -> Id:
    """Return a fresh id that the model's side makes."""
    return Id(name, prefix, shape=MODELS, beside=beside)


def refused(
    message: str,
    *,
    code: str = "invalid_payload",
    status: int = 400,
    param: str | None = None,
    kind: str = "invalid_request_error",
    **headers: str | None,
) -> Answer:
    """Return a refusal in the gateway's envelope."""
    error = {"code": code, "message": message, **({"param": param} if param else {}), "type": kind, "details": []}
    named = {name.replace("_", "-"): pattern for name, pattern in headers.items()}
    return Answer(status, {"error": error | {"additionalInfo": {"request_id": Like("[0-9a-f]{32}")}}}, named)


# --- conversations -------------------------------------------------------------------------------------------------


def conversation(conversation_id: Id | str = "{conv}", **metadata: str) -> Json:
    return {"id": conversation_id, "object": "conversation", "metadata": metadata, "created_at": Seconds()}


def start(name: str = "conv", **arguments: Any) -> Call:
    """Return a step: a conversation, which is then known by the name."""
    return Call("conversations.create", arguments, ok(conversation(own(name, "conv"))))


def message(item_id: Id | str, words: str, role: str = "user", **added: Any) -> Json:
    """Return a message as the conversation shows it; ``added`` are the members that the service adds."""
    produced = "created_by" in added or "response_id" in added
    part = {"type": "output_text", "text": words, "annotations": [], "logprobs": []}
    if not produced:
        part.pop("logprobs")
    said = part if role == "assistant" else {"type": "input_text", "text": words}
    return {"type": "message", "id": item_id, **added, "role": role, "content": [said], "status": "completed"}


def listed(*data: Json, has_more: bool = False) -> Answer:
    """Return a page that lists."""
    ids = [f"{{{one['id'].name}}}" if isinstance(one["id"], Id) else one["id"] for one in data]
    ends = {"first_id": ids[0], "last_id": ids[-1]} if ids else {}
    return ok({"data": list(data), **ends, "has_more": has_more, "object": "list"})


def added(*data: Json) -> Answer:
    """Return a page of the items that a request has added."""
    ids = [f"{{{one['id'].name}}}" if isinstance(one["id"], Id) else one["id"] for one in data]
    body = {"object": "list", "data": list(data), "has_more": False, "first_id": ids[0], "last_id": ids[-1]}
    return ok(body)


def list_items(answer: Answer, **arguments: Any) -> Call:
    """Return a step: ``conversations.items.list``."""
    return Call("conversations.items.list", {"conversation_id": "{conv}", **arguments}, answer)


def by(response: str = "{resp}", agent: Json | None = REFERENCE) -> Json:
    """Return the members that the service adds to an item of a response in its conversation."""
    made: Json = {"response_id": response}
    if agent is not None:
        made["agent"] = agent | {"type": "agent_id"}
    return {"created_by": made, "partition_key": PartitionOf("conv")}


# --- responses -----------------------------------------------------------------------------------------------------

_SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("sexual", "hate", "violence", "self_harm")}


def _filters(*more: str) -> list[Json]:
    found = {
        "prompt": ("jailbreak", *more),
        "completion": ("protected_material_text", "protected_material_code"),
    }
    return [
        {
            "blocked": False,
            "source_type": source,
            "content_filter_results": _SAFE | {name: {"filtered": False, "detected": False} for name in names},
            "content_filter_raw": [],
            "content_filter_offsets": {"start_offset": 0, "end_offset": Count(), "check_offset": 0},
        }
        for source, names in found.items()
    ]


UNATTACHED: Json = {"conversation": None, "agent": None, "beside": ""}
"""The arguments of :func:`body` for a turn without a conversation and without an agent."""

_DEFAULTS: Json = {
    "metadata": {},
    "top_logprobs": 0,
    "temperature": 1,
    "top_p": 1,
    "service_tier": "default",
    "prompt_cache_retention": "in_memory",
    "model": "gpt-4.1",
    "reasoning": {"context": None},
    "background": False,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tools": [],
    "tool_choice": "auto",
    "truncation": "disabled",
    "id": "{resp}",
    "object": "response",
    "status": "completed",
    "created_at": Seconds(),
    "completed_at": Seconds(),
    "error": None,
    "incomplete_details": None,
    "output": [],
    "instructions": None,
    "usage": USAGE,
    "parallel_tool_calls": True,
}


def answered(*output: Json, conversation: str | None = "{conv}", agent: Json | None = REFERENCE, **said: Any) -> Answer:
    """Return the answer to a turn, whose id is then known as ``resp``."""
    return ok(body(*output, conversation=conversation, agent=agent, **said))


def body(*output: Json, conversation: str | None = "{conv}", agent: Json | None = REFERENCE, **said: Any) -> Json:
    """Return a response as a body; ``previous_response_id`` has its own place."""
    previous = said.pop("previous_response_id", None)
    beside = said.pop("beside", "conv" if conversation else "")
    told = _DEFAULTS | {"id": minted("resp", "resp", beside), "output": list(output)} | said
    if previous is not None:
        told = _after(told, "prompt_cache_retention", {"previous_response_id": previous})
    if conversation is not None:
        told["conversation"] = {"id": conversation}
    told["agent_reference"] = agent
    if agent is not None:
        told["instructions"] = said.get("instructions", SUPPORT.instructions)
    if told["status"] == "completed":
        told["content_filters"] = _filters(*(("indirect_attack",) if told["model"].startswith("gpt-5") else ()))
    return told


def _after(document: Json, name: str, more: Json) -> Json:
    made: Json = {}
    for key, value in document.items():
        made[key] = value
        if key == name:
            made |= more
    return made


def said(words: str, agent: Json | None = REFERENCE, name: str = "said", beside: str = "conv") -> Json:
    """Return a message of a response; its response is known once the message is compared, because it comes first."""
    reference = {"agent_reference": agent} if agent is not None else {}
    return message(minted(name, "msg", beside), words, "assistant", **reference, response_id="{resp}")


def turn(answer: Answer, extra_body: Json | None = None, **arguments: Any) -> Call:
    """Return a step: ``responses.create``, of the agent unless ``extra_body`` says otherwise."""
    return Call("responses.create", {**arguments, "extra_body": CALLED if extra_body is None else extra_body}, answer)


# --- streams -------------------------------------------------------------------------------------------------------

_IN_STREAM: Json = {
    "id": "{resp}",
    "object": "response",
    "created_at": Seconds(),
    "status": "in_progress",
    "background": False,
    "completed_at": None,
    "content_filters": None,
    "conversation": {"id": "{conv}"},
    "error": None,
    "frequency_penalty": 0.0,
    "incomplete_details": None,
    "instructions": SUPPORT.instructions,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "model": "gpt-4.1",
    "output": [],
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "auto",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": None,
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "usage": None,
    "user": None,
    "metadata": {},
    "agent_reference": REFERENCE,
}
ALONE = ("conversation", "agent_reference")
"""The members that a response inside an event lacks if it has neither (recorded)."""


def in_event(*output: Json, away: tuple[str, ...] = (), whole: bool = False, **members: Any) -> Json:
    """Return a response inside an event; ``whole`` numbers have no decimals."""
    told = {name: value for name, value in _IN_STREAM.items() if name not in away} | members | {"output": list(output)}
    if away:
        told["instructions"] = None
    return {name: int(value) if whole and type(value) is float else value for name, value in told.items()}


def ended(*output: Json, **members: Any) -> Json:
    """Return the response after it has completed."""
    done = {"status": "completed", "completed_at": Seconds(), "service_tier": "default", "usage": USAGE}
    return in_event(*output, **{"content_filters": _filters_in_stream(), **done, **members})


def _filters_in_stream() -> list[Json]:
    harms = {name: _SAFE[name] for name in ("hate", "sexual", "violence", "self_harm")}
    found = {"detected": False, "filtered": False}
    results = {
        "prompt": harms | {"jailbreak": found},
        "completion": {"protected_material_text": found, "protected_material_code": found} | harms,
    }
    return [
        {
            "blocked": False,
            "source_type": source,
            "content_filter_raw": [],
            "content_filter_results": told,
            "content_filter_offsets": {"start_offset": 0, "end_offset": Count(), "check_offset": 0},
        }
        for source, told in results.items()
    ]


def told(name: str, **members: Any) -> Json:
    """Return one event."""
    return {"type": f"response.{name}", **members}


def text_events(
    words: str,
    *deltas: str,
    agent: Json | None = REFERENCE,
    padded: bool = True,
    item_id: str | None = None,
) -> list[Json]:
    """Return a message with one text, the first item of a response, from its first event to its last."""
    index = 0
    where: Json = {"content_index": 0, "item_id": "{said}", "output_index": index}
    reference = {"agent_reference": agent} if agent is not None else {}
    begun = message(item_id or minted("said", "msg", ""), "", "assistant", **reference, response_id="{resp}")
    done = message("{said}", words, "assistant", **reference, response_id="{resp}")
    part: Json = {"type": "output_text", "annotations": [], "logprobs": []}
    padding = {"obfuscation": PADDED} if padded else {}
    return [
        told("output_item.added", item=begun | {"content": [], "status": "in_progress"}, output_index=index),
        told("content_part.added", part=part | {"text": ""}, **where),
        *(told("output_text.delta", delta=delta, logprobs=[], **padding, **where) for delta in deltas),
        told("output_text.done", text=words, logprobs=[], **where),
        told("content_part.done", part=part | {"text": words}, **where),
        told("output_item.done", item=done, output_index=index),
    ]


def naming(reference: Json, **more: object) -> Json:
    """Return the members of a turn that names an agent."""
    return {"agent_reference": {"type": "agent_reference", **reference}, **more}


def serving(**agents: Agent) -> Json:
    """Return the options of an emulator with these agents."""
    return {"service": "foundry", "agents": agents}


def lookup_call(item_id: Id | str, **added: object) -> Json:
    """Return the call of ``lookup``, with ``added`` behind its id."""
    return {
        "type": "function_call",
        "id": item_id,
        **added,
        "call_id": "call_1",
        "name": "lookup",
        "arguments": "{}",
        "status": "completed",
    }
