"""Loose ends: what is open, orphaned or torn while items come and go."""

from __future__ import annotations

import random

import pytest

from convsim.items.stored import StoredItem
from convsim.store.ends import ANSWERS, Call, LooseEnds, answered, called, hold_together
from convsim.store.store import Conversation
from tests.asking import check


def call(number: int = 1, kind: str = "function_call", name: str = "fc") -> StoredItem:
    return StoredItem(f"{name}_{number}", kind, b"{}", call_id=f"call_{number}")


def output(number: int = 1, kind: str = "function_call_output") -> StoredItem:
    return StoredItem(f"out_{number}", kind, b"{}", call_id=f"call_{number}")


def thought(number: int = 1) -> tuple[StoredItem, StoredItem]:
    """Reasoning and the message that it led to."""
    pair = StoredItem(f"rs_{number}", "reasoning", b"{}"), StoredItem(f"msg_{number}", "message", b"{}")
    hold_together(pair)
    return pair


OPEN = {Call("function_call_output", "call_1")}


@pytest.mark.parametrize(("kind", "answer"), ANSWERS.items())
def test_a_call_is_open_until_its_output_is_there(kind: str, answer: str) -> None:
    ends = LooseEnds()
    ends.add(call(kind=kind))
    assert ends.open == {Call(answer, "call_1")}
    ends.add(output(kind=answer))
    assert (ends.open, ends.orphaned) == (set(), set())
    assert ends.has_answer(Call(answer, "call_1"))
    ends.remove(output(kind=answer))
    assert not ends.has_answer(Call(answer, "call_1"))
    assert ends.open == {Call(answer, "call_1")}
    ends.remove(call(kind=kind))
    assert ends.same_as(LooseEnds())


def test_an_output_is_an_orphan_until_its_call_is_there() -> None:
    ends = LooseEnds()
    ends.add(output())
    assert ends.orphaned == OPEN
    ends.add(call(kind="custom_tool_call"))
    assert ends.orphaned == OPEN
    ends.add(call(name="fc_x"))
    assert (ends.orphaned, len(ends.open)) == (set(), 1)


def test_the_same_call_twice_is_open_until_both_are_gone() -> None:
    ends = LooseEnds.of([call(), call(name="fc_x")])
    ends.remove(call())
    assert ends.open == OPEN
    assert ends.has_call(Call("function_call_output", "call_1"))
    ends.remove(call(name="fc_x"))
    assert not ends.has_call(Call("function_call_output", "call_1"))


def test_only_tools_that_the_client_runs_are_calls() -> None:
    assert called("mcp_call", "call_1") is called("function_call", None) is None
    assert answered("message", "call_1") is answered("tool_search_output", None) is None
    ends = LooseEnds.of([StoredItem("lsh_1", "local_shell_call", b"{}", call_id="call_1")])
    assert ends.same_as(LooseEnds())


def test_reasoning_and_what_it_led_to_are_torn_when_one_is_missing() -> None:
    reasoning, message = thought()
    ends = LooseEnds()
    ends.add(reasoning)
    assert ends.torn == {"rs_1"}
    ends.add(message)
    assert ends.torn == set()
    ends.remove(reasoning)
    assert ends.torn == {"msg_1"}
    ends.remove(message)
    assert ends.same_as(LooseEnds())


def test_reasoning_may_lead_to_reasoning() -> None:
    first, second, message = (StoredItem(f"rs_{n}", "reasoning", b"{}") for n in range(3))
    message.type = "message"
    hold_together([first, second, message])
    assert (first.follower, second.reasoning, second.follower, message.reasoning) == ("rs_1", "rs_0", "rs_2", "rs_1")
    ends = LooseEnds.of([first, second, message])
    ends.remove(second)
    assert ends.torn == {"rs_0", "rs_2"}


def test_what_follows_no_reasoning_is_held_by_nothing() -> None:
    items = [StoredItem(f"msg_{n}", "message", b"{}") for n in range(3)]
    hold_together(items)
    hold_together([])
    assert {(item.follower, item.reasoning) for item in items} == {(None, None)}


def test_an_item_that_stands_twice_counts_once() -> None:
    assert LooseEnds.of([call(), call()]).same_as(LooseEnds.of([call()]))
    conversation = Conversation("conv_1", 0, {})
    conversation.link(item := call())
    conversation.link(item)
    conversation.unlink(item.id)
    check(conversation)
    assert conversation.ends.open == set()


def test_a_copy_has_the_same_ends_and_keeps_them() -> None:
    conversation = Conversation("conv_1", 0, {})
    for item in (call(), *thought()):
        conversation.link(item)
    copied = conversation.copy()
    conversation.unlink("fc_1")
    conversation.unlink("rs_1")
    check(copied)
    assert (copied.ends.open, copied.ends.torn) == (OPEN, set())
    assert (conversation.ends.open, conversation.ends.torn) == (set(), {"msg_1"})


def test_ends_of_any_sequence_of_changes_are_those_of_the_items_that_are_left() -> None:
    chance = random.Random(7)
    pool = [make(n) for n in range(6) for make in (call, output)]
    pool += [call(n, "custom_tool_call", "ctc") for n in range(3)]
    pool += [item for n in range(4) for item in thought(n)]
    conversation = Conversation("conv_1", 0, {})
    for _ in range(400):
        item = chance.choice(pool)
        if item.id in conversation and chance.random() < 0.6:
            conversation.unlink(item.id)
        else:
            conversation.link(item)
        check(conversation)


def test_the_check_sees_ends_that_are_not_those_of_the_items() -> None:
    conversation = Conversation("conv_1", 0, {})
    conversation.link(call())
    conversation.ends.open.clear()
    with pytest.raises(AssertionError, match=r"^the loose ends"):
        check(conversation)
