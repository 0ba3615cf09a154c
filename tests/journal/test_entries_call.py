"""The common members of entries about operations, over HTTP and by the test itself."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator
from convsim.http.messages import Outcome, Request, Response, TransportFault
from convsim.journal.entries import Direct, Entry, Exchange
from tests.asking import HELLO, client


def a_conversation() -> Emulator:
    """conv_1 holds msg_1 and msg_2; nothing is in the journal."""
    sim = Emulator(ids="sequential")
    sim.conversations.create(items=[HELLO, HELLO])
    sim.journal.clear()
    return sim


def test_the_ids_that_were_asked_for_are_the_same_on_both_fronts() -> None:
    sim = a_conversation()
    client(sim).post("/conversations/conv_1/items", json={"items": [HELLO]})
    sim.conversations.items.create("conv_1", items=[HELLO])
    client(sim).get("/conversations/conv_1/items/msg_1")
    sim.conversations.items.retrieve("msg_1", conversation_id="conv_1")
    client(sim).get("/nowhere")

    asked = [dict(entry.ids) for entry in sim.journal]
    assert asked[:2] == [{"conversation_id": "conv_1"}] * 2
    assert asked[2:4] == [{"conversation_id": "conv_1", "item_id": "msg_1"}] * 2
    assert asked[4] == {}


def test_what_a_reader_changes_is_not_what_the_journal_holds() -> None:
    sim = a_conversation()
    sim.conversations.items.create("conv_1", items=[HELLO])
    client(sim).post("/conversations/conv_1/items", json={"items": [HELLO]})
    for entry in sim.journal:
        entry.body["items"].clear()
        entry.answer["data"].clear()

        assert entry.body == {"items": [HELLO]}
        assert len(entry.answer["data"]) == 1


REQUEST = Request("GET", "/conversations/conv_1", "/v1/conversations/conv_1", "", [], b"")


def exchange(outcome: Outcome) -> Exchange:
    return Exchange(1, 0, None, "conversations.retrieve", (), (), REQUEST, outcome, None)


ENDS: list[tuple[Entry, bool]] = [
    (exchange(Response(200, [], b"{}")), False),
    (exchange(Response(404, [], b'{"error": {"message": "No."}}')), True),
    (exchange(Response(502, [], b"<html>")), False),
    (exchange(TransportFault("reset")), True),
    (Direct(1, 0, None, "seed", (), {}, 200, b"{}"), False),
    (Direct(1, 0, None, "seed", (), {}, 400, b'{"error": {"message": "No."}}'), True),
]


@pytest.mark.parametrize(("entry", "failed"), ENDS, ids=repr)
def test_a_refusal_and_no_answer_are_failures(entry: Entry, failed: bool) -> None:
    assert entry.failed is failed


@pytest.mark.parametrize("answer", [b"[]", b"5", b"", b'{"error": "text"}', b'{"error": null}', b"<html>"], ids=repr)
def test_an_answer_of_another_shape_has_no_error(answer: Any) -> None:
    entry = exchange(Response(500, [], answer))

    assert (entry.error, entry.result) == (None, "500")
