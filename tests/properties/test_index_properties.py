"""The ordered index against a plain list, under random commands."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from convsim.store.index import OrderedIndex, Place
from tests.asking import INDEX_GAP, check
from tests.profiles import examples

anywhere = st.integers(min_value=0, max_value=2**16)


class IndexMachine(RuleBasedStateMachine):
    """``self.model`` lists the living places in the order in which the index must have them."""

    def __init__(self) -> None:
        super().__init__()
        self.index: OrderedIndex[int] = OrderedIndex()
        self.model: list[Place[int]] = []
        self.deleted: list[Place[int]] = []
        self.made = 0

    def value(self) -> int:
        self.made += 1
        return self.made

    @rule()
    def append(self) -> None:
        self.model.append(self.index.append(self.value()))

    @rule()
    def insert_first(self) -> None:
        self.model.insert(0, self.index.insert_first(self.value()))

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def insert_after(self, number: int) -> None:
        position = number % len(self.model)
        place = self.index.insert_after(self.model[position], self.value())
        self.model.insert(position + 1, place)

    @precondition(lambda self: self.model)
    @rule(number=anywhere, times=st.integers(30, 50), follow=st.booleans())
    def insert_many_after(self, number: int, times: int, follow: bool) -> None:
        """More than fit between two labels; ``follow`` inserts each behind the one before."""
        position = number % len(self.model)
        for _ in range(times):
            place = self.index.insert_after(self.model[position], self.value())
            self.model.insert(position + 1, place)
            position += follow

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def delete(self, number: int) -> None:
        place = self.model.pop(number % len(self.model))
        self.index.delete(place)
        self.deleted.append(place)

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def walk_both_ways_from_a_place(self, number: int) -> None:
        position = number % len(self.model)
        place = self.model[position]
        assert list(self.index.walk(place)) == self.model[position + 1 :]
        assert list(self.index.walk(place, reverse=True)) == self.model[:position][::-1]

    @precondition(lambda self: self.deleted)
    @rule(number=anywhere)
    def a_deleted_place_is_refused(self, number: int) -> None:
        place = self.deleted[number % len(self.deleted)]
        with pytest.raises(ValueError, match="no longer, in the index"):
            self.index.walk(place)
        with pytest.raises(ValueError, match="no longer, in the index"):
            self.index.insert_after(place, 0)
        with pytest.raises(ValueError, match="no longer, in the index"):
            self.index.delete(place)

    @invariant()
    def the_index_is_the_model(self) -> None:
        check(self.index)
        assert list(self.index) == self.model
        assert list(self.index.walk(reverse=True)) == self.model[::-1]
        assert [place.value for place in self.index] == [place.value for place in self.model]
        assert len(self.index) == len(self.model)


@pytest.mark.parametrize("gap", [1, 5, 2**32])
def test_the_index_is_a_list_under_random_commands(gap: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with little or no room between neighbours, so that labels are spread out all the time."""
    monkeypatch.setattr(INDEX_GAP, gap)
    run_state_machine_as_test(
        IndexMachine,
        settings=settings(
            max_examples=examples(60), stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
