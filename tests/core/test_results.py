from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from convsim import Conversation, ConversationDeleted, ConversationState, Item, ItemPage

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "content": [{"type": "output_text", "annotations": [{"type": "file_path", "index": 1}], "text": "hi"}],
    "role": "assistant",
}
CONVERSATION = {"id": "conv_1", "object": "conversation", "created_at": 1741900000, "metadata": {"a": "1"}}


def page(ids: str, *, has_more: bool = False, following: Any = None) -> ItemPage:
    """A page of items whose ids are the letters of ``ids``."""
    data = {
        "object": "list",
        "data": [{"id": letter, "type": "message"} for letter in ids],
        "first_id": ids[0] if ids else None,
        "has_more": has_more,
        "last_id": ids[-1] if ids else None,
    }
    return ItemPage(data, following)


def test_members_are_attributes_all_the_way_down() -> None:
    item = Item(MESSAGE)

    assert (item.id, item.type, item.role) == ("msg_1", "message", "assistant")
    assert isinstance(item.content, tuple)
    assert item.content[0].text == "hi"
    assert item.content[0].annotations[0].index == 1
    assert isinstance(item.content[0].annotations[0], Item)


def test_a_member_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"^Item has no 'contents'; it has id, type, content, role$"):
        _ = Item(MESSAGE).contents
    assert not hasattr(Item(MESSAGE), "__html__")
    assert getattr(Item(MESSAGE), "phase", None) is None


@pytest.mark.parametrize(
    "result",
    [Item(MESSAGE), Conversation(CONVERSATION), ConversationDeleted({"id": "conv_1"}), page("ab")],
    ids=lambda result: type(result).__name__,
)
def test_a_result_is_read_only(result: Item) -> None:
    with pytest.raises(AttributeError, match=rf"^{type(result).__name__} is read-only: change it through the API$"):
        result.id = "other"
    with pytest.raises(TypeError, match="unhashable"):
        hash(result)


def test_a_dict_of_a_result_is_a_copy_in_its_key_order() -> None:
    item = Item(MESSAGE)
    copied = item.to_dict()
    copied["content"][0]["text"] = "changed"

    assert list(copied) == ["id", "type", "content", "role"]
    assert item.content[0].text == "hi"
    assert item.to_dict() == MESSAGE


def test_metadata_is_a_dict_of_its_own() -> None:
    conversation = Conversation(CONVERSATION)
    conversation.metadata["a"] = "changed"

    assert conversation.metadata == {"a": "1"}
    assert (conversation.id, conversation.object, conversation.created_at) == ("conv_1", "conversation", 1741900000)


def test_results_are_equal_when_their_json_is() -> None:
    assert Item(MESSAGE) == Item(copy.deepcopy(MESSAGE))
    assert Item(MESSAGE) != Item(MESSAGE | {"id": "msg_2"})
    assert Item(MESSAGE) != MESSAGE


def test_a_repr_shows_type_and_json() -> None:
    assert repr(ConversationDeleted({"id": "conv_1", "deleted": True})) == (
        "ConversationDeleted({'id': 'conv_1', 'deleted': True})"
    )


@pytest.mark.parametrize(
    "result",
    [Item(MESSAGE), ConversationState(CONVERSATION | {"items": [MESSAGE]}), page("ab")],
    ids=lambda result: type(result).__name__,
)
@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_result_can_be_copied_and_pickled(result: Item, duplicate: Any) -> None:
    copied = duplicate(result)

    assert copied == result
    assert type(copied) is type(result)


def test_a_state_has_items() -> None:
    state = ConversationState(CONVERSATION | {"items": [MESSAGE]})

    assert state.items == (Item(MESSAGE),)
    assert state.metadata == {"a": "1"}


def test_a_page_gives_the_members_of_its_json() -> None:
    given = page("ab", has_more=True)

    assert (given.object, given.first_id, given.has_more, given.last_id) == ("list", "a", True, "b")
    assert [item.id for item in given.data] == ["a", "b"]


def test_iterating_goes_on_through_the_pages_that_follow() -> None:
    asked = []

    def following(after: str) -> ItemPage:
        asked.append(after)
        return page("cd", has_more=True, following=following) if after == "b" else page("e", following=following)

    first = page("ab", has_more=True, following=following)
    assert first.has_next_page()
    assert [item.id for item in first] == ["a", "b", "c", "d", "e"]
    assert asked == ["b", "d"]
    assert [item.id for item in first.get_next_page().data] == ["c", "d"]


@pytest.mark.parametrize(
    "last",
    [
        page("ab", following=page),
        page("", has_more=True, following=page),
        page("ab", has_more=True),
    ],
    ids=["no more", "empty", "no way to ask"],
)
def test_a_page_that_nothing_follows_says_so(last: ItemPage) -> None:
    assert not last.has_next_page()
    with pytest.raises(RuntimeError, match=r"^No next page expected; check has_next_page\(\) before"):
        last.get_next_page()
    assert [item.id for item in last] == [item.id for item in last.data]
