"""How a test fails by a scenario: without a traceback, and with all that differs only over the simplest front."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import eq
from typing import Any, NoReturn

import pytest

from convsim.contract.scenario import Told
from convsim.contract.telling import Failure, place
from convsim.core.text import shortened

Front = Callable[..., Any]


def require_same(
    told: Told,
    fronts: Iterable[Front],
    failure: Callable[[Any, Any], Failure | None],
    alike: Callable[[Failure, Failure], bool] = eq,
) -> None:
    """Fail unless the scenario passes over all fronts: the first that does not shows the step and the differences.

    One that fails as an earlier one does only points to it.
    """
    failed: list[tuple[Front, Failure]] = []
    reports: list[str] = []
    for front in fronts:
        try:
            found = failure(told, front)
        except BaseException as error:
            error.add_note("\n".join([*reports, f"{told.name} over {front.__name__} ({place(told)})"]))
            raise
        if found is not None:
            reports.append(report(told, front, found, ((each, alike(one, found)) for each, one in failed)))
            failed.append((front, found))
    if reports:
        pytest.fail("\n".join(reports), pytrace=False)


def fail(told: Told, front: Front, failure: Failure, references: Iterable[tuple[Front, bool]]) -> NoReturn:
    """Fail the test without a traceback."""
    pytest.fail(report(told, front, failure, references), pytrace=False)


def report(told: Told, front: Front, failure: Failure, references: Iterable[tuple[Front, bool]]) -> str:
    """The failure in words.

    ``references`` are simpler fronts, each with whether the scenario fails there in the same way: then that front's
    report shows the step and the differences, and this one only points to it.
    """
    where = f"{told.name} over {front.__name__}, step {failure.number}"
    for reference, the_same in references:
        if the_same:
            return f"{where}: as over {reference.__name__}"
    options = ", ".join(f"{name}={value!r}" for name, value in getattr(told, "options", {}).items())
    arranged = [shortened(f"Emulator({options})", _WIDTH)] if options else []
    return "\n".join([f"{where} ({place(told)})", *arranged, failure.step, *failure.lines])


_WIDTH = 240
