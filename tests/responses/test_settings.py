"""The settings of a request: what they ask of a turn, and the response object that repeats them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import to_json

from convsim.responses.settings import Form, Settings

ENCRYPTED = "reasoning.encrypted_content"


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        ({}, {"keeps": True, "streamed": False, "background": False, "padded": True, "truncates": False}),
        ({"store": None, "stream": None, "background": None}, {"keeps": True, "streamed": False, "background": False}),
        ({"store": False, "stream": True, "truncation": "auto"}, {"keeps": False, "streamed": True, "truncates": True}),
        ({"background": True}, {"background": True, "padded": False}),
        ({"stream_options": {"include_obfuscation": False}}, {"padded": False}),
        ({"include": [ENCRYPTED]}, {"include": (ENCRYPTED,)}),
        ({"model": "gpt-5.6", "include": None}, {"include": (ENCRYPTED,)}),
        ({}, {"threshold": None, "tokens": 0, "include": ()}),
        ({"instructions": "Be kind.", "tools": []}, {"tokens": 2}),
        (
            {"context_management": [{"compact_threshold": n} for n in (3000, None, 2000)] + [{}]},
            {"threshold": 2000},
        ),
    ],
)
def test_what_they_ask(request_: dict[str, Any], asked: dict[str, Any]) -> None:
    settings = Settings({"model": "gpt-4.1"} | request_)
    assert {name: getattr(settings, name) for name in asked} == asked


def test_the_payer_is_named_only_in_the_body_of_an_ended_response() -> None:
    settings = Settings({"model": "gpt-4.1"})
    state: dict[str, Any] = dict.fromkeys(settings.members) | {"id": "a", "created_at": 1, "status": "b"}
    forms = (settings.ended, settings.open, settings.in_event)
    assert [b'"billing"' in form.filled(state, b"[]") for form in forms] == [True, False, False]


MEMBERS: dict[str, Any] = {
    "id": None,
    "object": "response",
    "created_at": None,
    "status": None,
    "completed_at": None,
    "conversation": None,
    "error": None,
    "incomplete_details": None,
    "instructions": "100%, %b and %%",
    "output": None,
    "previous_response_id": None,
    "service_tier": None,
    "text": {"format": {"type": "text"}, "empty": [], "\u00e9": {}},
    "usage": None,
    "metadata": {"a": '"b"\n'},
}


@pytest.mark.parametrize("indented", [False, True])
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"completed_at": 2, "conversation": "conv_1", "previous_response_id": "resp_0"},
        {"error": {"code": "a", "message": "b"}, "incomplete_details": {"reason": "c"}, "usage": {"d": {"e": 1}}},
    ],
)
def test_a_form_that_is_filled_is_the_object_as_a_whole(state: dict[str, Any], indented: bool) -> None:
    state = (
        dict.fromkeys(MEMBERS) | {"id": "resp_1", "created_at": 1, "status": "completed", "service_tier": "a"} | state
    )
    whole = {name: state[name] if value is None else value for name, value in MEMBERS.items()} | {"output": []}
    if state["conversation"] is None:
        del whole["conversation"]
    else:
        whole["conversation"] = {"id": state["conversation"]}
    assert Form(MEMBERS, indented=indented).filled(state, b"[]") == to_json(whole, indent=2 if indented else None)
