"""Run random programs over each front: ``python -m tests.differential --runs 2000 --steps 50 [--only http]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Collection

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.differential.machine import MACHINES


def run(name: str, runs: int, steps: int, phases: Collection[Phase] = tuple(Phase)) -> None:
    """Raise what a front does otherwise than the model, by the shortest program that was found."""
    limits = settings(
        max_examples=runs,
        phases=phases,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(MACHINES[name], settings=limits)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--only", choices=MACHINES, action="append")
    given = parser.parse_args(arguments)
    for name in given.only or MACHINES:
        began = time.perf_counter()
        run(name, given.runs, given.steps)
        took = time.perf_counter() - began
        print(f"{name}: {given.runs} runs of up to {given.steps} steps, all as the model says, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
