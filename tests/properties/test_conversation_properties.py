"""The items of a conversation against a plain list, under random commands."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from convsim.items.stored import StoredItem
from convsim.store.store import Conversation
from tests.asking import check
from tests.profiles import examples

# Few, so that most are linked more than once.
ITEMS = {name: StoredItem(name, "message", b"x" * size) for name, size in (("a", 1), ("b", 301), ("c", 401), ("d", 1))}
names = st.sampled_from(sorted(ITEMS))


class ConversationMachine(RuleBasedStateMachine):
    """``self.model`` lists the items that the conversation must have, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation("conv_1", 0, {})
        self.model: list[StoredItem] = []

    @rule(linked=st.lists(names, max_size=5))
    def link(self, linked: list[str]) -> None:
        items = [ITEMS[name] for name in linked]
        self.conversation.link(*items)
        self.model += items

    @rule(name=names)
    def unlink(self, name: str) -> None:
        if name in self.conversation:
            self.conversation.unlink(name)
            self.model = [item for item in self.model if item.id != name]

    @rule()
    def copy(self) -> None:
        self.conversation = self.conversation.copy()

    @rule(name=names, limit=st.integers(0, 4))
    def page_both_ways_from_a_cursor(self, name: str, limit: int) -> None:
        found = [position for position, item in enumerate(self.model) if item.id == name]
        if found:
            behind, before = self.model[found[-1] + 1 :], self.model[: found[0]][::-1]
            assert self.conversation.page(name, limit, reverse=False) == (behind[:limit], len(behind) > limit)
            assert self.conversation.page(name, limit, reverse=True) == (before[:limit], len(before) > limit)

    @invariant()
    def the_conversation_is_the_model(self) -> None:
        check(self.conversation)
        assert self.conversation.items() == self.model
        assert len(self.conversation) == len(self.model)
        assert [name for name in ITEMS if name in self.conversation] == sorted({item.id for item in self.model})
        for reverse in (False, True):
            ordered = self.model[::-1] if reverse else self.model
            assert self.conversation.page(None, 3, reverse=reverse) == (ordered[:3], len(ordered) > 3)


def test_a_conversation_is_a_list_under_random_commands() -> None:
    run_state_machine_as_test(ConversationMachine, settings=settings(max_examples=examples(60), stateful_step_count=30))
