"""Sequences of faults: what they are made of, and how a search shrinks them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from convsim import Emulator, UsageError
from convsim.faults import (
    CloseConnection,
    ConnectionReset,
    DNSFailure,
    DropEvent,
    Fault,
    HideItem,
    InvalidItem,
    Latency,
    RateLimited,
    ReadTimeout,
    RefuseEvent,
    Rule,
    ServerError,
    StaleReads,
    TruncatedJSON,
)
from convsim.http.messages import Request, Response
from convsim.operations.routes import ROUTES
from convsim.strategies import USUAL, fault_plans
from tests.asking import HELLO, handle

# For `find` where it matters that something is found, and not how small it is: shrinking takes most of the time.
AS_FOUND = settings(phases=[Phase.generate], max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))

CREATE = "conversations.items.create"
OPERATIONS = [route.operation for route in ROUTES]
ITEMS = "/conversations/conv_1/items"
HEADERS = [(b"authorization", b"Bearer sk-test"), (b"content-type", b"application/json")]
ADD = Request("POST", ITEMS, f"/v1{ITEMS}", "", HEADERS, json.dumps({"items": [HELLO]}).encode())


def told(plan: list[Rule]) -> list[tuple[str, tuple[str, ...] | None, int, str]]:
    return [(repr(rule.fault), rule.operations, rule.skip, rule.moment) for rule in plan]


@given(fault_plans())
def test_a_plan_is_rules_for_an_emulator(plan: list[Rule]) -> None:
    assert len(plan) <= 3
    sim = Emulator(faults=plan)
    assert [repr(rule) for rule in sim.faults] == [repr(rule) for rule in plan]
    for rule in plan:
        assert rule.fault in USUAL
        assert rule.moment in rule.fault.moments
        assert rule.operations is not None
        assert set(rule.operations) < set(OPERATIONS)
        assert (rule.conversation, rule.seen, rule.fired, rule.times) == (None, 0, 0, None)


def test_the_smallest_plan_is_none() -> None:
    assert find(fault_plans(), lambda plan: True) == []


@pytest.mark.parametrize("most", [0, 1, 5])
def test_there_are_at_most_so_many(most: int) -> None:
    assert len(find(fault_plans(most=most), lambda plan: len(plan) >= most, settings=AS_FOUND)) == most
    with pytest.raises(NoSuchExample):
        find(fault_plans(most=most), lambda plan: len(plan) > most, settings=settings(AS_FOUND, max_examples=100))


def test_the_smallest_rule_is_the_first_fault_on_the_first_operation_at_once() -> None:
    assert told(find(fault_plans(), lambda plan: len(plan) > 0)) == [
        ("RateLimited(retry_after=0.01, kind='requests')", ("conversations.create",), 0, "before")
    ]


LOSING = (ServerError(retry_after=0.01), ConnectionReset(), ReadTimeout())
MOMENTS = [(fault, "before") for fault in USUAL] + [(fault, "after") for fault in LOSING]


@pytest.mark.parametrize(("fault", "moment"), MOMENTS, ids=[f"{moment} {fault!r}" for fault, moment in MOMENTS])
def test_each_usual_fault_is_met_at_each_of_its_moments(fault: Fault, moment: str) -> None:
    def meets(plan: list[Rule]) -> bool:
        return [(rule.fault, rule.moment) for rule in plan] == [(fault, moment)]

    assert find(fault_plans(most=1), meets, settings=AS_FOUND)


def test_only_what_loses_an_answer_happens_after_the_commit() -> None:
    seen: set[object] = set()

    @given(fault_plans())
    @settings(max_examples=100, derandomize=True)
    def look(plan: list[Rule]) -> None:
        seen.update(rule.fault for rule in plan if rule.moment == "after")

    look()
    assert seen == set(LOSING)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_is_met(operation: str) -> None:
    assert find(
        fault_plans(most=1), lambda plan: [rule.operations for rule in plan] == [(operation,)], settings=AS_FOUND
    )


def doubled(plan: list[Rule]) -> bool:
    """Whether code that tries again until it hears something puts an item in twice under the plan."""
    sim = Emulator(faults=plan)
    sim.seed("conv_1")
    for _ in range(5):
        outcome = handle(sim, ADD)  # what a client would make of it takes ten times as long
        if isinstance(outcome, Response) and outcome.status < 300:
            break
    return len(sim.state["conv_1"].items) > 1


def test_a_search_finds_the_lost_answer_and_shrinks_to_it_alone() -> None:
    assert told(find(fault_plans(), doubled)) == [("ServerError(retry_after=0.01)", (CREATE,), 0, "after")]


def test_a_search_among_faults_of_its_own() -> None:
    assert told(find(fault_plans(DNSFailure(), InvalidItem(), ConnectionReset(), on=CREATE), doubled)) == [
        ("ConnectionReset()", (CREATE,), 0, "after")
    ]


def test_faults_happen_only_at_the_moments_that_they_know() -> None:
    faults = (DNSFailure(), TruncatedJSON(keep=0.1), Latency(0.0), ServerError())
    seen: set[object] = set()

    @given(fault_plans(*faults, on="conversations.retrieve"))
    @settings(max_examples=80, derandomize=True)
    def look(plan: list[Rule]) -> None:
        seen.update((type(rule.fault), rule.moment) for rule in plan)

    look()
    assert seen == {
        (DNSFailure, "before"),
        (TruncatedJSON, "after"),
        (Latency, "after"),
        (ServerError, "before"),
        (ServerError, "after"),
    }


@pytest.mark.parametrize(
    "on", [[CREATE, "conversations.delete"], (CREATE, "conversations.delete")], ids=["list", "tuple"]
)
def test_operations_of_its_own(on: list[str]) -> None:
    seen: set[object] = set()

    @given(fault_plans(on=iter(on)))
    @settings(derandomize=True)
    def look(plan: list[Rule]) -> None:
        seen.update(rule.operations for rule in plan)

    look()
    assert seen == {(CREATE,), ("conversations.delete",)}


@pytest.mark.parametrize("wrong", ["conversation.items.create", ["conversations.create", "conversation.items.create"]])
def test_a_wrong_operation_is_refused_at_once(wrong: str | list[str]) -> None:
    with pytest.raises(UsageError, match=r"no operation 'conversation\.items\.create'\. Did you mean 'conversations\."):
        fault_plans(on=wrong)


@pytest.mark.parametrize("wrong", [{"on": 5}, {"most": -1}, {"most": "3"}], ids=str)
def test_operations_and_a_number_are_wanted(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"^fault_plans\(on=.*, most=.*\): write operations, and a number from 0"):
        fault_plans(**wrong)


@pytest.mark.parametrize(
    "wrong",
    ["x", RateLimited, Rule(RateLimited()), StaleReads(), HideItem("msg_1")],
    ids=["text", "class", "rule", "stale reads", "hidden item"],
)
def test_what_is_no_fault_that_happens_at_once_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError) as caught:
        fault_plans(RateLimited(), wrong)  # type: ignore[arg-type]
    assert str(caught.value) == f"fault_plans({wrong!r}): write faults that happen at once, such as RateLimited()"


@pytest.mark.parametrize("wrong", [DropEvent(), RefuseEvent(), CloseConnection()], ids=repr)
def test_what_happens_on_events_is_no_part_of_a_plan_of_operations(wrong: Fault) -> None:
    with pytest.raises(UsageError) as caught:
        fault_plans(RateLimited(), wrong)
    assert str(caught.value) == f"fault_plans({wrong!r}): write faults that happen on operations, such as RateLimited()"


def test_a_direct_call_meets_no_fault() -> None:
    @given(fault_plans())
    def never(plan: list[Rule]) -> None:
        sim = Emulator(faults=plan)
        assert sim.conversations.create().id in sim.state
        assert sim.faults.unused == tuple(sim.faults)

    never()
