"""Ids: the live shape, reproducible, in the order of minting, and never disturbed from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convsim.core.ids import LiveIds, RequestIds, SequentialIds, is_live_shaped, letters

NOW = 1741900000  # 0x67d348e0
TICKS = 16384

FORM_A = re.compile(
    r"(?P<prefix>[a-z]+)_(?P<seconds>[0-9a-f]{8})(?P<tick>[0-9a-f]{3}[048c])8(?P<code>19[0-9a-f]|1a[0-3])"
    r"(?P<variant>[89ab])(?P<tail>[0-9a-f]{15})(?P<partition>0[0-9a-f]{15})"
)


def parts(an_id: str) -> dict[str, str]:
    match = FORM_A.fullmatch(an_id)
    assert match is not None, an_id
    return match.groupdict()


def is_in_order_of_minting(ids: Sequence[str]) -> bool:
    payloads = [an_id.partition("_")[2] for an_id in ids]
    return all(earlier < later for earlier, later in pairwise(payloads))


def mint(ids: LiveIds, readings: Sequence[float], conversation_id: str | None = None) -> list[str]:
    """The ids of a new conversation and of an item at each further reading; or of items only."""
    if conversation_id is None:
        conversation_id = ids.conversation(readings[0])
        return [conversation_id, *mint(ids, readings[1:], conversation_id)]
    return [ids.item(conversation_id, "msg", now) for now in readings]


# --- shape ---------------------------------------------------------------------------------------------------------


def test_the_bytes_of_seed_0_are_the_same_on_every_machine() -> None:
    ids = LiveIds(0)
    conversation_id = ids.conversation(1741900000.5)
    assert conversation_id == "conv_67d348e080008196b90da5df34c0e17d086398a0ecf81390"
    assert ids.item(conversation_id, "fc", 1741900000.5) == "fc_67d348e080048196a07f01c26536d164086398a0ecf81390"


@pytest.mark.parametrize(
    ("now", "seconds", "tick"),
    [
        (NOW, "67d348e0", "0000"),
        (NOW + 0.5, "67d348e0", "8000"),
        (NOW + 0.25, "67d348e0", "4000"),
        (NOW + 1 / TICKS, "67d348e0", "0004"),
        (0, "00000000", "0000"),
        (2**32 - 1, "ffffffff", "0000"),
    ],
)
def test_an_id_carries_the_second_and_its_fraction(now: float, seconds: str, tick: str) -> None:
    found = parts(LiveIds(7).conversation(now))
    assert (found["prefix"], found["seconds"], found["tick"]) == ("conv", seconds, tick)


def test_a_conversation_shares_its_partition_and_code_with_its_items() -> None:
    ids = mint(LiveIds(3), [NOW, NOW, NOW + 0.7, NOW + 60])
    assert len({(parts(an_id)["partition"], parts(an_id)["code"]) for an_id in ids}) == 1


def test_partitions_and_codes_vary_between_conversations() -> None:
    ids = LiveIds(3)
    found = [parts(ids.conversation(NOW)) for _ in range(500)]
    assert len({one["partition"] for one in found}) == 500
    assert {one["code"] for one in found} == {f"{code:x}" for code in range(0x190, 0x1A4)}


def test_tails_vary_within_a_conversation() -> None:
    found = [parts(an_id) for an_id in mint(LiveIds(3), [NOW] * 1000)]
    assert {one["variant"] for one in found} == set("89ab")
    assert len({one["tail"] for one in found}) == 1000


def test_items_take_the_prefix_of_their_type() -> None:
    ids = LiveIds(3)
    conversation_id = ids.conversation(NOW)
    assert parts(ids.item(conversation_id, "fc", NOW))["prefix"] == "fc"


# --- order ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([NOW] * (TICKS + 400), id="a second standing still"),
        pytest.param([NOW + 0.75] * (TICKS // 4 + 400), id="a fraction standing still"),
        pytest.param([NOW + 1 - 1 / TICKS] * 400, id="the last tick standing still"),
        pytest.param([NOW + step / 50_000 for step in range(50_000)], id="faster than the ticks"),
        pytest.param([NOW] * (TICKS + 5) + [NOW + 0.9] * 5, id="used up, then a later fraction"),
        pytest.param([NOW] * (TICKS + 5) + [NOW + 1] * 5, id="used up, then the next second"),
    ],
)
def test_ids_of_one_conversation_sort_in_the_order_of_minting(readings: list[float]) -> None:
    ids = mint(LiveIds(1), readings)
    assert is_in_order_of_minting(ids)
    # Seconds never move by minting.
    assert [int(parts(an_id)["seconds"], 16) for an_id in ids] == [int(now) for now in readings]
    assert len({parts(an_id)["partition"] for an_id in ids}) == 1


def test_the_tick_counts_on_while_the_clock_stands() -> None:
    assert [parts(an_id)["tick"] for an_id in mint(LiveIds(1), [NOW] * 4)] == ["0000", "0004", "0008", "000c"]


def test_the_last_tick_stays_when_a_second_is_used_up_and_the_tail_counts() -> None:
    found = [parts(an_id) for an_id in mint(LiveIds(1), [NOW] * (TICKS + 2))]
    assert [one["tick"] for one in found[-4:]] == ["fff8", "fffc", "fffc", "fffc"]
    assert [one["variant"] + one["tail"][:7] for one in found[-3:]] == ["80000000", "80000001", "80000002"]


def test_the_next_second_begins_with_its_own_ticks() -> None:
    ids = LiveIds(1)
    conversation_id = mint(ids, [NOW] * (TICKS + 10))[0]
    found = [parts(an_id) for an_id in mint(ids, [NOW + 1, NOW + 1, NOW + 1.5], conversation_id)]
    assert [(one["seconds"], one["tick"]) for one in found] == [
        ("67d348e1", "0000"),
        ("67d348e1", "0004"),
        ("67d348e1", "8000"),
    ]


@settings(database=None, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), min_size=1, max_size=20), st.integers())
def test_for_any_clock_that_does_not_go_back_ids_sort_as_minted(runs: list[tuple[float, int]], seed: int) -> None:
    readings = [NOW + offset for offset, times in sorted(runs) for _ in range(times)]
    assert is_in_order_of_minting(mint(LiveIds(seed), readings))


# --- reproducible, and independent ---------------------------------------------------------------------------------


def test_equal_seeds_and_calls_give_equal_ids() -> None:
    assert mint(LiveIds(5), [NOW] * 50) == mint(LiveIds(5), [NOW] * 50)


def test_seeds_and_scopes_tell_ids_apart() -> None:
    factories = [LiveIds(5), LiveIds(6), LiveIds(-5), LiveIds(5, "proj_2"), LiveIds(5, "proj_3")]
    partitions = {parts(ids.conversation(NOW))["partition"] for ids in factories}
    tails = {parts(ids.item("conv_1", "msg", NOW))["tail"] for ids in factories}
    assert (len(partitions), len(tails)) == (5, 5)


def test_ids_of_a_conversation_do_not_depend_on_what_happens_elsewhere() -> None:
    alone = LiveIds(5)
    first = mint(alone, [NOW, NOW, NOW + 1])
    second = mint(alone, [NOW, NOW + 2])

    crowd, other_project = LiveIds(5), LiveIds(5, "other")
    one = crowd.conversation(NOW)
    crowd.item("conv_literal", "msg", NOW)
    mint(other_project, [NOW] * 20)
    two = crowd.conversation(NOW)
    late = crowd.conversation(NOW + 100)
    minted = [one]
    for now in (NOW, NOW + 1):
        mint(crowd, [NOW + 100] * 9, late)
        minted.append(crowd.item(one, "msg", now))
    assert minted == first
    assert [two, crowd.item(two, "msg", NOW + 2)] == second


# --- literal conversations -----------------------------------------------------------------------------------------

# No code that convsim itself would choose, and one that is recorded.
LIVE = "conv_6a3f11765ab887d2bb163daa1e6dc3030eea6ca4e48c1c16"


def test_items_of_a_live_conversation_id_take_its_partition_and_code() -> None:
    items = mint(LiveIds(5), [NOW, NOW + 0.5], LIVE)
    assert [an_id[:20] for an_id in items] == ["msg_67d348e0000087d2", "msg_67d348e0800087d2"]
    assert [an_id[-16:] for an_id in items] == ["0eea6ca4e48c1c16"] * 2
    assert is_in_order_of_minting(items)


@pytest.mark.parametrize(
    "conversation_id",
    [
        "conv_123",
        "conv_" + "a" * 48 + "g",
        "conv_A" + LIVE[6:],
        "conv_x_" + LIVE[5:],
        "conv_0903dc172c433d83006a3f193a95148197a63e0918e859de99",
    ],
)
def test_items_of_any_other_conversation_id_get_a_hashed_partition(conversation_id: str) -> None:
    items = mint(LiveIds(5), [NOW, NOW], conversation_id)
    assert items == mint(LiveIds(5), [NOW, NOW], conversation_id)
    partition = parts(items[0])["partition"]
    assert partition == parts(items[1])["partition"]
    assert partition not in conversation_id
    assert partition != parts(LiveIds(5).item("conv_124", "msg", NOW))["partition"]
    assert partition != parts(LiveIds(5).conversation(NOW))["partition"]
    assert is_in_order_of_minting(items)


def test_literal_conversations_do_not_shift_the_minted_ones() -> None:
    ids = LiveIds(5)
    mint(ids, [NOW, NOW], "conv_123")
    assert ids.conversation(NOW) == LiveIds(5).conversation(NOW)


@pytest.mark.parametrize(
    ("any_id", "live"),
    [
        (LIVE, True),
        ("msg_" + "0" * 48, True),
        ("resp_" + "f" * 50, True),
        ("conv_" + "0" * 49, False),
        ("conv_" + "0" * 47, False),
        ("conv_" + "0" * 51, False),
        ("conv_" + "0" * 47 + "g", False),
        ("conv_" + "g" + "0" * 47, False),
        ("conv_" + "0" * 47 + "A", False),
        ("conv_x_" + "0" * 48, True),
        ("conv_123", False),
        ("conv_", False),
        ("", False),
    ],
)
def test_the_live_shape_is_told_by_length_and_digits(any_id: str, live: bool) -> None:
    assert is_live_shaped(any_id) is live


# --- the other kinds -----------------------------------------------------------------------------------------------


def test_sequential_ids_count_per_prefix() -> None:
    ids = SequentialIds()
    minted = [
        ids.conversation(NOW),
        ids.item("conv_1", "msg", NOW),
        ids.item("conv_9", "msg", NOW + 5),
        ids.item("conv_1", "fc", NOW),
        ids.conversation(NOW),
    ]
    assert minted == ["conv_1", "msg_1", "msg_2", "fc_1", "conv_2"]
    assert SequentialIds().conversation(NOW) == "conv_1"


def test_request_ids_have_the_live_shape_and_are_unique() -> None:
    requests = RequestIds(0)
    minted = [requests.next() for _ in range(10_000)]
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", request_id) for request_id in minted)
    assert len(set(minted)) == 10_000


def test_request_ids_differ_in_most_digits_from_the_one_before() -> None:
    requests = RequestIds(0)
    minted = [requests.next() for _ in range(1000)]
    same = [sum(a == b for a, b in zip(one[4:], other[4:], strict=True)) for one, other in pairwise(minted)]
    assert max(same) < 16


def test_request_ids_follow_from_the_seed() -> None:
    requests = RequestIds(8)
    first = [requests.next() for _ in range(5)]
    assert [requests.next() for _ in range(5)] != first
    again, other = RequestIds(8), RequestIds(9)
    assert again.next() == first[0]
    assert other.next() not in first


# --- what the Responses API mints ----------------------------------------------------------------------------------

FORM_B = re.compile(
    r"(?P<prefix>[a-z]+)_(?P<partition>0[0-9a-f]{15})(?P<flag>00|01)(?P<seconds>[0-9a-f]{8})(?P<tick>[0-9a-f]{3}[048c])8"
    r"(?P<code>19[0-9a-f]|1a[0-3])(?P<variant>[89ab])(?P<tail>[0-9a-f]{15})"
)


def parts_of_b(an_id: str) -> dict[str, str]:
    match = FORM_B.fullmatch(an_id)
    assert match is not None, an_id
    return match.groupdict()


def test_a_response_and_its_items_have_the_partition_of_their_conversation_first() -> None:
    ids = LiveIds(0)
    conversation_id = ids.conversation(NOW)
    response_id = ids.response(conversation_id, NOW, stored=True)
    item_id = ids.output(conversation_id, "msg", NOW, stored=True)
    assert is_live_shaped(response_id)
    made = [parts_of_b(response_id), parts_of_b(item_id)]
    shared = parts(conversation_id)
    for one in made:
        assert (one["partition"], one["code"], one["flag"]) == (shared["partition"], shared["code"], "00")
    assert (made[0]["prefix"], made[1]["prefix"]) == ("resp", "msg")
    assert made[0]["tick"] < made[1]["tick"]


def test_what_is_not_stored_is_flagged() -> None:
    ids = LiveIds(0)
    response_id = ids.response(None, NOW, stored=False)
    assert parts_of_b(response_id)["flag"] == "01"
    assert parts_of_b(ids.output(response_id, "rs", NOW, stored=False))["flag"] == "01"


def test_a_response_without_an_anchor_begins_a_partition_that_its_chain_shares() -> None:
    ids = LiveIds(0)
    one, other = (ids.response(None, NOW, stored=True) for _ in range(2))
    chained = ids.response(one, NOW, stored=True)
    assert parts_of_b(one)["partition"] == parts_of_b(chained)["partition"] != parts_of_b(other)["partition"]
    assert len({one, other, chained}) == 3


def test_responses_do_not_shift_the_ids_of_conversations() -> None:
    ids, other = LiveIds(0), LiveIds(0)
    ids.response(None, NOW, stored=True)
    assert ids.conversation(NOW) == other.conversation(NOW)


def test_a_chain_goes_on_behind_a_position() -> None:
    ids, other = LiveIds(0), LiveIds(0)
    first = ids.response(None, NOW, stored=True)
    other.move_to(ids.position())
    assert ids.response(first, NOW, stored=True) == other.response(first, NOW, stored=True)
    assert ids.response(None, NOW, stored=True) == other.response(None, NOW, stored=True)


def test_a_call_id_follows_from_the_id_of_its_call() -> None:
    ids = LiveIds(0)
    one, other = ids.call("fc_1"), ids.call("fc_2")
    assert re.fullmatch(r"call_[A-Za-z0-9]{24}", one)
    assert one == LiveIds(5).call("fc_1") != other
    assert SequentialIds().call("fc_7") == "call_7"


def test_sequential_ids_of_responses_are_counted_by_prefix() -> None:
    ids = SequentialIds()
    assert ids.response(None, NOW, stored=True) == "resp_1"
    assert ids.response("conv_1", NOW, stored=False) == "resp_2"
    assert ids.output("resp_1", "msg", NOW, stored=True) == "msg_1"


def test_letters_follow_from_a_name() -> None:
    assert letters("a", 0) == ""
    assert letters("a", 64) == letters("a", 64) != letters("b", 64)
    assert letters("a", 64).startswith(letters("a", 5))
    assert len(letters("\ud800", 64)) == 64
