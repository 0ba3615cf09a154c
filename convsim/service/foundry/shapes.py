"""The gateway's shapes of the model's side: conversations, pages, items, responses and events.

All functions take OpenAI's JSON and return Azure AI Foundry's. The order of members is that of the specification's
models, as every recording of 2026 has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from convsim.items.foundry import ADDED

Json = dict[str, Any]


def ordered(document: Mapping[str, Any], names: Sequence[str]) -> Json:
    """Return the members of these names first, in this order, followed by all others."""
    first = {name: document[name] for name in names if name in document}
    return first | {name: value for name, value in document.items() if name not in first}


def only(document: Mapping[str, Any], names: Sequence[str]) -> Json:
    """Return the members of these names, in this order."""
    return {name: document[name] for name in names if name in document}


def conversation(document: Json) -> Json:
    return only(document, ("id", "object", "metadata", "created_at"))


def deleted(document: Json) -> Json:
    return only(document, ("object", "deleted", "id"))


def deleted_response(document: Json) -> Json:
    return document | {"object": "response"}


def item_deleted(document: Json) -> Json:
    """Return the conversation, or (``Behavior.deleted_item_reply``) the object that reports the deletion."""
    return deleted(document) if "deleted" in document else conversation(document)


def compaction(document: Json) -> Json:
    return document | {"output": [item(one) for one in document["output"]], "usage": _usage(document["usage"])}


def created_page(document: Json) -> Json:
    """Return the items that a request has added."""
    return only(document, ("object", "data", "has_more", "first_id", "last_id")) | {"data": _items(document)}


def item_page(document: Json) -> Json:
    return _listed(document, _items(document))


def conversation_page(document: Json) -> Json:
    return _listed(document, [conversation(one) for one in document["data"]])


def response_page(document: Json) -> Json:
    return _listed(document, [body(one) for one in document["data"]])


def _items(document: Json) -> list[Json]:
    return [item(one) for one in document["data"]]


def _listed(document: Json, data: list[Json]) -> Json:
    """Return a page of a list; an empty one has no first and no last id (recorded)."""
    names = ("data", "first_id", "last_id", "has_more", "object") if data else ("data", "has_more", "object")
    return only(document | {"data": data}, names)


# --- items ---------------------------------------------------------------------------------------------------------

_MEMBERS: dict[str, tuple[str, ...]] = {
    "bing_grounding_call": ("call_id", "arguments", "status"),
    "bing_grounding_call_output": ("call_id", "output", "status"),
    "code_interpreter_call": ("status", "container_id", "code", "outputs"),
    "file_search_call": ("status", "queries"),
    "function_call": ("call_id", "name", "arguments", "status"),
    "function_call_output": ("call_id", "output", "status"),
    "mcp_approval_request": ("server_label", "name", "arguments"),
    "mcp_list_tools": ("server_label", "tools"),
    "memory_search_call": ("error", "memories", "search_id", "superseded_by", "update_id", "usage", "status"),
    "message": ("role", "content", "phase", "status"),
    "reasoning": ("summary", "encrypted_content"),
    "web_search_call": ("status", "action"),
    "workflow_action": ("kind", "action_id", "parent_action_id", "previous_action_id", "status"),
    # Not recorded, in the order of the description.
    "computer_call": ("call_id", "action", "pending_safety_checks", "status"),
    "computer_call_output": ("call_id", "acknowledged_safety_checks", "output", "status"),
    "custom_tool_call": ("call_id", "name", "input", "status"),
    "custom_tool_call_output": ("call_id", "output", "status"),
    "image_generation_call": ("status", "result"),
    "local_shell_call": ("call_id", "action", "status"),
    "local_shell_call_output": ("output", "status"),
    "mcp_approval_response": ("approval_request_id", "approve", "reason"),
    "mcp_call": ("server_label", "name", "arguments", "output", "error", "status", "approval_request_id"),
}
"""The members after type, id and the service's own, by the type of the item; other types keep their order."""

# Null or empty at OpenAI, and absent here (recorded).
_AWAY: dict[str, tuple[str, ...]] = {
    "file_search_call": ("results",),
    "mcp_list_tools": ("error",),
    "reasoning": ("content",),
}


def item(document: Json) -> Json:
    """Return an item of a conversation or of a response."""
    kind = document["type"]
    away = _AWAY.get(kind, ())
    kept = {name: value for name, value in document.items() if value not in (None, []) or name not in away}
    made = ordered(kept, ("type", "id", *ADDED, *_MEMBERS.get(kind, ())))
    if kind == "message":
        # Items of the client come without the model's probabilities (recorded).
        produced = "created_by" in document or "response_id" in document
        made["content"] = [_part(part, produced=produced) for part in document["content"]]
    elif kind == "web_search_call":
        made["action"] = ordered(document["action"], ("type", "queries", "query"))
    elif kind == "mcp_list_tools":
        made["tools"] = [_listed_tool(tool) for tool in document["tools"]]
    return made


def _part(part: Json, *, produced: bool) -> Json:
    if part["type"] != "output_text":
        return ordered(part, ("type",))
    made = only(part, ("type", "text", "annotations", "logprobs") if produced else ("type", "text", "annotations"))
    return made | {"annotations": [_annotation(one) for one in part["annotations"]]}


def _annotation(annotation: Json) -> Json:
    return ordered(annotation, _ANNOTATIONS.get(annotation["type"], ("type",)))


_ANNOTATIONS: dict[str, tuple[str, ...]] = {
    "file_citation": ("type", "file_id", "index", "filename"),
    "url_citation": ("type", "url", "start_index", "end_index", "title"),
}


def _listed_tool(tool: Json) -> Json:
    made = ordered(tool, ("name", "description", "input_schema", "annotations"))
    return made | {"annotations": tool.get("annotations") or {}}


def given_out(document: Json, response: Json) -> Json:
    """Return an item in the output of a response, with its agent and response."""
    agent = response.get("agent_reference")
    return item(document | ({"agent_reference": agent} if agent else {}) | {"response_id": response["id"]})


# --- responses -----------------------------------------------------------------------------------------------------

_IN_BODY = (
    *("metadata", "top_logprobs", "temperature", "top_p", "user", "safety_identifier", "prompt_cache_key"),
    *("service_tier", "prompt_cache_retention", "previous_response_id", "model", "reasoning", "background"),
    *("max_output_tokens", "max_tool_calls", "text", "tools", "tool_choice", "prompt", "truncation", "id", "object"),
    *("status", "created_at", "completed_at", "error", "incomplete_details", "output", "instructions", "usage"),
    *("parallel_tool_calls", "conversation", "agent_reference", "content_filters"),
)
_NULLED = ("error", "incomplete_details", "instructions", "agent_reference")
"""The members of a body that may be null; other nulls are left out (recorded for some of them)."""

_IN_STREAM = (
    *("id", "object", "created_at", "status", "background", "completed_at", "content_filters", "conversation", "error"),
    *("frequency_penalty", "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls", "model"),
    *("output", "parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt_cache_key"),
    *("prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "temperature", "text"),
    *("tool_choice", "tools", "top_logprobs", "top_p", "truncation", "usage", "user", "metadata", "agent_reference"),
)
_USAGE = {"input_tokens_details": ("cached_tokens",), "output_tokens_details": ("reasoning_tokens",)}
_DECIMALS = ("frequency_penalty", "presence_penalty", "temperature", "top_p")


def body(document: Json) -> Json:
    """Return a response as a body of its own, in the shape of its kind of agent."""
    return _BODIES.get(document["id"].partition("_")[0], _of_prompt_agent)(document)


def body_again(document: Json) -> Json:
    """Return the body as it is read later (recorded).

    A workflow's lacks the time of its end, and a turn in the background is in progress until it has ended.
    """
    made = body(document)
    if made["status"] == "queued":
        made["status"] = "in_progress"
    if document["id"].startswith("wfresp_"):
        del made["completed_at"]
    return made


def _of_prompt_agent(document: Json) -> Json:
    """Return the shape recorded in June and July of 2026."""
    told = document | {
        "agent_reference": document.get("agent_reference"),
        "content_filters": _filters(document, in_stream=False),
        "output": [given_out(one, document) for one in document["output"]],
        "prompt_cache_retention": document["prompt_cache_retention"] or "in_memory",
        "reasoning": _reasoning(document["reasoning"]),
        "usage": _usage(document["usage"]),
    }
    for name in _DECIMALS:
        told[name] = _whole(told[name])
    return {name: told[name] for name in _IN_BODY if name in told and (told[name] is not None or name in _NULLED)}


def _of_workflow(document: Json) -> Json:
    """Return the shape of a workflow, which has no model; its usage is zero (recorded)."""
    told = document | {
        "model": "",
        "service_tier": "auto",
        "tools": [],
        "truncation": "auto",
        "completed_at": document["created_at"],
        "output": [workflow_item(one, document) for one in document["output"]],
        "instructions": "",
    }
    ended = document["status"] not in ("queued", "in_progress")
    if ended:
        told |= {"output_text": "", "usage": _NO_USAGE}
    return {name: told[name] for name in _IN_WORKFLOW if name in told and (ended or name != "usage")}


_IN_WORKFLOW = (
    *("metadata", "service_tier", "model", "background", "tools", "truncation", "id", "object", "status", "created_at"),
    *("completed_at", "error", "incomplete_details", "output", "instructions", "output_text", "usage"),
    *("parallel_tool_calls", "conversation", "agent_reference"),
)
_NO_USAGE: Json = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


def workflow_item(document: Json, response: Json) -> Json:
    """Return an item without the probabilities that only a model has."""
    made = given_out(document, response)
    if made["type"] == "message":
        made["content"] = [workflow_part(part) for part in made["content"]]
    return made


def workflow_part(part: Json) -> Json:
    return {name: part[name] for name in ordered(part, ("type", "text", "annotations")) if name != "logprobs"}


def _of_hosted_agent(document: Json) -> Json:
    """Return the answer of a hosted agent's server (recorded in April and May of 2026)."""
    made: Json = {
        "id": document["id"],
        "object": "response",
        "output": [_hosted_item(one, document) for one in document["output"]],
        "created_at": document["created_at"],
        "agent_reference": document["agent_reference"],
        "status": document["status"],
        "completed_at": document["completed_at"],
        "response_id": document["id"],
        "model": "",
        "agent_session_id": session(document),
        "background": document["background"],
    }
    return made | only(document, ("conversation",))


def _hosted_item(document: Json, response: Json) -> Json:
    made = given_out(document, response)
    last = {name: made.pop(name) for name in ("response_id", "agent_reference")}
    return made | last


def session(document: Json) -> str:
    """Return the session of a hosted agent's turn; for a turn that named none, 63 digits (recorded)."""
    return document.get("agent_session_id") or blake2b(document["id"].encode()).hexdigest()[:63]


_BODIES: dict[str, Callable[[Json], Json]] = {
    "wfresp": _of_workflow,
    "caresp": _of_hosted_agent,
}


def in_event(document: Json, *, again: bool) -> Json:
    """Return a response inside an event (recorded in February and March of 2026), for the first time or ``again``."""
    if document["id"].startswith(tuple(f"{prefix}_" for prefix in _BODIES)):
        return body(document)
    told = document | {
        "content_filters": _filters(document, in_stream=True),
        "output": [given_out(one, document) for one in document["output"]],
        "reasoning": only(document["reasoning"], ("effort", "summary")),
        "tool_choice": None if document["tool_choice"] == "auto" else document["tool_choice"],
        "usage": _usage(document["usage"]),
    }
    without_decimals = again or (document["background"] and document["status"] != "queued")  # recorded so
    for name in _DECIMALS:
        told[name] = _whole(told[name]) if without_decimals else float(told[name])
    return only(told, _IN_STREAM)


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _usage(usage: Json | None) -> Json | None:
    if usage is None:
        return None
    return {name: only(value, _USAGE[name]) if name in _USAGE else value for name, value in usage.items()}


def _reasoning(given: Json) -> Json:
    """Return ``reasoning`` as a body has it: the context is null where the model does not reason (recorded).

    That other models repeat theirs, and the place of the summary, are inferred.
    """
    told = {name: given[name] for name in ("effort", "summary") if given.get(name) is not None}
    return told | {"context": given.get("context") if told.get("effort", "none") != "none" else None}


# --- content filters -----------------------------------------------------------------------------------------------

_HARMS = ("hate", "sexual", "violence", "self_harm")
_HARMS_IN_BODY = ("sexual", "hate", "violence", "self_harm")
_MATERIAL = ("protected_material_text", "protected_material_code")

# The filters in their recorded order: by where they are told, and by whether the deployment looks for indirect attacks.
_OF_PROMPTS: dict[tuple[bool, bool], tuple[str, ...]] = {
    (False, False): (*_HARMS_IN_BODY, "jailbreak"),
    (False, True): (*_HARMS_IN_BODY, "jailbreak", "indirect_attack"),
    (True, False): (*_HARMS, "jailbreak"),
    (True, True): ("indirect_attack", "jailbreak", *_HARMS),
}
_OF_COMPLETIONS = {False: (*_HARMS_IN_BODY, *_MATERIAL), True: (*_MATERIAL, *_HARMS)}

# Whether the deployments of these models look for indirect attacks (recorded). Where the deployment's name does not
# show its model, the newest recordings of streams have them, and those of bodies have not.
_SHIELDED = {"gpt-4.1": False, "gpt-5": True}


def _filters(document: Json, *, in_stream: bool) -> Any:
    """Return the results of the content filters: those of the script, or empty ones; null until the turn completes."""
    if document["status"] != "completed":
        return None
    if "content_filters" in document:
        return document["content_filters"]
    named = (shielded for model, shielded in _SHIELDED.items() if document["model"].startswith(model))
    shielded = next(named, in_stream)
    texts = [part.get("text", "") for one in document["output"] for part in one.get("content") or ()]
    return [
        _filter("prompt", _OF_PROMPTS[in_stream, shielded], len(document["instructions"] or ""), in_stream=in_stream),
        _filter("completion", _OF_COMPLETIONS[in_stream], sum(map(len, texts)), in_stream=in_stream),
    ]


def _filter(source: str, names: Sequence[str], end: int, *, in_stream: bool) -> Json:
    """Return the results of these filters; in a stream the members have another order (recorded)."""
    detected = ("detected", "filtered") if in_stream else ("filtered", "detected")
    results: Json = {"content_filter_results": {name: _result(name, detected) for name in names}}
    raw: Json = {"content_filter_raw": []}
    told = raw | results if in_stream else results | raw
    offsets = {"start_offset": 0, "end_offset": end, "check_offset": 0}
    return {"blocked": False, "source_type": source, **told, "content_filter_offsets": offsets}


def _result(name: str, detected: tuple[str, str]) -> Json:
    return {"filtered": False, "severity": "safe"} if name in _HARMS else dict.fromkeys(detected, False)


def text(given: Json | None) -> Json:
    """Return ``text`` as a response repeats it: a schema is strict by default (recorded)."""
    form = dict((given or {}).get("format") or {"type": "text"})
    if form["type"] == "json_schema":
        form = ordered({"strict": True} | form, ("type", "name", "description", "schema"))
        form["strict"] = form.pop("strict")
    return {"format": form, "verbosity": (given or {}).get("verbosity") or "medium"}


# --- tools ---------------------------------------------------------------------------------------------------------


def tool(given: Json) -> Json:
    """Return one of ``tools`` as a response repeats it: its members as sent, with the service's defaults."""
    complete = _TOOLS.get(given["type"])
    return complete(given) if complete is not None else dict(given)


def _function(given: Json) -> Json:
    filled = given | {"parameters": given.get("parameters") or {"type": "object", "properties": {}}}
    filled.setdefault("strict", True)
    return ordered(filled, ("type", "name", "description", "parameters", "strict"))


def _file_search(given: Json) -> Json:
    ranking = {"ranker": "auto", "score_threshold": 0} | (given.get("ranking_options") or {})
    filled = given | {"max_num_results": given.get("max_num_results") or 20, "ranking_options": ranking}
    return ordered(filled, ("type", "vector_store_ids", "max_num_results", "ranking_options"))


def _web_search(given: Json) -> Json:
    filled: Json = {"search_context_size": "medium"} | given
    if isinstance(filled.get("user_location"), dict):
        place = ordered(filled["user_location"], ("type", "country", "region", "city", "timezone"))
        filled["user_location"] = place
    return ordered(filled, ("type", "user_location", "search_context_size"))


def _mcp(given: Json) -> Json:
    """Return an MCP tool without headers and authorization (as at OpenAI; no recording sent one)."""
    filled = {"require_approval": "always"} | given
    shown = {name: value for name, value in filled.items() if name not in ("authorization", "headers")}
    return ordered(shown, ("type", "server_label", "server_url", "require_approval"))


def _code_interpreter(given: Json) -> Json:
    container = given.get("container")
    if isinstance(container, dict):
        container = ordered(container, ("type",))
        if not container.get("file_ids", True):
            del container["file_ids"]
        given = given | {"container": container}
    return ordered(given, ("type", "container"))


def _memory_search(given: Json) -> Json:
    kept = {name: value for name, value in given.items() if name != "update_delay"}
    return ordered(kept | {"type": "memory_search"}, ("type",))


_TOOLS: dict[str, Callable[[Json], Json]] = {
    "code_interpreter": _code_interpreter,
    "file_search": _file_search,
    "function": _function,
    "mcp": _mcp,
    "memory_search_preview": _memory_search,
    "web_search": _web_search,
    "web_search_preview": _web_search,
}
