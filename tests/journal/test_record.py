"""The common members of all entries: one line, and equality."""

from __future__ import annotations

from typing import Any

from convsim import Emulator
from convsim.journal.entries import Direct
from tests.asking import client


def test_an_entry_is_one_line_whatever_was_asked() -> None:
    sim = Emulator()
    client(sim).get("/conversations/conv_1%0Aconv_2")
    client(sim).get("/conversations/conv_1/items/msg_1%0D%0A")

    sim.journal.frame(0, None, "sess_1", "client", "\x1b[31m\u202ered\nmore")

    assert len(str(sim.journal).splitlines()) == 3
    assert str(sim.journal[2]).endswith(r"\x1b[31m\u202ered\nmore")


def test_the_host_is_told_where_the_line_shall_tell_it() -> None:
    sim = Emulator(ids="sequential")
    client(sim).post("/conversations")
    entry = sim.journal[0]

    assert entry.told_in_a_line(with_host=True) == "  1  conversations.create  api.openai.com  conv_1  200"
    assert entry.told_in_a_line(with_host=False) == entry.line == "  1  conversations.create  conv_1  200"


def test_an_entry_is_the_same_each_time_it_is_read() -> None:
    sim = Emulator()
    sim.conversations.create()
    client(sim).post("/conversations")

    assert list(sim.journal) == list(sim.journal)
    assert sim.journal.select(kind="http") == [sim.journal[1]]
    assert sim.journal[0] != sim.journal[1]


def test_entries_that_differ_in_one_thing_differ() -> None:
    told: tuple[Any, ...] = 1, 0.0, "proj_a", "seed", (), {"conversation_id": "conv_a"}, 200, b"{}"
    entry = Direct(*told)

    assert entry == Direct(*told)
    for place, other in enumerate((2, 1.0, "proj_b", "other", ("msg_1",), {}, 400, b"")):
        different: tuple[Any, ...] = (*told[:place], other, *told[place + 1 :])
        assert entry != Direct(*different)
    of_another_kind: object = told
    assert entry != of_another_kind


def test_equal_entries_are_one_in_a_set() -> None:
    sim = Emulator()
    sim.conversations.create()
    journal = sim.journal
    assert len({journal[0], *journal}) == 1
