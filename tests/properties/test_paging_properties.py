"""Pages against naive lists of ids, under any interleaving of creating, linking and deleting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from convsim import BadRequestError, Emulator, ItemPage, NotFoundError
from tests.asking import check
from tests.profiles import examples

anything = st.integers(min_value=0, max_value=2**16)
orders = st.sampled_from(["asc", "desc"])
limits = st.integers(1, 6) | st.integers(1, 100)


def messages(count: int) -> list[dict[str, Any]]:
    return [{"role": "user", "content": str(number)} for number in range(count)]


class PagingMachine(RuleBasedStateMachine):
    """``self.lists`` has each living conversation's ids in order; ``self.known`` every id that was ever minted."""

    def __init__(self) -> None:
        super().__init__()
        self.sim = Emulator()
        self.items = self.sim.conversations.items
        self.lists: dict[str, list[str]] = {}
        self.known: list[str] = []

    # --- choices -------------------------------------------------------------------------------------------------

    def conversation(self, number: int) -> str:
        return list(self.lists)[number % len(self.lists)]

    def known_id(self, number: int) -> str:
        return self.known[number % len(self.known)]

    def added(self, ids: list[str]) -> list[str]:
        self.known += [item_id for item_id in ids if item_id not in self.known]
        return ids

    # --- commands ------------------------------------------------------------------------------------------------

    @rule(count=st.integers(0, 20))
    def create_conversation(self, count: int) -> None:
        made = self.sim.conversations.create(items=messages(count))
        self.lists[made.id] = self.added([item.id for item in self.sim.state[made.id].items])
        assert len(self.lists[made.id]) == count

    @precondition(lambda self: self.lists)
    @rule(number=anything, count=st.integers(1, 20))
    def create_items(self, number: int, count: int) -> None:
        conversation_id = self.conversation(number)
        page = self.items.create(conversation_id, items=messages(count))
        assert [item.content[0].text for item in page.data] == [str(number) for number in range(count)]
        self.lists[conversation_id] += self.added([item.id for item in page.data])

    @precondition(lambda self: self.lists and self.known)
    @rule(number=anything, which=st.lists(anything, min_size=1, max_size=3), new=st.integers(0, 2))
    def link_known_items(self, number: int, which: list[int], new: int) -> None:
        """Items of other conversations, of deleted ones too; one may come twice in the request."""
        conversation_id = self.conversation(number)
        ids = [self.known_id(choice) for choice in which]
        given = [{"role": "user", "content": "ignored", "id": item_id} for item_id in ids] + messages(new)
        if set(ids) & set(self.lists[conversation_id]):
            with pytest.raises(BadRequestError, match=r"^Item already in conversation$"):
                self.items.create(conversation_id, items=given)
            return
        page = self.items.create(conversation_id, items=given)
        linked = [item.id for item in page.data]
        assert linked[: len(ids)] == ids
        self.lists[conversation_id] += self.added(linked)

    @precondition(lambda self: self.known)
    @rule(which=st.lists(anything, min_size=1, max_size=3))
    def create_conversation_of_known_items_listed_twice(self, which: list[int]) -> None:
        ids = [self.known_id(choice) for choice in which] * 2
        made = self.sim.conversations.create(items=[{"type": "item_reference", "id": item_id} for item_id in ids])
        self.lists[made.id] = ids

    @precondition(lambda self: any(self.lists.values()))
    @rule(number=anything, which=anything)
    def delete_item(self, number: int, which: int) -> None:
        filled = [conversation_id for conversation_id, ids in self.lists.items() if ids]
        conversation_id = filled[number % len(filled)]
        ids = self.lists[conversation_id]
        gone = ids[which % len(ids)]
        assert self.items.delete(gone, conversation_id=conversation_id).id == conversation_id
        self.lists[conversation_id] = [item_id for item_id in ids if item_id != gone]
        with pytest.raises(NotFoundError):
            self.items.retrieve(gone, conversation_id=conversation_id)

    @precondition(lambda self: self.lists)
    @rule(number=anything)
    def delete_conversation(self, number: int) -> None:
        conversation_id = self.conversation(number)
        assert self.sim.conversations.delete(conversation_id).deleted
        del self.lists[conversation_id]
        with pytest.raises(NotFoundError, match=f"^Conversation with id '{conversation_id}' not found"):
            self.items.list(conversation_id)

    @rule(count=st.integers(3, 8), first=st.integers(0, 8), second=st.integers(0, 8))
    def create_conversation_with_one_item_twice(self, count: int, first: int, second: int) -> None:
        made = self.sim.conversations.create(items=messages(1))
        twice = self.sim.state[made.id].items[0].id
        given = messages(count)
        for place in (first, second):
            given.insert(place, {"type": "item_reference", "id": twice})
        self.lists[made.id] = self.added([twice])
        made = self.sim.conversations.create(items=given)
        ids = [item.id for item in self.sim.state[made.id].items]
        assert [place for place, item_id in enumerate(ids) if item_id == twice] == [
            place for place, item in enumerate(given) if "id" in item
        ]
        self.lists[made.id] = self.added(ids)

    # --- questions -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.lists)
    @rule(number=anything, order=orders, limit=limits)
    def page_through(self, number: int, order: Any, limit: int) -> None:
        """Where an id stands twice, a page that ends with it is followed by what stands behind its last link."""
        conversation_id = self.conversation(number)
        expected = walked(self.lists[conversation_id], order)
        seen, cursor, jumped = [], None, False
        for _ in range(len(expected) + 1):
            page = self.items.list(conversation_id, order=order, limit=limit, **({"after": cursor} if cursor else {}))
            seen += checked(page, limit)
            if not page.has_more:
                break
            cursor = str(page.last_id)
            jumped |= expected.count(cursor) > 1
        assert not page.has_more, "paging goes round in circles"
        once = [item_id for item_id in expected if expected.count(item_id) == 1]
        seen_once = [item_id for item_id in seen if item_id in once]
        if jumped:
            assert seen_once == [item_id for item_id in once if item_id in seen_once]
        else:
            assert seen_once == once
            assert seen == expected

    @precondition(lambda self: any(self.lists.values()))
    @rule(number=anything, which=anything, order=orders, limit=limits)
    def page_from_a_cursor(self, number: int, which: int, order: Any, limit: int) -> None:
        filled = [conversation_id for conversation_id, ids in self.lists.items() if ids]
        conversation_id = filled[number % len(filled)]
        expected = walked(self.lists[conversation_id], order)
        cursor = expected[which % len(expected)]
        behind = expected[len(expected) - expected[::-1].index(cursor) :]
        page = self.items.list(conversation_id, order=order, limit=limit, after=cursor)
        assert checked(page, limit) == behind[:limit]
        assert page.has_more == (len(behind) > limit)

    @precondition(lambda self: self.lists and self.known)
    @rule(number=anything, which=anything, order=orders, limit=limits)
    def a_deleted_or_foreign_cursor_is_refused(self, number: int, which: int, order: Any, limit: int) -> None:
        conversation_id = self.conversation(number)
        elsewhere = [item_id for item_id in self.known if item_id not in self.lists[conversation_id]]
        cursor = elsewhere[which % len(elsewhere)] if elsewhere else "msg_unknown"
        with pytest.raises(NotFoundError) as caught:
            self.items.list(conversation_id, order=order, limit=limit, after=cursor)
        assert (caught.value.status_code, caught.value.param) == (404, "after")
        assert caught.value.message == f"No item found with id '{cursor}'"

    @invariant()
    def the_store_is_sound(self) -> None:
        check(self.sim)
        assert {key: [item.id for item in state.items] for key, state in self.sim.state.items()} == self.lists


def walked(ids: list[str], order: str) -> list[str]:
    return ids if order == "asc" else ids[::-1]


def checked(page: ItemPage, limit: int) -> list[str]:
    """The ids of a page whose members agree with each other."""
    ids = [item.id for item in page.data]
    assert len(ids) <= limit
    assert (page.first_id, page.last_id) == ((ids[0], ids[-1]) if ids else (None, None))
    if page.has_more:
        assert len(ids) == limit
    return ids


def test_pages_agree_with_a_list_under_random_commands() -> None:
    run_state_machine_as_test(
        PagingMachine,
        settings=settings(
            max_examples=examples(200),
            stateful_step_count=30,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
