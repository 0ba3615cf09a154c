from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from convsim import Conversation, ConversationDeleted, ConversationState, Emulator, Item, ItemPage
from tests.asking import pictures

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


# --- texts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            {
                "type": "message",
                "content": [{"type": "input_text", "text": "a"}, {"type": "input_image"}, {"text": "b"}],
            },
            "ab",
        ),
        ({"type": "input_text", "text": "a"}, "a"),
        ({"type": "function_call_output", "output": "done"}, "done"),
        ({"type": "function_call_output", "output": [{"type": "input_text", "text": "x"}]}, "x"),
        ({"type": "reasoning", "summary": [{"text": "so"}]}, "so"),
        ({"type": "reasoning", "summary": [], "text": 5}, ""),
        ({"type": "function_call", "arguments": "{}"}, ""),
        ({"type": "message", "content": ["x", {"text": 5}]}, ""),
    ],
)
def test_the_text_of_an_item_is_that_of_its_parts(item: dict[str, Any], text: str) -> None:
    assert Item(item).text == text


def test_model_dump_is_to_dict() -> None:
    item = Item({"id": "msg_1", "content": [{"text": "a"}]})

    assert item.model_dump() == item.to_dict() == {"id": "msg_1", "content": [{"text": "a"}]}
    assert item.content[0].text == "a"


# --- states --------------------------------------------------------------------------------------------------------


def filled() -> Emulator:
    sim = Emulator()
    for name in "abc":
        sim.seed(f"conv_{name}", [{"role": "user", "content": name, "id": f"msg_{name}"}], metadata={"n": name})
    return sim


def test_a_state_is_a_mapping_of_what_was_there() -> None:
    sim = filled()
    state = sim.state
    untyped: Any = 5

    assert (list(state), len(state), "conv_a" in state, "conv_x" in state, untyped in state) == (
        ["conv_a", "conv_b", "conv_c"],
        3,
        True,
        False,
        False,
    )
    assert (state["conv_a"].items[0].text, state.get("conv_x")) == ("a", None)
    assert state == dict(state) == sim.state
    assert state[state["conv_b"]] == state["conv_b"]


def change_metadata(sim: Emulator) -> None:
    sim.conversations.update("conv_a", metadata={"n": "2"})


def add(sim: Emulator) -> None:
    sim.conversations.items.create("conv_a", items=[{"role": "user", "content": "more"}])


def take_out(sim: Emulator) -> None:
    sim.conversations.items.delete("msg_a", conversation_id="conv_a")


def delete(sim: Emulator) -> None:
    sim.conversations.delete("conv_a")


def delete_and_seed(sim: Emulator) -> None:
    sim.conversations.delete("conv_a")
    sim.seed("conv_a")
    sim.conversations.items.create("conv_a", items=[{"role": "user", "content": "more"}])


def seed(sim: Emulator) -> None:
    sim.seed("conv_new")
    sim.conversations.items.create("conv_new", items=[{"role": "user", "content": "more"}])


def go_back(sim: Emulator) -> None:
    sim.restore(Emulator().snapshot())


@pytest.mark.parametrize("change", [change_metadata, add, take_out, delete, delete_and_seed, seed, go_back])
def test_a_state_stays_what_it_was(change: Callable[[Emulator], None]) -> None:
    sim = filled()
    before, told = sim.state, {key: value.to_dict() for key, value in sim.state.items()}
    change(sim)
    change_again = sim.state
    sim.seed("conv_last")

    assert {key: value.to_dict() for key, value in before.items()} == told
    assert "conv_last" not in change_again
    assert before != sim.state


def test_states_that_nobody_holds_cost_nothing() -> None:
    sim = filled()
    for _ in range(100):
        assert len(sim.state["conv_a"].items) == 1
    held = sim.state

    assert len(pictures(sim)) == 1
    del held
    assert pictures(sim) == []


def test_a_state_names_what_it_holds() -> None:
    sim = Emulator()
    assert repr(sim.state) == "State()"
    sim.seed("conv_a")
    assert repr(sim.state) == "State(1 conversation: 'conv_a')"
    for number in range(11):
        sim.seed(f"conv_{number}")
    assert repr(sim.state).startswith("State(12 conversations: 'conv_a', 'conv_0', ")
    assert repr(sim.state).endswith(", 'conv_8' and 2 more)")


def test_what_is_missing_names_what_there_is() -> None:
    with pytest.raises(KeyError, match=r"no such conversation: 'conv_x'; there are 'conv_a', 'conv_b', and 'conv_c'"):
        filled().state["conv_x"]
    with pytest.raises(KeyError, match="there is none"):
        Emulator().state["conv_x"]
