"""The order of items against a plain list, under random events, in both dialects."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from convsim.realtime.fields import Dialect
from tests.asking import check
from tests.profiles import examples
from tests.realtime.talking import Client, user

anywhere = st.integers(min_value=0, max_value=2**16)


class OrderMachine(RuleBasedStateMachine):
    """``self.model`` lists the ids in the order in which the session must have them."""

    dialect: Dialect

    def __init__(self) -> None:
        super().__init__()
        self.client = Client(self.dialect)
        self.model: list[str] = []
        self.gone: list[str] = []
        self.made = 0

    def created(self, position: int, *, own_id: bool, **members: object) -> None:
        """The new item must stand at ``position``, and every acknowledgement name the item before it."""
        self.made += 1
        item = user(str(self.made))
        if own_id:
            item["id"] = f"own_{self.made}"
        events = self.client.create(item, **members)
        before = self.model[position - 1] if position else None
        kinds = {"ga": ["added", "done"], "beta": ["created"]}[self.dialect]
        assert [event["type"] for event in events] == [f"conversation.item.{kind}" for kind in kinds]
        assert [event["previous_item_id"] for event in events] == [before] * len(events)
        (item_id,) = {event["item"]["id"] for event in events}
        assert not own_id or item_id == item["id"]
        self.model.insert(position, item_id)

    @rule(own_id=st.booleans(), spelling=st.sampled_from([{}, {"previous_item_id": None}, {"previous_item_id": ""}]))
    def append(self, own_id: bool, spelling: dict[str, None]) -> None:
        self.created(len(self.model), own_id=own_id, **spelling)

    @rule(own_id=st.booleans())
    def insert_at_the_root(self, own_id: bool) -> None:
        self.created(0, own_id=own_id, previous_item_id="root")

    @precondition(lambda self: self.model)
    @rule(own_id=st.booleans(), number=anywhere)
    def insert_after(self, own_id: bool, number: int) -> None:
        position = number % len(self.model)
        self.created(position + 1, own_id=own_id, previous_item_id=self.model[position])

    @rule(number=anywhere)
    def insert_after_what_is_not_there(self, number: int) -> None:
        unknown = ["item_unknown", *self.gone]
        previous = unknown[number % len(unknown)]
        error = self.client.refused_item(user(), previous_item_id=previous)
        assert error["code"] == "item_create_invalid_previous_item_id"

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def create_under_an_id_that_stands(self, number: int) -> None:
        error = self.client.refused_item(user(id=self.model[number % len(self.model)][:32]))
        assert error["code"] == "item_create_duplicate_item_id"

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def delete(self, number: int) -> None:
        item_id = self.model.pop(number % len(self.model))
        (deleted,) = self.client.send("conversation.item.delete", item_id=item_id)
        assert (deleted["type"], deleted["item_id"]) == ("conversation.item.deleted", item_id)
        self.gone.append(item_id)

    @precondition(lambda self: self.gone)
    @rule(number=anywhere)
    def delete_and_retrieve_what_is_gone(self, number: int) -> None:
        item_id = self.gone[number % len(self.gone)]
        for verb in ("delete", "retrieve"):
            error = self.client.refused(f"conversation.item.{verb}", item_id=item_id)
            assert error["code"] == f"item_{verb}_invalid_item_id"

    @precondition(lambda self: self.model)
    @rule(number=anywhere)
    def retrieve(self, number: int) -> None:
        item_id = self.model[number % len(self.model)]
        assert self.client.retrieve(item_id)["id"] == item_id

    @invariant()
    def the_order_is_that_of_the_list(self) -> None:
        assert list(self.client.session.order) == self.model
        check(self.client.session)


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_the_order_of_items_is_that_of_a_list_under_random_events(dialect: Dialect) -> None:
    run_state_machine_as_test(
        type("Machine", (OrderMachine,), {"dialect": dialect}),
        settings=settings(
            max_examples=examples(50), stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
