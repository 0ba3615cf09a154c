"""Values that the live sentences call by names of their own, and JSON of any shape."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter
from pydantic_core import ValidationError, from_json, to_json

from convsim.core.behavior import Behavior
from convsim.items.fields import (
    Input,
    Json,
    JsonObject,
    Number,
    Objects,
    StringMap,
    Strings,
    building,
    nulled,
    omitted,
    worded,
)
from tests.items.test_fields import kinds


class Part(Input):
    note: str = omitted()


ARRAYS: dict[str, Any] = {
    "an array of strings": (Strings, ["x"]),
    "an array of objects": (Objects[Part], [{"note": "n"}]),
    "a pair": (Annotated[list[int], worded(list, "a pair")], [1, 2]),
}
OBJECTS: dict[str, Any] = {
    "an object with string keys and string values": (StringMap, {"k": "v"}),
    "an object": (JsonObject, {"k": [1, None, {}]}),
}


def read(kind: Any, value: object) -> Any:
    with building():
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return adapter.validate_python(value, context=Behavior(), strict=True)


def test_a_nulled_value_is_checked_and_then_null() -> None:
    adapter = Annotated[int | None, nulled]
    assert [read(adapter, value) for value in (5, None)] == [None, None]
    assert kinds(lambda: read(adapter, "x")) == [("int_type", ())]


@pytest.mark.parametrize("expected", [*ARRAYS, *OBJECTS])
def test_another_type_is_told_the_name_of_the_right_one(expected: str) -> None:
    annotation, good = (ARRAYS | OBJECTS)[expected]
    assert to_json(read(annotation, good)) == to_json(good)
    others: list[object] = [None, 5, "x", True, {} if expected in ARRAYS else []]
    for value in others:
        with pytest.raises(ValidationError) as caught:
            read(annotation, value)
        (details,) = caught.value.errors()
        assert (details["type"], details["loc"]) == ("wrong_type", ())
        assert details["ctx"] == {"kind": "wrong_type", "expected": expected}


def test_what_is_inside_is_told_where_it_is() -> None:
    assert kinds(lambda: read(Strings, ["x", 5])) == [("string_type", (1,))]
    assert kinds(lambda: read(Objects[Part], [{}, 5])) == [("model_type", (1,))]
    assert kinds(lambda: read(StringMap, {"a": "x", "b": None})) == [("string_type", ("b",))]


@pytest.mark.parametrize("value", [None, True, 0, -1.5, 1e308, "x", [], {}, [{"a": [1.5, "inf"]}]])
def test_json_is_any_value(value: object) -> None:
    assert read(Json, value) == value


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("1e999", ()),
        ("-1e999", ()),
        ("[1, 1e999]", (1,)),
        ('{"a": 1e999}', ("a",)),
        ('{"a": [1.5, {"b": [[], [-1e999]]}]}', ("a", 1, "b", 1, 0)),
    ],
)
def test_a_number_too_large_for_json_is_refused_at_its_path(text: str, location: tuple[int | str, ...]) -> None:
    value = from_json(text)
    assert kinds(lambda: read(Json, value)) == [("finite_number", location)]
    if isinstance(value, dict):
        assert kinds(lambda: read(JsonObject, value)) == [("finite_number", location)]


@pytest.mark.parametrize("number", [1, -0.5, 10**300])
def test_a_number_stays_what_it_is(number: float) -> None:
    assert type(read(Number, number)) is type(number)
    assert read(Number, number) == number


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (float("nan"), "finite_number"),
        (float("-inf"), "finite_number"),
        (10**400, "finite_number"),
        (True, "wrong_type"),
        ("1", "wrong_type"),
    ],
)
def test_what_is_no_number_is_refused(value: object, kind: str) -> None:
    assert kinds(lambda: read(Number, value)) == [(kind, ())]
