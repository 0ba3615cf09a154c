from __future__ import annotations

import gc

import pytest

from convsim.items.stored import StoredItem
from convsim.store.store import Conversation, Store
from tests.asking import check, links


def stored(item_id: str) -> StoredItem:
    return StoredItem(item_id, "message", b"{}")


def conversation(*ids: str) -> Conversation:
    """A conversation with one link for each id; an id that comes again links the same item."""
    items = {item_id: stored(item_id) for item_id in ids}
    made = Conversation("conv_1", 1741900000, {})
    for item_id in ids:
        made.link(items[item_id])
    return made


def ids(items: list[StoredItem]) -> list[str]:
    return [item.id for item in items]


def test_items_stand_in_the_order_of_their_links() -> None:
    made = conversation("c", "a", "b")

    assert ids(made.items()) == ["c", "a", "b"]
    assert len(made) == 3
    assert "a" in made
    assert "x" not in made
    check(made)


def test_the_tokens_of_the_items_are_summed_as_they_come_and_go() -> None:
    long = StoredItem("b", "message", b"x" * 301)
    made = conversation("a")
    made.link(long)
    made.link(long)

    assert long.tokens == 4 + (301 - 1 - 200) // 4
    assert made.tokens == 4 + 2 * long.tokens
    assert made.copy().tokens == made.tokens
    check(made)
    made.unlink("b")
    assert made.tokens == 4


class Turn:
    pass


def test_a_turn_holds_a_conversation_until_it_lets_it_go_or_is_forgotten() -> None:
    made = conversation("a")
    turn = Turn()
    assert made.locked_by is None

    made.locked_by = turn
    assert made.locked_by is turn
    assert made.copy().locked_by is None
    made.locked_by = None
    assert made.locked_by is None
    made.locked_by = turn
    del turn
    gc.collect()
    assert made.locked_by is None


PAGES = [
    # after, limit, reverse -> ids, has_more
    (None, 2, False, ["a", "b"], True),
    (None, 3, False, ["a", "b", "c"], False),
    (None, 4, False, ["a", "b", "c"], False),
    (None, 2, True, ["c", "b"], True),
    ("a", 1, False, ["b"], True),
    ("a", 2, False, ["b", "c"], False),
    ("c", 2, False, [], False),
    ("b", 1, True, ["a"], False),
    ("a", 1, True, [], False),
    (None, 0, False, [], True),
    ("b", 0, False, [], True),
    ("c", 0, False, [], False),
]


@pytest.mark.parametrize(("after", "limit", "reverse", "expected", "more"), PAGES)
def test_a_page_holds_what_follows_its_cursor(
    after: str | None, limit: int, reverse: bool, expected: list[str], more: bool
) -> None:
    items, has_more = conversation("a", "b", "c").page(after, limit, reverse=reverse)

    assert (ids(items), has_more) == (expected, more)


@pytest.mark.parametrize(
    ("reverse", "expected"), [pytest.param(False, ["c"], id="asc"), pytest.param(True, ["a"], id="desc")]
)
def test_an_item_that_stands_twice_counts_as_a_cursor_where_it_is_met_last(reverse: bool, expected: list[str]) -> None:
    items, has_more = conversation("a", "x", "b", "x", "c").page("x", 10, reverse=reverse)

    assert (ids(items), has_more) == (expected, False)


def test_an_item_can_stand_more_than_twice() -> None:
    made = conversation("x", "x", "x")

    assert ids(made.items()) == ["x", "x", "x"]
    assert len(made) == 3
    check(made)


def test_unlink_takes_out_every_link_to_an_item() -> None:
    made = conversation("x", "a", "x", "b", "x")
    made.unlink("x")

    assert ids(made.items()) == ["a", "b"]
    assert "x" not in made
    check(made)


def test_an_unlinked_item_can_be_linked_again_at_the_end() -> None:
    made = conversation("x", "a")
    item = made.item("x")
    made.unlink("x")
    made.link(item)

    assert ids(made.items()) == ["a", "x"]
    assert made.item("x") is item


def test_an_item_that_is_not_there_is_a_key_error() -> None:
    made = conversation("a")

    with pytest.raises(KeyError, match=r"^'x'$"):
        made.item("x")
    with pytest.raises(KeyError, match=r"^'x'$"):
        made.unlink("x")
    with pytest.raises(KeyError, match=r"^'x'$"):
        made.page("x", 1, reverse=False)


def test_the_store_keeps_items_when_their_conversation_goes() -> None:
    store = Store()
    first, second = Conversation("conv_1", 0, {}), Conversation("conv_2", 0, {})
    store.add(first)
    store.add(first, stored("a"))
    del store.conversations["conv_1"]
    store.add(second)
    store.add(second, store.items["a"])

    assert ids(second.items()) == ["a"]
    assert list(store.conversations) == ["conv_2"]
    check(store)


def test_a_conversation_is_added_once() -> None:
    store = Store()
    store.add(Conversation("conv_1", 0, {}))

    with pytest.raises(AssertionError, match=r"^conv_1 is another conversation"):
        store.add(Conversation("conv_1", 0, {}))


def test_an_id_means_one_item() -> None:
    store = Store()
    store.add(first := Conversation("conv_1", 0, {}))
    store.add(first, stored("a"))

    with pytest.raises(AssertionError, match=r"^a is another item"):
        store.add(first, stored("a"))


def broken_by_a_lost_link() -> Conversation:
    made = conversation("a", "b")
    del links(made)["a"]
    return made


def broken_by_a_link_outside_the_index() -> Conversation:
    made, other = conversation("a", "b"), conversation("a", "b")
    links(made)["a"] = links(other)["a"]
    return made


def broken_by_a_wrong_count() -> Conversation:
    made = conversation("a")
    made.tokens += 1
    return made


def broken_by_exchanged_links() -> Conversation:
    made = conversation("a", "b")
    links(made)["a"], links(made)["b"] = links(made)["b"], links(made)["a"]
    return made


def broken_by_reordered_links() -> Conversation:
    made = conversation("a", "b")
    links(made)["a"] = links(made).pop("a")
    return made


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (broken_by_a_lost_link(), "links and index differ in number"),
        (broken_by_a_link_outside_the_index(), "a link is not in the index"),
        (broken_by_a_wrong_count(), "the count of tokens is off"),
        (broken_by_exchanged_links(), "a link stands under another item's id"),
        (broken_by_reordered_links(), "the links are not in the order of the last ones"),
    ],
    ids=["lost", "outside", "counted", "exchanged", "reordered"],
)
def test_check_reports_a_broken_conversation(broken: Conversation, message: str) -> None:
    with pytest.raises(AssertionError, match=f"^{message}"):
        check(broken)


def test_check_reports_what_stands_under_a_wrong_key() -> None:
    store = Store()
    store.items["b"] = stored("a")
    with pytest.raises(AssertionError, match=r"^a stands under b"):
        check(store)

    store = Store()
    store.conversations["conv_2"] = Conversation("conv_1", 0, {})
    with pytest.raises(AssertionError, match=r"^conv_1 stands under conv_2"):
        check(store)


def test_check_reports_a_linked_item_that_the_store_does_not_know() -> None:
    store = Store()
    store.add(conversation("a"))

    with pytest.raises(AssertionError, match=r"^a in conv_1 is not the item known by that id"):
        check(store)


# --- copies --------------------------------------------------------------------------------------------------------


def a_store() -> Store:
    """conv_1 holds a, b and a again, conv_2 holds a; c stands nowhere, and conv_3 was deleted."""
    store = Store()
    items = {item_id: stored(item_id) for item_id in "abc"}
    for conversation_id, held in (("conv_1", "aba"), ("conv_2", "a"), ("conv_3", "c")):
        store.add(made := Conversation(conversation_id, 1741900000, {"a": "1"}))
        for item_id in held:
            store.add(made, items[item_id])
    store.delete_conversation(store.conversations["conv_3"])
    return store


def told(store: Store) -> object:
    conversations = [
        (each.id, each.created_at, each.metadata, ids(each.items())) for each in store.conversations.values()
    ]
    return conversations, sorted(store.deleted), list(store.items)


def test_a_copy_holds_the_same() -> None:
    store = a_store()
    copied = store.copy()

    check(copied)
    assert told(copied) == told(store)
    assert all(copied.items[item_id] is item for item_id, item in store.items.items())
    assert copied.conversations["conv_1"].page("a", 5, reverse=True) == ([], False)
    assert ids(copied.conversations["conv_1"].page("a", 5, reverse=False)[0]) == []


@pytest.mark.parametrize("which", [0, 1])
def test_what_changes_in_one_does_not_change_in_the_other(which: int) -> None:
    pair = [a_store()]
    pair.append(pair[0].copy())
    changed, other = pair[which], pair[1 - which]
    changed.conversations["conv_1"].unlink("a")
    changed.conversations["conv_1"].metadata["b"] = "2"
    changed.add(changed.conversations["conv_1"], stored("d"))
    changed.delete_conversation(changed.conversations["conv_2"])
    changed.add(Conversation("conv_4", 0, {}))

    assert told(other) == told(a_store())
    assert told(changed) != told(other)
    for store in pair:
        check(store)


def test_the_id_of_a_deleted_conversation_stays_known() -> None:
    store = a_store()

    assert store.deleted == {"conv_3"}
    assert "conv_3" not in store.conversations


def test_a_conversation_that_comes_again_is_no_longer_deleted() -> None:
    store = a_store()
    store.add(Conversation("conv_3", 0, {}))

    check(store)
    assert (store.deleted, "conv_3" in store.conversations) == (set(), True)


def test_a_conversation_that_is_also_deleted_is_found() -> None:
    store = a_store()
    store.deleted.add("conv_1")

    with pytest.raises(AssertionError, match=r"^conv_1 is there and deleted"):
        check(store)


def test_a_copy_of_a_conversation_is_its_own() -> None:
    made = conversation("a", "b", "a")
    copied = made.copy()
    copied.unlink("a")

    assert (ids(made.items()), ids(copied.items())) == (["a", "b", "a"], ["b"])
    assert (copied.id, copied.created_at, copied.metadata) == (made.id, made.created_at, made.metadata)
    for each in (made, copied):
        check(each)


def test_a_conversation_and_its_copy_keep_its_fields() -> None:
    made = Conversation("conv_1", 1741900000, {"k": "v"})
    for one in (made, made.copy()):
        assert (one.id, one.created_at, one.metadata) == ("conv_1", 1741900000, {"k": "v"})


def test_items_linked_at_once_count_their_tokens() -> None:
    items = [stored("a"), StoredItem("b", "message", b"x" * 301)]
    made = Conversation("conv_1", 0, {})
    made.link_all([*items, items[1]])

    assert made.tokens == items[0].tokens + 2 * items[1].tokens
    check(made)


def test_the_size_counts_each_conversation_and_each_item_that_came() -> None:
    store = Store()
    assert store.size == 0
    store.add(first := Conversation("conv_1", 0, {}), StoredItem("a", "message", b"x" * 301))
    store.add(first, StoredItem("b", "message", b"x" * 20))
    store.add(Conversation("conv_2", 0, {}))
    store.keep(StoredItem("c", "message", b"x"))

    assert store.size == 5 * 500 + 301 + 20 + 1
    assert store.copy().size == store.size
