from __future__ import annotations

import re

import pytest

from convsim.realtime.ids import RealtimeIds

NOW = 1_741_900_000
LIVE = re.compile(r"[a-z]+_[0-9A-Za-z]{21}")


def test_an_id_is_its_prefix_and_21_base62_characters() -> None:
    ids = RealtimeIds()

    for prefix in ("event", "item", "resp", "sess", "conv"):
        minted = ids.mint(prefix, NOW)
        assert LIVE.fullmatch(minted)
        assert minted.startswith(f"{prefix}_")


@pytest.mark.parametrize(
    ("second", "digits"),
    [
        # sess_C9G5Q..., captured on 2025-08-27 at 19:27:04 UTC
        pytest.param(1_756_322_824, "C9G5Q", id="captured"),
        pytest.param(1_756_322_824.9, "C9G5Q", id="a fraction"),
        pytest.param(1_576_800_000, "00000", id="the epoch"),
        pytest.param(1_576_799_999, "zzzzz", id="before it"),
        pytest.param(1_576_800_000 + 62**5, "00000", id="29 years later"),
    ],
)
def test_the_first_five_characters_are_the_clock(second: float, digits: str) -> None:
    assert RealtimeIds().mint("sess", second)[5:10] == digits


def test_a_call_id_has_16_characters() -> None:
    assert re.fullmatch(r"call_[0-9A-Za-z]{16}", RealtimeIds().call())


def test_letters_are_as_many_as_asked_for() -> None:
    assert [len(RealtimeIds().letters(length)) for length in (1, 13, 16)] == [1, 13, 16]


def test_equal_seeds_and_scopes_give_equal_ids() -> None:
    one, other = RealtimeIds(7, "a"), RealtimeIds(7, "a")

    assert [one.mint("item", NOW) for _ in range(9)] == [other.mint("item", NOW) for _ in range(9)]


def test_seeds_and_scopes_tell_ids_apart() -> None:
    minted = {RealtimeIds(seed, scope).mint("item", NOW) for seed in (0, 1) for scope in ("", "a", "b")}

    assert len(minted) == 6


def test_no_prefix_disturbs_another() -> None:
    quiet, busy = RealtimeIds(), RealtimeIds()
    for _ in range(5):
        busy.mint("event", NOW)
        busy.call()

    assert quiet.mint("item", NOW) == busy.mint("item", NOW)


def test_ten_thousand_ids_differ() -> None:
    ids = RealtimeIds()

    assert len({ids.mint("event", NOW) for _ in range(10_000)}) == 10_000
