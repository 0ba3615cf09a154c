"""The response object: its members, their order, and what of the request comes back."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.responses.response import ResponseObject
from convsim.responses.scripts import script
from convsim.responses.settings import Settings
from convsim.responses.vocabulary import Failure
from tests.responses.home import NOW, answer, begun, conversation_in, home, says, streamed

NEWEST = [
    "id",
    "object",
    "created_at",
    "status",
    "background",
    "billing",
    "completed_at",
    "error",
    "frequency_penalty",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "model",
    "moderation",
    "output",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tool_usage",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "usage",
    "user",
    "metadata",
]


def test_the_members_stand_in_the_recorded_order() -> None:
    assert list(answer(says("Paris."))) == NEWEST


def test_a_conversation_stands_behind_the_time_and_a_prompt_behind_the_previous_response() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    prompt = {"id": "pmpt_1", "variables": {}, "version": "1"}
    body = answer(responses, conversation=conversation, prompt=prompt)
    assert body["conversation"] == {"id": conversation.id}
    assert body["prompt"] == prompt
    behind = list(body)
    assert behind[behind.index("completed_at") + 1] == "conversation"
    assert behind[behind.index("previous_response_id") + 1] == "prompt"


def test_what_the_request_leaves_out_has_its_defaults() -> None:
    body = answer(says("Paris."), metadata=None, tools=None, temperature=None, truncation=None)
    expected = {
        "object": "response",
        "created_at": NOW,
        "status": "completed",
        "background": False,
        "billing": {"payer": "developer"},
        "completed_at": NOW,
        "error": None,
        "frequency_penalty": 0.0,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "moderation": None,
        "parallel_tool_calls": True,
        "presence_penalty": 0.0,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "safety_identifier": None,
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "truncation": "disabled",
        "user": None,
        "metadata": {},
    }
    assert {name: body[name] for name in expected} == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"instructions": "Be kind."},
        {"max_output_tokens": 16},
        {"max_tool_calls": 2},
        {"metadata": {"topic": "demo"}},
        {"parallel_tool_calls": False},
        {"prompt_cache_key": "k"},
        {"prompt_cache_retention": "24h"},
        {"safety_identifier": "s"},
        {"service_tier": "flex"},
        {"store": False},
        {"temperature": 0.5},
        {"top_logprobs": 3},
        {"top_p": 0.1},
        {"truncation": "auto"},
        {"user": "u"},
        {"tools": [{"type": "local_shell"}]},
        {"tool_choice": "none"},
    ],
)
def test_what_the_request_says_comes_back(asked: dict[str, Any]) -> None:
    body = answer(says("Paris."), **asked)
    assert {name: body[name] for name in asked} == asked


def test_a_decimal_comes_back_as_one() -> None:
    assert b'"temperature": 0.0,' in begun(says("Paris."), temperature=0).answer().data


@pytest.mark.parametrize("name", ["include", "context_management", "stream", "stream_options", "input"])
def test_some_members_never_come_back(name: str) -> None:
    asked: dict[str, Any] = {"include": [], "context_management": [], "stream": False, "stream_options": {}}
    assert name not in answer(says("Paris."), **asked)


def test_the_body_is_indented_and_ends_without_a_newline() -> None:
    body = begun(says("Pâris.")).answer().data
    assert body.startswith(b'{\n  "id": "resp_1",\n  "object": "response",\n')
    assert body.endswith(b'\n  "metadata": {}\n}')
    assert b"P\\u00e2ris." in body


def test_a_turn_cut_off_says_why_and_has_no_end() -> None:
    body = answer(says("Mango sun", status="incomplete", reason="max_output_tokens"))
    assert (body["status"], body["completed_at"]) == ("incomplete", None)
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}
    assert body["output"][0]["status"] == "incomplete"
    assert body["billing"] == {"payer": "developer"}


def test_a_response_without_output_has_an_empty_list() -> None:
    assert b'\n  "output": [],\n' in begun(says(Failure("server_error", "Broke."))).answer().data


def test_a_failed_turn_has_an_error_and_no_usage() -> None:
    body = answer(says(Failure("server_error", "The model broke.")))
    assert (body["status"], body["completed_at"], body["usage"]) == ("failed", None, None)
    assert body["error"] == {"code": "server_error", "message": "The model broke."}
    assert (body["output"], body["service_tier"]) == ([], "auto")


@pytest.mark.parametrize("ended", [True, False])
def test_members_that_a_script_sets_change_no_others(ended: bool) -> None:
    told = []
    for members in ({}, {"user": "u", "moderation": "m"}):
        made = ResponseObject(
            Settings({"model": "gpt-4.1"}),
            "resp_1",
            NOW,
            conversation_id=None,
            previous_response_id=None,
            members=members,
        )
        state = made.ended("completed", [], None, now=NOW) if ended else made.state("in_progress")
        told.append((made.body(state), made.in_event(state)))
    (body, in_event), given = told
    for name, value in (("user", b"u"), ("moderation", b"m"))[: 1 + ended]:
        body = body.replace(b'"%b": null' % name.encode(), b'"%b": "%b"' % (name.encode(), value))
        in_event = in_event.replace(b'"%b":null' % name.encode(), b'"%b":"%b"' % (name.encode(), value))
    assert given == (body, in_event)


def test_a_script_sets_members_of_the_response() -> None:
    members = {"model": "gpt-4o-2024-08-06", "service_tier": "flex", "access_programs": {"cyber": "standard"}}
    created, _, *_, completed = (event["response"] for event in _snapshots(says("Paris.", response=members)))
    assert (created["model"], completed["model"]) == ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06")
    # The tier that was used is known only at the end.
    assert (created["service_tier"], completed["service_tier"]) == ("auto", "flex")
    assert list(completed)[4] == "access_programs"


def test_no_snapshot_of_a_stream_says_who_pays() -> None:
    created, progressing, completed = (event["response"] for event in _snapshots(says("Paris.")))
    assert [name for name in NEWEST if name != "billing"] == list(created) == list(progressing) == list(completed)
    assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
    assert (created["completed_at"], completed["completed_at"]) == (None, NOW)
    assert (created["service_tier"], completed["service_tier"]) == ("auto", "default")


@pytest.mark.parametrize("tier", ["default", "priority"])
def test_a_tier_that_was_asked_for_stands_from_the_beginning(tier: str) -> None:
    created, _, completed = (event["response"] for event in _snapshots(says("Paris."), service_tier=tier))
    assert (created["service_tier"], completed["service_tier"]) == (tier, tier)


def test_a_response_names_the_one_that_it_continues() -> None:
    responses = home(script("Paris.", times=2))
    first = answer(responses)
    body = answer(responses, previous=responses.ended[first["id"]], previous_response_id=first["id"])
    assert body["previous_response_id"] == first["id"]


def _snapshots(responses: Any, **request: Any) -> list[dict[str, Any]]:
    return [event for event in streamed(responses, **request) if "response" in event]
