"""How a script cuts what a stream tells."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.responses.scripts import OWNER, script
from convsim.responses.vocabulary import Call, Failure, Reasoning
from tests.responses.home import home, says, streamed


def cuts(*replies: object, deltas: Any) -> list[str]:
    return [event["delta"] for event in streamed(says(*replies, deltas=deltas)) if "delta" in event]


def test_a_list_of_strings_cuts_the_one_text() -> None:
    assert cuts("Paris.", deltas=["Pa", "ris", "."]) == ["Pa", "ris", "."]
    assert cuts(Call("f", {"a": 1}), deltas=['{"a"', ":1}"]) == ['{"a"', ":1}"]
    assert cuts(Reasoning(), "Paris.", deltas=["Par", "is."]) == ["Par", "is."]


def test_a_list_for_each_text_cuts_them_in_their_order() -> None:
    deltas = [["H", "m."], None, ["{", "}"]]
    assert cuts(Reasoning("Hm."), "Two words", Call("f"), deltas=deltas) == ["H", "m.", "Two", " words", "{", "}"]
    assert cuts("One two", "Three four", deltas=[["One ", "two"]]) == ["One ", "two", "Three", " four"]


def test_an_empty_text_takes_no_deltas() -> None:
    assert cuts("", "Paris.", deltas=["Par", "is."]) == ["Par", "is."]


@pytest.mark.parametrize(
    ("replies", "deltas", "words"),
    [
        (("Paris.",), ["Pa"], "(deltas=['Pa']): joined, they are not 'Paris.'"),
        (("a", "b"), ["a"], "(deltas=...): the turn streams 2 texts; write a list for each of them"),
        ((Failure("x", "y"),), ["a"], "(deltas=...): the turn streams 0 texts; write a list for each of them"),
        (
            ("a",),
            [["a"], ["b"]],
            (
                "(deltas=[['a'], ['b']]): write a list of strings, or for each of the 1 texts that the turn streams"
                " such a list or None"
            ),
        ),
        (
            ("a", "b"),
            [["a"], "b"],
            (
                "(deltas=[['a'], 'b']): write a list of strings, or for each of the 2 texts that the turn streams such"
                " a list or None"
            ),
        ),
        (("a", "b"), [None, ["x"]], "(deltas=['x']): joined, they are not 'b'"),
        (("a", "b"), [["a"], [1]], "(deltas=[1]): joined, they are not 'b'"),
        (("a", "b"), [["a"], 1], "(deltas=1): joined, they are not 'b'"),
        (("a",), 1, "(deltas=1): write a list of strings, deltas=['Hel', 'lo']"),
    ],
)
def test_deltas_that_are_not_those_of_the_text_are_refused(replies: Any, deltas: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        script(*replies, deltas=deltas)
    assert str(caught.value) == OWNER + words


def test_deltas_of_what_a_function_says_are_checked_in_its_turn() -> None:
    responses = home(script(lambda _: "Paris.", deltas=["Lyon."]))
    with pytest.raises(UsageError, match=r"joined, they are not 'Paris\.'"):
        streamed(responses)
