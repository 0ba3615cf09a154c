from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from convsim.contract.answers import ok
from convsim.contract.evidence import Level, inferred, recorded
from convsim.contract.fidelity import render_fidelity
from convsim.contract.scenario import Call, scenario
from convsim.contract.scenarios import SCENARIOS
from convsim.routes import ROUTES

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"


def test_the_page_is_what_the_command_prints() -> None:
    printed = subprocess.run([sys.executable, "-m", "convsim.contract"], capture_output=True, check=True)
    assert PAGE.read_bytes() == printed.stdout


def test_a_row_shows_behaviour_evidence_and_name() -> None:
    step = Call("conversations.create", {}, ok({}))
    rows = {
        "One": (scenario("a", "Either | or", recorded("ms", "dotnet", note="with a note"), step),),
        "Two": (scenario("b", "Bare", recorded("ms"), step), scenario("c", "Guess", inferred("nobody knows"), step)),
    }
    assert render_fidelity(rows).partition("| inferred | 1 |\n")[2] == (
        "\n## One\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Either \\| or | **recorded**: [ms](evidence.md#ms), [dotnet](evidence.md#dotnet). With a note | `a` |\n"
        "\n## Two\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Bare | **recorded**: [ms](evidence.md#ms) | `b` |\n"
        "| Guess | **inferred**: nobody knows | `c` |\n"
    )


def test_names_and_titles_are_unique() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert len({scenario.title for scenario in SCENARIOS}) == len(SCENARIOS)


def test_every_operation_and_every_level_occurs() -> None:
    called = {step.operation for scenario in SCENARIOS for step in scenario.steps if isinstance(step, Call)}
    assert called == {route.operation for route in ROUTES}
    assert {scenario.evidence.level for scenario in SCENARIOS} == set(Level)


def test_what_is_not_inferred_names_its_sources() -> None:
    assert [s.name for s in SCENARIOS if not s.evidence.tags and s.evidence.level is not Level.INFERRED] == []
