"""How far ids have come, as JSON: what is minted behind a position is the same in another factory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convsim.core.ids import IdFactory, LiveIds, RequestIds, SequentialIds

NOW = 1741900000
LITERAL = "conv_6a64d61300bc8197b2ee13bee46a49890f2c9ddbc598f953"
FACTORIES: dict[str, Callable[[], Any]] = {"live": lambda: LiveIds(3, "proj_a"), "sequential": SequentialIds}


def mint(ids: IdFactory, steps: list[tuple[int, float]], made: list[str]) -> list[str]:
    """Ids by steps: 0 makes a conversation, each other number an item of one of those that were made, or literal."""
    minted = []
    for choice, now in steps:
        if choice:
            minted.append(ids.item(made[choice % len(made)], "msg", now))
        else:
            minted.append(ids.conversation(now))
            made.append(minted[-1])
    return minted


STEPS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([NOW, NOW + 0.5, NOW + 0.50001, NOW + 1, NOW - 5])))


@pytest.mark.parametrize("kind", FACTORIES)
@given(before=STEPS, after=STEPS)
def test_what_follows_a_position_is_the_same_elsewhere(kind: str, before: Any, after: Any) -> None:
    ids, other = FACTORIES[kind](), FACTORIES[kind]()
    made = ["conv_123", LITERAL]
    mint(ids, before, made)
    position = json.loads(json.dumps(ids.position()))
    other.conversation(NOW)
    other.move_to(position)
    assert other.position() == ids.position() == position

    first = mint(ids, after, list(made))
    assert mint(other, after, list(made)) == first
    assert other.position() == ids.position()
    other.move_to(position)
    assert mint(other, after, list(made)) == first


@pytest.mark.parametrize("kind", FACTORIES)
def test_a_position_does_not_move_with_its_factory(kind: str) -> None:
    ids = FACTORIES[kind]()
    made = ids.conversation(NOW)
    position = ids.position()
    before = json.dumps(position)
    ids.item(made, "msg", NOW)
    other = FACTORIES[kind]()
    other.move_to(position)
    other.item(made, "msg", NOW)

    assert json.dumps(position) == before


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17])
def test_tails_go_on_wherever_a_block_of_them_was_left(count: int) -> None:
    ids, other = LiveIds(0), LiveIds(0)
    made = ids.conversation(NOW)
    for _ in range(count):
        ids.item(made, "msg", NOW)
    other.move_to(ids.position())

    assert [other.item(made, "msg", NOW) for _ in range(20)] == [ids.item(made, "msg", NOW) for _ in range(20)]


def test_the_position_of_live_ids_is_told_by_conversation() -> None:
    ids = LiveIds(0)
    made = ids.conversation(NOW)
    ids.item("conv_123", "msg", NOW + 0.5)

    assert ids.position() == {
        "conversations": 1,
        "responses": 0,
        "partitions": {
            made: {"name": "conversation 0", "minted": 1, "now": NOW, "second": NOW, "tick": 0},
            "conv_123": {"name": "literal conv_123", "minted": 1, "now": NOW + 0.5, "second": NOW, "tick": 8192},
        },
    }


def test_a_literal_conversation_keeps_its_own_digits() -> None:
    ids, other = LiveIds(0), LiveIds(0)
    ids.item(LITERAL, "msg", NOW)
    other.move_to(ids.position())
    minted = other.item(LITERAL, "msg", NOW)

    assert minted == ids.item(LITERAL, "msg", NOW)
    assert minted.endswith("0f2c9ddbc598f953")
    assert minted[17:20] == "197"


def test_request_ids_go_on_behind_a_position() -> None:
    requests, other = RequestIds(8), RequestIds(8, 3)
    first = [requests.next() for _ in range(5)]
    assert requests.position() == 5
    assert [other.next(), other.next()] == first[3:]
    assert other.position() == 5
