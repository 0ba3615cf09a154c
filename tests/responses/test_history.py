"""The live API's objections to the items that a turn continues and those that it brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.items.catalogue import read_item
from convsim.items.fields import Item
from convsim.items.stored import StoredItem
from convsim.responses.history import Entry, Past, Trail, read, require_whole, resolved
from convsim.store.ends import ANSWERS, hold_together
from convsim.store.store import Conversation
from tests.asking import check

USER = {"role": "user", "content": "x"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
ENCRYPTED = {"type": "reasoning", "summary": [], "encrypted_content": "x"}

# Form B: a partition, the flag (00 stored, 01 not), and the rest.
STORED_ID, UNSTORED_ID = (f"rs_0903dc172c433d83{flag}6a3f193a95148197a63e0918e859de99" for flag in ("00", "01"))


def new(*values: dict[str, Any]) -> list[Item]:
    return [read_item(value, Behavior()) for value in values]


def item(item_id: str, kind: str = "message", call_id: str | None = None) -> StoredItem:
    return StoredItem(item_id, kind, b"{}", call_id=call_id)


def thought(kind: str = "message", call_id: str | None = None) -> tuple[StoredItem, StoredItem]:
    pair = item("rs_1", "reasoning"), item("x_1", kind, call_id)
    hold_together(pair)
    return pair


def conversation(*items: StoredItem) -> Conversation:
    made = Conversation("conv_1", 0, {})
    for each in items:
        made.link(each)
    return made


def refusal(past: Past, entries: Sequence[Entry]) -> tuple[str, int, str | None, str | None]:
    with pytest.raises(APIStatusError) as caught:
        require_whole(past, entries)
    return caught.value.message, caught.value.status_code, caught.value.param, caught.value.code


def sentence(message: str) -> tuple[str, int, str, None]:
    return message, 400, "input", None


NO_PAST = Trail()
PASTS = [conversation, lambda *items: Trail(items)]
either_past = pytest.mark.parametrize("past", PASTS, ids=["conversation", "responses"])

# --- lookups -------------------------------------------------------------------------------------------------------


def test_an_id_that_is_known_means_the_item_that_is_stored() -> None:
    known = {"msg_1": item("msg_1")}
    given = new({"type": "item_reference", "id": "msg_1"}, USER | {"id": "msg_1"}, USER | {"id": "msg_2"}, USER)
    entries = resolved(given, known)
    assert entries == [known["msg_1"], known["msg_1"], given[2], given[3]]


def test_what_is_never_stored_is_left_out() -> None:
    given = new({"type": "compaction_trigger"}, USER)
    assert resolved(given, {}) == [given[1]]


UNKNOWN = "Item with id '{}' not found."
NOT_PERSISTED = (
    UNKNOWN + " Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove"
    " this item from your input."
)


@pytest.mark.parametrize(
    "value", [{"type": "item_reference"}, {"type": "reasoning", "summary": []}, ENCRYPTED | {"encrypted_content": None}]
)
@pytest.mark.parametrize(
    ("item_id", "options", "message", "param"),
    [
        ("rs_abc", {"store": True}, UNKNOWN, None),
        ("rs_abc", {}, UNKNOWN, None),
        (STORED_ID, {"store": True}, UNKNOWN, None),
        (UNSTORED_ID, {"store": True}, NOT_PERSISTED, "input"),
        (f"rs_x_{UNSTORED_ID[3:]}", {"store": True}, NOT_PERSISTED, "input"),
        ("rs_abc", {"store": False}, NOT_PERSISTED, "input"),
    ],
)
def test_an_id_that_must_be_known_is_not_found(
    value: dict[str, Any], item_id: str, options: dict[str, bool], message: str, param: str | None
) -> None:
    with pytest.raises(APIStatusError) as caught:
        resolved(new(value | {"id": item_id}), {}, **options)
    assert (caught.value.message, caught.value.status_code) == (message.format(item_id), 404)
    assert (caught.value.param, caught.value.code) == (param, None)


@pytest.mark.parametrize("value", [ENCRYPTED, ENCRYPTED | {"id": "rs_abc"}, {"type": "reasoning", "summary": []}])
def test_reasoning_that_brings_its_content_or_no_id_is_new(value: dict[str, Any]) -> None:
    given = new(value)
    assert resolved(given, {}) == given


def test_new_messages_are_taken_as_they_are_where_the_past_is_whole() -> None:
    given = new(USER, USER)
    assert read(NO_PAST, given, {}, store=True) is given
    known = {"msg_1": item("msg_1")}
    assert read(NO_PAST, new(USER | {"id": "msg_1"}), known, store=True) == [known["msg_1"]]


@either_past
@pytest.mark.parametrize("loose", [item("fc_1", "function_call", "call_1"), item("fc_1", "function_call_output", "c")])
def test_new_messages_do_not_mend_a_past(past: Any, loose: StoredItem) -> None:
    for torn in (past(loose), past(thought()[0])):
        with pytest.raises(APIStatusError):
            read(torn, new(USER), {}, store=True)


# --- duplicates ----------------------------------------------------------------------------------------------------

TWICE = sentence("Duplicate item found with id msg_1. Remove duplicate items from your input and try again.")


def test_an_id_stands_once_in_the_input() -> None:
    assert refusal(NO_PAST, new(USER | {"id": "msg_1"}, USER, USER | {"id": "msg_1"})) == TWICE
    require_whole(NO_PAST, new(USER | {"id": "msg_1"}, USER, USER, USER | {"id": "msg_2"}))


@either_past
def test_an_id_of_the_past_is_not_brought_again(past: Any) -> None:
    assert refusal(past(item("msg_1")), [item("msg_1")]) == TWICE


CALLED_TWICE = sentence("Duplicate item found with id call_1. Remove duplicate items from your input and try again.")


@pytest.mark.parametrize(
    "given",
    [
        [CALL | {"call_id": "call_0"}, CALL, CALL],
        [CALL, CALL, OUTPUT],
        [CALL, OUTPUT, OUTPUT],
        [CALL, OUTPUT, CALL, OUTPUT],
    ],
)
def test_a_call_id_is_called_once_and_answered_once(given: Any) -> None:
    assert refusal(NO_PAST, new(*given)) == CALLED_TWICE


@either_past
def test_what_the_past_has_may_be_sent_again_without_its_id(past: Any) -> None:
    done = past(item("fc_1", "function_call", "call_1"), item("fc_2", "function_call_output", "call_1"))
    require_whole(done, new(CALL, OUTPUT))
    require_whole(done, new(OUTPUT))


def test_a_call_id_may_be_that_of_calls_of_two_types() -> None:
    custom = {"type": "custom_tool_call", "call_id": "call_1", "name": "f", "input": ""}
    answer = {"type": "custom_tool_call_output", "call_id": "call_1", "output": "x"}
    require_whole(NO_PAST, new(CALL, custom, OUTPUT, answer))


# --- reasoning -----------------------------------------------------------------------------------------------------

NO_FOLLOWER = sentence("Item 'rs_1' of type 'reasoning' was provided without its required following item.")
NO_REASONING = sentence("Item 'x_1' of type 'message' was provided without its required 'reasoning' item: 'rs_1'.")


def test_reasoning_comes_with_what_it_led_to() -> None:
    reasoning, message = thought()
    require_whole(NO_PAST, [*new(USER), reasoning, message, *new(USER)])
    assert refusal(NO_PAST, [reasoning]) == NO_FOLLOWER
    assert refusal(NO_PAST, [reasoning, *new({"role": "assistant", "content": "x"})]) == NO_FOLLOWER
    assert refusal(NO_PAST, [message, reasoning]) == NO_REASONING
    assert refusal(NO_PAST, [*new(USER), message]) == NO_REASONING


def test_the_type_of_what_reasoning_led_to_is_named() -> None:
    _, call = thought("function_call", "call_1")
    expected = "Item 'x_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'."
    assert refusal(NO_PAST, [call]) == sentence(expected)


def test_reasoning_that_the_service_does_not_know_stands_alone() -> None:
    require_whole(NO_PAST, new(ENCRYPTED | {"id": "rs_9"}, ENCRYPTED, CALL, OUTPUT))


@either_past
def test_reasoning_of_the_past_is_torn_when_its_other_half_is_gone(past: Any) -> None:
    reasoning, message = thought()
    require_whole(past(reasoning, message), new(USER))
    assert refusal(past(item("msg_0"), reasoning), new(USER)) == NO_FOLLOWER
    assert refusal(past(item("msg_0"), message), new(USER)) == NO_REASONING


@either_past
def test_the_other_half_may_come_with_the_input(past: Any) -> None:
    reasoning, message = thought()
    require_whole(past(reasoning), [message])


def test_deleting_a_message_but_not_its_reasoning_spoils_the_conversation() -> None:
    past = conversation(*thought())
    past.unlink("x_1")
    assert refusal(past, new(USER)) == NO_FOLLOWER
    past.unlink("rs_1")
    require_whole(past, new(USER))


# --- calls ---------------------------------------------------------------------------------------------------------

NO_OUTPUT = sentence("No tool output found for function call call_1.")
NO_CALL = sentence("No tool call found for function call output with call_id call_1.")


@either_past
def test_a_call_finds_its_output_in_the_past_or_in_the_input(past: Any) -> None:
    call, output = item("fc_1", "function_call", "call_1"), item("fc_2", "function_call_output", "call_1")
    require_whole(past(call), new(OUTPUT))
    require_whole(past(call, output), new(USER))
    require_whole(past(output), new(CALL))
    require_whole(past(), new(CALL, OUTPUT))


@either_past
def test_a_call_without_its_output_is_refused(past: Any) -> None:
    assert refusal(past(item("fc_1", "function_call", "call_1")), new(USER)) == NO_OUTPUT
    assert refusal(past(), new(CALL, USER)) == NO_OUTPUT


@either_past
def test_an_output_without_its_call_is_refused(past: Any) -> None:
    assert refusal(past(), new(OUTPUT)) == NO_CALL
    assert refusal(past(item("fc_1", "function_call_output", "call_1")), new(USER)) == NO_CALL
    assert refusal(past(item("ctc_1", "custom_tool_call", "call_1")), new(OUTPUT)) == NO_CALL


@pytest.mark.parametrize(("call", "output"), ANSWERS.items())
def test_each_kind_of_call_is_named_in_words(call: str, output: str) -> None:
    words = {kind: kind.replace("_", " ") for kind in (call, output)}
    expected = sentence(f"No tool output found for {words[call]} call_1.")
    assert refusal(Trail([item("x_1", call, "call_1")]), []) == expected
    expected = sentence(f"No tool call found for {words[output]} with call_id call_1.")
    assert refusal(Trail([item("x_1", output, "call_1")]), []) == expected


def test_the_first_of_several_in_the_order_of_the_context_is_named() -> None:
    past = conversation(*(item(f"fc_{n}", "function_call", f"call_{n}") for n in range(9, 3, -1)))
    given = new(OUTPUT | {"call_id": "call_9"}, CALL | {"call_id": "call_0"})
    assert refusal(past, given)[0] == "No tool output found for function call call_8."
    past.link(item("fc_x", "function_call_output", "call_x"))
    assert refusal(past, given)[0] == "No tool call found for function call output with call_id call_x."


def test_an_output_that_names_no_call_answers_none() -> None:
    require_whole(NO_PAST, new({"type": "function_call_output", "output": "x"}))


# --- several -------------------------------------------------------------------------------------------------------


def test_duplicates_are_named_before_reasoning_and_that_before_calls() -> None:
    reasoning, _ = thought()
    assert refusal(NO_PAST, [*new(CALL), reasoning, reasoning])[0].startswith("Duplicate")
    assert refusal(NO_PAST, [*new(CALL), reasoning]) == NO_FOLLOWER


def test_nothing_is_changed_by_a_refusal() -> None:
    past = conversation(item("fc_1", "function_call", "call_1"))
    refusal(past, new(USER))
    check(past)
    assert [each.id for each in past.items()] == ["fc_1"]


def test_a_long_conversation_without_loose_ends_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    past = conversation(*(item(f"msg_{n}") for n in range(50)))
    monkeypatch.setattr(Conversation, "items", lambda self: pytest.fail("walked"))
    require_whole(past, new(CALL, OUTPUT, USER))
