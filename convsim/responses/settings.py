"""The settings of a turn: all members of its request but its input and its past, and the response object with them.

The turns of a test share them. Completing and writing their echoes takes longer than the rest of a turn, so both are
done once for all turns that have the same settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic_core import to_json

from convsim.responses import echo
from convsim.responses.families import Family, family_of
from convsim.responses.usage import request_tokens

Json = dict[str, Any]

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

_ENCRYPTED = "reasoning.encrypted_content"


def ordered(document: Json) -> Json:
    """Return the members in the recorded order: four members, the alphabet, then the user and the metadata."""
    last = {name: document[name] for name in _LAST}
    first = {name: document[name] for name in _FIRST}
    return first | {name: document[name] for name in sorted(document) if name not in first and name not in last} | last


# Every member in its place. Those that are None and not in _DEFAULTS follow from the model, change, or are taken out.
_BLANK = ordered(
    {
        "id": None,
        "object": "response",
        "created_at": None,
        "status": None,
        "billing": {"payer": "developer"},
        "completed_at": None,
        "conversation": None,
        "error": None,
        "incomplete_details": None,
        "model": None,
        "moderation": None,
        "output": None,
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

_ECHOED = frozenset((*_DEFAULTS, "model", "prompt_cache_retention", "top_p"))


class Settings:
    """The settings in a valid ``request``, without its input: one object serves all turns that have the same.

    ``include`` are the members of items that its answers show, ``threshold`` the number of tokens beyond which its
    context is compacted (None for never), ``tokens`` those of instructions and tools. ``keeps`` says whether the
    response is stored, ``padded`` whether its deltas are obfuscated, ``truncates`` whether a context that is too long
    is cut.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self.model: str = request["model"]
        self.family: Family = family_of(self.model)
        self.keeps: bool = request.get("store") is not False
        self.streamed: bool = request.get("stream") is True
        self.background: bool = request.get("background") is True
        self.truncates: bool = request.get("truncation") == "auto"
        options = request.get("stream_options") or {}
        self.padded: bool = not self.background and options.get("include_obfuscation") is not False
        include = request.get("include") or ()
        self.include: tuple[str, ...] = (*include, _ENCRYPTED) if self.family.encrypted else tuple(include)
        managed = request.get("context_management") or ()
        thresholds = [rule["compact_threshold"] for rule in managed if rule.get("compact_threshold") is not None]
        self.threshold: int | None = min(thresholds, default=None)
        self.tokens: int = request_tokens(request)

    @cached_property
    def members(self) -> Json:
        """All members of the response object in their places, as the request asks and with defaults."""
        request, family = self._request, self.family
        made = _BLANK | {"prompt_cache_retention": family.prompt_cache_retention, "top_p": family.top_p}
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

    @cached_property
    def ended(self) -> Form:
        """The body of an ended response."""
        return Form(self.members, indented=True)

    @cached_property
    def open(self) -> Form:
        """The body of a response that has not ended, or was cancelled."""
        return Form(unbilled(self.members), indented=True)

    @cached_property
    def in_event(self) -> Form:
        """The response object as a member of events."""
        return Form(unbilled(self.members), indented=False)


def unbilled(members: Json) -> Json:
    """Return the members without the payer, which only the body of an ended response names (recorded)."""
    return {name: value for name, value in members.items() if name != "billing"}


# --- the object as JSON ---------------------------------------------------------------------------------------------

_BLANKS = {
    "id": b'"%b"',
    "created_at": b"%d",
    "status": b'"%b"',
    "completed_at": b"%b",
    "error": b"%b",
    "incomplete_details": b"%b",
    "output": b"%b",
    "previous_response_id": b"%b",
    "service_tier": b"%b",
    "usage": b"%b",
}
"""The members that differ between turns of the same settings, or change while one lasts, each with its blank.

One more is left out of turns without a conversation: ``conversation``.
"""


class Form:
    """A response object with blanks for the members that change; ``members`` are all of them, in their order."""

    __slots__ = ("_blank", "_conversation", "_indent", "_line")

    def __init__(self, members: Mapping[str, Any], *, indented: bool) -> None:
        self._indent = 2 if indented else None
        colon, gap, self._line = (b": ", b",\n  ", b"\n  ") if indented else (b":", b",", b"\n")
        begin, end = (b"{\n  ", b"\n}") if indented else (b"{", b"}")
        self._conversation = b'"conversation"%b%b%b' % (colon, self._json({"id": "%b"}), gap)
        pieces = []
        for name, value in members.items():
            json = _BLANKS.get(name) or self._json(value).replace(b"%", b"%%")
            pieces.append(b"%b" if name == "conversation" else b'"%b"%b%b%b' % (name.encode(), colon, json, gap))
        # The last member never changes.
        self._blank = begin + b"".join(pieces).removesuffix(gap) + end

    def filled(self, state: Mapping[str, Any], output: bytes) -> bytes:
        """Return the whole object; ``output`` is JSON already, and ids need no escapes."""
        completed_at, conversation, error = state["completed_at"], state["conversation"], state["error"]
        details, previous, usage = state["incomplete_details"], state["previous_response_id"], state["usage"]
        return self._blank % (
            state["id"].encode(),
            state["created_at"],
            state["status"].encode(),
            b"null" if completed_at is None else b"%d" % completed_at,
            b"" if conversation is None else self._conversation % conversation.encode(),
            b"null" if error is None else self._json(error),
            b"null" if details is None else self._json(details),
            output,
            b"null" if previous is None else b'"%b"' % previous.encode(),
            to_json(state["service_tier"], indent=self._indent),
            b"null" if usage is None else self._json(usage),
        )

    def _json(self, value: object) -> bytes:
        return to_json(value, indent=self._indent).replace(b"\n", self._line)
