"""Every scenario over the fronts that can perform it, with the store whole after each step.

Where ``CI`` is set, over all of them. Else calls go over four fronts and two of the others in rotation, so that each
front meets some; raw requests, which only HTTP can make, go over the bare clients and two of the patched ones.
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

from .failing import fail
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

CORE: tuple[Open, ...] = (direct, httpx2_sync, sdk_sync, sdk_async)
OTHERS = tuple(front for front in (*FRONTS, *PATCHED_FRONTS) if front not in CORE)


def fronts(number: int, scenario: Scenario, *, in_full: bool) -> tuple[Open, ...]:
    """Those over which the scenario of this number goes."""
    always, others = (HTTP_FRONTS, PATCHED_HTTP_FRONTS) if scenario.needs_http else (CORE, OTHERS)
    if in_full:
        return (*always, *others)
    return (*always, *(others[(2 * number + turn) % len(others)] for turn in range(2)))


CASES = [
    pytest.param(scenario, front, id=f"{scenario.name}-{front.__name__}")
    for number, scenario in enumerate((*SCENARIOS, *FOUNDRY_SCENARIOS))
    for front in fronts(number, scenario, in_full=IN_FULL)
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


@pytest.mark.parametrize(("scenario", "front"), CASES)
def test_scenario(scenario: Scenario, front: Open) -> None:
    found = failure(scenario, front)
    if found is not None:
        simpler = [each for each in (direct, httpx2_sync) if not (each is direct and scenario.needs_http)]
        before = simpler[: simpler.index(front)] if front in simpler else simpler
        fail(scenario, front, found, ((each, failure(scenario, each) == found) for each in before))


def test_without_ci_every_front_still_meets_scenarios() -> None:
    met = [front for n, scenario in enumerate(SCENARIOS) for front in fronts(n, scenario, in_full=False)]

    for front in (*FRONTS, *PATCHED_FRONTS):
        assert met.count(front) >= 15, front
    for front in CORE:
        assert met.count(front) >= 150, front


def test_in_full_every_scenario_goes_over_every_front_that_can_perform_it() -> None:
    for number, scenario in enumerate(SCENARIOS):
        expected = (*HTTP_FRONTS, *PATCHED_HTTP_FRONTS) if scenario.needs_http else (*FRONTS, *PATCHED_FRONTS)
        assert set(fronts(number, scenario, in_full=True)) == set(expected)
