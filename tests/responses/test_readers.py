"""Streams: what a client reads, what it waits for, and what its leaving does."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from convsim.http.messages import Chunk
from convsim.responses.readers import Reader, Replay
from convsim.responses.scripts import script
from convsim.responses.vocabulary import Call, Failure, Reasoning
from convsim.responses.webhooks import Ended
from tests.responses.home import NOW, answer, begun, conversation_in, home, says, told

Json = dict[str, Any]

# --- streams -------------------------------------------------------------------------------------------------------


def test_a_stream_lands_with_its_last_event() -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    reader = Reader(begun(responses, conversation=conversation, stream=True))
    kinds = []
    while isinstance(chunk := reader.next(0), Chunk):
        kinds.append(chunk.event)
        assert len(conversation) == (2 if chunk.event == "response.completed" else 0)
    assert kinds[-1] == "response.completed"
    reader.close(1000)
    assert reader.next(0) is None
    assert len(conversation) == 2


def test_the_delay_stands_before_what_the_model_says() -> None:
    reader = Reader(begun(says("Paris.", delay=2.5), stream=True))
    delays = []
    while isinstance(chunk := reader.next(0), Chunk):
        delays.append(chunk.delay)
    assert delays[:4] == [0.0, 0.0, 2.5, 0.0]
    assert sum(delays) == 2.5
    assert begun(says("Paris.", delay=2.5)).answer().delay == 2.5


@pytest.mark.parametrize("count", range(9))
def test_a_client_that_leaves_at_any_event_leaves_the_conversation_untouched_or_whole(count: int) -> None:
    responses = says("Paris.")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, stream=True)
    reader = Reader(run)
    for _ in range(count):
        reader.next(0)
    reader.close(1006)
    reader.close(1006)
    assert reader.next(0) is None
    assert len(conversation) == 0
    assert conversation.locked_by is None
    assert responses.ended[run.id].document["status"] == "completed"
    assert responses.open() == []
    assert answer(responses, conversation=conversation)["status"] == "completed"


def test_a_response_whose_client_left_has_its_output_unless_it_failed() -> None:
    responses = home(script("Paris."), script("Hm.", Failure("server_error", "Broke.")))
    for _ in range(2):
        Reader(begun(responses, stream=True)).close(1006)
    assert [len(record.output) for record in responses.ended.values()] == [1, 0]


def test_the_events_that_nobody_was_sent_are_dropped_where_the_turn_ends_with_its_client() -> None:
    run = begun(home(script("Paris."), stream_left="abort"), stream=True)
    events = [*run.told_behind(0)]
    run.leave(3)
    assert [*run.told_behind(0)] == events[:3]


@pytest.mark.parametrize(("done", "count"), [(0, 0), (1, 2), (2, 3)])
def test_a_turn_that_ends_with_its_client_keeps_the_finished_items(done: int, count: int) -> None:
    responses = home(script(Call("f"), Call("g"), "x"), stream_left="abort")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, stream=True)
    reader = Reader(run)
    while done:
        chunk = reader.next(0)
        done -= isinstance(chunk, Chunk) and chunk.event == "response.output_item.done"
    reader.close(1006)
    assert len(conversation) == count
    assert conversation.locked_by is None
    assert responses.ended[run.id].document["status"] == "cancelled"


def test_the_same_seed_gives_the_same_bytes() -> None:
    def frames() -> list[bytes]:
        responses = home(script(Reasoning("Hm."), Call("f", {"a": 1}), "It is so."), ids="live")
        run = begun(responses, conversation=conversation_in(responses), stream=True)
        reader, taken = Reader(run), []
        while isinstance(chunk := reader.next(0), Chunk):
            taken.append(chunk.data)
        return taken

    assert frames() == frames()


@pytest.mark.parametrize(("count", "items"), [(0, 0), (2, 0), (5, 0), (6, 1), (7, 1)])
def test_a_stream_can_be_made_to_fail_at_any_event(count: int, items: int) -> None:
    responses = home(script(Call("f"), "Paris.", hold=True))
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, stream=True)
    reader = Reader(run)
    for _ in range(count + 1):
        reader.next(0)  # the last one is taken back
    reader.fail(Failure("server_error", "Broke."))
    error, failed = (json.loads(chunk.data.decode().split("\ndata: ")[1]) for chunk in _rest(reader))
    assert (error["type"], error["sequence_number"]) == ("error", count)
    assert (failed["type"], failed["sequence_number"]) == ("response.failed", count + 1)
    assert len(failed["response"]["output"]) == items
    assert len(conversation) == 0
    assert conversation.locked_by is None
    assert responses.ended[run.id].document["error"] == {"code": "server_error", "message": "Broke."}


def test_of_a_turn_that_has_ended_the_stream_ends_with_the_error() -> None:
    responses = says("Paris.")
    run = begun(responses, background=True, stream=True)
    _rest(Reader(run))
    for reader, number in ((Reader(run), 2), (Replay(responses.ended[run.id], 1), 3)):
        for _ in range(3):
            reader.next(0)
        reader.fail(Failure("server_error", "Broke."))
        (error,) = _rest(reader)
        assert reader.next(0) is None
        reader.close()
        assert reader.next(0) is None
        told = json.loads(error.data.decode().split("\ndata: ")[1])
        assert (error.event, told["type"], told["sequence_number"]) == ("error", "error", number)
        assert told["error"]["message"] == "Broke."
    assert run.snapshot()["status"] == "completed"


def test_the_rest_of_a_stream_is_told_once() -> None:
    responses = says("Paris.")
    run = begun(responses, background=True, stream=True)
    whole = _rest(Reader(run))
    broken = Reader(run, 3)
    broken.fail(Failure("server_error", "Broke."))
    for reader, reads, behind in (
        (Reader(run), 2, 2),
        (Replay(responses.ended[run.id], 2), 2, 4),
        (broken, 1, 3),
    ):
        for _ in range(reads):
            reader.next(0)
        assert [reader.rest(), reader.rest()] == [b"".join(chunk.data for chunk in whole[behind:]), b""]


def _rest(reader: Any) -> list[Chunk]:
    chunks = []
    while isinstance(chunk := reader.next(0), Chunk):
        chunks.append(chunk)
    return chunks


@pytest.mark.parametrize(
    ("options", "most", "pieces"),
    [
        ({}, 1_000_000, [(10, "response.completed"), (0, None)]),
        ({}, 2_000, [(2, "response.output_item.added"), (7, "response.completed"), (0, None)]),
        ({"hold": True}, 1_000_000, [(7, math.inf)]),
        ({"delay": 2.5}, 1_000_000, [(2, "response.output_item.added"), (7, "response.completed"), (0, None)]),
    ],
    ids=str,
)
def test_what_is_ready_are_the_events_that_need_no_wait(
    options: dict[str, Any], most: int, pieces: list[tuple[int, Any]]
) -> None:
    reader, twin = (Reader(begun(says("It is Paris.", **options), stream=True)) for _ in range(2))
    heard = b""
    for count, expected in pieces:
        ready, chunk = reader.ready(most), reader.next(0)
        assert (ready.count(b"event: "), chunk.event if isinstance(chunk, Chunk) else chunk) == (count, expected)
        heard += ready + (chunk.data if isinstance(chunk, Chunk) else b"")
    assert heard == b"".join(chunk.data for chunk in _rest(twin))


def test_as_many_bytes_are_ready_as_were_asked_for_or_one_event_more() -> None:
    run, late = (begun(says("It is Paris.", delay=delay), stream=True) for delay in (0, 2.5))
    first = len(run.ready(0, 1)[0])
    assert [len(run.ready(0, most)) for most in (first - 1, first, first + 1)] == [1, 1, 2]
    assert [len(late.ready(position, 1_000_000)) for position in range(4)] == [2, 1, 0, 7]


def test_nothing_is_ready_of_a_stream_that_waits_for_the_clock_or_is_over() -> None:
    responses = says("Paris.")
    background = begun(responses, background=True, stream=True)
    _rest(Reader(background))
    replay = Replay(responses.ended[background.id], 0)
    left, body = Reader(begun(responses, stream=True)), Reader(begun(responses, stream=False))
    left.close()
    failed = Reader(begun(responses, stream=True))
    _rest(failed)
    failed.fail(Failure("server_error", "Broke."))
    assert [one.ready(1_000) for one in (Reader(background), replay, left, body, failed)] == [b""] * 5
    assert [bool(_rest(one)) for one in (replay, left, body, failed)] == [True, False, True, True]


# --- held ----------------------------------------------------------------------------------------------------------


def test_a_held_stream_waits_behind_what_was_said_last() -> None:
    responses = says("It is Paris.", hold=True)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, stream=True)
    reader = Reader(run)
    woken: list[int] = []
    reader.wake = lambda: woken.append(1)
    kinds = []
    while isinstance(chunk := reader.next(0), Chunk):
        kinds.append(chunk.event)
    assert chunk == math.inf
    assert kinds[-1] == "response.output_text.delta"
    assert responses.open() == [run]
    run.finish()
    run.wake()
    assert woken == [1]
    last = []
    while isinstance(chunk := reader.next(0), Chunk):
        last.append(chunk.event)
    assert last[0] == "response.output_text.done"
    assert last[-1] == "response.completed"
    assert len(conversation) == 2
    assert responses.open() == []


@pytest.mark.parametrize(
    ("replies", "last"),
    [
        ((lambda _: [],), "response.in_progress"),
        (("x", Failure("a", "b")), "response.output_item.done"),
        (({"type": "web_search_call", "status": "completed", "action": {"type": "open_page"}},), "searching"),
        ((Reasoning(),), "response.output_item.added"),
    ],
)
def test_a_held_turn_stops_before_its_last_item_ends(replies: Any, last: str) -> None:
    reader = Reader(begun(says(*replies, hold=True), stream=True))
    kinds = []
    while isinstance(chunk := reader.next(0), Chunk):
        kinds.append(chunk.event)
    assert str(kinds[-1]).endswith(last)


def test_a_held_body_is_not_there_until_the_turn_goes_on() -> None:
    responses = says("Paris.", hold=True)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation)
    assert run.waits
    reader = Reader(run)
    assert reader.next(0) == math.inf
    assert conversation.locked_by is run
    assert run.snapshot()["status"] == "in_progress"
    run.finish()
    chunk = reader.next(0)
    assert isinstance(chunk, Chunk)
    assert (chunk.event, json.loads(chunk.data)["status"]) == (None, "completed")
    assert reader.next(0) is None
    reader.close()
    assert len(conversation) == 2


def test_a_client_that_does_not_wait_for_a_held_body_leaves_the_conversation_untouched() -> None:
    responses = says("Paris.", hold=True)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation)
    Reader(run).close(1006)
    assert len(conversation) == 0
    assert conversation.locked_by is None


def test_nothing_of_a_held_body_was_finished_where_the_turn_ends_with_its_client() -> None:
    responses = home(script("Paris.", hold=True), stream_left="abort")
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation)
    Reader(run).close(1006)
    assert len(conversation) == 0
    assert responses.ended[run.id].document["output"] == []


def test_open_turns_are_told_oldest_first_and_are_all_let_go_at_once() -> None:
    responses = says("Paris.", hold=True)
    runs = [begun(responses, stream=True), begun(responses, background=True), begun(responses)]
    assert responses.open() == runs
    assert responses.close() == runs
    assert responses.open() == []
    assert [Reader(run).next(0) for run in runs] == [None, None, None]


# --- background ----------------------------------------------------------------------------------------------------


def test_a_turn_in_the_background_is_queued_and_lands_when_its_time_has_come() -> None:
    responses = says("Paris.", delay=10)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, background=True)
    assert not run.waits
    body = json.loads(run.answer().data)
    assert (body["status"], body["background"], body["output"], body["usage"]) == ("queued", True, [], None)
    assert "billing" not in body
    assert conversation.locked_by is run
    responses.clock.advance(9)
    assert responses.settle() == []
    assert len(conversation) == 0
    responses.clock.advance(1)
    assert responses.settle() == [run]
    assert len(conversation) == 2
    assert run.snapshot()["completed_at"] == NOW + 10
    assert [*responses.webhooks] == [Ended(run.id, "completed", NOW + 10)]
    assert conversation.locked_by is None


def test_a_held_turn_in_the_background_ends_when_it_is_finished() -> None:
    responses = says("Paris.", hold=True, delay=10)
    run = begun(responses, background=True)
    responses.clock.advance(100)
    assert responses.settle() == []
    run.finish()
    assert run.over
    assert responses.settle() == []


def test_a_background_stream_waits_while_it_is_queued() -> None:
    responses = says("Paris.", delay=10)
    run = begun(responses, background=True, stream=True)
    reader = Reader(run)
    assert [chunk.event for chunk in (reader.next(0), reader.next(0)) if isinstance(chunk, Chunk)] == [
        "response.created",
        "response.queued",
    ]
    assert reader.next(0) == 10
    responses.clock.advance(10)
    assert [event["type"] for event in told(run)][-1] == "response.completed"
    chunk = reader.next(0)
    assert isinstance(chunk, Chunk)
    assert chunk.event == "response.in_progress"


def test_a_held_background_stream_waits_for_ever() -> None:
    reader = Reader(begun(says("Paris.", hold=True), background=True, stream=True))
    for _ in range(2):
        reader.next(0)
    assert reader.next(0) == math.inf


def test_a_client_that_leaves_a_background_stream_changes_nothing() -> None:
    responses = says("Paris.", delay=10)
    conversation = conversation_in(responses)
    run = begun(responses, conversation=conversation, background=True, stream=True)
    Reader(run).close(1006)
    responses.clock.advance(10)
    assert responses.settle() == [run]
    assert len(conversation) == 2
