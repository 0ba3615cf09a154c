"""One turn from created to its end: what lands in the conversation, and when it is let go."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from threading import Lock
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError, UnscriptedTurnError, UsageError
from convsim.http.messages import Chunk
from convsim.items.catalogue import read_item
from convsim.responses.readers import Reader
from convsim.responses.run import Run
from convsim.responses.saved import saved
from convsim.responses.scripts import Script, script
from convsim.responses.turn import Turn
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Text
from convsim.store.store import Store
from tests.responses.home import answer, begun, conversation_in, home, items_of, says, streamed, told, watching

Json = dict[str, Any]

LOCKED = "Another process is currently operating on this conversation. Please retry in a few seconds."


def roles(conversation: Any) -> list[str]:
    """Return the roles in the conversation, in order."""
    return [f"{item.get('role', item['type'])}: {_said(item)}" for item in items_of(conversation)]


def _said(item: Json) -> str:
    if item["type"] == "message":
        return "".join(part.get("text", part.get("refusal", "")) for part in item["content"])
    return str(item.get("arguments", item.get("output", item.get("summary"))))


# --- what lands ----------------------------------------------------------------------------------------------------


def test_input_and_output_land_together_behind_what_was_there() -> None:
    responses = home(script(Reasoning("Hm."), "Paris."))
    conversation = conversation_in(responses, "Before.")
    body = answer(responses, "Where?", conversation=conversation, instructions="Be kind.")
    assert roles(conversation)[0::3] == ["user: Before.", "assistant: Paris."]
    assert roles(conversation)[1] == "user: Where?"
    assert [item["id"] for item in items_of(conversation)[2:]] == [item["id"] for item in body["output"]]
    assert conversation.locked_by is None


def test_the_ids_share_the_partition_of_the_conversation_in_order_of_time() -> None:
    responses = home(script("Paris."), ids="live")
    conversation = conversation_in(responses)
    body = answer(responses, conversation=conversation)
    ids = [body["id"], *(item["id"] for item in items_of(conversation))]
    payloads = [one.partition("_")[2] for one in ids]
    assert {payload[:18] for payload in payloads} == {conversation.id[-16:] + "00"}
    assert payloads == sorted(payloads)


def test_what_is_not_to_be_stored_says_so_in_its_ids() -> None:
    responses = home(script("Paris."), ids="live")
    body = answer(responses, store=False)
    assert {body["id"][21:23], body["output"][0]["id"][20:22]} == {"01"}


def test_a_tool_loop_is_two_turns() -> None:
    responses = home(script(Call("f", call_id="call_1")), script("Warm."))
    conversation = conversation_in(responses)
    answer(responses, "Weather?", conversation=conversation)
    output = {"type": "function_call_output", "call_id": "call_1", "output": "20"}
    answer(responses, [output], conversation=conversation)
    assert roles(conversation) == [
        "user: Weather?",
        "function_call: {}",
        "function_call_output: 20",
        "assistant: Warm.",
    ]


def test_a_stored_item_in_the_input_is_linked_as_it_is() -> None:
    responses = home(script("Paris.", times=2))
    one, other = conversation_in(responses, "Known."), conversation_in(responses)
    [known] = one.items()
    run = Run(responses, {"model": "gpt-4.1"}, [known], conversation=other)
    run.play(nullcontext())
    run.answer()
    assert other.items()[0] is known


def test_an_item_that_is_never_stored_does_not_land() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    answer(responses, [{"type": "compaction_trigger"}], conversation=conversation)
    assert roles(conversation) == ["assistant: Paris."]


def test_what_was_cut_off_lands_as_incomplete() -> None:
    responses = says("Mango", status="incomplete", reason="max_output_tokens")
    conversation = conversation_in(responses)
    answer(responses, conversation=conversation)
    assert [item["status"] for item in items_of(conversation)] == ["completed", "incomplete"]


def test_a_failed_turn_leaves_nothing() -> None:
    responses = says("Hm.", Failure("server_error", "Broke."))
    conversation = conversation_in(responses)
    body = answer(responses, conversation=conversation)
    assert len(conversation) == 0
    assert conversation.locked_by is None
    assert responses.ended[body["id"]].document["status"] == "failed"


@pytest.mark.parametrize(("choice", "count"), [("skip", 0), ("append", 2)])
def test_store_false_lands_as_the_choice_says_and_is_not_kept(choice: str, count: int) -> None:
    responses = home(script("Paris."), store_false_items=choice)
    conversation = conversation_in(responses)
    body = answer(responses, conversation=conversation, store=False)
    assert len(conversation) == count
    assert body["conversation"] == {"id": conversation.id}
    assert responses.ended == {}


@pytest.mark.parametrize(("choice", "count"), [("skip", 0), ("append", 2)])
def test_what_store_false_touches_is_what_lands(choice: str, count: int) -> None:
    """The journal counts it."""
    responses = home(script("Paris."), store_false_items=choice)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, store=False)
    run.told()
    assert run.touched == [item["id"] for item in items_of(conversation)]
    assert len(run.touched) == count


@pytest.mark.parametrize("placed", [True, False])
def test_the_store_grows_by_what_a_turn_keeps(*, placed: bool) -> None:
    responses = says(Reasoning("Hm."), "Paris.")
    for _ in range(2):
        conversation = conversation_in(responses) if placed else None
        before, alone = responses.store.size, Store()
        kept = responses.ended[answer(responses, conversation=conversation)["id"]]
        alone.keep(*kept.input, *kept.output)
        assert responses.store.size - before == alone.size + len(kept.body)
        reasoning, message = kept.output
        assert (reasoning.follower, message.reasoning) == (message.id, reasoning.id)


def test_a_branch_adds_nothing_to_the_conversation_and_shares_its_partition() -> None:
    responses = home(script("Paris.", times="always"), ids="live")
    conversation = conversation_in(responses)
    first = answer(responses, conversation=conversation)
    branch = answer(responses, previous=responses.ended[first["id"]])
    assert len(conversation) == 2
    assert "conversation" not in branch
    assert branch["id"][5:21] == first["id"][5:21]


def test_a_conversation_that_was_deleted_meanwhile_gets_nothing() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation)
    responses.store.delete_conversation(conversation)
    run.answer()
    assert len(conversation) == 0


# --- what a script sees --------------------------------------------------------------------------------------------


def test_a_turn_shows_the_request_and_all_that_a_model_would_see() -> None:
    seen: list[Turn] = []
    responses = home(script(watching(seen), times="always"))
    conversation = conversation_in(responses, "Before.")
    tools = [{"type": "shell"}]
    answer(responses, "Where?", conversation=conversation, instructions="Be kind.", tools=tools)
    [turn] = seen
    assert (turn.model, turn.instructions, turn.conversation) == ("gpt-4.1", "Be kind.", conversation.id)
    assert turn.tools == tuple(tools)
    assert turn.request["input"] == "Where?"
    assert [item["content"][0]["text"] for item in turn.history] == ["Before.", "Where?"]
    assert "id" in turn.history[0]
    assert "id" not in turn.input[0]


def test_the_history_of_a_chain_is_what_went_in_and_out() -> None:
    seen: list[Turn] = []
    responses = home(script(watching(seen, "Yes."), times="always"))
    conversation = conversation_in(responses, "One.")
    first = answer(responses, "Two.", conversation=conversation)
    answer(responses, "Elsewhere.", conversation=conversation)
    second = answer(responses, "Three.", previous=responses.ended[first["id"]])
    answer(responses, "Four.", previous=responses.ended[second["id"]])
    said = [item["content"][0]["text"] for item in seen[-1].history]
    assert said == ["One.", "Two.", "Yes.", "Three.", "Yes.", "Four."]


# --- locks ---------------------------------------------------------------------------------------------------------


def test_a_second_turn_on_a_conversation_is_refused_until_the_first_has_ended() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, stream=True)
    for _ in range(2):
        with pytest.raises(BadRequestError) as caught:
            begun(responses, conversation=conversation)
        assert (caught.value.message, caught.value.param, caught.value.code) == (
            LOCKED,
            "conversation",
            "conversation_locked",
        )
    told(run)
    begun(responses, conversation=conversation)


def test_a_turn_that_was_collected_lets_its_conversation_go() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    run: Run | None = begun(responses, conversation=conversation, stream=True)
    assert conversation.locked_by is run
    run = None
    gc.collect()
    assert conversation.locked_by is None
    assert responses.open() == []


def test_what_the_test_gave_is_called_without_the_lock() -> None:
    lock = Lock()
    locked: list[bool] = []

    def note(_: object) -> str:
        locked.append(lock.locked())
        return "x"

    responses = home(script(note, when=note))
    item = read_item({"role": "user", "content": "Hi"}, Behavior())
    run = Run(responses, {"model": "gpt-4.1"}, [item], conversation=conversation_in(responses))
    run.play(lock)
    assert locked == [False, False]
    assert not lock.locked()


# --- a turn in one step --------------------------------------------------------------------------------------------


def at_once(responses: Any, **request: Any) -> tuple[Run, Any]:
    conversation = conversation_in(responses, "Before.")
    item = read_item({"role": "user", "content": "Hi"}, Behavior())
    return Run(responses, {"model": "gpt-5.5"} | request, [item], conversation=conversation), conversation


@pytest.mark.parametrize("request_", [{}, {"store": False}, {"metadata": {"a": "100%"}, "user": "\u00e9"}])
@pytest.mark.parametrize(
    "given",
    [
        script("Paris.", times=9),
        script(Reasoning("Hm."), "Paris.", Call("f"), times=9),
        script(Refusal("No."), usage={"output_tokens": 4}, response={"service_tier": "flex", "billing": None}, times=9),
        script("Par", Failure("server_error", "No."), delay=2, times=9),
        script(Text("Par", phase="commentary"), status="incomplete", reason="max_output_tokens", times=9),
    ],
)
def test_it_is_the_same_as_one_that_is_played(given: Script, request_: Json) -> None:
    def told(*, played: bool) -> tuple[Any, ...]:
        responses = home(given, ids="live")
        run, conversation = at_once(responses, **request_)
        if played:
            run.play(nullcontext())
            run.told()
        else:
            assert run.at_once()
        assert conversation.locked_by is None
        left = [one.left for one in responses.scripts.candidates()]
        return run.answer(), run.touched, items_of(conversation), responses.ids.position(), left, saved(responses)

    assert told(played=False) == told(played=True)


@pytest.mark.parametrize(
    ("given", "request_"),
    [
        (script("x", hold=True), {}),
        (script(lambda turn: "x"), {}),
        (script({"content": "x"}), {}),
        (script("x", when=lambda turn: True), {}),
        (script("x", model="gpt-4.1"), {}),
        (script("x", conversation="conv_9"), {}),
        (script("x"), {"stream": True}),
        (script("x"), {"background": True}),
    ],
)
def test_it_takes_neither_time_nor_code_of_the_test(given: Script, request_: Json) -> None:
    responses = home(given)
    run, conversation = at_once(responses, **request_)
    assert not run.at_once()
    assert (conversation.locked_by, responses.begun) == (run, 0)
    assert [one.left for one in responses.scripts.candidates()] == [1]


def test_a_turn_of_one_step_that_cannot_begin_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    responses = says("x", times=1)
    run, conversation = at_once(responses)

    def broken() -> float:
        raise UsageError("no id could carry it")

    monkeypatch.setattr(responses.clock, "now", broken)
    with pytest.raises(UsageError):
        run.at_once()
    assert conversation.locked_by is None
    assert [one.left for one in responses.scripts.candidates()] == [1]


def test_an_unscripted_turn_lets_its_conversation_go() -> None:
    responses = home()
    conversation = conversation_in(responses)
    with pytest.raises(UnscriptedTurnError):
        begun(responses, conversation=conversation)
    assert conversation.locked_by is None


# --- long contexts -------------------------------------------------------------------------------------------------


def test_a_context_that_is_too_long_is_refused_and_changes_nothing() -> None:
    responses = home(script("Paris.", times="always"), window=30)
    conversation = conversation_in(responses)
    answer(responses, conversation=conversation)
    with pytest.raises(BadRequestError) as caught:
        begun(responses, "word " * 100, conversation=conversation)
    assert (caught.value.param, caught.value.code) == ("input", "context_length_exceeded")
    assert conversation.locked_by is None
    assert len(conversation) == 2


def test_truncation_drops_the_oldest_items_from_what_a_script_sees() -> None:
    seen: list[Turn] = []
    responses = home(script(watching(seen), times="always"), window=20)
    conversation = conversation_in(responses, "One.", "Two.", "Three.", "Four.", "Five.")
    answer(responses, "Six.", conversation=conversation, truncation="auto")
    said = [item["content"][0]["text"] for item in seen[0].history]
    assert said[-1] == "Six."
    assert 1 < len(said) < 6
    assert said == ["One.", "Two.", "Three.", "Four.", "Five.", "Six."][-len(said) :]


@pytest.mark.parametrize(
    ("threshold", "kinds"), [(5, ["message", "compaction"]), (1000, ["message"]), (None, ["message"])]
)
def test_a_threshold_adds_a_compaction_behind_the_rest(threshold: int | None, kinds: list[str]) -> None:
    responses = home(script("Paris."), window=1000)
    managed = [{"type": "compaction", "compact_threshold": threshold}]
    body = answer(responses, context_management=managed)
    assert [item["type"] for item in body["output"]] == kinds
    assert [len(item["encrypted_content"]) for item in body["output"][1:]] == [64][: len(kinds) - 1]


def test_the_tokens_of_a_chain_count() -> None:
    whole = says("Paris.")
    first = answer(whole)
    asked = answer(whole, previous=whole.ended[first["id"]])["usage"]["input_tokens"]
    for less in range(2):
        responses = home(script("Paris.", times="always"), window=asked - less)
        past = responses.ended[answer(responses)["id"]]
        if less:
            with pytest.raises(BadRequestError):
                begun(responses, previous=past)
        else:
            begun(responses, previous=past)


def test_a_context_may_be_as_long_as_the_window_and_a_turn_as_the_threshold() -> None:
    usage = answer(says("Paris."), "word " * 1000)["usage"]
    for less, kinds in ((0, ["message"]), (1, ["message", "compaction"])):
        responses = home(script("Paris."), window=usage["input_tokens"])
        managed = [{"type": "compaction", "compact_threshold": usage["total_tokens"] - less}]
        body = answer(responses, "word " * 1000, context_management=managed)
        assert [item["type"] for item in body["output"]] == kinds


def test_truncation_drops_no_more_than_it_must() -> None:
    seen: list[Turn] = []
    whole = home(script("x", times="always"))
    asked = answer(whole, "Two.", conversation=conversation_in(whole, "One."))["usage"]["input_tokens"]
    for less in range(2):
        responses = home(script(watching(seen)), window=asked - less)
        answer(responses, "Two.", conversation=conversation_in(responses, "One."), truncation="auto")
    assert [len(turn.history) for turn in seen] == [2, 1]


def test_nobody_counts_a_context_unless_asked_to() -> None:
    body = answer(says("Paris."), context_management=[{"type": "compaction", "compact_threshold": 1}])
    assert [item["type"] for item in body["output"]] == ["message"]


# --- the rest ------------------------------------------------------------------------------------------------------


def test_an_id_that_was_seeded_is_passed_over() -> None:
    responses = says("Paris.")
    conversation_in(responses, "Known.")
    known = next(iter(responses.store.items.values()))
    responses.store.items["msg_2"] = known
    assert answer(responses)["output"][0]["id"] == "msg_4"


def test_the_body_is_the_same_however_often_it_is_asked_for() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation)
    assert run.answer() == run.answer()
    assert len(conversation) == 2


def test_a_stream_that_ended_can_be_read_again_by_another() -> None:
    run = begun(says("Paris."), stream=True)
    assert told(run) == told(run)


def test_turns_are_numbered() -> None:
    responses = says("Paris.")
    assert [begun(responses).number for _ in range(3)] == [1, 2, 3]


def test_a_turn_is_open_as_long_as_its_client_reads_or_it_is_held() -> None:
    responses = home(script("x"), script("x"), script("x", hold=True))
    plain, stream, held = begun(responses), begun(responses, stream=True), begun(responses)
    assert responses.open() == [stream, held]
    for run in (plain, stream, held):
        run.told()
    assert responses.open() == []


@pytest.mark.parametrize(
    ("request_", "delay"), [({}, 2.5), ({"stream": True}, 2.5), ({"background": True}, 0.0)], ids=str
)
def test_a_turn_that_is_told_in_one_piece_is_late_as_a_whole(request_: Json, delay: float) -> None:
    run, twin = (begun(says("It is Paris.", delay=2.5), **request_) for _ in range(2))
    made = run.told()
    assert made.delay == delay
    reader = Reader(twin)
    told = (chunk.data for chunk in iter(lambda: reader.next(0), None) if isinstance(chunk, Chunk))
    assert made.data == (b"".join(told) if "stream" in request_ else twin.answer().data)


def test_events_are_told_only_to_those_who_stream() -> None:
    assert streamed(says("Paris."))
    assert begun(says("Paris.")).plan.telling is None
