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


def _ordered(document: Json) -> Json:
    """Return the members in the recorded order: four members, the alphabet, then the user and the metadata."""
    last = {name: document[name] for name in _LAST}
    first = {name: document[name] for name in _FIRST}
    return first | {name: document[name] for name in sorted(document) if name not in first and name not in last} | last


# Every member in its place. Those that are None and not in _DEFAULTS follow from the model, or are taken out again.
_BLANK = _ordered(
    {
        "id": None,
        "object": "response",
        "created_at": None,
        "status": "in_progress",
        "billing": {"payer": "developer"},
        "completed_at": None,
        "conversation": None,
        "error": None,
        "incomplete_details": None,
        "model": None,
        "moderation": None,
        "output": [],
        "prompt": None,
        "prompt_cache_retention": None,
        "reasoning": None,
        "text": None,
        "tool_choice": None,
        "tool_usage": _TOOL_USAGE,
        "tools": [],
        "top_p": None,
        "usage": None,
        **_DEFAULTS,
    }
)


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
        base = _asked(request)
        base["id"] = response_id
        base["created_at"] = created_at
        if conversation_id is not None:
            base["conversation"] = {"id": conversation_id}
        else:
            del base["conversation"]
        if members:
            base |= {name: value for name, value in members.items() if name not in _AT_THE_END}
            base = _ordered(base)
        self._base: Json = base

    def open(self, status: Status) -> Json:
        """Return the object while the turn is open: ``queued`` or ``in_progress``."""
        return unbilled(self._base | {"status": status})

    def cancelled(self) -> Json:
        """Return the cancelled object, without output and usage (recorded)."""
        return unbilled(self._base | {"status": "cancelled"})

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
        document = self._base.copy()
        document["status"] = status
        if status == "completed":
            document["completed_at"] = int(now)
        document["error"] = error
        if reason is not None:
            document["incomplete_details"] = {"reason": reason}
        document["output"] = output
        if document["service_tier"] == "auto" and status != "failed":
            document["service_tier"] = "default"
        document["usage"] = usage
        return document | self._final if self._final else document


def unbilled(document: Json) -> Json:
    """Return the object without the payer, who is named only in the body of an ended response (recorded)."""
    return {name: value for name, value in document.items() if name != "billing"}


def body(document: Json) -> bytes:
    """Return the object as a body."""
    return wire.escaped(to_json(document, indent=2))


def _asked(request: Mapping[str, Any]) -> Json:
    """Return all members in their places, as the request asks and with defaults."""
    made = _BLANK.copy()
    family = family_of(request["model"])
    made["prompt_cache_retention"] = family.prompt_cache_retention
    made["top_p"] = family.top_p
    for name, value in request.items():
        if name in _ECHOED and value is not None:
            made[name] = float(value) if name in _DECIMALS else value
    made["reasoning"] = echo.reasoning(request.get("reasoning"), family)
    made["text"] = echo.text(request.get("text"))
    made["tool_choice"] = echo.tool_choice(request.get("tool_choice"))
    if request.get("tools"):
        made["tools"] = [echo.tool(tool) for tool in request["tools"]]
    if request.get("prompt") is not None:
        made["prompt"] = request["prompt"]
    else:
        del made["prompt"]
    return made


_ECHOED = frozenset((*_DEFAULTS, "model", "prompt_cache_retention", "top_p"))
