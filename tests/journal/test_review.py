"""The findings of a review, and the cases without one, each with its client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import openai
import pytest

from convsim import Call, Emulator
from convsim.faults import ConnectionReset, ConversationLocked, RateLimited, ServerError, Unauthorized
from convsim.journal import file
from convsim.journal.review import RULES, Finding
from tests.asking import CALL, HELLO, client

OUTPUT: Any = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}


@pytest.fixture
def sim() -> Iterator[Emulator]:
    with Emulator(ids="sequential", virtual_time=True).patch() as sim:
        sim.seed("conv_1")
        yield sim


@pytest.fixture
def sdk(sim: Emulator) -> openai.OpenAI:
    return sim.openai(max_retries=0)


def told(sim: Emulator) -> list[tuple[str, list[int]]]:
    return [(finding.code, [entry.number for entry in finding.entries]) for finding in sim.journal.review()]


def append(sdk: Any, *items: Any) -> None:
    with suppress(openai.APIError):
        sdk.conversations.items.create("conv_1", items=list(items) or [HELLO])


def test_nothing_is_found_at_first(sim: Emulator) -> None:
    assert sim.journal.review() == []


def test_a_finding_is_told_in_a_line(sim: Emulator, sdk: openai.OpenAI) -> None:
    append(sdk, {"role": "x", "content": "x"})
    append(sdk, {"role": "x", "content": "x"})
    (finding,) = sim.journal.review()
    assert isinstance(finding, Finding)
    assert finding.entries == tuple(sim.journal[1:])
    assert finding.message == (
        "conversations.items.create was refused with 400 and sent again unchanged: the API refuses it again"
    )
    assert str(finding) == f"retried_refusal: {finding.message} (journal 2, 3)"


# --- retried_refusal -----------------------------------------------------------------------------------------------


def test_another_request_after_a_refusal_is_right(sim: Emulator, sdk: openai.OpenAI) -> None:
    append(sdk, {"role": "x", "content": "x"})
    append(sdk, HELLO)
    assert told(sim) == []


def test_a_lock_ends_and_may_be_tried_again(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.faults.add(ConversationLocked())
    append(sdk)
    append(sdk)
    assert told(sim) == []


def test_what_was_written_in_between_may_have_made_it_right(sim: Emulator, sdk: openai.OpenAI) -> None:
    for _ in range(2):
        with suppress(openai.NotFoundError):
            sdk.conversations.retrieve("conv_2")
        sdk.conversations.create()
    assert told(sim) == []


def test_a_refusal_is_final_also_when_a_fault_answered_once(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.faults.add(Unauthorized())
    append(sdk)
    append(sdk)
    assert told(sim) == [("retried_refusal", [2, 3])]


def test_what_cannot_have_made_it_right_is_no_excuse(sim: Emulator, sdk: openai.OpenAI) -> None:
    sdk.conversations.create()
    append(sdk, {"role": "x", "content": "x"})
    sdk.conversations.retrieve("conv_1")
    append(sdk, {"role": "y", "content": "y"})
    append(sdk, {"role": "x", "content": "x"})
    sdk.conversations.create()
    assert told(sim) == [("retried_refusal", [3, 6])]


@pytest.mark.parametrize("fault", [ServerError(), RateLimited(retry_after=1)], ids=repr)
def test_retries_of_what_may_pass_are_right(sim: Emulator, fault: Any) -> None:
    sim.faults.add(fault)
    append(sim.openai(max_retries=2))
    assert told(sim) == []


# --- ignored_retry_after -------------------------------------------------------------------------------------------


def test_a_retry_before_its_time_is_found(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.faults.add(RateLimited(retry_after=5))
    append(sdk)
    sim.clock.advance(4.5)
    append(sdk)
    assert told(sim) == [("ignored_retry_after", [2, 3])]
    assert sim.journal.review()[0].message == (
        "conversations.items.create was to be sent again after 5 s, and was after 4.5 s"
    )


def test_a_retry_in_its_time_is_right(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.faults.add(RateLimited(retry_after=5))
    append(sdk)
    sim.clock.advance(5)
    append(sdk)
    assert told(sim) == []


@pytest.mark.parametrize(("headers", "wanted"), [
    ({"retry-after-ms": "2500"}, ["2.5"]),
    ({"Retry-After": "3"}, ["3"]),
    ({"retry-after": "0.5"}, ["0.5"]),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, []),
    ({"retry-after": "0"}, []),
    ({"retry-after": "1.2.3"}, []),
    ({}, []),
])  # fmt: skip
def test_each_header_that_asks_to_wait(sim: Emulator, sdk: Any, headers: dict[str, str], wanted: list[str]) -> None:
    from convsim.faults import AnswerFault

    class Busy(AnswerFault):
        def answer(self, context: Any) -> Any:
            return context.respond(503, {}, headers)

    sim.faults.add(Busy())
    append(sdk)
    append(sdk)
    assert [str(finding) for finding in sim.journal.review()] == [
        f"ignored_retry_after: conversations.items.create was to be sent again after {seconds} s, and was after 0 s"
        " (journal 2, 3)"
        for seconds in wanted
    ]


def test_without_virtual_time_real_time_counts() -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_1")
    sdk = sim.openai(max_retries=0)
    sim.faults.add(RateLimited(retry_after=30))
    append(sdk)
    sim.clock.advance(100)
    append(sdk)
    assert told(sim) == [("ignored_retry_after", [2, 3])]


# --- doubled_write -------------------------------------------------------------------------------------------------


def test_an_append_again_after_a_lost_answer_is_found(sim: Emulator) -> None:
    sim.faults.add(ConnectionReset(), after_commit=True)
    append(sim.openai(max_retries=1))
    assert told(sim) == [("doubled_write", [2, 3])]
    assert sim.journal.review()[0].message == (
        "the answer of conversations.items.create was lost after the API had carried it out; sent again, it was carried"
        " out twice. Read the conversation before sending it again"
    )
    assert len(sim.state["conv_1"].items) == 2


def test_an_append_again_after_a_request_that_never_came_is_right(sim: Emulator) -> None:
    sim.faults.add(ConnectionReset())
    append(sim.openai(max_retries=1))
    assert told(sim) == []


def test_reading_again_after_a_lost_answer_is_right(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.faults.add(ConnectionReset(), after_commit=True)
    for _ in range(2):
        with suppress(openai.APIError):
            sdk.conversations.retrieve("conv_1")
    assert told(sim) == []


# --- unread_page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def long(sim: Emulator) -> Emulator:
    sim.seed("conv_long", [HELLO] * 25)
    return sim


def test_a_page_without_the_next_one_is_found(long: Emulator, sdk: openai.OpenAI) -> None:
    sdk.conversations.items.list("conv_1")
    page = sdk.conversations.items.list("conv_long")
    assert told(long) == [("unread_page", [4])]
    assert long.journal.review()[0].message == (
        f"conversations.items.list said has_more, and no request has asked for what follows {page.last_id}"
    )


def test_all_pages_are_right(long: Emulator, sdk: openai.OpenAI) -> None:
    assert len(list(sdk.conversations.items.list("conv_long"))) == 25
    assert len(list(sdk.conversations.items.list("conv_long", limit=7))) == 25
    assert told(long) == []


@pytest.mark.parametrize(("limit", "codes"), [(1, []), (19, []), (20, ["unread_page"]), (24, ["unread_page"])])
def test_a_small_limit_says_that_no_more_is_wanted(long: Emulator, sdk: Any, limit: int, codes: list[str]) -> None:
    sdk.conversations.items.list("conv_long", limit=limit)
    assert [code for code, _ in told(long)] == codes


def test_a_page_that_never_arrived_is_no_page(long: Emulator, sdk: openai.OpenAI) -> None:
    long.faults.add(ConnectionReset(), after_commit=True)
    with suppress(openai.APIConnectionError):
        sdk.conversations.items.list("conv_long")
    assert told(long) == []


def test_pages_of_other_lists_may_be_left(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.responses.script("Hello.")
    turn = sdk.responses.create(model="gpt-5", input=[HELLO] * 25)
    assert sdk.responses.input_items.list(turn.id).has_more
    assert told(sim) == []


# --- open_stream ---------------------------------------------------------------------------------------------------


def stream(sdk: Any) -> Any:
    return sdk.responses.create(model="gpt-5", input="Hi", conversation="conv_1", stream=True)


def test_a_stream_that_is_held_open_is_found(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.responses.script("Hello.")
    held = stream(sdk)
    next(held)
    assert told(sim) == [("open_stream", [2])]
    assert sim.journal.review()[0].message == (
        "the stream of responses.create was neither read to its end nor closed: its connection is never given back"
    )
    held.close()
    assert told(sim) == []


@pytest.mark.parametrize("use", [list, lambda events: events.close(), lambda events: (next(events), events.close())])
def test_a_stream_that_was_read_or_closed_is_right(
    sim: Emulator, sdk: openai.OpenAI, use: Callable[[Any], object]
) -> None:
    sim.responses.script("Hello.")
    use(stream(sdk))
    assert told(sim) == []


# --- repeated_output -----------------------------------------------------------------------------------------------


def test_an_output_that_is_sent_twice_is_found(sim: Emulator, sdk: openai.OpenAI) -> None:
    append(sdk, CALL, OUTPUT)
    append(sdk, HELLO, OUTPUT)
    assert told(sim) == [("repeated_output", [2, 3])]
    assert sim.journal.review()[0].message == "the output of the call call_1 was sent twice to conv_1"


def test_outputs_of_turns_count_and_those_of_other_conversations_do_not(sim: Emulator, sdk: Any) -> None:
    sim.seed("conv_2", [CALL])
    append(sdk, CALL, OUTPUT)
    sim.responses.script("Sunny.")
    sdk.responses.create(model="gpt-5", input=[OUTPUT], conversation="conv_2")
    assert told(sim) == []
    sim.responses.script(Call("f", call_id="call_2"))
    sdk.responses.create(model="gpt-5", input="Again?", conversation="conv_2")
    sim.responses.script("Rainy.")
    answer = OUTPUT | {"call_id": "call_2"}
    sdk.responses.create(model="gpt-5", input=[answer], conversation="conv_2")
    append_to_other = sdk.conversations.items.create("conv_2", items=[answer])
    assert append_to_other.data
    assert told(sim) == [("repeated_output", [6, 7])]


def test_outputs_of_every_kind_of_call_count_but_not_those_that_name_no_call(sim: Emulator, sdk: openai.OpenAI) -> None:
    call = {"type": "shell_call", "call_id": "call_1", "action": {"commands": ["ls"]}}
    outcome = {"outcome": {"type": "exit", "exit_code": 0}, "stdout": "", "stderr": ""}
    output = {"type": "shell_call_output", "call_id": "call_1", "output": [outcome]}
    append(sdk, call, output)
    append(sdk, output)
    for number in (1, 2):
        append(sdk, {"type": "local_shell_call_output", "id": f"lsho_{number}", "output": "{}"})
    assert told(sim) == [("repeated_output", [2, 3])]


def test_an_output_that_enters_no_conversation_may_be_repeated(sim: Emulator, sdk: Any) -> None:
    for _ in range(2):
        sim.responses.script("Sunny.")
        sdk.responses.create(model="gpt-5", input=[CALL, OUTPUT])
    append(sdk, CALL, OUTPUT)
    sdk.responses.input_tokens.count(model="gpt-5", input=[OUTPUT], conversation="conv_1")
    assert told(sim) == []


def test_an_output_that_was_refused_was_not_sent(sim: Emulator, sdk: openai.OpenAI) -> None:
    append(sdk, OUTPUT | {"extra": 1})
    append(sdk, OUTPUT)
    assert told(sim) == []


def test_bodies_of_any_shape_are_looked_at(sim: Emulator) -> None:
    with client(sim) as http:
        for body in ("[]", "{}", '{"items": 1}', '{"items": [1]}', "x"):
            http.post("/conversations/conv_1/items", content=body, headers={"content-type": "application/json"})
    assert told(sim) == []


# --- where it looks ------------------------------------------------------------------------------------------------


def test_the_test_s_own_calls_are_no_client(sim: Emulator) -> None:
    for _ in range(2):
        sim.conversations.items.create("conv_1", items=[CALL, OUTPUT])
    assert told(sim) == []


def test_the_moment_of_an_entry_enters_no_file(sim: Emulator, sdk: openai.OpenAI, tmp_path: Any) -> None:
    append(sdk)
    sim.dump_journal(tmp_path / "journal.json")
    read: Any
    (_, read) = file.read(tmp_path / "journal.json")
    entry: Any = sim.journal[1]
    assert (entry.moment, entry.is_open) == (sim.clock.now(), False)
    assert (read.moment, read.is_open) == (0.0, False)
    assert "moment" not in (tmp_path / "journal.json").read_text()


def test_each_code_has_a_rule() -> None:
    assert list(RULES) == [
        "retried_refusal",
        "ignored_retry_after",
        "doubled_write",
        "unread_page",
        "open_stream",
        "repeated_output",
    ]


def test_several_findings_are_in_the_order_of_their_entries(sim: Emulator, sdk: openai.OpenAI) -> None:
    sim.seed("conv_long", [HELLO] * 25)
    sdk.conversations.items.list("conv_long")
    append(sdk, CALL, OUTPUT)
    append(sdk, OUTPUT)
    assert [code for code, _ in told(sim)] == ["unread_page", "repeated_output"]


def test_a_plain_http_client_is_reviewed_too(sim: Emulator) -> None:
    with httpx2.Client(headers={"Authorization": "Bearer sk-any"}) as http:
        for _ in range(2):
            http.post(
                "https://api.openai.com/v1/conversations", content="{", headers={"content-type": "application/json"}
            )
    assert told(sim) == [("retried_refusal", [2, 3])]
