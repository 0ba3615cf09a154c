"""Entries of direct calls: the test's own hand, told like an exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convsim import APIStatusError, Emulator, UsageError
from convsim.journal.entries import Direct
from tests.asking import HELLO


def a_conversation() -> Emulator:
    """conv_1 holds msg_1 and msg_2; nothing is in the journal."""
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[HELLO, HELLO])
    sim.journal.clear()
    return sim


CALLS: list[tuple[str, Callable[[Emulator], Any], Any, tuple[str, ...], str]] = [
    (
        "conversations.create",
        lambda sim: sim.conversations.create(items=[HELLO]),
        {"items": [HELLO]},
        ("msg_3",),
        "conv_2",
    ),
    ("conversations.retrieve", lambda sim: sim.conversations.retrieve("conv_1"), None, (), "conv_1"),
    (
        "conversations.update",
        lambda sim: sim.conversations.update("conv_1", metadata={"a": "1"}),
        {"metadata": {"a": "1"}},
        (),
        "conv_1",
    ),
    ("conversations.delete", lambda sim: sim.conversations.delete("conv_1"), None, (), "conv_1"),
    (
        "conversations.items.create",
        lambda sim: sim.conversations.items.create("conv_1", items=[HELLO]),
        {"items": [HELLO]},
        ("msg_3",),
        "conv_1",
    ),
    (
        "conversations.items.list",
        lambda sim: sim.conversations.items.list("conv_1"),
        None,
        ("msg_2", "msg_1"),
        "conv_1",
    ),
    (
        "conversations.items.retrieve",
        lambda sim: sim.conversations.items.retrieve("msg_1", conversation_id="conv_1"),
        None,
        ("msg_1",),
        "conv_1",
    ),
    (
        "conversations.items.delete",
        lambda sim: sim.conversations.items.delete("msg_1", conversation_id="conv_1"),
        None,
        ("msg_1",),
        "conv_1",
    ),
    (
        "seed",
        lambda sim: sim.seed("conv_a", items=[{**HELLO, "id": "msg_a"}]),
        {"items": [{**HELLO, "id": "msg_a"}], "metadata": None},
        ("msg_a",),
        "conv_a",
    ),
]


@pytest.mark.parametrize(("operation", "call", "body", "items", "conversation"), CALLS, ids=[row[0] for row in CALLS])
def test_a_direct_call_is_told_like_an_exchange(
    operation: str, call: Callable[[Emulator], Any], body: Any, items: tuple[str, ...], conversation: str
) -> None:
    sim = a_conversation()
    answer = call(sim)
    (entry,) = sim.journal

    assert isinstance(entry, Direct)
    assert (entry.number, entry.kind, entry.operation, entry.project) == (1, "direct", operation, "proj_default")
    assert (entry.status, entry.error, entry.attempt, entry.faults) == (200, None, 0, ())
    assert (entry.conversation, entry.items, entry.body) == (conversation, items, body)
    assert entry.answer == answer.to_dict()
    assert entry.title == f"{operation} (direct)"
    count = f"  {len(items)} item{'s' * (len(items) > 1)}" if items else ""
    item = "  msg_1" if operation in ("conversations.items.retrieve", "conversations.items.delete") else ""
    assert str(entry) == f"  1  {operation} (direct)  {conversation}{item}  200{count}"


REFUSED: list[tuple[str, Callable[[Emulator], Any], str | None, str]] = [
    ("conversations.retrieve", lambda sim: sim.conversations.retrieve("conv_x"), "conv_x", "404 invalid_request_error"),
    ("conversations.create", lambda sim: sim.conversations.create(items=[{}]), None, "400"),
    ("seed", lambda sim: sim.seed("conv_a", items=[{"role": "nobody"}]), "conv_a", "400 "),
    ("conversations.items.list", lambda sim: sim.conversations.items.list("conv_1", limit=0), "conv_1", "400 "),
]


@pytest.mark.parametrize(("operation", "call", "conversation", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_direct_call_that_was_refused_is_told_with_its_error(
    operation: str, call: Callable[[Emulator], Any], conversation: str | None, words: str
) -> None:
    sim = a_conversation()
    with pytest.raises(APIStatusError) as caught:
        call(sim)
    (entry,) = sim.journal

    assert (entry.operation, entry.status) == (operation, caught.value.status_code)
    assert (entry.conversation, entry.items) == (conversation, ())
    assert entry.error == caught.value.body
    assert words in str(entry)


def test_a_seed_that_could_not_be_meant_is_no_call() -> None:
    sim = a_conversation()
    with pytest.raises(UsageError):
        sim.seed("conv_1")

    assert len(sim.journal) == 0


@pytest.mark.parametrize("wrong", [5, 0, None, True, {"a": 1}, ["conv_1"], 0.5], ids=repr)
def test_an_id_that_is_no_string_breaks_nothing(wrong: Any) -> None:
    sim = a_conversation()
    with pytest.raises(APIStatusError):
        sim.conversations.retrieve(wrong)
    with pytest.raises(APIStatusError):
        sim.conversations.items.retrieve(wrong, conversation_id="conv_1")

    assert len(str(sim.journal).splitlines()) == 2
    assert [entry.number for entry in sim.journal.select(conversation="conv_1")] == [2]


def test_a_direct_call_of_another_project_names_it() -> None:
    sim = a_conversation()
    sim.project("proj_b").conversations.create()

    assert [entry.project for entry in sim.journal] == ["proj_b"]


def test_what_the_caller_changes_later_is_not_what_was_sent() -> None:
    sim = a_conversation()
    item = {"role": "user", "content": [{"type": "input_text", "text": "before"}]}
    sim.conversations.items.create("conv_1", items=[item])
    item["content"] = "after"

    assert sim.journal[0].body["items"][0]["content"][0]["text"] == "before"
