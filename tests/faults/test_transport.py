"""Connections that go wrong and answers that are late, as the adapters are told of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from convsim.errors import UsageError
from convsim.faults import (
    BodyReset,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    DNSFailure,
    Fault,
    Latency,
    RateLimited,
    ReadTimeout,
    TruncatedJSON,
)
from convsim.http.messages import Request, Response, TransportErrorKind, TransportFault
from tests.asking import handle

from .asking import HI, ITEMS, add, answer, ask, seeded, stored

KINDS: list[tuple[Fault, TransportErrorKind]] = [
    (ConnectionRefused(), "refused"),
    (DNSFailure(), "dns"),
    (ConnectTimeout(), "connect_timeout"),
    (ReadTimeout(), "read_timeout"),
    (ConnectionReset(), "reset"),
]


@pytest.mark.parametrize(("fault", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_a_connection_fails_before_anything_is_done(fault: Fault, kind: TransportErrorKind) -> None:
    sim = seeded(faults=[fault])

    assert ask(sim, "POST", ITEMS, {"items": [HI]}) == TransportFault(kind)
    assert stored(sim) == []
    assert add(sim) == 200


@pytest.mark.parametrize("fault", [ReadTimeout(), ConnectionReset()], ids=repr)
def test_a_connection_that_stood_can_fail_after_all_was_done(fault: Fault) -> None:
    sim = seeded()
    sim.faults.add(fault, after_commit=True)

    assert isinstance(ask(sim, "POST", ITEMS, {"items": [HI]}), TransportFault)
    assert stored(sim) == ["msg_1"]


def test_a_body_breaks_off_behind_the_bytes_that_came() -> None:
    sim = seeded(faults=[BodyReset(after_bytes=7)])
    outcome = ask(sim, "POST", ITEMS, {"items": [HI]})

    whole = answer(seeded(), "POST", ITEMS, {"items": [HI]})
    assert outcome == TransportFault("reset_in_body", partial=whole, after_bytes=7)
    assert stored(sim) == ["msg_1"]


@pytest.mark.parametrize("count", [-1, -10])
def test_a_body_has_no_fewer_bytes_than_none(count: int) -> None:
    with pytest.raises(UsageError) as caught:
        BodyReset(after_bytes=count)
    assert str(caught.value) == f"BodyReset(after_bytes={count}): write an integer, 0 or more"


# --- latency -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 0.25, 7])
def test_an_answer_is_late_and_otherwise_the_same(seconds: float) -> None:
    on_time = answer(seeded(2), "GET", ITEMS)

    assert answer(seeded(2, faults=[Latency(seconds)]), "GET", ITEMS) == on_time._replace(delay=seconds)


@pytest.mark.parametrize("seconds", [-1, 86_400.5, float("nan")])
def test_a_latency_is_a_day_at_most(seconds: float) -> None:
    assert Latency(86_400).seconds == 86_400
    with pytest.raises(UsageError) as caught:
        Latency(seconds)
    assert str(caught.value) == f"Latency({seconds!r}): write seconds, 0 to 86400, which is a day"


def test_delays_add_up_and_keep_other_faults_company() -> None:
    sim = seeded(faults=[Latency(1), RateLimited(), Latency(0.5)])
    got = answer(sim, "POST", ITEMS, {"items": [HI]})

    assert (got.status, got.delay) == (429, 1.5)
    assert [repr(fault) for fault in sim.journal[-1].faults] == [
        "Latency(seconds=1)",
        "RateLimited(retry_after=0.01, kind='requests')",
        "Latency(seconds=0.5)",
    ]


@pytest.mark.parametrize("fault", [ReadTimeout(), BodyReset(3)], ids=repr)
def test_no_answer_can_be_late_too(fault: Fault) -> None:
    assert ask(seeded(faults=[Latency(0.5), fault]), "GET", ITEMS).delay == 0.5


@pytest.mark.parametrize(
    ("seconds", "timeout", "late"), [(2, 1.5, True), (2, 2, False), (2, 3, False), (2, None, False)]
)
def test_where_the_client_waits_less_it_gets_its_own_timeout(seconds: float, timeout: float | None, late: bool) -> None:
    sim = seeded(faults=[Latency(seconds)])
    outcome = ask(sim, "POST", ITEMS, {"items": [HI]}, timeout=timeout)

    assert stored(sim) == ["msg_1"]
    if late:
        assert outcome == TransportFault("read_timeout", delay=1.5)
    else:
        assert isinstance(outcome, Response)
        assert outcome.delay == seconds


@pytest.mark.parametrize("timeout", [None, {}, {"connect": 1}, {"read": None}])
def test_a_request_that_tells_no_timeout_waits(timeout: Mapping[str, float | None] | None) -> None:
    headers = ((b"Authorization", b"Bearer sk-test"),)
    sim = seeded(faults=[Latency(100)])

    assert handle(sim, Request("GET", ITEMS, f"/v1{ITEMS}", "", headers, b"", timeout)).delay == 100


def test_virtual_time_ends_where_the_clock_does_and_the_journal_has_the_request() -> None:
    sim = seeded(now=2**32 - 10, virtual_time=True, faults=[Latency(500)])
    sim.journal.clear()
    answer(sim, "POST", "/conversations", {})

    assert sim.clock.now() == 2**32 - 1
    assert [entry.status for entry in sim.journal] == [200]
    sim.conversations.create()


def test_virtual_time_passes_on_the_clock_and_nobody_waits() -> None:
    sim = seeded(virtual_time=True, faults=[Latency(60), TruncatedJSON()])
    start = sim.clock.now()

    assert ask(sim, "GET", ITEMS).delay == 0
    assert sim.clock.now() == start + 60
    assert ask(sim, "GET", ITEMS).delay == 0
    assert sim.clock.now() == start + 60


def test_virtual_time_passes_up_to_the_clients_timeout() -> None:
    sim = seeded(virtual_time=True, faults=[Latency(60)])
    start = sim.clock.now()

    assert ask(sim, "GET", ITEMS, timeout=5) == TransportFault("read_timeout")
    assert sim.clock.now() == start + 5


def test_what_is_late_is_dated_and_noted_when_it_was_done() -> None:
    sim = seeded(virtual_time=True, faults=[Latency(60)])
    dates = [dict(answer(sim, "GET", ITEMS).headers)[b"Date"][-12:] for _ in range(2)]

    assert dates == [b"21:06:40 GMT", b"21:07:40 GMT"]
    assert [entry.at for entry in sim.journal][1:] == [1741900000, 1741900060]


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_seconds_that_are_none_are_refused(seconds: float) -> None:
    with pytest.raises(UsageError) as caught:
        Latency(seconds)
    assert str(caught.value) == f"Latency({seconds!r}): write seconds, 0 to 86400, which is a day"
