"""What fields are made of: strict models, closed lists, and the grammar of ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, to_json

from convsim.behavior import Behavior
from convsim.items.fields import (
    OMITTED,
    Input,
    Item,
    any_item_id,
    conversation_id_in_path,
    dropped,
    item_id,
    item_id_in_path,
    omitted,
    one_of,
    one_of_words,
)


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
    ("value", "kind", "context"),
    [
        ("mid", "unsupported_value", {"value": "mid", "supported": ("low", "high")}),
        ("", "unsupported_value", {"value": "", "supported": ("low", "high")}),
        ("LOW", "unsupported_value", {"value": "LOW", "supported": ("low", "high")}),
        (None, "wrong_type", {"expected": "one of 'low' or 'high'"}),
        (1, "wrong_type", {"expected": "one of 'low' or 'high'"}),
        (["low"], "wrong_type", {"expected": "one of 'low' or 'high'"}),
    ],
)
def test_a_closed_list_refuses_the_rest(value: object, kind: str, context: dict[str, object]) -> None:
    adapter = TypeAdapter(Annotated[str, one_of("low", "high")])
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (details,) = caught.value.errors()
    assert (details["type"], details["ctx"]) == (kind, {"kind": kind} | context)


def test_long_names_of_a_closed_list_are_elided_in_its_words() -> None:
    assert one_of_words(("input_text", "computer_screenshot", "x")) == "one of 'input_text', 'com...hot', or 'x'"


# --- ids -----------------------------------------------------------------------------------------------------------

ACCEPTED = "accepted"


def verdict(check: Callable[[str], str], value: str) -> str:
    try:
        assert check(value) == value
    except PydanticCustomError as found:
        extra = [f"{key}={member}" for key, member in (found.context or {}).items() if key != "kind"]
        return " ".join([found.type, *extra])
    return ACCEPTED


# Measured with fc_ on /v1/responses (evidence 3.26); the bounds of length follow from the same sentence.
ANY = [
    ("fc_abcDEF-", ACCEPTED),
    ("fc__abcDEF", ACCEPTED),
    ("fc_abcDEF", ACCEPTED),
    ("fc_" + "x" * 61, ACCEPTED),
    ("fc_" + "x" * 60 + "_", "id_characters"),
    ("fc_abcDEF_", "id_characters"),
    ("fc_abcDEF__", "id_characters"),
    ("fc_", "id_characters"),
    ("", "id_characters"),
    ("fc_a b", "id_characters"),
    ("fc_ä", "id_characters"),
    ("fc_1\n", "id_characters"),
    ("fc_" + "x" * 62, "id_too_long bound=64"),
    ("fc_" + "!" * 62, "id_too_long bound=64"),
]


@pytest.mark.parametrize(("value", "expected"), [*ANY, ("x", ACCEPTED), ("-", ACCEPTED), ("msg_1", ACCEPTED)])
def test_the_id_of_a_reference_may_be_of_any_item(value: str, expected: str) -> None:
    assert verdict(any_item_id, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *ANY,
        ("msg_1", "id_prefix prefix=fc"),
        ("fc", "id_prefix prefix=fc"),
        ("fc-1", "id_prefix prefix=fc"),
        ("FC_1", "id_prefix prefix=fc"),
        ("fco_1", "id_prefix prefix=fc"),
        ("msg_!", "id_characters"),
    ],
)
def test_the_id_of_an_item_has_the_prefix_of_its_type(value: str, expected: str) -> None:
    assert verdict(item_id("fc"), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("conv_ABC-123", ACCEPTED),
        ("conv_1", ACCEPTED),
        ("conv_-", ACCEPTED),
        ("conv_" + "x" * 59, ACCEPTED),
        ("conv_" + "x" * 60, "id_too_long bound=64"),
        ("notaconvid", "id_prefix prefix=conv"),
        ("conv", "id_prefix prefix=conv"),
        ("conv_", "id_prefix prefix=conv"),
        ("CONV_abc", "id_prefix prefix=conv"),
        ("resp_abc", "id_prefix prefix=conv"),
        ("", "id_prefix prefix=conv"),
        ("x" * 65, "id_prefix prefix=conv"),
        ("conv_a_", "id_characters"),
        ("conv_a.b", "id_characters"),
        ("conv_a\n", "id_characters"),
        ("conv_ä", "id_characters"),
    ],
)
def test_the_conversation_id_of_a_path_is_judged_by_its_prefix_first(value: str, expected: str) -> None:
    assert verdict(conversation_id_in_path, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("msg_1", ACCEPTED),
        ("zzz_1", ACCEPTED),
        ("X9_-", ACCEPTED),
        ("msg_" + "x" * 60, ACCEPTED),
        ("msg_" + "x" * 61, "id_too_long bound=64"),
        ("msg-abc", "id_prefix prefix=msg"),
        ("msg", "id_prefix prefix=msg"),
        ("msg_", "id_prefix prefix=msg"),
        ("_1", "id_prefix prefix=msg"),
        ("m-g_1", "id_prefix prefix=msg"),
        ("", "id_prefix prefix=msg"),
        ("msg_a_", "id_characters"),
        ("msg_ä", "id_characters"),
        ("msg_\n", "id_characters"),
    ],
)
def test_the_item_id_of_a_path_may_have_any_prefix(value: str, expected: str) -> None:
    assert verdict(item_id_in_path, value) == expected
