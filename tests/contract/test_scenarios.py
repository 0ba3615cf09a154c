"""Every scenario over every front that can perform it, with the store whole after each step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from convsim import Emulator
from convsim.contract.matching import Memory, differences, header_differences
from convsim.contract.scenario import Scenario
from convsim.contract.scenarios import SCENARIOS
from tests.asking import check

from .fronts import FRONTS, HTTP_FRONTS, Front, arranged, emulator, performed
from .patched_fronts import PATCHED_FRONTS, PATCHED_HTTP_FRONTS

CASES = [
    pytest.param(scenario, front, id=f"{scenario.name}-{front.__name__}")
    for scenario in SCENARIOS
    for front in ((*HTTP_FRONTS, *PATCHED_HTTP_FRONTS) if scenario.needs_http else (*FRONTS, *PATCHED_FRONTS))
]


@pytest.mark.parametrize(("scenario", "front"), CASES)
def test_scenario(scenario: Scenario, front: Callable[[Emulator], AbstractContextManager[Front]]) -> None:
    sim = emulator(scenario.options)
    memory: Memory = {}
    with front(sim) as opened:
        for number, step in enumerate(scenario.steps):
            if arranged(sim, step):
                continue
            reply, expected = performed(opened, step, memory), step.answer
            found = differences(expected.body, reply.body, memory)
            if reply.headers is not None:
                found += header_differences(expected.headers, reply.headers)
            assert (reply.status, found) == (expected.status, []), f"step {number}: {step}"
            assert reply.length == expected.length or None in (reply.length, expected.length)
            check(sim)
