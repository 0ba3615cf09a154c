"""Every scenario over the fronts that can perform it, with the store whole after each step.

One test performs a scenario over all of its fronts: a test each would take as long again as the performance. Where
``CI`` is set, these are all fronts. Else calls go over the Direct API, httpx2, one of the SDK's two clients in turn and
one of the others in rotation, so that each front meets some; strings of ten megabytes go over the first two only; raw
requests, which only HTTP can make, go over the bare clients and two of the patched ones.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from convsim import Emulator
from convsim.contract.asking import compared, recalled, request
from convsim.contract.matching import Memory
from convsim.contract.scenario import Finish, Prompt, Scenario, Script
from convsim.contract.scenarios import FOUNDRY_SCENARIOS, SCENARIOS
from convsim.contract.telling import Failure, curl
from tests.asking import check
from tests.profiles import IN_FULL

from .failing import require_same
from .fronts import (
    BASE,
    FRONTS,
    HTTP_FRONTS,
    Front,
    arrange,
    direct,
    emulator,
    httpx2_sync,
    sdk_async,
    sdk_sync,
)
from .patched_fronts import PATCHED_FRONTS, PATCHED_HTTP_FRONTS

Open = Callable[[Emulator], AbstractContextManager[Front]]

ALWAYS: tuple[Open, ...] = (direct, httpx2_sync)
IN_TURN: tuple[Open, ...] = (sdk_sync, sdk_async)
OTHERS = tuple(front for front in (*FRONTS, *PATCHED_FRONTS) if front not in (*ALWAYS, *IN_TURN))


LARGE = ("bounds-texts", "bounds-other-strings")


def fronts(number: int, scenario: Scenario, *, in_full: bool) -> tuple[Open, ...]:
    """Those over which the scenario of this number goes."""
    if scenario.needs_http:
        patched = PATCHED_HTTP_FRONTS if in_full else chosen(PATCHED_HTTP_FRONTS, 2 * number, 2 * number + 1)
        return (*HTTP_FRONTS, *patched)
    if in_full:
        return (*ALWAYS, *IN_TURN, *OTHERS)
    if scenario.name in LARGE:
        return ALWAYS
    return (*ALWAYS, *chosen(IN_TURN, number), *chosen(OTHERS, number))


def chosen(some: tuple[Open, ...], *numbers: int) -> tuple[Open, ...]:
    """Those of the numbers, counted round."""
    return tuple(some[number % len(some)] for number in numbers)


CASES = [
    pytest.param(scenario, fronts(number, scenario, in_full=IN_FULL), id=scenario.name)
    for number, scenario in enumerate((*SCENARIOS, *FOUNDRY_SCENARIOS))
]


def failure(scenario: Scenario, front: Open) -> Failure | None:
    """The first step that does not get its answer."""
    sim = emulator(scenario.options)
    memory: Memory = {}
    with front(sim) as opened:
        for number, told in enumerate(scenario.steps, 1):
            if isinstance(told, (Script, Finish, Prompt)):
                arrange(sim, told)
                continue
            step = recalled(told, memory)
            lines = compared(step.answer, opened.run(step), memory)
            try:
                check(sim)
            except AssertionError as error:
                lines.append(f"the store is broken: {error}")
            if lines:
                return Failure(number, curl(request(step), BASE), tuple(lines))
    return None


@pytest.mark.parametrize(("scenario", "over"), CASES)
def test_scenario(scenario: Scenario, over: tuple[Open, ...]) -> None:
    require_same(scenario, over, failure)


def test_without_ci_every_front_still_meets_scenarios() -> None:
    met = [front for n, scenario in enumerate(SCENARIOS) for front in fronts(n, scenario, in_full=False)]

    assert {scenario.name for scenario in SCENARIOS}.issuperset(LARGE)
    for fronts_of_a_kind, number in (ALWAYS, 250), (IN_TURN, 140), (OTHERS, 15):
        for front in fronts_of_a_kind:
            assert met.count(front) >= number, front


def test_in_full_every_scenario_goes_over_every_front_that_can_perform_it() -> None:
    for number, scenario in enumerate(SCENARIOS):
        expected = (*HTTP_FRONTS, *PATCHED_HTTP_FRONTS) if scenario.needs_http else (*FRONTS, *PATCHED_FRONTS)
        assert set(fronts(number, scenario, in_full=True)) == set(expected)
