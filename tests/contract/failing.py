"""How a test fails by a scenario: without a traceback, and only over the simplest front with all that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import pytest

from convsim.contract.scenario import Told
from convsim.contract.telling import Failure, place
from convsim.core.text import shortened


def fail(
    told: Told, front: Callable[..., Any], failure: Failure, references: Iterable[tuple[Callable[..., Any], bool]]
) -> NoReturn:
    """Fail the test without a traceback.

    ``references`` are simpler fronts, each with whether the scenario fails there in the same way: then its own test
    shows the step and the differences, and this one only points to it.
    """
    where = f"{told.name} over {front.__name__}, step {failure.number}"
    for reference, the_same in references:
        if the_same:
            pytest.fail(f"{where}: as over {reference.__name__}", pytrace=False)
    options = ", ".join(f"{name}={value!r}" for name, value in getattr(told, "options", {}).items())
    arranged = [shortened(f"Emulator({options})", _WIDTH)] if options else []
    pytest.fail("\n".join([f"{where} ({place(told)})", *arranged, failure.step, *failure.lines]), pytrace=False)


_WIDTH = 240
