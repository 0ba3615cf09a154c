"""The clock stands still until told to move, or follows the system's."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from convsim.core.clock import DEFAULT_NOW, Clock
from convsim.errors import UsageError


def test_a_clock_stands_still_at_the_documented_instant() -> None:
    clock = Clock()
    assert (clock.now(), clock.now(), DEFAULT_NOW) == (1741900000, 1741900000, 1741900000)


def test_a_clock_stands_where_it_is_told_to() -> None:
    assert Clock(now=12.5).now() == 12.5


def test_advances_add_up_to_the_fraction() -> None:
    clock = Clock(now=100)
    clock.advance(2)
    clock.advance(0)
    clock.advance(0.25)
    assert clock.now() == 102.25


@pytest.mark.parametrize("move", [Clock.advance, Clock.pass_time])
def test_threads_that_move_a_clock_at_once_all_move_it(move: Callable[[Clock, float], None]) -> None:
    clock = Clock(now=100)
    other = Thread(target=move, args=(clock, 1))

    class Interrupted(float):
        """A number that lets another thread move the clock in the middle of the addition."""

        def __radd__(self, advanced: float) -> float:
            other.start()
            other.join(0.02)
            return advanced + float(self)

    move(clock, Interrupted(2))
    other.join()
    assert clock.now() == 103


def test_reset_takes_back_every_advance() -> None:
    clock = Clock(now=100)
    clock.advance(2)
    clock.advance(3)
    clock.reset()
    assert clock.now() == 100
    clock.advance(1)
    assert clock.now() == 101


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-0.5, "-0.5"), (1, "1"), (math.inf, "inf"), (math.nan, "nan"), (-math.inf, "-inf")]
)
def test_time_goes_neither_back_nor_beyond_what_an_id_can_carry(seconds: float, shown: str) -> None:
    clock = Clock(now=2**32 - 2)
    clock.advance(1)
    with pytest.raises(ValueError, match="time only goes forward") as caught:
        clock.advance(seconds)
    assert str(caught.value) == f"clock.advance({shown}): time only goes forward, and not beyond 4294967296"
    assert clock.now() == 2**32 - 1


@pytest.mark.parametrize("seconds", [None, True, "60", [60]])
def test_time_is_moved_by_a_number(seconds: Any) -> None:
    clock = Clock()
    with pytest.raises(UsageError, match=rf"^clock\.advance\({re.escape(repr(seconds))}\): time only goes forward"):
        clock.advance(seconds)
    assert clock.now() == DEFAULT_NOW


@pytest.mark.parametrize("now", [0, 2**32 - 1])
def test_the_first_and_the_last_second_that_an_id_can_carry_are_accepted(now: int) -> None:
    assert Clock(now=now).now() == now


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (-1, "-1"),
        (2**32, "4294967296"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (None, "None"),
        ("17", "'17'"),
        (True, "True"),
    ],
)
def test_an_instant_that_no_id_can_carry_is_refused(now: Any, shown: str) -> None:
    with pytest.raises(ValueError, match="write seconds") as caught:
        Clock(now=now)
    assert str(caught.value) == f"Clock(now={shown}): write seconds since 1970, 0 <= now < 4294967296"


def test_the_representation_shows_the_present_instant() -> None:
    clock = Clock(now=100)
    clock.advance(5)
    assert repr(clock) == "Clock(now=105)"


def test_the_system_clock_is_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock.system()
    monkeypatch.setattr(time, "time", lambda: 50.5)
    assert clock.now() == 50.5
    monkeypatch.setattr(time, "time", lambda: 60.0)
    assert clock.now() == 60.0
    assert repr(clock) == "Clock(now=60.0)"


def test_the_system_clock_is_advanced_and_reset_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 50.0)
    clock = Clock.system()
    clock.advance(10)
    assert clock.now() == 60.0
    clock.reset()
    assert clock.now() == 50.0


@pytest.mark.parametrize("now", [-5.5, 2.0**33])
def test_a_system_clock_that_no_id_could_carry_is_refused(now: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: now)
    with pytest.raises(UsageError, match=rf"^the system's clock says {now}: no id could carry it"):
        Clock.system().now()


def test_a_clock_goes_on_from_the_position_of_another() -> None:
    clock, other = Clock(now=100), Clock(now=5)
    clock.advance(2.5)
    other.advance(1)
    assert clock.position() == (100, 2.5)

    other.move_to(*clock.position())
    assert (other.now(), other.position()) == (102.5, (100, 2.5))
    other.advance(1)
    assert (other.now(), clock.now()) == (103.5, 102.5)


def test_a_clock_that_was_moved_stands_again_where_it_was_made_when_it_is_reset() -> None:
    clock = Clock(now=100)
    clock.move_to(500, 2)
    clock.reset()
    assert clock.now() == 100


def test_the_system_clock_keeps_its_own_time_wherever_it_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 50.0)
    clock = Clock.system()
    clock.move_to(1000, 10)
    assert clock.now() == 60.0
    clock.reset()
    assert clock.now() == 50.0


@pytest.mark.parametrize("now", [0, DEFAULT_NOW, 2**32 - 0.5])
def test_a_delay_leads_to_the_last_second_at_most(now: float) -> None:
    clock = Clock(now=now)
    clock.pass_time(2)
    assert clock.now() == max(now, min(now + 2, 2**32 - 1))
    clock.pass_time(2**33)
    assert clock.now() == max(now, 2**32 - 1)
