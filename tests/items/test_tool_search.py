"""Tools on the way: searched for, found and added."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE, refused, stored, without

CALL: dict[str, Any] = {"type": "tool_search_call", "arguments": {}}
OUTPUT: dict[str, Any] = {"type": "tool_search_output", "tools": []}
ADDED: dict[str, Any] = {"type": "additional_tools", "role": "developer", "tools": []}
TOOL = {"name": "n", "type": "custom"}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            CALL,
            (
                '{"id":"x_1","type":"tool_search_call","status":"completed","arguments":{},"call_id":null,'
                '"execution":"server"}'
            ),
        ),
        (
            CALL
            | {"execution": "client", "call_id": "call_1", "arguments": {"b": [1, {"d": 1, "c": 2}], "a": None}}
            | {"status": "in_progress", "id": "tsc_1"},
            (
                '{"id":"x_1","type":"tool_search_call","status":"in_progress",'
                '"arguments":{"b":[1,{"d":1,"c":2}],"a":null},"call_id":"call_1","execution":"client"}'
            ),
        ),
        (
            OUTPUT,
            (
                '{"id":"x_1","type":"tool_search_output","status":"completed","call_id":null,"execution":"server",'
                '"tools":[]}'
            ),
        ),
        (
            OUTPUT | {"tools": [TOOL], "execution": "client", "call_id": "call_1", "status": "incomplete"},
            (
                '{"id":"x_1","type":"tool_search_output","status":"incomplete","call_id":"call_1",'
                '"execution":"client","tools":[{"type":"custom","name":"n"}]}'
            ),
        ),
        (ADDED, '{"id":"x_1","type":"additional_tools","role":"developer","tools":[]}'),
        (
            ADDED | {"tools": [TOOL, {"type": "computer"}], "id": "at_1"},
            (
                '{"id":"x_1","type":"additional_tools","role":"developer",'
                '"tools":[{"type":"custom","name":"n"},{"type":"computer"}]}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_a_call_id_may_be_null(item: dict[str, Any]) -> None:
    assert stored(item | {"call_id": None}) == stored(item)


def test_the_models_of_the_tools_are_built_when_the_first_one_is_read() -> None:
    script = (
        "import sys; from convsim.items.catalogue import read_item; from convsim.core.behavior import Behavior\n"
        "item = {'type': 'additional_tools', 'role': 'developer'}\n"
        "read_item(item | {'tools': []}, Behavior()); assert 'convsim.items.tools' not in sys.modules\n"
        "read_item(item | {'tools': [{'type': 'computer'}]}, Behavior()); assert 'convsim.items.tools' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "member"), [(CALL, "arguments"), (OUTPUT, "tools"), (ADDED, "role"), (ADDED, "tools")]
)
def test_what_an_item_must_have(item: dict[str, Any], member: str) -> None:
    assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(CALL, "tsc"), (OUTPUT, "tso"), (ADDED, "at")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "tool_1"}) == errors.id_with_wrong_prefix("items[0].id", "tool_1", prefix).body


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_another_status_is_refused(item: dict[str, Any]) -> None:
    answer = errors.unsupported_value("items[0].status", "failed", ("in_progress", "completed", "incomplete"))
    assert refused(item | {"status": "failed"}) == answer.body


def test_added_tools_have_no_status() -> None:
    assert refused(ADDED | {"status": "completed"}) == errors.unknown_parameter("items[0].status").body


def test_only_a_developer_adds_tools() -> None:
    assert refused(ADDED | {"role": "user"}) == errors.unsupported_value("items[0].role", "user", ("developer",)).body


@pytest.mark.parametrize("item", [CALL, OUTPUT])
def test_a_search_is_made_by_the_server_or_the_client(item: dict[str, Any]) -> None:
    answer = errors.unsupported_value("items[0].execution", "both", ("server", "client"))
    assert refused(item | {"execution": "both"}) == answer.body
    answer = errors.wrong_type("items[0].execution", "one of 'server' or 'client'", None)
    assert refused(item | {"execution": None}) == answer.body


@pytest.mark.parametrize("value", ["{}", None, []])
def test_arguments_are_an_object(value: object) -> None:
    answer = errors.wrong_type("items[0].arguments", "an object", value)
    assert refused(CALL | {"arguments": value}) == answer.body


def test_arguments_are_finite_at_any_depth() -> None:
    answer = errors.wrong_type("items[0].arguments.a[1].b", "a decimal", INFINITE)
    assert refused(CALL | {"arguments": {"a": [1.5, {"b": INFINITE}]}}) == answer.body


@pytest.mark.parametrize("item", [OUTPUT, ADDED])
@pytest.mark.parametrize(
    ("tools", "answer"),
    [
        (None, errors.wrong_type("items[0].tools", "an array of tools", None)),
        ({}, errors.wrong_type("items[0].tools", "an array of tools", {})),
        (["x"], errors.wrong_type("items[0].tools[0]", "an object", "x")),
        ([{}], errors.missing("items[0].tools[0].type")),
        ([TOOL, {"type": "custom"}], errors.missing("items[0].tools[1].name")),
    ],
)
def test_tools_are_objects_of_a_type(item: dict[str, Any], tools: object, answer: errors.BadRequestError) -> None:
    assert refused(item | {"tools": tools}) == answer.body
