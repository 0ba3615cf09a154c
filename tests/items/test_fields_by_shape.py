"""Values of more than one shape: what chooses between them, and what is said of a value that fits none."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.items.fields import MAX_TEXT, ByType, Either, Input, Models, Strings, TextOrParts, omitted
from convsim.items.schemas import json_schema

BEHAVIOR = Behavior(client_ids="keep")
seen: list[object] = []


class Circle(Input):
    type: Literal["circle", "disc"]
    radius: int

    def model_post_init(self, context: object, /) -> None:
        seen.append(context)


class Square(Input):
    type: Literal["square"]
    side: int


class Group(Input):
    type: Literal["group"]
    shapes: list[Annotated[Any, ByType(lambda: SHAPES)]] = omitted()


SHAPES: Models = {"circle": Circle, "disc": Circle, "square": Square, "group": Group}
Shape = Annotated[Any, ByType({"circle": Circle, "square": Square})]
Drawn = Annotated[Any, ByType({"circle": Circle}, known=("circle", "square", "line"), supported=("circle", "ellipse"))]
Text = Annotated[Any, TextOrParts("one of a string or shapes", Shape, {"type": "said"})]
Plain = Annotated[Any, TextOrParts("one of a string or shapes", Shape)]


def given(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value, context=BEHAVIOR)


def written(kind: Any, value: object) -> str:
    return to_json(given(kind, value)).decode()


def fault(kind: Any, value: object) -> tuple[str, tuple[int | str, ...], dict[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        given(kind, value)
    (details,) = caught.value.errors()
    return details["type"], details["loc"], without_kind(details.get("ctx", {}))


def without_kind(context: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key != "kind"}


# --- by type -------------------------------------------------------------------------------------------------------


def test_the_type_chooses_the_model() -> None:
    assert type(given(Shape, {"type": "circle", "radius": 1})) is Circle
    assert type(given(Shape, {"type": "square", "side": 1})) is Square


def test_the_model_that_is_chosen_sees_the_behavior() -> None:
    seen.clear()
    given(Shape, {"type": "circle", "radius": 1})
    assert seen == [BEHAVIOR]


@pytest.mark.parametrize(
    ("value", "kind", "location", "context"),
    [
        ("circle", "wrong_type", (), {"expected": "an object"}),
        (None, "wrong_type", (), {"expected": "an object"}),
        ({"radius": 1}, "missing", ("type",), {}),
        ({"type": None}, "not_listed", ("type",), {"values": ("circle", "square")}),
        ({"type": ["circle"]}, "not_listed", ("type",), {"values": ("circle", "square")}),
        ({"type": "line"}, "not_listed", ("type",), {"values": ("circle", "square")}),
        ({"type": "circle", "radius": "1"}, "int_type", ("radius",), {}),
        ({"type": "circle", "side": 1, "radius": 1}, "extra_forbidden", ("side",), {}),
    ],
)
def test_a_value_of_no_model_is_refused(
    value: object, kind: str, location: tuple[str, ...], context: dict[str, Any]
) -> None:
    assert fault(Shape, value) == (kind, location, context)


@pytest.mark.parametrize("kind", ["square", "line"])
def test_a_known_type_without_a_model_is_a_fault_of_the_object(kind: str) -> None:
    expected = ("unsupported_value", (), {"value": kind, "supported": ("circle", "ellipse")})
    assert fault(Drawn, {"type": kind}) == expected


@pytest.mark.parametrize("kind", ["ellipse", "", 5])
def test_an_unknown_type_is_not_one_of_the_known_ones(kind: object) -> None:
    assert fault(Drawn, {"type": kind}) == ("not_listed", ("type",), {"values": ("circle", "square", "line")})


def test_models_may_be_given_later_and_hold_themselves() -> None:
    value = {"type": "group", "shapes": [{"type": "group", "shapes": [{"radius": 1, "type": "disc"}]}]}
    assert written(Group, value) == (
        '{"type":"group","shapes":[{"type":"group","shapes":[{"type":"disc","radius":1}]}]}'
    )
    expected = {"values": ("circle", "disc", "square", "group")}
    location = ("shapes", 0, "type")
    assert fault(Group, {"type": "group", "shapes": [{"type": "line"}]}) == ("not_listed", location, expected)


def test_models_that_are_given_later_are_asked_for_once_and_when_they_are_needed() -> None:
    asked: list[str] = []

    def models() -> Models:
        asked.append("models")
        return {"circle": Circle}

    by_type = ByType(models)
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[Any, by_type])
    assert asked == []
    for _ in range(2):
        adapter.validate_python({"type": "circle", "radius": 1}, context=BEHAVIOR)
    assert (by_type.known, by_type.supported, asked) == (("circle",), ("circle",), ["models"])


def test_a_schema_names_each_model_once() -> None:
    schema = TypeAdapter(Annotated[Any, ByType({"circle": Circle, "disc": Circle, "square": Square})]).json_schema()
    assert [model["properties"]["type"] for model in options(schema)] == [
        {"enum": ["circle", "disc"], "title": "Type", "type": "string"},
        {"const": "square", "title": "Type", "type": "string"},
    ]


def options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema["$defs"][option["$ref"].removeprefix("#/$defs/")] for option in schema["anyOf"]]


def test_the_schema_of_models_that_hold_themselves_refers_to_them() -> None:
    group = json_schema(Group)["$defs"]["Group"]
    assert {"$ref": "#/$defs/Group"} in group["properties"]["shapes"]["items"]["anyOf"]


# --- by kind of JSON -----------------------------------------------------------------------------------------------

Value = Annotated[Any, Either("one of a flag, a number, strings, or a shape", {bool: bool, int: int, list: Strings})]
Nested = Annotated[Any, Either("one of a name or a shape", {str: str, dict: Shape})]


@pytest.mark.parametrize("value", [True, False, 0, 1, [], ["x"]])
def test_the_kind_of_json_chooses_how_a_value_is_read(value: object) -> None:
    assert given(Value, value) == value
    assert type(given(Value, value)) is type(value)


@pytest.mark.parametrize("value", [None, "x", 1.0, {}, (1,)])
def test_a_value_of_another_kind_is_told_of_all(value: object) -> None:
    expected = {"expected": "one of a flag, a number, strings, or a shape"}
    assert fault(Value, value) == ("wrong_type", (), expected)


def test_a_fault_below_is_told_where_it_is() -> None:
    assert fault(Value, ["x", 5]) == ("string_type", (1,), {})
    assert fault(Nested, {}) == ("missing", ("type",), {})


def test_what_is_chosen_sees_the_behavior() -> None:
    seen.clear()
    given(Nested, {"type": "circle", "radius": 1})
    assert seen == [BEHAVIOR]


def test_a_schema_names_each_kind() -> None:
    schema = TypeAdapter(Value).json_schema()
    assert schema == {
        "anyOf": [
            {"type": "boolean"},
            {"type": "integer"},
            {"items": {"maxLength": MAX_TEXT, "type": "string"}, "type": "array"},
        ]
    }


# --- a text or parts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "x", "x" * MAX_TEXT])
def test_a_text_becomes_a_part_or_stays_as_it_is(value: str) -> None:
    assert given(Text, value) == [{"type": "said", "text": value}]
    assert given(Plain, value) == value


def test_a_text_has_a_bound() -> None:
    assert fault(Text, "x" * (MAX_TEXT + 1)) == ("string_too_long", (), {"max_length": MAX_TEXT})


def test_parts_are_read_each_by_its_type() -> None:
    parts = [{"side": 2, "type": "square"}, {"radius": 1, "type": "circle"}]
    assert written(Text, parts) == '[{"type":"square","side":2},{"type":"circle","radius":1}]'
    assert fault(Text, [parts[0], {}]) == ("missing", (1, "type"), {})


def test_there_is_one_part_at_least() -> None:
    kind, location, _ = fault(Text, [])
    assert (kind, location) == ("too_short", ())


@pytest.mark.parametrize("value", [None, 5, {}, True])
def test_neither_a_text_nor_parts_is_told_of_both(value: object) -> None:
    assert fault(Text, value) == ("wrong_type", (), {"expected": "one of a string or shapes"})
