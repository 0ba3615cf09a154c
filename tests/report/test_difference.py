from __future__ import annotations

from typing import Any

import pytest

from convsim import Conversation, Emulator, Item, ItemPage
from convsim.report.difference import differences, explained, plain

KINDS: list[tuple[Any, Any, list[str]]] = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1}, {"a": 2}, ["a: 1 != 2"]),
    ({"a": "x"}, {"a": None}, ["a: 'x' != None"]),
    ({"a": 1}, {}, ["a: only the left has it: 1"]),
    ({}, {"a": 1}, ["a: only the right has it: 1"]),
    ({"a": None}, {}, ["a: only the left has it: None"]),
    ({"a": 1, "b": 2}, {"b": 3, "c": 4}, ["a: only the left has it: 1", "b: 2 != 3", "c: only the right has it: 4"]),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, ["a.b.c: 1 != 2"]),
    ({"a": [1, 2]}, {"a": [1, 3]}, ["a[1]: 2 != 3"]),
    ({"a": [1, 2]}, {"a": [1]}, ["a[1]: only the left has it: 2"]),
    ({"a": [1]}, {"a": [1, 2]}, ["a[1]: only the right has it: 2"]),
    ([[1], [2]], [[1], [3]], ["[1][0]: 2 != 3"]),
    ([{"a": 1}], [{"a": 2}], ["[0].a: 1 != 2"]),
    ({"a": [{"b": "A cat."}]}, {"a": [{"b": "A dog."}]}, ["a[0].b: 'A cat.' != 'A dog.'"]),
    ({"a": {}}, {"a": []}, ["a: {} != []"]),
    ({"a": {"b": 1}}, {"a": "b"}, ["a: {'b': 1} != 'b'"]),
    ({"a": 1}, {"a": True}, ["a: 1 != True"]),
    ({"a": False}, {"a": 0}, ["a: False != 0"]),
    ({"a": 1}, {"a": 1.0}, []),
    (1, 2, ["value: 1 != 2"]),
    ({"a": 1}, [1], ["value: {'a': 1} != [1]"]),
    ({1: "x"}, {1: "y"}, ["1: 'x' != 'y'"]),
]


@pytest.mark.parametrize(("left", "right", "lines"), KINDS, ids=range(len(KINDS)))
def test_each_place_has_a_line(left: Any, right: Any, lines: list[str]) -> None:
    assert list(differences(left, right)) == lines


def test_a_path_may_begin_somewhere() -> None:
    assert list(differences({"b": 1}, {"b": 2}, "a")) == ["a.b: 1 != 2"]


ONE, OTHER = Item({"id": "msg_1", "type": "message"}), Item({"id": "msg_2", "type": "message"})


def test_two_items_are_named_and_then_their_differences() -> None:
    assert explained(ONE, OTHER) == ["Item(msg_1) == Item(msg_2)", "id: 'msg_1' != 'msg_2'"]


def test_equal_ones_need_no_explanation() -> None:
    assert explained(ONE, Item(ONE.to_dict())) == []


def test_a_result_beside_a_dict() -> None:
    assert explained(ONE, {"id": "msg_1"}) == [
        "Item(msg_1) == {'id': 'msg_1'}",
        "type: only the left has it: 'message'",
    ]


def test_a_result_beside_something_else() -> None:
    assert explained(None, Item({})) == ["None == Item(...)", "value: None != {}"]


def test_pages_are_named_by_their_first_item() -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1", items=[{"role": "user", "content": "A cat."}])
    sim.seed("conv_2", items=[{"role": "user", "content": "A dog."}])
    pages = [sim.conversations.items.list(name) for name in ("conv_1", "conv_2")]

    assert explained(*pages) == [
        "ItemPage(msg_1) == ItemPage(msg_2)",
        "data[0].id: 'msg_1' != 'msg_2'",
        "data[0].content[0].text: 'A cat.' != 'A dog.'",
        "first_id: 'msg_1' != 'msg_2'",
        "last_id: 'msg_1' != 'msg_2'",
    ]


def test_an_empty_page_has_no_name() -> None:
    empty: dict[str, Any] = {"object": "list", "data": [], "first_id": None, "has_more": False, "last_id": None}
    lines = explained(ItemPage(empty), ItemPage(empty | {"has_more": True}))

    assert lines == ["ItemPage(...) == ItemPage(...)", "has_more: False != True"]


def test_tuples_of_items_are_told_by_position() -> None:
    lines = explained((ONE, ONE), [ONE, OTHER, ONE])

    assert lines[1:] == [
        "[1].id: 'msg_1' != 'msg_2'",
        "[2]: only the right has it: {'id': 'msg_1', 'type': 'message'}",
    ]
    assert lines[0].startswith("(Item({'id': 'msg_1', 'type': 'message'}), Item({'id': 'm... == [Item(")


@pytest.mark.parametrize(
    ("count", "last"), [(20, "19: only the left has it: 1"), (21, "and 1 more"), (90, "and 70 more")]
)
def test_at_most_twenty_places_are_shown(count: int, last: str) -> None:
    lines = explained(Conversation({str(number): 1 for number in range(count)}), Conversation({}))

    assert lines[-1] == last
    assert len(lines) == 1 + min(count, 21)


def test_plain_is_json_all_the_way() -> None:
    assert plain((ONE, [OTHER], "x")) == [ONE.to_dict(), [OTHER.to_dict()], "x"]


def test_control_characters_of_a_key_are_visible() -> None:
    assert list(differences({"\x1b[2J": {"\x00": 1}}, {})) == ["\\x1b[2J: only the left has it: {'\\x00': 1}"]
    assert list(differences({"\x1b": {"\x00": 1}}, {"\x1b": {"\x00": 2}})) == ["\\x1b.\\x00: 1 != 2"]


def test_secrets_differ_unseen() -> None:
    one = Item({"authorization": "a", "url": "https://u:p@h"})
    other = Item({"authorization": "b", "url": "https://u:q@h/x"})

    assert explained(one, other)[1:] == [
        "authorization: differs [redacted]",
        "url: 'https://[redacted]@h' != 'https://[redacted]@h/x'",
    ]
