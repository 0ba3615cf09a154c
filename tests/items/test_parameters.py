"""Parameters that several operations take, read on their own."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from convsim.core.behavior import Behavior
from convsim.items.parameters import Limit, Metadata, Order


def kind(annotation: Any, value: object, behavior: Behavior | None = None) -> str | None:
    try:
        TypeAdapter(annotation).validate_python(value, context=behavior or Behavior())
    except ValidationError as error:
        return str(error.errors()[0]["type"])
    return None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, None),
        ({f"{n}": "v" for n in range(16)}, None),
        ({f"{n}": 1 for n in range(17)}, "too_long"),
        ([], "wrong_type"),
        ({"k": 1}, "string_type"),
        ({"k": "v" * 513}, "string_too_long"),
        ({"k" * 65: "v"}, "string_too_long"),
    ],
)
def test_metadata_are_sixteen_short_strings_at_most(value: object, expected: str | None) -> None:
    assert kind(Metadata, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(1, None), (100, None), (101, "less_than_equal"), (0, "greater_than_equal")]
)
def test_a_page_holds_one_to_a_hundred(value: int, expected: str | None) -> None:
    assert kind(Limit, value) == expected


def test_a_page_may_hold_nothing_where_that_is_allowed() -> None:
    assert kind(Limit, 0, Behavior(limit_zero="empty_page")) is None


def test_there_are_two_orders() -> None:
    assert [kind(Order, value) for value in ("asc", "desc", "up")] == [None, None, "not_listed"]
