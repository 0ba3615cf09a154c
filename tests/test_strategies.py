"""The strategies make what the service takes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings

from convsim import Emulator, UsageError
from convsim.items.catalogue import CATALOGUE
from convsim.strategies import items
from tests.properties.test_round_trip import TYPES


@given(items())
@settings(max_examples=200)
def test_any_item_is_taken_and_kept(item: dict[str, object]) -> None:
    sim = Emulator()
    conversation = sim.conversations.create(items=[item])
    assert [kept.type for kept in sim.state[conversation.id].items] == [item.get("type", "message")]


@pytest.mark.parametrize("name", TYPES)
def test_a_type_that_is_asked_for_is_made(name: str) -> None:
    @given(items(name))
    @settings(max_examples=5)
    def all_are(item: dict[str, object]) -> None:
        assert item.get("type", "message") == name

    all_are()


def test_several_types_may_be_asked_for() -> None:
    for name in ("reasoning", "mcp_call"):
        assert find(items("reasoning", "mcp_call"), lambda item, name=name: item["type"] == name)


@pytest.mark.parametrize(
    "condition",
    [
        lambda item: item.get("role") == "assistant" and isinstance(item["content"], list),
        lambda item: any(part["type"] == "input_image" for part in item["content"] if isinstance(part, dict)),
        lambda item: "id" in item,
        lambda item: "id" not in item,
    ],
    ids=["assistant's parts", "image", "id", "no id"],
)
def test_choices_and_optional_members_are_explored(condition: object) -> None:
    assert find(items("message"), condition, settings=settings(suppress_health_check=list(HealthCheck)))


@pytest.mark.parametrize("wrong", ["item_reference", "compaction_trigger", "agent_message", "bogus"])
def test_a_type_without_items_of_its_own_is_refused_by_those_that_have(wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        items("message", wrong)
    assert str(caught.value) == f"items({wrong!r}): write one or more of {', '.join(TYPES)}"
    assert {"message", "reasoning"} < set(TYPES) < CATALOGUE.keys()
