from __future__ import annotations

from itertools import count

import pytest

from convsim.realtime.conversation import Conversation
from convsim.realtime.session_item import SessionItem
from tests.asking import check
from tests.work import work


def entry(item_id: str, call_id: str | None = None) -> SessionItem:
    if call_id is None:
        return SessionItem({"id": item_id, "type": "message"})
    return SessionItem({"id": item_id, "type": "function_call", "call_id": call_id})


def filled(*ids: str) -> Conversation:
    conversation = Conversation()
    for item_id in ids:
        conversation.add(entry(item_id))
    return conversation


def order(conversation: Conversation) -> list[str]:
    check(conversation)
    return [one.id for one in conversation]


@pytest.mark.parametrize(
    ("previous", "expected", "before"),
    [
        pytest.param(None, "abcx", "c", id="null appends"),
        pytest.param("", "abcx", "c", id="an empty string appends"),
        pytest.param("root", "xabc", None, id="root is first"),
        pytest.param("a", "axbc", "a", id="behind the first"),
        pytest.param("c", "abcx", "c", id="behind the last"),
    ],
)
def test_an_item_goes_where_its_previous_item_says(previous: str | None, expected: str, before: str | None) -> None:
    conversation = filled("a", "b", "c")
    found = conversation.add(entry("x"), previous)

    assert order(conversation) == list(expected)
    assert (found.id if found else None) == before


def test_the_first_item_has_nothing_before_it() -> None:
    conversation = Conversation()

    first = entry("a")
    assert conversation.add(first) is None
    assert first.before is None


def test_an_unknown_or_deleted_previous_item_is_an_error() -> None:
    conversation = filled("a", "b")
    conversation.delete("a")

    for previous in ("a", "never"):
        with pytest.raises(KeyError):
            conversation.add(entry("x"), previous)
    assert order(conversation) == ["b"]


def test_delete_closes_the_gap() -> None:
    conversation = filled("a", "b", "c")

    assert conversation.delete("b")
    assert not conversation.delete("b")
    assert order(conversation) == ["a", "c"]
    last = conversation.find("c")
    assert last is not None
    before = last.before
    assert before is not None
    assert before.id == "a"
    assert "b" not in conversation


def test_a_call_is_known_while_its_item_stands() -> None:
    conversation = Conversation()
    conversation.add(entry("a", "call_1"))
    conversation.add(entry("b", "call_1"))
    conversation.delete("a")
    assert conversation.has_call("call_1")

    conversation.delete("b")
    assert not conversation.has_call("call_1")
    check(conversation)


def test_an_id_that_stands_twice_is_found_where_it_came_last_and_deleted_everywhere() -> None:
    conversation = filled("a", "b")
    again = entry("a")
    before = conversation.add(again)
    assert before is not None
    assert before.id == "b"

    assert order(conversation) == ["a", "b", "a"]
    assert conversation.find("a") is again
    conversation.delete("a")
    assert order(conversation) == ["b"]


def test_a_fresh_id_is_one_that_no_item_has() -> None:
    numbers = count()

    assert filled("item_0", "item_1").fresh(lambda prefix: f"{prefix}_{next(numbers)}") == "item_2"


def inserting(items: int) -> int:
    conversation = filled("a", "z")
    entries = [entry(f"item_{number}") for number in range(items)]
    return work(lambda: [conversation.add(one, "a") for one in entries])


def test_ten_thousand_inserts_at_one_point_cost_alike() -> None:
    # One that looks at all others would be ten times as much.
    assert inserting(10_000) / 10 < 1.1 * inserting(1_000)
