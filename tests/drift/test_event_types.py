"""The official SDK's events of a stream against those that are told, event by event and member by member.

A new release of the SDK shows up here as what to add. What is meant to differ stands in the tables below.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import pytest
from openai.types.responses import Response, ResponseOutputItem, ResponseStreamEvent
from pydantic import BaseModel

from convsim.items.catalogue import CATALOGUE
from convsim.responses.events import STREAM_EVENTS
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Text
from tests.responses.home import says, streamed
from tests.responses.test_events import CODE, IMAGE, LISTED, MCP, PATCH, SEARCH, SHELL, WROTE

Json = dict[str, Any]

# The SDK has them, and convsim tells none of them: they are of another endpoint, or in no recording of such a stream.
NEVER_TOLD = {
    "response.audio.delta",
    "response.audio.done",
    "response.audio.transcript.delta",
    "response.audio.transcript.done",
    "response.compaction.compacting",
}
# Recorded, and not in the SDK.
NOT_TYPED = {
    "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
}
_PADDED = (
    "code_interpreter_call_code",
    "custom_tool_call_input",
    "function_call_arguments",
    "mcp_call_arguments",
    "output_text",
    "reasoning_summary_text",
    "reasoning_text",
)
# Recorded: deltas are padded, and what an error says is a member of it.
ONLY_CONVSIM = {f"response.{name}.delta": {"obfuscation"} for name in _PADDED} | {"error": {"error"}}
ONLY_SDK = {"error": {"message"}}
# Of the response: recorded, though not in the SDK; and in the SDK, but in no recording without being asked for.
RESPONSE_ONLY_CONVSIM = {"frequency_penalty", "presence_penalty", "store"}
RESPONSE_ONLY_SDK = {
    "access_programs",
    "conversation",
    "image",
    "input_transformations",
    "prompt",
    "prompt_cache_diagnostics",
    "prompt_cache_options",
}

CITED = Text(
    "See it.", annotations=[{"type": "url_citation", "start_index": 0, "end_index": 3, "url": "u", "title": "t"}]
)
SAID: tuple[Any, ...] = (
    Reasoning("Hm."),
    {
        "type": "reasoning",
        "content": [{"type": "reasoning_text", "text": "Hm hm."}],
        "summary": [{"type": "summary_text", "text": "Hm."}],
    },
    CITED,
    Refusal("No."),
    Call("f", {"a": 1}),
    {"type": "web_search_call", "status": "completed", "action": SEARCH},
    {"type": "file_search_call", "status": "completed", "queries": ["q"], "results": None},
    CODE,
    IMAGE,
    MCP,
    MCP | {"error": {"type": "http_error", "code": 500, "message": "x"}, "output": None, "status": "failed"},
    LISTED,
    LISTED | {"error": "x"},
    {"type": "custom_tool_call", "name": "c", "input": "SELECT 1"},
    {"type": "apply_patch_call", "status": "completed", "operation": PATCH},
    SHELL,
    {"type": "shell_call_output", "call_id": "call_9", "output": [WROTE]},
)


def models() -> dict[str, type[BaseModel]]:
    """The SDK's model for each name of an event."""
    union = get_args(ResponseStreamEvent)[0]
    return {name: model for model in get_args(union) for name in get_args(model.model_fields["type"].annotation)}


@cache
def told() -> dict[str, list[Json]]:
    """The events of streams that tell all that can be told, by their names."""
    streams = (
        streamed(says(*SAID)),
        streamed(says("Hi"), background=True),
        streamed(says("Hi", status="incomplete", reason="max_output_tokens")),
        streamed(says(Failure("server_error", "Oh."))),
    )
    events: dict[str, list[Json]] = {}
    for event in (event for stream in streams for event in stream):
        events.setdefault(event["type"], []).append(event)
    return events


def test_the_events_that_are_told_are_those_of_the_sdk() -> None:
    assert set(models()) - set(told()) == NEVER_TOLD
    assert set(told()) - set(models()) == NOT_TYPED
    assert set(told()) == set(STREAM_EVENTS)


@pytest.mark.parametrize("name", sorted(set(STREAM_EVENTS) - NOT_TYPED))
def test_the_members_of_an_event_are_those_of_the_sdk(name: str) -> None:
    theirs = models()[name].model_fields
    required = {member for member, field in theirs.items() if field.is_required()}
    events = told()[name]
    assert {member for event in events for member in event} - set(theirs) == ONLY_CONVSIM.get(name, set())
    for event in events:
        assert required - set(event) == ONLY_SDK.get(name, set())
        if name not in ONLY_SDK:
            models()[name].model_validate(event)


def test_the_members_of_the_response_are_those_of_the_sdk() -> None:
    events = told()
    for name in ("response.created", "response.completed", "response.failed", "response.incomplete"):
        for event in events[name]:
            members = set(event["response"])
            assert members - set(Response.model_fields) == RESPONSE_ONLY_CONVSIM
            assert set(Response.model_fields) - members == RESPONSE_ONLY_SDK


def test_each_output_item_of_the_sdk_is_in_the_catalogue() -> None:
    union = get_args(get_args(ResponseOutputItem)[0])
    assert {name for model in union for name in get_args(model.model_fields["type"].annotation)} <= set(CATALOGUE)
