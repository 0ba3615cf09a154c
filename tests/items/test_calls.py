"""What all calls share: callers, and the bounds of ids and names."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.items import calls


def adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(getattr(calls, kind))


def written(kind: str, value: object) -> str:
    return to_json(adapter(kind).validate_python(value, context=Behavior())).decode()


def faults(kind: str, value: object) -> list[tuple[str, tuple[int | str, ...]]]:
    with pytest.raises(ValidationError) as caught:
        adapter(kind).validate_python(value, context=Behavior())
    return [(details["type"], details["loc"]) for details in caught.value.errors()]


@pytest.mark.parametrize(
    ("kind", "bound"), [("CallId", 64), ("ToolName", 128), ("FunctionName", 128), ("Namespace", 64)]
)
def test_ids_and_names_have_one_character_at_least_and_a_bound(kind: str, bound: int) -> None:
    assert written(kind, "x") == '"x"'
    assert written(kind, "x" * bound) == f'"{"x" * bound}"'
    assert faults(kind, "") == [("string_too_short", ())]
    assert faults(kind, "x" * (bound + 1)) == [("string_too_long", ())]


@pytest.mark.parametrize("kind", ["FunctionName", "Namespace"])
def test_functions_and_namespaces_have_a_pattern(kind: str) -> None:
    assert written(kind, "Get_the-time2") == '"Get_the-time2"'
    for value in ("get time", "get.time", "é", "x\n"):
        assert faults(kind, value) == [("string_pattern_mismatch", ())]


@pytest.mark.parametrize("kind", ["CallId", "ToolName"])
def test_call_ids_and_names_of_other_tools_have_none(kind: str) -> None:
    assert written(kind, "get time é") == '"get time é"'


@pytest.mark.parametrize("value", ["in_progress", "completed", "incomplete"])
def test_a_call_is_in_progress_or_came_to_an_end(value: str) -> None:
    assert written("Status", value) == f'"{value}"'
    assert faults("Status", "failed") == [("unsupported_value", ())]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "direct"}, '{"type":"direct"}'),
        ({"caller_id": "call_1", "type": "program"}, '{"type":"program","caller_id":"call_1"}'),
    ],
)
def test_a_caller_is_the_model_itself_or_a_program(value: dict[str, str], expected: str) -> None:
    assert written("Caller", value) == expected


@pytest.mark.parametrize(
    ("value", "kind", "location"),
    [
        ({}, "missing", ("type",)),
        ({"type": "user"}, "unsupported_value", ("type",)),
        ({"type": "program"}, "missing", ("caller_id",)),
        ({"type": "program", "caller_id": ""}, "string_too_short", ("caller_id",)),
        ({"type": "direct", "caller_id": "call_1"}, "extra_forbidden", ("caller_id",)),
        (None, "wrong_type", ()),
    ],
)
def test_only_a_program_has_an_id(value: object, kind: str, location: tuple[str, ...]) -> None:
    assert faults("Caller", value) == [(kind, location)]
