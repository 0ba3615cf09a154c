"""The parts of fields: strict models, closed lists, and values with words of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.errors import one_of_words
from convsim.items.fields import (
    OMITTED,
    Input,
    Item,
    dropped,
    omitted,
    one_of,
)
from convsim.items.schemas import json_schema


class Part(Input):
    note: str = omitted()
    count: int = 0


class Sample(Item):
    id: str = omitted()
    type: str = "sample"
    note: str = omitted()
    secret: Annotated[str, dropped] = omitted()
    async_: bool = omitted(alias="async")
    part: Part = omitted()


def sample(**values: object) -> Sample:
    return Sample.read(values, Behavior())


def kinds(call: Callable[[], object]) -> list[tuple[str, tuple[int | str, ...]]]:
    with pytest.raises(ValidationError) as caught:
        call()
    return [(details["type"], details["loc"]) for details in caught.value.errors()]


# --- models --------------------------------------------------------------------------------------------------------


def test_a_document_holds_what_was_given_in_declared_order_under_the_service_s_id() -> None:
    given = sample(**{"async": True, "note": "n", "id": "smp_client"})
    assert list(given.document("smp_1").items()) == [
        ("id", "smp_1"),
        ("type", "sample"),
        ("note", "n"),
        ("async", True),
    ]


def test_a_document_holds_an_id_although_none_was_sent() -> None:
    given = sample()
    assert given.id is OMITTED
    assert given.document("smp_1") == {"id": "smp_1", "type": "sample"}


def test_a_dropped_field_is_checked_and_then_forgotten() -> None:
    assert sample(secret="s").document("smp_1") == {"id": "smp_1", "type": "sample"}
    assert kinds(lambda: sample(secret=5)) == [("string_type", ("secret",))]


def test_parts_write_themselves_without_what_was_omitted() -> None:
    document = sample(part={}).document("smp_1")
    assert to_json(document) == b'{"id":"smp_1","type":"sample","part":{"count":0}}'
    document = sample(part={"count": 2, "note": ""}).document("smp_1")
    assert to_json(document) == b'{"id":"smp_1","type":"sample","part":{"note":"","count":2}}'


@pytest.mark.parametrize(
    ("values", "kind", "location"),
    [
        ({"zzz": 1}, "extra_forbidden", ("zzz",)),
        ({"async_": True}, "extra_forbidden", ("async_",)),
        ({"async": 1}, "bool_type", ("async",)),
        ({"async": "true"}, "bool_type", ("async",)),
        ({"note": None}, "string_type", ("note",)),
        ({"note": b"n"}, "string_type", ("note",)),
        ({"part": {"count": "1"}}, "int_type", ("part", "count")),
        ({"part": {"count": 1.0}}, "int_type", ("part", "count")),
        ({"part": {"count": True}}, "int_type", ("part", "count")),
        ({"part": None}, "model_type", ("part",)),
    ],
)
def test_nothing_is_converted_and_nothing_unknown_accepted(
    values: dict[str, object], kind: str, location: tuple[str, ...]
) -> None:
    assert kinds(lambda: sample(**values)) == [(kind, location)]


def test_a_model_sees_the_behavior() -> None:
    seen: list[object] = []

    class Curious(Input):
        value: Annotated[str, one_of("a")]

        def model_post_init(self, context: object, /) -> None:
            seen.append(context)

    behavior = Behavior(client_ids="keep")
    Curious.read({"value": "a"}, behavior)
    assert seen == [behavior]


# --- closed lists --------------------------------------------------------------------------------------------------


def test_a_closed_list_takes_its_values() -> None:
    adapter = TypeAdapter(Annotated[str, one_of("low", "high")])
    assert [adapter.validate_python(value) for value in ("low", "high")] == ["low", "high"]


@pytest.mark.parametrize(
    "value",
    ["mid", "", "LOW", None, 1, ["low"]],
)
def test_a_closed_list_refuses_the_rest(value: object) -> None:
    adapter = TypeAdapter(Annotated[str, one_of("low", "high")])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (details,) = caught.value.errors()
    assert (details["type"], details["ctx"]) == ("not_listed", {"kind": "not_listed", "values": ("low", "high")})


def test_long_names_of_a_closed_list_are_elided_in_its_words() -> None:
    assert one_of_words(("input_text", "computer_screenshot", "x")) == "one of 'input_text', 'com...hot', or 'x'"


# --- class keywords ------------------------------------------------------------------------------------------------


class Prefixed(Item, prefix="pre"):
    id: str = omitted()
    type: str = "prefixed"


class Picture(Input, exactly_one=("file", "url")):
    file: str | None = None
    url: str = omitted()


class AnyPicture(Picture):
    pass


def test_an_item_s_id_has_the_prefix_of_its_class() -> None:
    assert (Prefixed.prefix, Sample.prefix) == ("pre", "")
    assert Prefixed.read({"id": "pre_1"}, Behavior()).document("pre_2") == {"id": "pre_2", "type": "prefixed"}
    assert kinds(lambda: Prefixed.read({"id": "smp_1"}, Behavior())) == [("id_prefix", ("id",))]
    assert kinds(lambda: Prefixed.read({"id": 5}, Behavior())) == [("string_type", ("id",))]


@pytest.mark.parametrize("value", ["pre_1", "smp_1", "x", "-"])
def test_an_item_without_a_prefix_takes_the_id_of_any(value: str) -> None:
    assert sample(id=value).id == value
    assert kinds(lambda: sample(id="a!")) == [("id_characters", ("id",))]


@pytest.mark.parametrize("value", [{"file": "f"}, {"url": "u"}, {"file": None, "url": "u"}])
def test_exactly_one_is_given_and_null_is_none(value: dict[str, str]) -> None:
    assert Picture.read(value, Behavior()).model_dump() == {"file": None} | value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, "none_of_exclusive"),
        ({"file": None}, "none_of_exclusive"),
        ({"file": "f", "url": "u"}, "mutually_exclusive"),
    ],
)
def test_none_or_several_of_exactly_one_is_a_fault_of_the_object(value: dict[str, str], kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Picture.read(value, Behavior())
    (details,) = caught.value.errors()
    assert (details["type"], details["loc"]) == (kind, ())
    assert details["ctx"] == {"kind": kind, "names": ("file", "url")}


def test_a_fault_of_a_member_comes_before_the_question_which_were_given() -> None:
    assert kinds(lambda: Picture.read({"url": 5, "zzz": 1}, Behavior())) == [
        ("string_type", ("url",)),
        ("extra_forbidden", ("zzz",)),
    ]


def test_exactly_one_is_not_inherited() -> None:
    assert AnyPicture.read({}, Behavior()).model_dump() == {"file": None}


def test_the_schema_of_exactly_one_requires_each_in_turn() -> None:
    assert json_schema(Picture)["oneOf"] == [{"required": ["file"]}, {"required": ["url"]}]
    assert "oneOf" not in json_schema(AnyPicture)
