"""The reproducible storm."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator, UsageError
from convsim.faults import (
    Chaos,
    CloseConnection,
    ConnectionReset,
    DropEvent,
    FailResponse,
    Fault,
    Faults,
    HideItem,
    Latency,
    Overloaded,
    RateLimited,
    Rule,
    ServerError,
    StaleReads,
    StallStream,
)
from convsim.http.messages import Outcome, Response
from tests.asking import check

from .asking import HI, ITEMS, add, ask, seeded, statuses, stored


def storm(times: int = 60, sim: Emulator | None = None, **options: Any) -> list[Outcome]:
    """Return the list after ``times`` additions to it in a storm."""
    sim = sim or seeded()
    sim.faults.chaos(**({"seed": 7, "rate": 0.5} | options))
    return [ask(sim, "POST", ITEMS, {"items": [HI]}) for _ in range(times)]


def kinds(outcomes: list[Outcome]) -> list[object]:
    return [outcome.status if isinstance(outcome, Response) else outcome.kind for outcome in outcomes]


def test_equal_seeds_give_equal_storms() -> None:
    assert storm() == storm()
    assert kinds(storm(seed=8)) != kinds(storm(seed=7))


def test_a_seed_gives_the_same_storm_in_every_version() -> None:
    drawn = [500, "reset", "read_timeout", 429, 429, 500, 503, 200, 200, 200, 503, "read_timeout"]
    assert kinds(storm(12)) == drawn


def test_a_storm_meets_events_with_faults_that_usually_meet_operations() -> None:
    faults = Faults([Chaos(seed=7, rate=1, faults=[Latency(1)], on="conversation.item.added")])
    assert faults.on_event("server event", "conversation.item.added", "sess_1").faults == [Latency(1)]


def test_a_storm_begins_again_when_it_is_armed_again() -> None:
    sim = seeded()
    first = storm(20, sim)
    sim.reset()
    sim.seed("conv_a")
    assert storm(20, sim) == first
    sim = seeded(faults=[Chaos(seed=7, rate=0.5)])

    assert [ask(sim, "POST", ITEMS, {"items": [HI]}) for _ in range(20)] == first


def test_a_rate_is_a_probability() -> None:
    assert kinds(storm(rate=0)) == [200] * 60
    assert 200 not in kinds(storm(rate=1))
    assert 20 < sum(kind != 200 for kind in kinds(storm(400, rate=0.1))) < 60


def test_a_storm_brings_all_that_can_be_survived() -> None:
    assert set(kinds(storm(100, rate=1))) == {400, 429, 500, 503, "reset", "read_timeout"}


def test_in_a_storm_some_writes_are_done_unheard() -> None:
    sim = seeded()
    heard = kinds(storm(100, sim)).count(200)

    assert len(stored(sim)) > heard
    lost = [entry for entry in sim.journal.select(kind="http") if getattr(entry, "lost", None) is not None]
    assert len(stored(sim)) == heard + len(lost)
    check(sim)


def test_a_storm_may_be_of_ones_own_faults() -> None:
    own = [Rule(Overloaded()), Rule(ConnectionReset(), after_commit=True), Rule(Latency(1))]
    outcomes = storm(rate=1, faults=own)

    assert set(kinds(outcomes)) == {503, "reset", 200}
    assert {outcome.delay for outcome in outcomes} == {0, 1}


def test_a_storm_may_be_on_some_operations() -> None:
    sim = seeded()
    sim.faults.chaos(seed=1, rate=1, on=["conversations.items.list"], faults=[Rule(Overloaded())])

    assert add(sim) == 200
    assert kinds([ask(sim, "GET", ITEMS)]) == [503]
    sim.faults.clear()
    sim.faults.chaos(seed=1, rate=1, on=(name for name in ["conversations.items.list"]))
    assert kinds([ask(sim, "GET", ITEMS)]) != [200]
    with pytest.raises(UsageError, match="there is no operation"):
        sim.faults.chaos(seed=1, rate=1, on="conversations.item.list")


def test_a_storm_is_counted_and_can_end() -> None:
    sim = seeded()
    with sim.faults.chaos(seed=7, rate=1) as armed:
        statuses(sim, 5)
    assert (armed.seen, armed.fired) == (5, 5)
    assert statuses(sim, 3) == [200] * 3


def test_other_rules_answer_before_a_storm_if_they_were_added_before() -> None:
    sim = seeded(faults=[Rule(RateLimited(), times=3)])
    armed = sim.faults.chaos(seed=7, rate=1, faults=[Rule(ServerError())])

    assert statuses(sim, 5) == [429, 429, 429, 500, 500]
    assert (armed.seen, armed.fired) == (5, 2)


def test_a_storm_that_did_not_come_is_no_reason_to_warn() -> None:
    sim = seeded()
    with sim.faults.chaos(seed=7, rate=0):
        statuses(sim, 3)
    sim.faults.chaos(seed=7, rate=0)

    assert sim.faults.unused == ()
    assert [str(rule) for rule in sim.faults] == ["chaos at the rate 0"]


@pytest.mark.parametrize("rate", [-0.1, 1.0000001, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(UsageError) as caught:
        Chaos(seed=1, rate=rate)
    assert str(caught.value) == f"chaos(rate={rate!r}): write a probability, 0 <= rate <= 1"


def test_a_storm_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Emulator().faults.chaos(seed=1, rate=1, faults=[])
    assert str(caught.value) == "chaos(faults=[]): write at least one fault"


def test_a_storm_takes_rules_and_faults_as_an_emulator_does() -> None:
    assert set(kinds(storm(20, rate=1, faults=[Overloaded(), RateLimited()]))) == {429, 503}


def test_a_storm_loses_no_write_that_was_answered() -> None:
    """Faults that show another store are for reads; a storm over all operations must not apply them to writes."""
    sim = seeded()
    try:
        answers = kinds(storm(20, sim, rate=1, faults=[Rule(Overloaded()), Rule(HideItem("msg_1"))]))
    except UsageError:
        return  # refusing the list is as good

    assert len(stored(sim)) == answers.count(200)


@pytest.mark.parametrize("fault", [StaleReads(), HideItem("msg_1")], ids=repr)
def test_what_lasts_is_no_part_of_a_storm(fault: Fault) -> None:
    with pytest.raises(UsageError) as caught:
        seeded().faults.chaos(seed=1, rate=1, faults=[Overloaded(), fault])
    assert (
        str(caught.value) == f"chaos(faults=[{fault!r}]): it lasts, and a storm takes only faults that happen at once"
    )


# --- storms of events ----------------------------------------------------------------------------------------------

ADDED = "conversation.item.added"
DELTA = "response.output_text.delta"


def test_a_storm_of_events_is_reproducible_and_leaves_operations_alone() -> None:
    storms = []
    for _ in range(2):
        sim = seeded()
        armed = sim.faults.chaos(seed=7, rate=0.5, faults=[DropEvent(), Latency(1)], on=ADDED)
        storms.append([sim.faults.on_event("server event", ADDED, "sess_a").faults for _ in range(40)])
        assert sim.faults.on_event("server event", "conversation.item.done", "sess_a").faults == []
        assert add(sim) == 200
        assert armed.seen == 40

    assert storms[0] == storms[1]
    assert {repr(fault) for happened in storms[0] for fault in happened} == {"DropEvent()", "Latency(seconds=1)"}
    assert 10 < armed.fired == sum(map(bool, storms[0])) < 30


def test_a_storm_brings_events_at_the_moments_of_its_rules() -> None:
    sim = seeded()
    lost: list[Fault | Rule] = [CloseConnection(), Rule(CloseConnection(), after_commit=True)]
    sim.faults.chaos(seed=7, rate=1, faults=lost, on=["conversation.item.create", ADDED])
    happened = [sim.faults.on_event("client event", "conversation.item.create", "sess_a") for _ in range(20)]

    assert {plan.moment for plan in happened} == {"before", "after"}


def test_a_storm_over_all_operations_meets_no_event() -> None:
    sim = seeded()
    armed = sim.faults.chaos(seed=7, rate=1)

    assert sim.faults.on_event("server event", ADDED, "sess_a").faults == []
    assert armed.seen == 0


def test_a_fault_of_streams_is_drawn_for_streams_only() -> None:
    sim = seeded()
    armed = sim.faults.chaos(seed=7, rate=1, faults=[DropEvent(), StallStream()], on="response.*")
    spoken = [sim.faults.on_event("server event", DELTA, "sess_a").faults for _ in range(40)]
    streamed = [sim.faults.on_event("stream event", DELTA, "conv_a").faults for _ in range(40)]

    assert {repr(fault) for happened in spoken for fault in happened} == {"DropEvent()"}
    assert {repr(fault) for happened in streamed for fault in happened} == {"DropEvent()", "StallStream()"}
    assert all(streamed)
    assert (armed.seen, armed.fired) == (80, 40 + sum(map(bool, spoken)))


def test_what_is_drawn_happens_only_where_it_can() -> None:
    sim = seeded()
    sim.faults.chaos(seed=7, rate=1, faults=[DropEvent(), FailResponse()], on="response.*")
    ends = [sim.faults.on_event("stream event", "response.completed", "conv_a").faults for _ in range(40)]

    assert {repr(fault) for happened in ends for fault in happened} == {"DropEvent()"}
    assert not all(ends)


@pytest.mark.parametrize("faults", [[DropEvent()], [RateLimited(), DropEvent()]], ids=repr)
def test_a_storm_of_events_names_them(faults: list[Fault]) -> None:
    with pytest.raises(UsageError) as caught:
        seeded().faults.chaos(seed=1, rate=1, faults=faults)
    assert str(caught.value) == "chaos(faults=[DropEvent()]): it happens to events; name them, chaos(on=...)"


def test_the_usual_storm_is_not_of_events() -> None:
    with pytest.raises(UsageError) as caught:
        seeded().faults.chaos(seed=1, rate=1, on=ADDED)
    assert str(caught.value) == (
        f"chaos(on='{ADDED}'): the default faults happen to operations; write faults=[DropEvent(), ...], too"
    )


@pytest.mark.parametrize(
    ("faults", "on", "words"),
    [
        ([DropEvent(), RateLimited()], ADDED, "happens to an operation, and"),
        (
            [Latency(1), DropEvent()],
            "conversations.create",
            "DropEvent() happens to a server event or a stream event, and",
        ),
        (
            [CloseConnection(), Rule(CloseConnection(), after_commit=True)],
            ADDED,
            "only the client's events have a commit",
        ),
    ],
)
def test_each_fault_of_a_storm_must_suit_what_it_is_on(faults: list[Any], on: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        seeded().faults.chaos(seed=1, rate=1, faults=faults, on=on)
    assert words in str(caught.value)
