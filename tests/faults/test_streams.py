"""Faults inside a stream of Responses: by the names of its events, over clients of every kind."""

from __future__ import annotations

from typing import Any, get_args

import openai
import pytest
from openai.types.responses import ResponseStreamEvent

from convsim import Emulator
from convsim.faults import CloseConnection, DropEvent, Fault, Latency, Rule
from convsim.responses.events import STREAM_EVENTS

DELTA = "response.output_text.delta"
# Of the SDK's types, those that belong to other endpoints; and what it does not name, though it was recorded.
FOREIGN = {f"response.audio{kind}" for kind in (".delta", ".done", ".transcript.delta", ".transcript.done")}
UNNAMED = {f"response.apply_patch_call_operation_diff.{kind}" for kind in ("delta", "done")}


def test_a_rule_knows_each_event_of_a_stream() -> None:
    models = get_args(get_args(ResponseStreamEvent)[0])
    named = {name for model in models for name in get_args(model.model_fields["type"].annotation)}
    assert set(STREAM_EVENTS) - UNNAMED <= named - FOREIGN
    assert len(set(STREAM_EVENTS)) == len(STREAM_EVENTS)


def told(sim: Emulator) -> list[str]:
    """The events of one turn, as far as a client hears them."""
    sim.responses.script("one two three")
    heard: list[str] = []
    with sim.openai(max_retries=0) as client, client.responses.create(model="m", input="Hi", stream=True) as stream:
        heard.extend(event.type for event in stream)
    return heard


def faulty(fault: Fault, **options: Any) -> Emulator:
    return Emulator(faults=[Rule(fault, **options)], virtual_time=True)


def test_an_event_is_dropped_and_the_turn_goes_on() -> None:
    whole = told(Emulator())
    assert whole.count(DELTA) == 3
    assert told(faulty(DropEvent(), on=DELTA, skip=1)) == [
        name for number, name in enumerate(whole) if number != whole.index(DELTA) + 1
    ]


def test_an_event_is_late_on_the_virtual_clock() -> None:
    sim = faulty(Latency(3), on="response.completed")
    before = sim.clock.now()
    assert told(sim) == told(Emulator())
    assert sim.clock.now() == before + 3


@pytest.mark.parametrize("skip", [0, 2])
def test_a_stream_breaks_off_at_an_event(skip: int) -> None:
    sim = faulty(CloseConnection(), on=DELTA, skip=skip)
    sim.responses.script("one two three")
    heard: list[str] = []

    def listen() -> None:
        with sim.openai(max_retries=0) as client, client.responses.create(model="m", input="Hi", stream=True) as stream:
            heard.extend(event.type for event in stream)

    with pytest.raises(openai.APIConnectionError) as caught:
        listen()
    assert str(caught.value.__cause__) == "[Errno 104] Connection reset by peer"
    assert heard.count(DELTA) == skip
    (entry,) = sim.journal
    assert entry.faults == [CloseConnection()]
