"""The response object: its defaults in one table, its echoes, its bytes, in the newest recorded form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic_core import to_json

from convsim.errors import UsageError
from convsim.http import wire
from convsim.responses import echo
from convsim.responses.families import family_of

Json = dict[str, Any]

Status = Literal["completed", "incomplete", "failed", "cancelled", "queued", "in_progress"]

_FIRST = ("id", "object", "created_at", "status")
_LAST = ("user", "metadata")

_DEFAULTS: Json = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "auto",
    "store": True,
    "temperature": 1.0,
    "top_logprobs": 0,
    "truncation": "disabled",
    "user": None,
}
"""What a request that leaves a member out, or gives it as null, is taken to have said. ``include``,
``context_management`` and the options of the stream are never repeated."""

# Decimals come back as decimals, also where an integer was sent (inferred: no recording sent one).
_DECIMALS = ("frequency_penalty", "presence_penalty", "temperature", "top_p")

_TOOL_USAGE: Json = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}

# What convsim decides itself, and what a script says of it instead.
_OWN = {
    "id": None,
    "object": None,
    "created_at": None,
    "background": None,
    "completed_at": None,
    "conversation": None,
    "previous_response_id": None,
    "store": None,
    "status": 'status="incomplete"',
    "incomplete_details": 'reason="max_output_tokens"',
    "error": "Failure(code, message)",
    "output": "the replies",
    "usage": "usage={...}",
}

# Known only when the model has answered (recorded): not yet in what a stream begins with.
_AT_THE_END = ("moderation", "service_tier", "tool_usage")


def require_members(owner: str, members: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for members of the response object that a script does not set."""
    for name in members:
        if name in _OWN:
            instead = f"; write {_OWN[name]}" if _OWN[name] else ", which convsim decides"
            raise UsageError(f"{owner}(response={{{name!r}: ...}}): a script does not set {name!r}{instead}")


class ResponseObject:
    """One response as it is told: the same members from created to its end, and what changes on the way.

    ``request`` is the parsed body, ``conversation_id`` that of the conversation it takes place in; ``members`` are set
    over the defaults.
    """

    def __init__(
        self,
        response_id: str,
        created_at: int,
        request: Mapping[str, Any],
        *,
        conversation_id: str | None,
        members: Mapping[str, Any],
    ) -> None:
        self.id = response_id
        self.created_at = created_at
        self._final = {name: value for name, value in members.items() if name in _AT_THE_END}
        self._base: Json = {
            "id": response_id,
            "object": "response",
            "created_at": created_at,
            "status": "in_progress",
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "moderation": None,
            "output": [],
            "tool_usage": _TOOL_USAGE,
            "usage": None,
            **_asked(request),
            **{name: value for name, value in members.items() if name not in _AT_THE_END},
        }
        if conversation_id is not None:
            self._base["conversation"] = {"id": conversation_id}

    def open(self, status: Status) -> Json:
        """The object while the turn is open: ``queued`` or ``in_progress``."""
        return _ordered(self._base | {"status": status})

    def cancelled(self) -> Json:
        """Without output and usage (recorded)."""
        return _ordered(self._base | {"status": "cancelled"})

    def ended(
        self,
        status: Status,
        output: list[Json],
        usage: Json | None,
        *,
        now: float,
        error: Json | None = None,
        reason: str | None = None,
    ) -> Json:
        """The object at its end: ``completed``, ``incomplete`` for a ``reason``, or ``failed`` with an ``error``."""
        tier = self._base["service_tier"]
        if tier == "auto" and status != "failed":
            tier = "default"
        ended = {
            "status": status,
            "completed_at": int(now) if status == "completed" else None,
            "error": error,
            "incomplete_details": {"reason": reason} if reason is not None else None,
            "output": output,
            "service_tier": tier,
            "usage": usage,
        }
        return _ordered(self._base | ended | self._final)


def answered(document: Json) -> Json:
    """The object in a body of its own: ended ones say who pays, which no event of a stream does (recorded)."""
    if document["status"] not in ("completed", "incomplete", "failed") or "billing" in document:
        return document
    return _ordered(document | {"billing": {"payer": "developer"}})


def body(document: Json) -> bytes:
    """The object as a body."""
    return wire.escaped(to_json(answered(document), indent=2))


def _asked(request: Mapping[str, Any]) -> Json:
    """What the request says of the response, its defaults filled in."""
    given = {name: value for name, value in request.items() if value is not None}
    family = family_of(given["model"])
    defaults = _DEFAULTS | {"prompt_cache_retention": family.prompt_cache_retention, "top_p": family.top_p}
    made: Json = {name: given.get(name, default) for name, default in defaults.items()}
    for name in _DECIMALS:
        made[name] = float(made[name])
    made["model"] = given["model"]
    made["reasoning"] = echo.reasoning(given.get("reasoning"), family)
    made["text"] = echo.text(given.get("text"))
    made["tool_choice"] = echo.tool_choice(given.get("tool_choice"))
    made["tools"] = [echo.tool(tool) for tool in given.get("tools", ())]
    if "prompt" in given:
        made["prompt"] = given["prompt"]
    return made


def _ordered(document: Json) -> Json:
    """In the recorded order: four members, the alphabet, and the user and the metadata last."""
    last = {name: document[name] for name in _LAST}
    first = {name: document[name] for name in _FIRST}
    return first | {name: document[name] for name in sorted(document) if name not in first and name not in last} | last
