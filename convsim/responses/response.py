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
"""The values of members that a request omits, or gives as null.

``include``, ``context_management`` and the options of the stream are never repeated.
"""

# Decimals stay decimals, even if an integer was sent (inferred: no recording sent one).
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

# Members that convsim decides, with the argument of a script to use instead.
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

# Known only after the model has answered (recorded): not in the first events of a stream.
_AT_THE_END = ("moderation", "service_tier", "tool_usage")


def require_members(owner: str, members: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for members of the response object that a script cannot set."""
    for name in members:
        if name in _OWN:
            instead = f"; write {_OWN[name]}" if _OWN[name] else ", which convsim decides"
            raise UsageError(f"{owner}(response={{{name!r}: ...}}): a script does not set {name!r}{instead}")


class ResponseObject:
    """The object of one response: the same members from created to its end, and those that change.

    ``request`` is the parsed body, ``conversation_id`` that of its conversation; ``members`` replace the defaults.
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
        """Return the object while the turn is open: ``queued`` or ``in_progress``."""
        return _ordered(self._base | {"status": status})

    def cancelled(self) -> Json:
        """Return the cancelled object, without output and usage (recorded)."""
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
        """Return the ended object: ``completed``, ``incomplete`` for a ``reason``, or ``failed`` with an ``error``."""
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
    """Return the object for a body of its own: ended ones name the payer, events of a stream do not (recorded)."""
    if document["status"] not in ("completed", "incomplete", "failed") or "billing" in document:
        return document
    return _ordered(document | {"billing": {"payer": "developer"}})


def body(document: Json) -> bytes:
    """Return the object as a body."""
    return wire.escaped(to_json(answered(document), indent=2))


def _asked(request: Mapping[str, Any]) -> Json:
    """Return the members that follow from the request, with defaults."""
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
    """Return the members in the recorded order: four members, the alphabet, then the user and the metadata."""
    last = {name: document[name] for name in _LAST}
    first = {name: document[name] for name in _FIRST}
    return first | {name: document[name] for name in sorted(document) if name not in first and name not in last} | last
