"""The strategies make what the service takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from convsim import Emulator, UsageError
from convsim.items.catalogue import CATALOGUE
from convsim.strategies import BadItem, conversations, invalid_items, items, messages, metadata
from convsim.strategies.schemas import Json
from tests.asking import client
from tests.profiles import examples
from tests.properties.test_round_trip import TYPES

# For `find` where it matters that something is found, and not how small it is: shrinking takes most of the time.
AS_FOUND = settings(phases=[Phase.generate], max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


@given(items())
@settings(max_examples=examples(200))
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
        assert find(items("reasoning", "mcp_call"), partial(is_of, name), settings=AS_FOUND)


def is_of(name: str, item: dict[str, object]) -> bool:
    return item["type"] == name


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
def test_choices_and_optional_members_are_explored(condition: Callable[[Any], bool]) -> None:
    assert find(items("message"), condition, settings=AS_FOUND)


@pytest.mark.parametrize("wrong", ["item_reference", "compaction_trigger", "agent_message", "bogus"])
def test_a_type_without_items_of_its_own_is_refused_by_those_that_have(wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        items("message", wrong)
    assert str(caught.value) == f"items({wrong!r}): write one or more of {', '.join(TYPES)}"
    assert {"message", "reasoning"} < set(TYPES) < CATALOGUE.keys()


# --- messages, metadata, conversations -----------------------------------------------------------------------------


@given(messages())
def test_any_message_is_kept(message: Json) -> None:
    sim = Emulator()
    conversation = sim.conversations.create(items=[message])
    sim.assert_items(conversation, [(message["role"], message["content"])])


def test_messages_have_the_roles_and_lengths_that_are_asked_for() -> None:
    @given(messages(roles=["user", "system"], min_length=2, max_length=3))
    def all_have(message: Json) -> None:
        assert message["role"] in ("user", "system")
        assert 2 <= len(message["content"]) <= 3

    all_have()
    assert find(messages(), lambda message: True) == {"role": "user", "content": ""}


@pytest.mark.parametrize("wrong", [[], ["tool"], ["user", "critic"]])
def test_other_roles_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        messages(roles=wrong)
    assert str(caught.value) == f"messages(roles={wrong!r}): write one or more of user, assistant, system, developer"


@given(metadata())
def test_any_metadata_is_kept(given: dict[str, str]) -> None:
    assert Emulator().conversations.create(metadata=given).to_dict()["metadata"] == given


def test_metadata_reaches_its_bounds() -> None:
    assert find(metadata(), lambda given: any(len(key) == 64 for key in given), settings=AS_FOUND)
    assert find(metadata(), lambda given: any(len(value) == 512 for value in given.values()), settings=AS_FOUND)
    assert len(find(metadata(min_size=16), lambda given: True, settings=AS_FOUND)) == 16
    assert find(metadata(max_size=0), lambda given: True) == {}


@pytest.mark.parametrize(("least", "most"), [(-1, 3), (4, 3), (0, 17)])
def test_other_sizes_of_metadata_are_refused(least: int, most: int) -> None:
    with pytest.raises(UsageError) as caught:
        metadata(min_size=least, max_size=most)
    assert str(caught.value) == f"metadata(min_size={least}, max_size={most}): write sizes from 0 to 16"


@given(conversations())
@settings(max_examples=examples(100))
def test_any_conversation_is_created(arguments: Json) -> None:
    sim = Emulator()
    conversation = sim.conversations.create(**arguments)
    assert len(sim.state[conversation.id].items) == len(arguments.get("items", ()))


def test_conversations_of_other_items_and_bounds() -> None:
    @given(conversations(of=items("function_call"), min_items=1, max_items=2))
    @settings(max_examples=10)
    def all_are(arguments: Json) -> None:
        assert 1 <= len(arguments["items"]) <= 2
        assert {item["type"] for item in arguments["items"]} == {"function_call"}

    all_are()
    assert find(conversations(), lambda arguments: True) == {}
    assert find(conversations(min_items=1), lambda arguments: "metadata" in arguments, settings=AS_FOUND)


@given(conversations(of=messages(max_length=1) | items("function_call"), min_items=2, unique_texts=True))
@settings(max_examples=examples(40))
def test_unique_texts_differ(arguments: Json) -> None:
    texts = [item["content"] for item in arguments["items"] if "content" in item]
    assert len(set(texts)) == len(texts)


def test_items_are_made_by_a_strategy() -> None:
    with pytest.raises(UsageError, match=r"^conversations\(of=\['Hi'\]\): write a strategy of items"):
        conversations(of=["Hi"])  # type: ignore[arg-type]


@pytest.mark.parametrize(("least", "most"), [(-1, 3), (4, 3), (0, 21)])
def test_other_numbers_of_items_are_refused(least: int, most: int) -> None:
    with pytest.raises(UsageError) as caught:
        conversations(min_items=least, max_items=most)
    assert str(caught.value) == (
        f"conversations(min_items={least}, max_items={most}): write numbers from 0 to 20; the API takes no more in one"
        " request"
    )


# --- items that are refused ----------------------------------------------------------------------------------------


@given(invalid_items())
@settings(max_examples=examples(200))
def test_any_invalid_item_is_refused_with_its_error_over_http(bad: BadItem) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    with client(sim) as http:
        answer = http.post("/conversations/conv_1/items", json={"items": [bad.item]})
    assert answer.status_code == 400
    assert answer.json() == {"error": bad.error.body}
    assert str(bad.error.param).startswith("items[0]")
    assert sim.state["conv_1"].items == ()


def test_invalid_items_of_a_type() -> None:
    @given(invalid_items("mcp_call"))
    def all_are(bad: BadItem) -> None:
        assert bad.item["type"] == "mcp_call"

    all_are()


@pytest.mark.parametrize(
    "code", ["unknown_parameter", "missing_required_parameter", "invalid_type", "invalid_value", "empty_array"]
)
def test_each_kind_of_fault_is_made(code: str) -> None:
    assert find(invalid_items("message"), lambda bad: bad.error.code == code, settings=AS_FOUND)


def test_the_smallest_invalid_item_reads_well() -> None:
    bad = find(invalid_items("message"), lambda bad: bad.error.code == "unknown_parameter")
    assert bad.item["zzz"] == 1
    assert bad.error.message == "Unknown parameter: 'items[0].zzz'."


def test_invalid_items_of_an_unknown_type_are_refused() -> None:
    with pytest.raises(UsageError, match=r"invalid_items\('bogus'\): write one or more of additional_tools, "):
        invalid_items("message", "bogus")


def test_an_item_that_the_api_takes_is_no_invalid_one() -> None:
    from convsim.strategies.values import refused

    with pytest.raises(AssertionError, match="the API takes"):
        refused({"role": "user", "content": "hello"})
