"""Entries of turns: their conversation or what they continue, and how much of a stream was told."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Behavior, Emulator, Failure
from convsim.faults import (
    BodyReset,
    CloseConnection,
    DropEvent,
    FailResponse,
    Fault,
    GarbleEvent,
    ServerError,
    StallStream,
)
from convsim.journal import file
from convsim.journal.entries import Exchange
from tests.asking import client
from tests.report.pages import read_page

HERE = {"conversation": "conv_1"}


def emulator(*replies: Any) -> Emulator:
    sim = Emulator(ids="sequential", replies=replies)
    sim.conversations.create()
    sim.journal.clear()
    return sim


def ask(http: httpx2.Client, **body: Any) -> httpx2.Response:
    return http.post("/responses", json={"model": "gpt-4.1", "input": "Hi"} | body)


def lines(sim: Emulator) -> list[str]:
    return [str(entry).strip() for entry in sim.journal]


def newest(sim: Emulator) -> Exchange:
    entry = sim.journal[-1]
    assert isinstance(entry, Exchange)
    return entry


def test_a_turn_is_told_with_its_conversation_or_what_it_continues() -> None:
    sim = emulator("One.", "Two.", "Three.", "Four.", "Five.")
    with client(sim) as http:
        for body in (HERE, {"conversation": {"id": "conv_1"}}, {"previous_response_id": "resp_1"}, {}):
            ask(http, **body)
        ask(http, store=False, **HERE)
        http.get("/responses/resp_1")
        http.post("/responses", content=b"[]", headers={"content-type": "application/json"})
        ask(http, conversation=5)
    assert lines(sim) == [
        "1  responses.create  conv_1  200  2 items",
        "2  responses.create  conv_1  200  2 items",
        "3  responses.create  resp_1  200",
        "4  responses.create  no conversation  200",
        "5  responses.create  conv_1  store=false  200",
        "6  responses.retrieve  resp_1  200",
        "7  responses.create  no conversation  400 invalid_type",
        "8  responses.create  no conversation  400 invalid_type",
    ]


def test_a_stream_is_told_with_its_events() -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        ask(http, stream=True, **HERE)
    entry = newest(sim)
    assert lines(sim) == ["1  responses.create  conv_1  200  9 events  2 items"]
    assert [event["type"] for event in entry.events][::8] == ["response.created", "response.completed"]
    assert entry.items == ("msg_1", "msg_2")


def read_some(sim: Emulator, count: int, **body: Any) -> list[bytes]:
    """Return the bytes that a client has read of a stream that it leaves after this many events."""
    asked = {"model": "gpt-4.1", "input": "Hi", "stream": True} | HERE | body
    with client(sim) as http, http.stream("POST", "/responses", json=asked) as answer:
        chunks = answer.iter_raw()
        return [next(chunks) for _ in range(count)]


def kinds(events: Sequence[Any]) -> list[str]:
    return [event["type"] if event is not None else "no JSON" for event in events]


WHOLE = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


@pytest.mark.parametrize(
    ("read", "words"), [(0, "9 events not sent"), (1, "1 event, 8 not sent"), (2, "2 events, 7 not sent")]
)
def test_a_stream_that_was_left_is_told_with_what_its_client_never_got(read: int, words: str) -> None:
    sim = emulator("Paris.")
    told = read_some(sim, read)
    entry = newest(sim)
    assert lines(sim) == [f"1  responses.create  conv_1  200  {words}"]
    assert (entry.items, entry.arrived, entry.done) == ((), False, True)
    assert (kinds(entry.events), kinds(entry.lost_events)) == (WHOLE[:read], WHOLE[read:])
    assert entry.lost_events[-1]["response"]["status"] == "completed"
    assert entry.response is not None
    assert entry.response.content == b"".join(told)


def test_of_a_turn_that_ends_with_its_client_nothing_else_was_to_be_sent() -> None:
    sim = Emulator(ids="sequential", replies=["Paris."], behavior=Behavior(stream_left="abort"))
    sim.conversations.create()
    read_some(sim, 8)
    assert lines(sim)[1:] == ["2  responses.create  conv_1  200  8 events, not all of them  2 items"]


def test_a_stream_that_its_client_forgot_is_told_as_far_as_it_was_sent() -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        asked = {"model": "gpt-4.1", "input": "Hi", "stream": True} | HERE
        answer: Any = http.send(http.build_request("POST", "/responses", json=asked), stream=True)
        del answer
        gc.collect()
    assert lines(sim) == ["1  responses.create  conv_1  200"]
    assert sim.responses.open == ()


@pytest.mark.parametrize(
    ("fault", "on", "sent", "lost"),
    [
        (DropEvent(), "response.output_text.delta", [*WHOLE[:4], *WHOLE[5:]], WHOLE[4:5]),
        (GarbleEvent("oh {"), "response.output_text.delta", [*WHOLE[:4], "no JSON", *WHOLE[5:]], WHOLE[4:5]),
        (CloseConnection(), "response.output_text.delta", WHOLE[:4], WHOLE[4:]),
        (StallStream(), "response.output_text.delta", WHOLE[:4], WHOLE[4:]),
        (FailResponse("x"), "response.output_text.delta", [*WHOLE[:4], "error", "response.failed"], WHOLE[4:5]),
        (BodyReset(0), "responses.create", [], WHOLE),
        (BodyReset(2000), "responses.create", WHOLE[:1], WHOLE[1:]),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Fault) else "",
)
def test_what_a_fault_kept_from_the_client_is_lost(fault: Fault, on: str, sent: list[str], lost: list[str]) -> None:
    sim = emulator("Paris.")
    with sim.faults.add(fault, on=on), client(sim) as http, suppress(httpx2.TransportError):
        ask(http, stream=True, **HERE)
    entry = newest(sim)
    assert (kinds(entry.events), kinds(entry.lost_events)) == (sent, lost)
    assert f"{len(lost)} not sent" in str(entry) or f"{len(lost)} events not sent" in str(entry)
    assert not entry.arrived


def test_an_answer_that_came_instead_of_a_stream_has_lost_all_of_it() -> None:
    sim = emulator("Paris.")
    with sim.faults.add(ServerError(), on="responses.create", after_commit=True), client(sim) as http:
        ask(http, stream=True, **HERE)
    assert kinds(newest(sim).lost_events) == WHOLE
    assert lines(sim) == [
        "1  responses.create  conv_1  500 server_error  9 events not sent  2 items  ServerError() after commit"
    ]


def test_what_was_lost_is_shown_and_kept_in_the_file(tmp_path: Path) -> None:
    sim = emulator("Paris.")
    read_some(sim, 2)
    assert "2 events, 7 not sent" in sim.story()
    assert "2 events, 7 not sent" in sim.diagram()
    assert "S--xC" in sim.diagram()
    page = read_page(sim.page())
    assert page.one("pre", "answer").text.count("event: ") == 2
    assert page.one("pre", "unsent").text.startswith("not sent\nevent: response.output_item.added\ndata: ")
    sim.dump_journal(tmp_path / "journal.json")
    (entry,) = file.read(tmp_path / "journal.json")
    assert isinstance(entry, Exchange)
    assert entry.lost_events == newest(sim).lost_events != ()
    assert str(entry) == str(newest(sim))


def test_a_stream_in_the_background_puts_its_items_in_without_its_client() -> None:
    sim = emulator("Paris.")
    read_some(sim, 1, background=True)
    assert newest(sim).items == ("msg_1", "msg_2")


def test_a_stream_that_fails_is_whole() -> None:
    sim = emulator([Failure("server_error", "Oh.")])
    with client(sim) as http:
        ask(http, stream=True, **HERE)
    assert lines(sim) == ["1  responses.create  conv_1  200  4 events"]


def test_what_is_no_stream_has_no_events() -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        ask(http)
    assert newest(sim).events == ()


def test_the_events_are_in_the_file(tmp_path: Path) -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        ask(http, stream=True, **HERE)
    sim.dump_journal(tmp_path / "journal.json")
    (entry,) = file.read(tmp_path / "journal.json")
    assert isinstance(entry, Exchange)
    assert entry.events == newest(sim).events


# --- assert_called -------------------------------------------------------------------------------------------------


def test_a_turn_that_names_no_conversation_is_told_where_one_was_expected() -> None:
    sim = emulator("One.", "Two.")
    with client(sim) as http:
        with pytest.raises(AssertionError) as caught:
            sim.assert_called("responses.create", conversation="conv_1")
        assert "named no conversation" not in str(caught.value)
        ask(http)
        for words in ("1 turn named no conversation", "2 turns named no conversation"):
            with pytest.raises(AssertionError, match=f"not at least once. {words}: some libraries drop the argument"):
                sim.assert_called("responses.create", conversation="conv_1")
            if words.startswith("1"):
                ask(http)
    with pytest.raises(AssertionError) as caught:
        sim.assert_called("responses.create", times=1)
    assert "named no conversation" not in str(caught.value)


@pytest.mark.parametrize(("taken", "words"), [(None, "9 events"), (3, "3 events, not all of them")])
def test_a_stream_of_the_direct_api_is_told_with_the_events_that_the_test_took(
    taken: int | None, words: str, tmp_path: Path
) -> None:
    sim = emulator("Hi.")
    events: Any = sim.responses.create(model="gpt-4.1", input="Hi", stream=True)
    with events:
        seen = [event.type for event in islice(events, taken)]
    entry: Any = sim.journal[-1]
    assert [event["type"] for event in entry.events] == seen
    assert entry.line.endswith(f"  200  {words}")
    sim.dump_journal(tmp_path / "journal.json")
    (read,) = file.read(tmp_path / "journal.json")
    assert read == entry
    assert sim.journal[-1].line == read.line
