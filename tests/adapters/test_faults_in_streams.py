"""Faults inside a streamed response, as the official SDK meets them on each way to the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from json import JSONDecodeError
from typing import Any

import httpx2
import openai
import pytest

from convsim import Behavior, Emulator
from convsim.faults import (
    BodyReset,
    CloseConnection,
    DropEvent,
    EmptyBody,
    FailResponse,
    Fault,
    GarbleEvent,
    Latency,
    Overloaded,
    Rule,
    StallStream,
    TruncatedJSON,
    WrongContentType,
)
from tests.asking import client

from .faulty_sdk import ALL, ON_ALL, ON_BOTH, Talk

SAID = "The capital is Paris."
DELTA = "response.output_text.delta"
WHOLE = [
    *("response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"),
    *[DELTA] * 4,
    *("response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"),
]


def emulator(*rules: Rule | Fault, **options: Any) -> Emulator:
    sim = Emulator(faults=rules, replies=[SAID], **options)
    sim.seed("conv_1")
    return sim


class Heard:
    """The part of a stream that reached a client: its events, and the error with which it ends."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.error: Exception | None = None

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]


def listen(sim: Emulator, talk: Talk, **options: Any) -> Heard:
    """Return one streamed turn on conv_1."""
    heard = Heard()
    turn: Any = {"model": "gpt-4.1", "input": "Where?", "conversation": "conv_1", "stream": True}

    def use(client: Any) -> None:
        stream: Iterable[Any] = client.responses.create(**turn)
        try:
            heard.events.extend(event for event in _kept(heard, stream))
        except Exception as error:
            heard.error = error

    async def use_async(client: Any) -> None:
        stream: AsyncIterable[Any] = await client.responses.create(**turn)
        try:
            async for event in stream:
                heard.events.append(event)
        except Exception as error:
            heard.error = error

    talk(sim, use_async if talk in ASYNC else use, max_retries=0, **options)
    return heard


def _kept(heard: Heard, stream: Iterable[Any]) -> Iterable[Any]:
    for event in stream:
        heard.events.append(event)
    return ()


ASYNC = [talk for talk in ALL if talk.__name__ in ("asynchronous", "on_aiohttp", "routed_async")]


def left(sim: Emulator) -> int:
    """Return how many items stand in the conversation; it is free again."""
    assert sim.responses.open == ()
    return len(sim.state["conv_1"].items)


@ON_ALL
def test_a_stream_without_faults_is_whole(talk: Talk) -> None:
    sim = emulator()
    assert (listen(sim, talk).types, left(sim)) == (WHOLE, 2)


@ON_ALL
@pytest.mark.parametrize("skip", [0, 2, 3])
def test_a_connection_breaks_at_an_event(talk: Talk, skip: int) -> None:
    sim = emulator(Rule(CloseConnection(), on=DELTA, skip=skip))
    heard = listen(sim, talk)
    assert heard.types == WHOLE[: 4 + skip]
    assert isinstance(heard.error, (httpx2.ReadError, openai.APIConnectionError))
    assert left(sim) == 0
    entry: Any = sim.journal.select(kind="http")[0]
    assert entry.faults == [CloseConnection()]


@pytest.mark.parametrize("skip", range(len(WHOLE)))
@ON_BOTH
def test_a_stream_that_is_cut_at_any_event_leaves_the_conversation_untouched_or_whole(talk: Talk, skip: int) -> None:
    sim = emulator(Rule(CloseConnection(), on="response.*", skip=skip))
    assert listen(sim, talk).types == WHOLE[:skip]
    # The last event is made when the turn has ended.
    assert left(sim) == (2 if skip == len(WHOLE) - 1 else 0)
    sim.responses.script("Again.")
    assert listen(sim, talk).types[-1] == "response.completed"


@ON_ALL
def test_a_stream_just_ends(talk: Talk) -> None:
    sim = emulator(Rule(CloseConnection(1000), on=DELTA, skip=1))
    heard = listen(sim, talk)
    assert (heard.types, heard.error, left(sim)) == (WHOLE[:5], None, 0)


@pytest.mark.parametrize(("after_bytes", "count"), [(0, 0), (2500, 2), (100_000, 12)])
@ON_ALL
def test_a_connection_breaks_behind_some_bytes(talk: Talk, after_bytes: int, count: int) -> None:
    sim = emulator(Rule(BodyReset(after_bytes), on="responses.create"))
    heard = listen(sim, talk)
    assert heard.types == WHOLE[:count]
    assert isinstance(heard.error, (httpx2.ReadError, openai.APIConnectionError))
    assert left(sim) == (2 if count == len(WHOLE) else 0)


@ON_ALL
def test_a_stream_stalls_and_the_client_waits_for_nothing(talk: Talk) -> None:
    sim = emulator(StallStream())
    heard = listen(sim, talk)
    assert heard.types == WHOLE[:4]
    assert isinstance(heard.error, (httpx2.ReadTimeout, openai.APITimeoutError))
    assert left(sim) == 0


@ON_BOTH
def test_a_client_waits_on_the_clock_as_long_as_it_says(talk: Talk) -> None:
    sim = emulator(Rule(Latency(3600), on=DELTA), virtual_time=True, now=1000)
    heard = listen(sim, talk, timeout=20)
    assert heard.types == WHOLE[:4]
    assert isinstance(heard.error, (httpx2.ReadTimeout, openai.APITimeoutError))
    assert (sim.clock.now(), left(sim)) == (1020, 0)


@ON_BOTH
def test_events_are_late_on_the_clock(talk: Talk) -> None:
    sim = emulator(Rule(Latency(2), on=DELTA, times="always"), virtual_time=True, now=1000)
    assert (listen(sim, talk, timeout=20).types, sim.clock.now(), left(sim)) == (WHOLE, 1008, 2)


@ON_BOTH
def test_an_event_never_arrives(talk: Talk) -> None:
    sim = emulator(Rule(DropEvent(), on=[DELTA, "response.completed"], skip=3, times=2))
    heard = listen(sim, talk)
    assert heard.types == [*WHOLE[:7], *WHOLE[8:-1]]
    assert [event.sequence_number for event in heard.events[6:8]] == [6, 8]
    assert left(sim) == 2


@ON_ALL
def test_an_event_is_garbage(talk: Talk) -> None:
    sim = emulator(GarbleEvent())
    heard = listen(sim, talk)
    assert heard.types == WHOLE[:4]
    assert isinstance(heard.error, JSONDecodeError)


@ON_ALL
def test_a_response_fails_in_its_stream(talk: Talk) -> None:
    sim = emulator(Rule(FailResponse("rate_limit_exceeded", "Too fast.", type="tokens"), skip=2))
    heard = listen(sim, talk)
    assert heard.types == WHOLE[:6]
    assert isinstance(heard.error, openai.APIError)
    assert (heard.error.message, heard.error.code, left(sim)) == ("Too fast.", "rate_limit_exceeded", 0)
    entry: Any = sim.journal.select(kind="http")[0]
    assert entry.response is not None
    # The SDK raises at the error, and reads no further.
    told = entry.response.content.decode().split("event: ")[-1]
    assert told.startswith("error\n")
    assert '"sequence_number":6' in told


def test_behind_the_error_comes_the_failed_response() -> None:
    sim = emulator(FailResponse())
    turn = {"model": "gpt-4.1", "input": "Where?", "stream": True}
    with client(sim) as http:
        told = http.post("/responses", json=turn).text
    assert [event.partition("\n")[0] for event in told.split("event: ")[-2:]] == ["error", "response.failed"]
    response_id = told.split('"id":"')[1].partition('"')[0]
    failed: Any = sim.responses.retrieve(response_id)
    assert failed.status == "failed"


def test_a_response_fails_at_its_first_event() -> None:
    sim = emulator(Rule(FailResponse(), on="response.created"))
    heard = listen(sim, ALL[0])
    assert (heard.types, left(sim)) == ([], 0)
    assert isinstance(heard.error, openai.APIError)


@pytest.mark.parametrize(("conversation", "whole"), [("conv_1", False), ("conv_2", True)])
def test_a_rule_is_about_the_stream_of_one_conversation(conversation: str, whole: bool) -> None:
    sim = emulator(Rule(CloseConnection(), on=DELTA, conversation=conversation))
    assert (listen(sim, ALL[0]).types == WHOLE) == whole


def test_a_fault_of_events_leaves_a_turn_alone_that_does_not_stream() -> None:
    sim = emulator(Rule(CloseConnection(), on="*"), StallStream())
    with sim.openai() as client:
        assert client.responses.create(model="gpt-4.1", input="Where?").output_text == SAID
    assert [rule.seen for rule in sim.faults] == [0, 0]


# --- faults of the operation ---------------------------------------------------------------------------------------


@ON_BOTH
def test_a_refusal_comes_instead_of_the_stream(talk: Talk) -> None:
    sim = emulator(Rule(Overloaded(), on="responses.create"))
    with pytest.raises(openai.InternalServerError):
        listen(sim, talk)
    assert left(sim) == 0
    assert listen(sim, talk).types == WHOLE


@ON_BOTH
@pytest.mark.parametrize("fault", [Overloaded(), EmptyBody(), TruncatedJSON(0.3)], ids=repr)
def test_what_spoils_the_answer_of_a_streamed_turn_comes_when_it_has_ended(talk: Talk, fault: Fault) -> None:
    sim = emulator(Rule(fault, on="responses.create", after_commit=True), behavior=Behavior(stream_left="abort"))
    try:
        types = listen(sim, talk).types
    except openai.InternalServerError:
        types = []
    assert types == WHOLE[: len(types)]
    assert len(types) < len(WHOLE)
    assert left(sim) == 2


@ON_BOTH
def test_a_stream_of_another_type_is_a_stream_all_the_same(talk: Talk) -> None:
    sim = emulator(Rule(WrongContentType(), on="responses.create"), Rule(CloseConnection(), on=DELTA))
    assert listen(sim, talk).types == WHOLE[:4]
    assert left(sim) == 0


@ON_BOTH
@pytest.mark.parametrize(("skip", "count"), [(0, 0), (9, 2)])
def test_the_journal_counts_the_items_that_landed(talk: Talk, skip: int, count: int) -> None:
    sim = emulator(Rule(CloseConnection(), on=DELTA, skip=skip))
    listen(sim, talk)
    entry: Any = sim.journal.select(kind="http")[0]
    assert len(entry.items) == left(sim) == count
