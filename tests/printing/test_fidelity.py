from __future__ import annotations

import dataclasses
import re
from dataclasses import fields
from pathlib import Path

from convsim import Behavior
from convsim.contract.answers import ok
from convsim.contract.evidence import Level, inferred, recorded
from convsim.contract.realtime import Send, realtime
from convsim.contract.scenario import Call, Raw, Told, scenario
from convsim.contract.scenarios import FOUNDRY_SCENARIOS, REALTIME_SCENARIOS, SCENARIOS, SOCKET_SCENARIOS
from convsim.contract.sessions import GA
from convsim.operations.routes import ROUTES
from convsim.realtime.events import EMULATED, SERVER_EVENTS
from convsim.service.foundry.operations import ROUTES as FOUNDRY_ROUTES
from tests.printing.fidelity import render_fidelity, render_foundry

ALL: tuple[Told, ...] = (*SCENARIOS, *SOCKET_SCENARIOS, *FOUNDRY_SCENARIOS, *REALTIME_SCENARIOS)
ROOT = Path(__file__).parents[2]


def test_the_page_about_another_service_counts_its_own() -> None:
    step = Call("conversations.create", {}, ok({}))
    rows = {"One": (scenario("a", "Bare", recorded("ms"), step), scenario("b", "Guess", inferred("nobody"), step))}
    assert render_foundry(rows).partition("| --- | ---: |\n")[2] == (
        "| recorded | 1 |\n| second-hand | 0 |\n| documented | 0 |\n| sibling | 0 |\n| inferred | 1 |\n"
        "\n## One\n\n| Behaviour | Evidence | Scenario |\n| --- | --- | --- |\n"
        "| Bare | **recorded**: [ms](evidence.md#ms) | `a` |\n"
        "| Guess | **inferred**: nobody | `b` |\n"
    )


def test_a_row_shows_behaviour_evidence_and_name() -> None:
    step = Call("conversations.create", {}, ok({}))
    rows = {
        "One": (scenario("a", "Either | or", recorded("ms", "dotnet", note="with a note"), step),),
        "Two": (scenario("b", "Bare", recorded("ms"), step), scenario("c", "Guess", inferred("nobody knows"), step)),
    }
    events = {"Realtime: three": (realtime("d", "Said", inferred("we guess"), GA),)}
    page = render_fidelity(rows, events)
    assert "Of 4 behaviours, 2 are recorded or quoted from live answers, and 2 are inferred." in page
    assert "\n| [Realtime: three](#realtime-three) |  |  |  |  | 1 |\n" in page
    assert "\n| Conversations and Responses | 2 |  |  |  | 1 |\n| Realtime |  |  |  |  | 1 |\n" in page
    assert "\n| `conversations.create` | 3 | 2 | 1 | [Two](#two), [One](#one) |\n" in page
    assert "- The most recorded: [One](#one) (1 of 1), [Two](#two) (1 of 2), [Realtime: three]" in page
    assert (
        "- [17 open questions](#open-questions) have a switch each: 11 about conversations and turns, 6 about" in page
    )
    assert page[page.index("\n## One") :] == (
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


def test_every_operation_of_another_service_occurs() -> None:
    called = {step.operation for scenario in FOUNDRY_SCENARIOS for step in scenario.steps if isinstance(step, Call)}
    listed = {step.path.partition("?")[0] for s in FOUNDRY_SCENARIOS for step in s.steps if isinstance(step, Raw)}
    assert called >= set(FOUNDRY_ROUTES) - {
        *("conversations.list", "responses.list", "seed"),
        *("responses.cancel", "responses.compact", "responses.input_tokens.count"),
    }
    assert listed == {"/conversations", "/responses"}


def test_every_realtime_event_and_answer_occurs() -> None:
    sent = {
        step.message["type"]
        for one in REALTIME_SCENARIOS
        for step in one.steps
        if isinstance(step, Send) and isinstance(step.message, dict) and "type" in step.message
    }
    assert sent >= set(EMULATED)
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


def test_each_switch_is_an_open_question() -> None:
    questions = re.findall(r"^\| `(\w+)` \| `.+?` \| (Whether|How) .+\. \|$", render_fidelity({}, {}), re.MULTILINE)
    assert [name for name, _ in questions] == [field.name for field in dataclasses.fields(Behavior)]


def test_a_raw_request_counts_for_the_operation_at_its_path() -> None:
    raw = Raw("GET", "/conversations/conv_1/items?limit=1", ok({})), Raw("GET", "/nothing", ok({}))
    page = render_fidelity({"One": (scenario("a", "Bare", recorded("ms"), *raw),)}, {})
    assert "\n| `conversations.items.list` | 1 | 1 |  | [One](#one) |\n" in page
