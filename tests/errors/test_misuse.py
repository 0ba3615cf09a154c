"""A message about a misuse shows the call, and a value of whatever kind."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.errors.misuse import (
    FLAG,
    INTEGER,
    PATH,
    TEXT,
    Kind,
    choice,
    count,
    is_list,
    number,
    optional,
    require,
    shown,
)
from tests.inputs import nested_list


class Unshown:
    def __repr__(self) -> str:
        raise LookupError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x", "'x'"),
        ("\ud800\x1b", r"'\ud800\x1b'"),
        ("x" * 298, f"'{'x' * 298}'"),
        ("x" * 299, f"'{'x' * 299}..."),
        (nested_list(2_000), "<list whose repr raises RecursionError>"),
        (10**5_000, "<int whose repr raises ValueError>"),
        (Unshown(), "<Unshown whose repr raises LookupError>"),
    ],
    ids=range(7),
)
def test_any_value_is_shown(value: object, words: str) -> None:
    # Later Pythons can write what 3.11 cannot.
    assert shown(value) == words or (isinstance(value, list) and shown(value) == f"{'[' * 300}...")


@pytest.mark.parametrize(
    ("owner", "words"), [("Text(text", "Text(text=5)"), ("Latency(", "Latency(5)"), ("skip", "skip=5")]
)
def test_the_sentence_begins_with_the_call(owner: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        require(owner, 5, FLAG)
    assert str(caught.value) == f"{words}: write True or False"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (FLAG, [True, False], [None, 0, 1, "yes"]),
        (INTEGER, [0, -1, 10**400], [True, 1.0, None, "1"]),
        (TEXT, ["", "é"], [None, b"x", "\ud800", 5]),
        (PATH, ["a", "\udcff", Path("a"), PurePath("a")], [None, "", b"a", 5, "\0", "\ud800", [], object()]),
        (choice("a", 1, True), ["a", 1, True], [1.0, 0, "b", None, ["a"]]),
        (count(0), [0, 10**400], [-1, True, 1.0, None]),
        (count(1, most=3), [1, 3], [0, 4]),
        (number("a share", most=1), [0, 1, 0.5], [-0.1, 1.1, True, float("nan"), 10**400, "1", None]),
        (optional(TEXT), [None, "x"], [5]),
    ],
    ids=lambda one: one.words if isinstance(one, Kind) else "",
)
def test_a_kind_has_its_values(kind: Kind, right: list[Any], wrong: list[Any]) -> None:
    assert [value for value in right if not kind.fits(value)] == []
    assert [value for value in wrong if kind.fits(value)] == []


def test_the_words_of_a_kind_say_what_to_write() -> None:
    kinds = (choice("a"), choice("a", "b"), choice("a", "b", 3), count(0), count(1, most=3), optional(TEXT))
    assert [kind.words for kind in kinds] == [
        "'a'",
        "'a' or 'b'",
        "'a', 'b' or 3",
        "an integer, 0 or more",
        "an integer, 1 to 3",
        "a string that UTF-8 can carry, or None",
    ]


def test_a_text_and_a_mapping_are_no_lists() -> None:
    values: tuple[object, ...] = ([], (), iter(()), {1}, "", b"", {}, None)
    assert [is_list(value) for value in values] == [True] * 4 + [False] * 4
