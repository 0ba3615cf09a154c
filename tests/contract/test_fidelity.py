from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from convsim import Behavior
from convsim.contract.answers import ok
from convsim.contract.evidence import Level, inferred, recorded
from convsim.contract.fidelity import render_fidelity
from convsim.contract.realtime import Send, realtime
from convsim.contract.scenario import Call, Told, scenario
from convsim.contract.scenarios import REALTIME_SCENARIOS, SCENARIOS, SOCKET_SCENARIOS
from convsim.contract.sessions import GA
from convsim.faults.events import CLIENT_EVENTS, SERVER_EVENTS
from convsim.operations.routes import ROUTES

ALL: tuple[Told, ...] = (*SCENARIOS, *SOCKET_SCENARIOS, *REALTIME_SCENARIOS)
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
    events = {"Realtime: three": (realtime("d", "Said", inferred("we guess"), GA),)}
    assert render_fidelity(rows, events).partition("| --- | ---: | ---: |\n")[2] == (
        "| recorded | 2 | 0 |\n| second-hand | 0 | 0 |\n| documented | 0 | 0 |\n| sibling | 0 | 0 |\n"
        "| inferred | 1 | 1 |\n"
        "\n## One\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Either \\| or | **recorded**: [ms](evidence.md#ms), [dotnet](evidence.md#dotnet). With a note | `a` |\n"
        "\n## Two\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Bare | **recorded**: [ms](evidence.md#ms) | `b` |\n"
        "| Guess | **inferred**: nobody knows | `c` |\n"
        "\n## Realtime: three\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Said | **inferred**: we guess | `realtime-d` |\n"
    )


def test_names_and_titles_are_unique() -> None:
    assert len({told.name for told in ALL}) == len(ALL)
    assert len({told.title for told in ALL}) == len(ALL)


def test_every_operation_and_every_level_occurs() -> None:
    called = {step.operation for scenario in SCENARIOS for step in scenario.steps if isinstance(step, Call)}
    assert called == {route.operation for route in ROUTES}
    assert {scenario.evidence.level for scenario in SCENARIOS} == set(Level)


def test_every_realtime_event_and_answer_occurs() -> None:
    sent = {
        step.message["type"]
        for one in REALTIME_SCENARIOS
        for step in one.steps
        if isinstance(step, Send) and isinstance(step.message, dict) and "type" in step.message
    }
    assert sent >= set(CLIENT_EVENTS)
    heard = {
        event["type"]
        for one in REALTIME_SCENARIOS
        for heard in (one.opening.heard, *(step.heard for step in one.steps))
        for event in heard.events
    }
    assert heard == set(SERVER_EVENTS)


def test_every_choice_of_realtime_behavior_occurs() -> None:
    chosen = {name for one in REALTIME_SCENARIOS for name in one.options.get("behavior", {})}
    assert chosen == {field.name for field in fields(Behavior) if field.name.startswith("realtime_")}


def test_what_is_not_inferred_names_its_sources() -> None:
    assert [s.name for s in ALL if not s.evidence.tags and s.evidence.level is not Level.INFERRED] == []
