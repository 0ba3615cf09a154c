"""The grammar of ids that clients send: in items, in references and in paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from convsim.items.id_rules import (
    AnyId,
    CallId,
    ContainerId,
    FileId,
    any_id,
    conversation_id,
    file_id,
    is_well_formed,
    item_id,
    item_id_in_path,
)

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
    assert verdict(any_id, value) == expected


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
    assert verdict(lambda value: item_id(value, "fc"), value) == expected


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
    assert verdict(conversation_id, value) == expected


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


FILE = [
    ("file-G9RUSJfisA2m5m8zsRMoLD", ACCEPTED),
    ("file_1", ACCEPTED),
    ("assistant-1", ACCEPTED),
    ("/config/images/voordeur.png", "id_characters"),
    ("F0BGSHE3JGJ", "id_prefix prefix=file"),
    ("file", "id_prefix prefix=file"),
    ("filex", "id_prefix prefix=file"),
    ("file-", ACCEPTED),
    ("file_", "id_characters"),
    ("", "id_characters"),
    ("file-" + "x" * 60, "id_too_long bound=64"),
    ("/" * 65, "id_too_long bound=64"),
]


@pytest.mark.parametrize(("value", "expected"), FILE)
def test_the_id_of_a_file_has_its_prefix(value: str, expected: str) -> None:
    assert verdict(file_id, value) == expected


@pytest.mark.parametrize(("value", "expected"), FILE)
def test_the_schema_of_a_files_id_takes_no_more(value: str, expected: str) -> None:
    pattern = re.compile(TypeAdapter(FileId).json_schema()["pattern"])
    assert expected == ACCEPTED or not pattern.fullmatch(value)


@pytest.mark.parametrize("kind", [AnyId, FileId, ContainerId], ids=["any", "file", "container"])
def test_ids_have_a_schema(kind: Any) -> None:
    schema = TypeAdapter(kind).json_schema()
    assert schema == {"type": "string", "maxLength": 64, "pattern": schema["pattern"]}
    assert re.fullmatch(r"\^.*\$", schema["pattern"])


@pytest.mark.parametrize("value", ["x", "call.1", "a|b", "é", "_", "x" * 64])
def test_a_call_id_may_hold_any_characters(value: str) -> None:
    assert TypeAdapter(CallId).validate_python(value) == value


@pytest.mark.parametrize(("value", "kind"), [("", "string_too_short"), ("x" * 65, "string_too_long")])
def test_a_call_id_has_a_length(value: str, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(CallId).validate_python(value)
    assert [details["type"] for details in caught.value.errors()] == [kind]


@pytest.mark.parametrize(("value", "expected"), ANY)
def test_a_well_formed_id_is_one_that_a_reference_may_have(value: str, expected: str) -> None:
    assert is_well_formed(value) is (expected == ACCEPTED)
