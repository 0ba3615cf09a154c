"""Ended responses as JSON, and back."""

from __future__ import annotations

import json
from typing import Any

from convsim.responses import stored
from convsim.responses.saved import restore, saved
from convsim.responses.scripts import script
from tests.responses.home import answer, begun, conversation_in, home, told


def again(responses: Any, *scripts: Any) -> Any:
    """Another project in the same state, its JSON read back."""
    made = home(*scripts)
    made.store = responses.store.copy()
    made.ids.move_to(responses.ids.position())
    restore(made, json.loads(json.dumps(saved(responses))))
    return made


def test_what_was_saved_reads_and_goes_on_as_before() -> None:
    responses = home(script("Paris.", times="always"))
    conversation = conversation_in(responses, "Before.")
    first = answer(responses, "One.", conversation=conversation)
    second = answer(responses, "Two.", previous=responses.ended[first["id"]])
    stored.delete(responses, first["id"])
    other = again(responses, script("Paris.", times="always"))

    assert list(other.ended) == [second["id"]]
    assert json.loads(stored.body(other, second["id"])) == second
    pages = [stored.input_items(one, second["id"], after=None, limit=9, reverse=False) for one in (responses, other)]
    assert pages[0] == pages[1]
    assert len(pages[0].items) == 4
    for one in (responses, other):
        answer(one, "Three.", previous=one.ended[second["id"]])
    assert saved(other)[-1] == saved(responses)[-1]


def test_a_chain_is_saved_once_in_its_order() -> None:
    responses = home(script("x", times="always"))
    first = answer(responses)
    for _ in range(2):
        answer(responses, previous=responses.ended[first["id"]])
    assert [one["previous"] for one in saved(responses)] == [None, 0, 0]


def test_the_events_of_a_background_stream_are_saved() -> None:
    responses = home(script("Paris."))
    run = begun(responses, background=True, stream=True)
    whole = told(run)
    other = again(responses)
    stream, events = stored.resume(other, run.id, None), 0
    while stream.next(0) is not None:
        events += 1
    assert events == len(whole)


def test_open_turns_are_not_saved() -> None:
    responses = home(script("x", hold=True))
    run = begun(responses, background=True)
    assert saved(responses) == []
    assert responses.open() == [run]
