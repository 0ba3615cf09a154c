"""Answers held against expectations, and the lines that tell the differences."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.contract.matching import ORDER, differences, frame_differences, header_differences, recall
from convsim.contract.scenario import Anything, Count, Id, Like, PartitionOf, Seconds, Streamed

CONV = "conv_" + "1" * 48
ITEM = "msg_" + "2" * 32 + "1" * 16


def test_recall_replaces_names_in_strings_at_any_depth() -> None:
    value = {"{a}": ["x {a}", 7, {"k": "{b}"}], "n": None}
    assert recall(value, {"a": "A"}) == {"A": ["x A", 7, {"k": "{b}"}], "n": None}


def test_equal_answers_have_no_differences() -> None:
    answer = {"a": [1, "x", None, True], "b": {"c": 1.5}}
    assert differences(answer, {"a": [1, "x", None, True], "b": {"c": 1.5}}, {}) == []


@pytest.mark.parametrize(
    ("expected", "actual", "line"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, f": {ORDER}: expected 'a' and 'b', got 'b' and 'a'"),
        ({"a": 1, "b": 2}, {"a": 1}, ": expected 'b', not there"),
        ({"a": 1}, {"b": 2, "a": 1}, ": not expected, and there: 'b'"),
        ("a", "b" * 300, f": expected 'a', got '{'b' * 239}..."),
        ({"a": [1, 2]}, {"a": [1]}, ".a: expected 2 elements, got 1"),
        ({"a": [1, 2]}, {"a": [1, 3]}, ".a[1]: expected 2, got 3"),
        ({"a": 1}, {"a": True}, ".a: expected 1, got True"),
        ({"a": 1}, {"a": 1.0}, ".a: expected 1, got 1.0"),
        ("{conv}", "other", f": expected '{CONV}', got 'other'"),
        (Seconds(), True, ": expected a time in whole seconds, got True"),
        (Count(), "1", ": expected an integer, got '1'"),
        (PartitionOf("conv"), "x", f": expected {CONV[5:23]!r}, got 'x'"),
        (
            {"a": [Id("x", "msg"), PartitionOf("x"), Anything()]},
            {"a": None},
            ".a: expected [a fresh msg id, the front of {x}, anything], got None",
        ),
        (
            [{"type": "response.created", "at": 1}],
            [{"type": "response.created", "at": 2}],
            "[0] (response.created).at: expected 1, got 2",
        ),
        (Id("x", "msg"), CONV, f": expected a fresh msg id, got '{CONV}'"),
        (Id("x", "conv"), 7, ": expected a fresh conv id, got 7"),
        (Like("a+"), "aab", ": expected a string like 'a+', got 'aab'"),
        (Like("a+"), 7, ": expected a string like 'a+', got 7"),
        (Id("x", "conv"), CONV, f": expected a fresh id, got '{CONV}' again"),
    ],
)
def test_a_difference_names_the_place(expected: Any, actual: Any, line: str) -> None:
    assert differences(expected, actual, {"conv": CONV}) == [line]


def test_a_fresh_id_is_remembered() -> None:
    memory: dict[str, str] = {}
    assert differences([Id("conv", "conv"), "{conv}"], [CONV, CONV], memory) == []
    assert memory == {"conv": CONV}


def test_an_id_shares_the_partition_in_front() -> None:
    memory = {"conv": "conv_0123456789abcdef00" + "A" * 32}
    beside, other = "msg_0123456789abcdef00" + "b" * 32, "msg_ffffffffffffffff00" + "b" * 32
    wanted = Id("msg", "msg", shape="[0-9a-zA-Z]{50}", beside="conv")

    assert differences(wanted, beside, dict(memory)) == []
    assert differences(wanted, other, dict(memory)) == [f": expected an id beside {memory['conv']!r}, got {other!r}"]
    assert differences(wanted, other, dict(memory), shapes=False) == []
    assert differences(PartitionOf("conv"), "0123456789abcdef00", memory) == []
    assert differences(PartitionOf("conv"), "f", memory) == [": expected '0123456789abcdef00', got 'f'"]


def test_seconds_are_any_integer() -> None:
    assert differences(Seconds(), 1741900000, {}) == []


def test_a_pattern_holds_the_whole_string() -> None:
    assert differences([Like("[ab]+"), Like("")], ["abba", ""], {}) == []


def test_an_id_may_have_another_shape_and_no_name() -> None:
    memory: dict[str, str] = {}
    expected = Id("", "event", shape="[0-9A-Za-z]{3}")
    assert differences([expected, expected], ["event_aB1", "event_aB2"], memory) == []
    assert differences(expected, "event_aB1", memory) == [": expected a fresh id, got 'event_aB1' again"]
    assert differences(expected, "event_aB_", memory) == [": expected a fresh event id, got 'event_aB_'"]


def test_a_frame_is_compact_json_in_the_expected_order() -> None:
    event = {"type": "a", "b": ["ü", None]}
    assert frame_differences(event, '{"type":"a","b":["ü",null]}', {}) == []
    assert frame_differences(event, '{"type": "a","b":["ü",null]}', {}) == [
        ': expected compact JSON, got {"type": "a","b":["ü",null]}'
    ]
    assert frame_differences(event, '{"b":["ü",null],"type":"a"}', {}) != []


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (ITEM, 0),
        ("msg_" + "2" * 48, 1),  # another partition
        ("msg_" + "0" * 32 + "1" * 16, 1),  # an earlier time
    ],
)
def test_an_id_behind_another_shares_its_partition_and_is_later(later: str, found: int) -> None:
    assert len(differences(Id("item", "msg", behind="conv"), later, {"conv": CONV})) == found


def test_headers_are_held_against_patterns() -> None:
    actual = {"content-length": "141", "set-cookie": "x"}
    assert header_differences({"content-length": r"\d+", "x-none": None}, actual) == []
    assert header_differences({"content-length": r"\d", "set-cookie": None, "date": ".+"}, actual) == [
        "content-length: expected '\\\\d', got '141'",
        "set-cookie: expected None, got 'x'",
        "date: expected '.+', got None",
    ]


def test_anything_is_anything() -> None:
    assert differences([Anything()] * 3, [None, {"a": 1}, "x"], {}) == []


RESPONSE = Streamed(Id("resp", "resp", shape="[0-9]+"))


def test_a_stream_tells_of_which_response_it_is() -> None:
    memory: dict[str, str] = {}
    assert differences(RESPONSE, [{"type": "ping"}, "odd", {"response": {"id": "resp_1"}}], memory, "body") == []
    assert memory == {"resp": "resp_1"}


@pytest.mark.parametrize("events", [[], [{"response": None}], {"error": {}}])
def test_what_tells_of_none_is_no_stream(events: Any) -> None:
    assert differences(RESPONSE, events, {}, "body") == ["body: response.id: expected a fresh resp id, got None"]
