"""How much the tests try: everything where ``CI`` is set, less on a contributor's machine.

Two profiles of Hypothesis: "quick" draws a quarter of the examples, anew in every run; "ci" draws all of them, and the
same in every run (``pytest --hypothesis-profile=ci``). Neither has a deadline, which a busy machine would break.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IN_FULL = bool(os.environ.get("CI"))

_ALL = 100


def load_profile() -> None:
    """Register both profiles and take the one for this machine; ``--hypothesis-profile`` may take the other."""
    whatever = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("quick", whatever, max_examples=_ALL // 4)
    settings.register_profile("ci", whatever, max_examples=_ALL, derandomize=True, database=None, print_blob=True)
    settings.load_profile("ci" if IN_FULL else "quick")


def examples(number: int) -> int:
    """``number`` in the profile "ci", a quarter of it in "quick"."""
    return max(1, number * settings().max_examples // _ALL)


def first_unless_in_full(*cases: str) -> tuple[str, ...]:
    """The cases where ``CI`` is set, else the first of them: for variants of a test that take a process each."""
    return cases if IN_FULL else cases[:1]
