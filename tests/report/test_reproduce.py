"""The printed Python, run: the same conversations, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convsim import Emulator
from convsim.core.secrets import json_without_secrets
from convsim.strategies import items
from tests.asking import CALL, HELLO, client, everything
from tests.profiles import examples
from tests.properties.test_round_trip import TYPES
from tests.report.scenes import eventful
from tests.report.test_transcript import FULL


def rerun(printed: str) -> Emulator:
    """The emulator that the Python makes, which must stand alone."""
    names: dict[str, Any] = {}
    exec(compile(printed, "pasted.py", "exec"), names)
    made = names["sim"]
    assert isinstance(made, Emulator)
    return made


def assert_reproduced(sim: Emulator) -> None:
    made = rerun(sim.reproduce())
    assert dict(made.state) == dict(sim.state)
    assert list(made.state) == list(sim.state)
    assert sorted(everything(made)) == sorted(everything(sim))
    assert made.reproduce() == sim.reproduce()


def test_nothing_is_an_emulator() -> None:
    assert Emulator().reproduce() == "from convsim import Emulator\n\nsim = Emulator()\n"
    assert_reproduced(Emulator())


def test_plain_messages_are_short() -> None:
    sim = Emulator()
    sim.seed(
        "conv_1",
        items=[
            {"role": "user", "content": "What's in the box?", "id": "msg_1"},
            {"role": "assistant", "content": "A cat.", "id": "msg_2"},
        ],
        metadata={"topic": "cats"},
    )

    assert sim.reproduce() == (
        "from convsim import Emulator\n"
        "\n"
        "sim = Emulator(now=1741900000)\n"
        "sim.seed(\n"
        "    'conv_1',\n"
        "    items=[\n"
        "        {'role': 'user', 'content': \"What's in the box?\", 'id': 'msg_1'},\n"
        "        {'role': 'assistant', 'content': 'A cat.', 'id': 'msg_2'},\n"
        "    ],\n"
        "    metadata={'topic': 'cats'},\n"
        ")\n"
    )
    assert_reproduced(sim)


def test_an_empty_conversation_is_one_line() -> None:
    sim = Emulator(now=5)
    sim.seed("conv_1")

    assert sim.reproduce().split("\n")[2:] == ["sim = Emulator(now=5)", "sim.seed('conv_1')", ""]


def test_metadata_without_items() -> None:
    sim = Emulator()
    sim.seed("conv_1", metadata={"b": "2", "a": "'\"\n"})

    assert_reproduced(sim)


def test_the_clock_moves_on_between_conversations() -> None:
    sim = Emulator(now=1000.75)
    for name, seconds in (("conv_c", 0), ("conv_b", 0.5), ("conv_a", 0), ("conv_d", 86400)):
        sim.clock.advance(seconds)
        sim.seed(name, items=[HELLO])

    assert [line for line in sim.reproduce().split("\n") if "clock" in line or "now" in line] == [
        "sim = Emulator(now=1000)",
        "sim.clock.advance(1)",
        "sim.clock.advance(86400)",
    ]
    assert_reproduced(sim)


def test_an_item_of_two_conversations_is_one_item() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}, CALL | {"id": "fc_1"}])
    sim.seed("conv_2", items=[{"type": "item_reference", "id": "fc_1"}, HELLO | {"id": "msg_2"}])

    assert "{'type': 'item_reference', 'id': 'fc_1'}" in sim.reproduce()
    assert_reproduced(sim)


def test_an_item_that_stands_twice_in_one_conversation() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}, CALL | {"id": "fc_1"}, HELLO | {"id": "msg_1"}])

    assert [item.id for item in rerun(sim.reproduce()).state["conv_1"].items] == ["msg_1", "fc_1", "msg_1"]
    assert_reproduced(sim)


def test_what_was_conjured_stands_under_any_id() -> None:
    sim = Emulator(unknown_ids="create")
    for item_id in ("fc_1", "msg_1", "whatever_x"):
        sim.conversations.items.retrieve(item_id, conversation_id="conv_1")

    assert [item.id for item in rerun(sim.reproduce()).state["conv_1"].items] == ["fc_1", "msg_1", "whatever_x"]
    assert_reproduced(sim)


def test_what_is_deleted_is_not_made_again() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO | {"id": "msg_1"}, HELLO | {"id": "msg_2"}])
    sim.seed("conv_2", items=[{"type": "item_reference", "id": "msg_1"}])
    sim.conversations.delete("conv_1")

    assert "msg_2" not in sim.reproduce()
    assert_reproduced(sim)


def test_more_than_twenty_items() -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[HELLO] * 50)

    assert_reproduced(sim)


def test_minted_ids_and_what_came_over_http() -> None:
    assert_reproduced(eventful())


def test_the_clock_may_have_gone_back() -> None:
    sim = Emulator()
    sim.clock.advance(100)
    sim.seed("conv_1")
    sim.clock.reset()
    sim.seed("conv_2")
    made = rerun(sim.reproduce())

    assert dict(made.state) == dict(sim.state)


@pytest.mark.parametrize("item", FULL, ids=[f"{item['type']}-{number}" for number, item in enumerate(FULL)])
def test_every_type_of_items(item: dict[str, Any]) -> None:
    sim = Emulator()
    sim.seed("conv_1", items=[item])

    assert_reproduced(sim)


def test_every_type_is_among_those() -> None:
    assert {item["type"] for item in FULL} == set(TYPES)


PAIRS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
METADATA = st.dictionaries(PAIRS, PAIRS, max_size=3)
CONVERSATIONS = st.lists(
    st.tuples(
        st.lists(items(), max_size=3),
        METADATA,
        st.sampled_from([0, 0, 0.3, 1, 60]),
        st.booleans(),
        st.lists(st.integers(0, 5), max_size=2),
    ),
    max_size=3,
)


def renamed(given_items: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The items; those that bring an id bring one of their own."""
    return [
        item | {"id": f"{item['id'][:-2]}{number}{place}"} if "id" in item else item
        for place, item in enumerate(given_items)
    ]


@given(CONVERSATIONS)
@settings(max_examples=examples(80), suppress_health_check=list(HealthCheck))
def test_whatever_there_is_it_is_made_again(conversations: list[Any]) -> None:
    """Seeded and created, at different times, with items that others hold, too."""
    sim = Emulator()
    for number, (given_items, metadata, seconds, over_http, links) in enumerate(conversations):
        sim.clock.advance(seconds)
        known = [item.id for state in sim.state.values() for item in state.items]
        linked = [{"type": "item_reference", "id": known[link]} for link in links if link < len(known)]
        # What is printed holds no secrets.
        everything_in_it = json_without_secrets([*linked, *renamed(given_items, number), *linked])
        if over_http:
            with client(sim) as http:
                made = http.post(
                    "/conversations", json={"items": everything_in_it, "metadata": json_without_secrets(metadata)}
                )
            assert made.status_code == 200, made.text
        else:
            sim.seed(f"conv_{number}", items=everything_in_it, metadata=json_without_secrets(metadata))
    assert_reproduced(sim)
