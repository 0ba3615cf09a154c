"""The armed rules of an emulator: armed, counted, disarmed, and told of when they did not happen."""

from __future__ import annotations

import json
import warnings
from contextlib import nullcontext
from typing import Any

import pytest

from convsim import Emulator, UnusedFaultWarning, UsageError
from convsim.faults import (
    CloseConnection,
    ConversationLocked,
    DeleteConversation,
    DropEvent,
    Fault,
    Faults,
    HideItem,
    Latency,
    Overloaded,
    RateLimited,
    RefuseEvent,
    Rule,
    StaleReads,
)
from convsim.realtime.events import EMULATED
from tests.asking import whole

from .asking import HI, ITEMS, add, answer, seeded, statuses

CREATE = "conversations.items.create"


def test_no_rule_is_armed_at_first() -> None:
    faults = Faults()

    assert (bool(faults), len(faults), list(faults), faults.unused) == (False, 0, [], ())


def test_an_armed_rule_is_there_until_it_is_disarmed() -> None:
    sim = seeded()
    armed = sim.faults.add(Overloaded(), on=CREATE, times=9)
    assert (bool(sim.faults), len(sim.faults)) == (True, 1)
    assert add(sim) == 503
    assert repr(armed) == f"<Rule(Overloaded(), on={CREATE!r}, times=9): happened 1 times>"
    armed.disarm()
    armed.disarm()

    assert (bool(sim.faults), len(sim.faults), add(sim)) == (False, 0, 200)
    assert (armed.seen, armed.fired) == (1, 1)


def test_a_rule_is_disarmed_alone_and_all_are_cleared() -> None:
    sim = seeded()
    sim.faults.add(Overloaded(), times=9)
    sim.faults.add(RateLimited(), times=9).disarm()
    assert [str(rule) for rule in sim.faults] == ["Overloaded() on every operation"]
    sim.faults.add(ConversationLocked())
    sim.faults.clear()

    assert statuses(sim, 2) == [200, 200]


def test_a_context_disarms_at_its_end_also_when_it_fails() -> None:
    sim = seeded()
    with sim.faults.add(Overloaded(), times=2) as armed:
        assert statuses(sim, 2) == [503, 503]
    with pytest.raises(ZeroDivisionError), sim.faults.add(Overloaded()):
        raise ZeroDivisionError

    assert armed.fired == 2
    assert not sim.faults


def test_in_a_with_a_fault_lasts_as_long_as_the_block() -> None:
    sim = seeded()
    with sim.faults.add(Overloaded(), on=CREATE, skip=1) as armed:
        assert statuses(sim, 5) == [200, 503, 503, 503, 503]
    assert (armed.fired, add(sim)) == (4, 200)


@pytest.mark.parametrize("armed_with", [True, False])
def test_a_number_of_times_counts_in_a_with_and_outside(armed_with: bool) -> None:
    sim = seeded()
    armed = sim.faults.add(Overloaded(), on=CREATE, times=2)
    with armed if armed_with else nullcontext():
        assert statuses(sim, 3) == [503, 503, 200]


def test_outside_a_with_a_fault_happens_once_or_always() -> None:
    sim = seeded()
    sim.faults.add(Overloaded(), on=CREATE)
    assert statuses(sim, 3) == [503, 200, 200]
    sim.faults.add(Overloaded(), on=CREATE, times="always")
    assert statuses(sim, 3) == [503] * 3
    assert sim.faults.unused == ()


def test_a_rule_lasts_in_the_with_that_it_is_armed_in_and_in_no_other() -> None:
    rule = Rule(Overloaded(), on=CREATE)
    sim = seeded()
    with sim.faults.add(rule):
        assert statuses(sim, 2) == [503, 503]
    sim.faults.add(rule)
    assert statuses(sim, 2) == [503, 200]


def test_a_rule_is_armed_as_a_copy() -> None:
    rule = Rule(Overloaded(), on=CREATE)
    first, second = seeded(), seeded()
    for sim in (first, second, first):
        with sim.faults.add(rule):
            assert add(sim) == 503

    assert (rule.seen, rule.fired) == (0, 0)


@pytest.mark.parametrize(
    "options",
    [{"on": CREATE}, {"conversation": "conv_a"}, {"skip": 1}, {"times": 2}, {"after_commit": True}],
    ids=str,
)
def test_a_rule_that_is_made_takes_no_more_options(options: dict[str, Any]) -> None:
    rule, (name,) = Rule(Overloaded()), options
    with pytest.raises(UsageError) as caught:
        seeded().faults.add(rule, **options)
    assert str(caught.value) == (
        f"add({rule!r}, {name}=...): the option belongs to the rule itself; write Rule({name}=...)"
    )


# --- the emulator's own --------------------------------------------------------------------------------------------


def test_an_emulator_begins_with_rules_and_has_them_again_after_a_reset() -> None:
    rule = Rule(Overloaded(), on=CREATE, times=2)
    sim = Emulator(faults=[rule, RateLimited()])
    for _ in range(2):
        sim.seed("conv_a")
        sim.faults.add(ConversationLocked())
        assert statuses(sim, 5) == [503, 503, 429, 400, 200]
        sim.reset()
    sim.faults.clear()
    sim.reset()

    assert [armed.fired for armed in sim.faults] == [0, 0]
    assert (rule.seen, rule.fired) == (0, 0)


def test_emulators_that_share_rules_count_apart() -> None:
    rules = [Rule(Overloaded())]

    assert [add(seeded(faults=rules)) for _ in range(2)] == [503, 503]


@pytest.mark.parametrize("wrong", [RateLimited, "RateLimited", None], ids=str)
def test_what_is_no_fault_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Emulator(faults=[wrong])
    assert str(caught.value) == f"faults=[{wrong!r}]: write Rule(RateLimited(), on=..., times=...), of convsim.faults"


@pytest.mark.parametrize("fault", [RateLimited(), Rule(RateLimited()), RateLimited, "RateLimited", 5], ids=repr)
def test_one_fault_is_no_list_of_them(fault: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Emulator(faults=fault)
    assert str(caught.value) == f"Emulator(faults={fault!r}): write a list, faults=[RateLimited()]"


def test_direct_calls_are_never_faulty() -> None:
    sim = seeded(1, faults=[Overloaded(), HideItem("msg_1"), DeleteConversation()])
    sim.conversations.items.create("conv_a", items=[HI])

    assert [item.id for item in sim.conversations.items.list("conv_a")] == ["msg_2", "msg_1"]
    assert [rule.seen for rule in sim.faults] == [0, 0, 0]


# --- what did not happen -------------------------------------------------------------------------------------------


def test_a_rule_is_unused_until_it_happened_as_often_as_asked() -> None:
    sim = seeded(1, faults=[Rule(Overloaded(), times=2), HideItem("msg_1")])
    rules = list(sim.faults)
    assert sim.faults.unused == tuple(rules)
    add(sim)
    assert sim.faults.unused == tuple(rules)
    add(sim)
    assert sim.faults.unused == (rules[1],)
    answer(sim, "GET", ITEMS)
    assert not sim.faults.unused


END = " The test may not test what it says; disarm() or clear() the faults that are not meant to happen."


def told(options: dict[str, Any], asked: int) -> list[str]:
    sim = seeded()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with sim.faults.add(Overloaded(), on=CREATE, **options):
            statuses(sim, asked)
    assert all(warning.category is UnusedFaultWarning for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    ("options", "asked", "words"),
    [
        ({}, 0, "it never happened; no calls could have hit it."),
        ({"times": "always"}, 0, "it never happened; no calls could have hit it."),
        ({"times": 3}, 1, "it happened 1 of 3 times; 1 call could have hit it."),
        ({"times": 1000}, 3, "it happened 3 of 1000 times; 3 calls could have hit it."),
        ({"skip": 5}, 4, "it never happened; 4 calls could have hit it, and skip=5 lets the first of them pass."),
        ({"skip": 5}, 0, "it never happened; no calls could have hit it."),
        ({"conversation": "conv_b"}, 4, "it never happened; no calls could have hit it."),
    ],
)
def test_a_context_warns_of_a_fault_that_did_not_happen(options: dict[str, Any], asked: int, words: str) -> None:
    assert told(options, asked) == [f"Overloaded() on {CREATE}: {words}{END}"]


def test_a_context_says_nothing_of_a_fault_that_happened() -> None:
    assert told({"times": 2}, 2) == told({}, 5) == told({"times": "always"}, 1) == []


def test_a_lasting_fault_has_to_happen_once() -> None:
    sim = seeded(1)
    with pytest.warns(UnusedFaultWarning, match="it never happened"), sim.faults.add(HideItem("msg_1")):
        add(sim)
    with sim.faults.add(HideItem("msg_1")):
        answer(sim, "GET", ITEMS)


@pytest.mark.parametrize("patched", [False, True])
def test_the_warning_points_at_the_line_of_the_context(patched: bool) -> None:
    sim = seeded(faults=[Overloaded()])
    with pytest.warns(UnusedFaultWarning) as caught, sim.patch() if patched else sim.faults.add(Overloaded()):
        pass

    assert [warning.filename for warning in caught] == [__file__]


def test_the_end_of_a_patch_warns_of_all_that_did_not_happen() -> None:
    sim = seeded(faults=[RateLimited()])
    for operation in ("conversations.delete", "conversations.update"):
        sim.faults.add(Overloaded(), on=operation)
    with pytest.warns(UnusedFaultWarning) as caught, sim.patch():
        add(sim)

    (warning,) = caught
    assert [line.partition(":")[0] for line in str(warning.message).splitlines()] == [
        "Overloaded() on conversations.delete",
        "Overloaded() on conversations.update",
    ]


def test_the_end_of_a_patch_says_nothing_of_what_is_disarmed() -> None:
    sim = seeded()
    with sim.patch():
        sim.faults.add(Overloaded()).disarm()
    with sim.patch():
        sim.faults.add(Overloaded())
        sim.faults.clear()


@pytest.mark.parametrize("patched", [False, True])
def test_where_the_block_raised_there_is_no_warning_besides(patched: bool) -> None:
    sim = seeded(faults=[Overloaded()])
    with pytest.raises(ZeroDivisionError), sim.patch() if patched else sim.faults.add(Overloaded()):
        raise ZeroDivisionError


def test_a_restored_state_is_not_read_through_what_was_written_before() -> None:
    sim = seeded(faults=[StaleReads()])
    snapshot = sim.snapshot()
    assert statuses(sim, 2) == [200, 200]
    sim.restore(snapshot)

    assert json.loads(whole(answer(sim, "GET", ITEMS)))["data"] == []


def test_a_fault_of_no_known_kind_happens_and_changes_nothing() -> None:
    class Noted(Fault):
        pass

    sim = seeded(faults=[Noted()])

    assert add(sim) == 200
    assert [repr(fault) for fault in sim.journal[-1].faults] == ["Noted()"]
    assert not sim.faults.unused
    assert add(sim) == 200
    assert sim.journal[-1].faults == []


# --- events of Realtime --------------------------------------------------------------------------------------------

SAID = "conversation.item.create"
ADDED = "conversation.item.added"


def met(faults: Faults, event: str = SAID, session: str = "sess_a") -> list[str]:
    """Return the faults at one event, each with its moment unless it has only one."""
    plan = faults.on_event("client event" if event in EMULATED else "server event", event, session)
    return [f"{fault!r} {plan.moment}" if len(fault.moments) > 1 else repr(fault) for fault in plan.faults]


def test_a_fault_happens_on_its_event_and_is_counted() -> None:
    faults = Faults([RefuseEvent("a", "b", type="c")])
    (rule,) = faults
    assert met(faults, "response.create") == met(faults, ADDED) == []
    assert (rule.seen, rule.fired, faults.unused) == (0, 0, (rule,))

    assert met(faults) == ["RefuseEvent(code='a', message='b', type='c')"]
    assert met(faults) == []
    assert (rule.seen, rule.fired, faults.unused) == (2, 1, ())


def test_the_acknowledgement_of_either_dialect_is_dropped() -> None:
    for event in (ADDED, "conversation.item.created"):
        assert met(Faults([DropEvent()]), event) == ["DropEvent()"]


def test_events_are_counted_as_operations_are() -> None:
    faults = Faults([Rule(DropEvent(), on=[ADDED, "error"], skip=1, times=2)])

    assert [len(met(faults, event)) for event in (ADDED, "error", "error", ADDED)] == [0, 1, 1, 0]


def test_a_rule_may_be_about_one_session() -> None:
    faults = Faults([Rule(DropEvent(), conversation="sess_b")])

    assert met(faults, ADDED) == []
    assert met(faults, ADDED, "sess_b") == ["DropEvent()"]


@pytest.mark.parametrize(("after_commit", "moment"), [(None, "before"), (False, "before"), (True, "after")])
def test_a_connection_ends_at_the_moment_of_its_rule(after_commit: bool | None, moment: str) -> None:
    faults = Faults([Rule(CloseConnection(1001), after_commit=after_commit)])

    plan = faults.on_event("client event", SAID, "sess_a")
    assert (plan.event, plan.moment, plan.faults) == (CloseConnection(1001), moment, [CloseConnection(1001)])


def test_the_first_fault_of_an_event_happens_and_the_others_wait() -> None:
    faults = Faults([Rule(CloseConnection(), skip=1), RefuseEvent("a", "b", type="c"), CloseConnection(1001)])
    (lost, refused, closed) = faults

    assert met(faults) == ["RefuseEvent(code='a', message='b', type='c')"]
    assert met(faults) == ["CloseConnection(code=1006, reason='') before"]
    assert (lost.fired, refused.fired, closed.fired, closed.seen) == (1, 1, 0, 2)
    assert faults.unused == (closed,)
    assert met(faults) == ["CloseConnection(code=1001, reason='') before"]
    assert met(faults) == []


def test_delays_of_an_event_are_all_given_in_the_order_of_the_rules() -> None:
    rules = [Rule(fault, on=ADDED) for fault in (Latency(1), DropEvent(), Latency(2), CloseConnection())]
    faults = Faults(rules)

    assert met(faults, ADDED) == ["Latency(seconds=1)", "DropEvent()", "Latency(seconds=2)"]
    assert [rule.fired for rule in faults] == [1, 1, 1, 0]


def test_what_is_about_operations_meets_no_event_and_the_other_way_round() -> None:
    sim = seeded(1, faults=[Latency(0), Rule(Overloaded(), times=2), HideItem("msg_1")])
    for rule in (DropEvent(), RefuseEvent(), Rule(Latency(9), on=ADDED)):
        sim.faults.add(rule)

    assert met(sim.faults, ADDED) == ["DropEvent()", "Latency(seconds=9)"]
    assert [rule.seen for rule in sim.faults] == [0, 0, 0, 1, 0, 1]
    assert (add(sim), answer(sim, "GET", ITEMS).status) == (503, 503)
    assert [rule.seen for rule in sim.faults] == [2, 2, 0, 1, 0, 1]


def test_a_fault_of_an_event_that_did_not_come_is_told() -> None:
    sim = seeded()
    with pytest.warns(UnusedFaultWarning) as caught, sim.faults.add(DropEvent()):
        met(sim.faults)

    assert [str(warning.message) for warning in caught] == [
        "DropEvent() on conversation.item.added, conversation.item.created: it never happened;"
        " no events could have hit it." + END
    ]
