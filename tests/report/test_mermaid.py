from __future__ import annotations

import re

import pytest

from convsim import Emulator
from convsim.faults import BodyReset
from convsim.journal.frames import Frame
from convsim.report.mermaid import render_mermaid
from tests.asking import HELLO, client
from tests.report.scenes import ODD, asked, eventful

# Mermaid's texts end with their line; in them, '#' begins an entity, ';' ends a statement and '%%' begins a comment.
TEXT = r"(?:[^#;:<>{}%\s]|#\d+;)(?:[^#;:<>{}%\n\r]|#\d+;)*"
LINES = [
    r"sequenceDiagram",
    r"    participant [CTS] as (client|test|server)",
    rf"    ([CT]->>|C--x)S: {TEXT}",
    rf"    S(-->>|--x)[CT]: {TEXT}",
]


def parsed(diagram: str) -> list[str]:
    """The messages, entities read; fails for a line that the grammar does not know."""
    lines = diagram.split("\n")
    for line in lines:
        assert any(re.fullmatch(form, line) for form in LINES), line
    assert lines[0] == "sequenceDiagram"
    assert len(set(lines[1:4])) == 3
    assert all(line.lstrip().startswith("participant") for line in lines[1:4])
    return [re.sub(r"#(\d+);", lambda sign: chr(int(sign[1])), line.strip()) for line in lines[4:]]


def in_pairs(messages: list[str]) -> bool:
    """Whether each question is followed by its answer."""
    return all(one[0] != "S" and other[0] == "S" for one, other in zip(messages[::2], messages[1::2], strict=True))


def test_nothing_happened() -> None:
    assert parsed(render_mermaid(())) == []


def test_who_asked_what_and_what_came_back() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    asked(sim, "POST", "/conversations/conv_1/items")

    assert sim.diagram() == (
        "sequenceDiagram\n"
        "    participant C as client\n"
        "    participant T as test\n"
        "    participant S as server\n"
        "    T->>S: 1 seed (direct) conv_1\n"
        "    S-->>T: 200\n"
        "    C->>S: 2 conversations.items.create conv_1\n"
        "    S-->>C: 200 1 item"
    )


def test_every_line_of_an_eventful_journal_is_a_line_of_mermaid() -> None:
    sim = eventful()
    messages = parsed(sim.diagram())

    calls = [entry for entry in sim.journal if not isinstance(entry, Frame)]
    assert len(messages) == len(sim.journal) + len(calls)
    assert in_pairs(messages[: 2 * len(calls)])
    assert "S--xC: no answer 1 item ConnectionReset() after commit" in messages
    assert f"T->>S: 4 conversations.retrieve (direct) {ODD}" in messages
    assert "C->>S: 15 GET /v1/nowhere/at;all" in messages


@pytest.mark.parametrize(
    "path", ["%23a", "a;b", "a:b", "%3Ca%3E", "{a}", "a%25%25b", "a%0Ab", "a%E2%80%A8b", "%22'`", "end", "%F0%9F%90%88"]
)
def test_odd_signs_of_an_id_are_escaped(path: str) -> None:
    sim = Emulator()
    with client(sim) as http:
        http.get(f"/conversations/conv_{path}")

    assert parsed(sim.diagram())[0].startswith("C->>S: 1 conversations.retrieve conv_")


def test_long_lines_are_cut() -> None:
    sim = Emulator()
    with client(sim) as http:
        http.get(f"/conversations/conv_{'x' * 100}")
    asking, answer = parsed(sim.diagram())

    assert asking.endswith("xxx...")
    assert len(asking) == len("C->>S: ") + 80
    assert answer == "S-->>C: 400 string_above_max_length"


def test_an_answer_that_broke_off_did_not_arrive() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO])
    asked(sim, "GET", "/conversations/conv_1/items", BodyReset())

    assert parsed(sim.diagram())[-1].startswith("S--xC: ")


def test_an_event_is_one_arrow_and_a_lost_one_ends_in_a_cross() -> None:
    sim = Emulator()
    created = '{"type": "conversation.item.create", "item": {"id": "item_1"}}'
    added = '{"type": "conversation.item.added", "previous_item_id": null, "item": {"id": "item_1"}}'
    for arrived in (True, False):
        sim.journal.frame(0, None, "sess_1", "client", created, arrived=arrived)
        sim.journal.frame(0, None, "sess_1", "server", added, arrived=arrived)
    sim.journal.frame(0, None, "sess_1", "server", (1001, "Over."))

    assert parsed(sim.diagram()) == [
        "C->>S: 1 conversation.item.create sess_1 item_1",
        "S-->>C: 2 conversation.item.added sess_1 item_1 first",
        "C--xS: 3 conversation.item.create sess_1 item_1 not received",
        "S--xC: 4 conversation.item.added sess_1 item_1 first not sent",
        "S-->>C: 5 close 1001 sess_1 Over.",
    ]
