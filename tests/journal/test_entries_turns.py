"""Entries of turns: their conversation or what they continue, and how much of a stream was told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import Emulator, Failure
from convsim.journal import file
from convsim.journal.entries import Exchange
from tests.asking import client

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
    sim = emulator("One.", "Two.", "Three.", "Four.")
    with client(sim) as http:
        for body in (HERE, {"conversation": {"id": "conv_1"}}, {"previous_response_id": "resp_1"}, {}):
            ask(http, **body)
        http.get("/responses/resp_1")
        http.post("/responses", content=b"[]", headers={"content-type": "application/json"})
    assert lines(sim) == [
        "1  responses.create  conv_1  200  2 items",
        "2  responses.create  conv_1  200  2 items",
        "3  responses.create  resp_1  200",
        "4  responses.create  no conversation  200",
        "5  responses.retrieve  resp_1  200",
        "6  responses.create  no conversation  400 invalid_type",
    ]


def test_a_stream_is_told_with_its_events() -> None:
    sim = emulator("Paris.")
    with client(sim) as http:
        ask(http, stream=True, **HERE)
    entry = newest(sim)
    assert lines(sim) == ["1  responses.create  conv_1  200  9 events  2 items"]
    assert [event["type"] for event in entry.events][::8] == ["response.created", "response.completed"]
    assert entry.items == ("msg_1", "msg_2")


@pytest.mark.parametrize(("read", "words"), [(1, "1 event, not all of them"), (2, "2 events, not all of them")])
def test_a_stream_that_was_left_put_nothing_in(read: int, words: str) -> None:
    sim = emulator("Paris.")
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True} | HERE
    with client(sim) as http, http.stream("POST", "/responses", json=body) as answer:
        chunks = answer.iter_raw()
        for _ in range(read):
            next(chunks)
    assert lines(sim) == [f"1  responses.create  conv_1  200  {words}"]
    assert newest(sim).items == ()


def test_a_stream_in_the_background_puts_its_items_in_without_its_client() -> None:
    sim = emulator("Paris.")
    body = {"model": "gpt-4.1", "input": "Hi", "stream": True, "background": True} | HERE
    with client(sim) as http, http.stream("POST", "/responses", json=body) as answer:
        next(answer.iter_raw())
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
