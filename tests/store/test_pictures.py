"""Pictures of a store: its conversations at one moment, copied just before they change."""

from __future__ import annotations

import gc

import pytest

from convsim.items.stored import StoredItem
from convsim.store.store import Conversation, KeptConversation, Picture, Store
from tests.asking import pictures_of


def stored(item_id: str) -> StoredItem:
    return StoredItem(item_id, "message", b"{}")


FIRST = stored("msg_1")
KEPT = KeptConversation("conv_1", 1741900000, {"k": "v"}, (FIRST,), FIRST.tokens)


def a_store() -> tuple[Store, Conversation]:
    """A store with the conversation ``KEPT``."""
    store = Store()
    made = Conversation("conv_1", 1741900000, {"k": "v"})
    store.add(made, FIRST)
    return store, made


def state(picture: Picture) -> tuple[tuple[str, ...], KeptConversation | None]:
    return picture.ids(), picture.conversation("conv_1")


def test_a_conversation_is_kept_with_all_that_it_has() -> None:
    _, made = a_store()
    assert made.kept() == KEPT


def test_a_picture_shows_the_present_until_something_changes() -> None:
    store, _ = a_store()
    picture = store.picture()
    assert state(picture) == (("conv_1",), KEPT)
    assert "conv_1" in picture
    assert "conv_2" not in picture
    assert picture.conversation("conv_2") is None


def test_a_picture_of_a_copied_store_keeps_what_changes_in_the_copy() -> None:
    store, made = a_store()
    copied, original = store.copy(), store.picture()
    picture = copied.picture()
    copied.conversations["conv_1"].unlink("msg_1")
    assert state(picture) == (("conv_1",), KEPT)
    made.replace_metadata({})
    assert state(original) == (("conv_1",), KEPT)


@pytest.mark.parametrize("times", [1, 2])
def test_a_picture_keeps_what_changes_after_it(times: int) -> None:
    store, made = a_store()
    picture = store.picture()
    for number in range(times):
        made.replace_metadata({"number": str(number)})
        store.add(made, stored(f"msg_new_{number}"))
    made.unlink("msg_1")
    assert made.metadata == {"number": str(times - 1)}
    assert state(picture) == (("conv_1",), KEPT)
    assert state(store.picture()) == (("conv_1",), made.kept())


def test_a_picture_keeps_what_is_deleted_after_it() -> None:
    store, made = a_store()
    picture = store.picture()
    store.delete_conversation(made)
    assert state(picture) == (("conv_1",), KEPT)
    assert "conv_1" in picture
    later = store.picture()
    assert (later.ids(), later.conversation("conv_1"), "conv_1" in later) == ((), None, False)


def test_a_picture_does_not_show_what_came_after_it() -> None:
    store, _ = a_store()
    picture = store.picture()
    for number in (2, 3):
        new = Conversation(f"conv_{number}", 0, {})
        store.add(new)
        new.link(stored(f"msg_{number}"))
        assert state(picture) == (("conv_1",), KEPT)
        assert (new.id in picture, picture.conversation(new.id)) == (False, None)


def test_each_picture_shows_its_own_moment() -> None:
    store, made = a_store()
    before = store.picture()
    made.replace_metadata({})
    between = store.picture()
    made.unlink("msg_1")
    assert before.conversation("conv_1") == KEPT
    assert between.conversation("conv_1") == KEPT._replace(metadata={})


def test_a_picture_that_was_dropped_is_forgotten() -> None:
    store, _ = a_store()
    dropped = store.picture()
    kept = store.picture()
    del dropped
    gc.collect()
    assert [reference() for reference in pictures_of(store)] == [kept]
