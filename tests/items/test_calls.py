"""The common fields of all calls: their status, and their caller."""

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


@pytest.mark.parametrize("value", ["in_progress", "completed", "incomplete"])
def test_a_call_is_in_progress_or_came_to_an_end(value: str) -> None:
    assert written("Status", value) == f'"{value}"'
    assert faults("Status", "failed") == [("not_listed", ())]


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
        ({"type": "user"}, "not_listed", ("type",)),
        ({"type": "program"}, "missing", ("caller_id",)),
        ({"type": "program", "caller_id": ""}, "string_too_short", ("caller_id",)),
        ({"type": "direct", "caller_id": "call_1"}, "extra_forbidden", ("caller_id",)),
        (None, "wrong_type", ()),
    ],
)
def test_only_a_program_has_an_id(value: object, kind: str, location: tuple[str, ...]) -> None:
    assert faults("Caller", value) == [(kind, location)]
