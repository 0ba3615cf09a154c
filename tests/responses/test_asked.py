"""Reading the request of a turn: what was checked once is not checked again, and nothing else is taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.operations.responses import create_response
from convsim.responses.asked import TurnRequest
from convsim.responses.texts import UserText

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
JSON_OBJECT = {"format": {"type": "json_object"}}


def read(behavior: Behavior, **members: Any) -> TurnRequest:
    return create_response.read(behavior, {"body": {"model": "gpt-4.1", "input": "Hi"} | members})


def refusal(behavior: Behavior, **members: Any) -> tuple[str, str | None]:
    with pytest.raises(APIStatusError) as caught:
        read(behavior, **members)
    return caught.value.message, caught.value.param


@pytest.mark.parametrize("settings", [{}, {"tools": [TOOL], "tool_choice": "auto"}, {"text": {"verbosity": "low"}}])
def test_the_same_settings_are_read_once(settings: dict[str, Any]) -> None:
    behavior = Behavior()
    first = read(behavior, **settings)
    second = read(behavior, input="And?", conversation="conv_1", **settings)
    third = read(behavior, input=[{"role": "user", "content": "x"}], previous_response_id="resp_1", **settings)
    assert second.settings is third.settings is first.settings is not None
    assert first.checked is not None
    assert (second.checked, second.conversation_id, second.previous_response_id) == (None, "conv_1", None)
    assert (third.checked, third.conversation_id, third.previous_response_id) == (None, None, "resp_1")
    assert second.sent["input"] == "And?"
    assert [type(item) for item in second.items] == [UserText]
    assert [item.document("msg_1")["content"][0]["text"] for item in (*second.items, *third.items)] == ["And?", "x"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": None},
        {"input": 1},
        {"input": [{"role": "nobody", "content": "x"}]},
        {"input": ["x"]},
        {"input": "x" * 10_485_761},
        {"conversation": "thread_1"},
        {"conversation": 1},
        {"conversation": {"id": "conv_1", "x": 1}},
        {"previous_response_id": "r"},
        {"previous_response_id": 1},
        {"conversation": "conv_1", "previous_response_id": "resp_1"},
    ],
)
def test_an_input_or_a_past_that_is_wrong_is_refused_as_if_nothing_were_known(wrong: dict[str, Any]) -> None:
    behavior = Behavior()
    expected = refusal(behavior, **wrong)
    assert read(behavior).checked is not None
    assert refusal(behavior, **wrong) == expected
    assert read(behavior).checked is None


@pytest.mark.parametrize("given", [{"input": ""}, {"input": []}, {"conversation": {"id": "conv_1"}}])
def test_what_the_model_alone_accepts_is_left_to_it(given: dict[str, Any]) -> None:
    behavior = Behavior()
    read(behavior)
    asked = read(behavior, **given)
    assert asked.checked is not None
    assert asked.conversation_id == ("conv_1" if "conversation" in given else None)


def test_a_number_is_not_taken_for_a_truth_value() -> None:
    behavior = Behavior()
    read(behavior, store=True)
    assert refusal(behavior, store=1)[1] == "store"


@pytest.mark.parametrize(
    "settings",
    [
        {"tools": [TOOL], "tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "f"}},
        {"text": JSON_OBJECT},
        {"prompt": {"id": "pmpt_1"}},
        {"model": ""},
        {"user": "x" * 2**16},
    ],
)
def test_settings_that_the_service_may_object_to_are_checked_each_time(settings: dict[str, Any]) -> None:
    behavior = Behavior()
    assert [read(behavior, **settings).checked is None for _ in range(2)] == [False, False]


def test_another_behavior_reads_anew() -> None:
    read(Behavior())
    other = Behavior(assistant_phase="keep")
    assert read(other).checked is not None
    assert read(other).checked is None


def test_no_more_than_some_settings_are_remembered() -> None:
    behavior = Behavior()
    read(behavior)
    for number in range(64):
        read(behavior, user=f"user {number}")
    assert read(behavior).checked is not None


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(APIStatusError) as caught:
        create_response.read(Behavior(), {"body": ["x"]})
    assert caught.value.message == "Invalid type: expected an object, but got an array instead."
