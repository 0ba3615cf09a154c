"""Deliveries: delays, faults by event name, the account of sent items, and clients that leave."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from convsim import Emulator
from convsim.faults import CloseConnection, DropEvent, FailResponse, Fault, GarbleEvent, Latency, Rule, StallStream
from convsim.http.messages import Chunk, State, TransportFault
from convsim.responses.vocabulary import Failure
from convsim.service.delivery import BodyDelivery
from tests.asking import service

DELTA = "response.output_text.delta"
DONE = "response.done"


READY = [Chunk(b"ready", DELTA)]


class Script:
    """A stream of prepared items: chunks, waits (given as long as they last), and how it was closed."""

    def __init__(self, *items: Chunk | TransportFault | float) -> None:
        self.items = deque(items)
        self.asked: list[float] = []
        self.closed: list[tuple[int, str]] = []
        self.most: list[int] = []
        self.wake: Callable[[], None] = lambda: None

    def next(self, now: float) -> Any:
        self.asked.append(now)
        return self.items.popleft() if self.items else None

    def close(self, code: int = 1006, reason: str = "") -> None:
        self.closed.append((code, reason))

    def ready(self, most: int) -> bytes:
        self.most.append(most)
        return self.next(0.0).data if self.items and self.items[0] in READY else b""

    def rest(self) -> bytes:
        return b"rest" if self.closed else b""

    def fail(self, failure: Failure) -> None:
        self.items = deque([Chunk(failure.code.encode(), "error"), Chunk(b"failed", "response.failed")])


def delivery(
    *items: Chunk | TransportFault | float, rules: Any = (), read_timeout: float | None = None, **options: Any
) -> tuple[BodyDelivery, Script, Emulator]:
    sim, script, faults = Emulator(faults=rules, **options), Script(*items), list[Fault]()
    stream: Any = script
    return BodyDelivery(service(sim), stream, "conv_1", faults, read_timeout), script, sim


def test_chunks_are_given_in_their_order_and_then_the_end() -> None:
    body, script, _ = delivery(Chunk(b"a"), Chunk(b"b"))
    assert [body.next(0.0) for _ in range(4)] == [Chunk(b"a"), Chunk(b"b"), None, None]
    assert (body.account.sent, body.state) == (b"ab", State.CLOSED)
    body.close()
    assert script.closed == []


@pytest.mark.parametrize(
    ("items", "due", "rest"),
    [
        ([*READY, Chunk(b"a"), Chunk(b"b")], (b"readyab", None), (b"", None)),
        ([*READY, Chunk(b"a"), 2.0, Chunk(b"b")], (b"readya", 2.0), (b"b", None)),
        ([Chunk(b"a"), Chunk(b"b", delay=3.0), *READY], (b"a", 3.0), (b"", 3.0)),
        ([*READY, Chunk(b"abcd"), Chunk(b"e")], (b"readyabcd", 0.0), (b"e", None)),
        ([*READY, TransportFault("reset")], (b"ready", TransportFault("reset")), (b"", None)),
    ],
)
def test_all_that_is_due_is_one_piece(items: list[Any], due: Any, rest: Any) -> None:
    body, _, _ = delivery(*items)
    assert [body.due(0.0, 8), body.due(0.0, 8)] == [due, rest]
    assert body.account.sent == due[0] + rest[0]
    assert body.closing is None


def test_a_fault_meets_each_event_of_what_is_due() -> None:
    rule = Rule(DropEvent(), on=DELTA)
    body, script, sim = delivery(*READY, Chunk(b"a", DELTA), *READY, Chunk(b"b", DONE), rules=[rule])
    assert body.due(0.0, 1) == (b"a", 0.0)
    assert (body.account.lost, script.most) == (b"ready", [])
    sim.faults.clear()
    assert body.due(0.0, 100) == (b"readyb", None)
    assert script.most == [100]
    body, _, _ = delivery(*READY, Chunk(b"late", delay=1.0), *READY)
    assert body.next(0.0) == READY[0]
    assert [body.due(now, 100) for now in (0.0, 1.0)] == [(b"", 1.0), (b"lateready", None)]
    assert (body.state, body.due(2.0, 100)) == (State.CLOSED, (b"", None))


def test_what_is_late_is_waited_for_and_not_sent_before() -> None:
    body, script, sim = delivery(Chunk(b"a", delay=2.0), now=1000)
    assert [body.next(now) for now in (10.0, 11.5)] == [2.0, 0.5]
    assert body.account.sent == b""
    assert body.next(12.0) == Chunk(b"a", delay=2.0)
    assert (body.account.sent, sim.clock.now()) == (b"a", 1000)
    assert body.next(12.0) is None
    assert script.asked == [10.0, 12.0]


def test_on_virtual_time_the_clock_moves_and_nobody_waits() -> None:
    body, script, sim = delivery(Chunk(b"a", delay=2.0), 3.0, Chunk(b"b"), now=1000, virtual_time=True)
    assert [body.next(10.0) for _ in range(3)] == [Chunk(b"a", delay=2.0), Chunk(b"b"), None]
    assert sim.clock.now() == 1005
    assert script.asked == [10.0, 12.0, 15.0, 15.0]


def test_a_stream_that_waits_is_waited_for_and_wakes_its_reader() -> None:
    body, script, _ = delivery(3.0, math.inf, Chunk(b"a"), virtual_time=False)
    woken: list[bool] = []
    body.wake = lambda: woken.append(True)
    assert [body.next(0.0) for _ in range(3)] == [3.0, math.inf, Chunk(b"a")]
    script.wake()
    body.wake()
    assert woken == [True, True]


def test_an_event_is_dropped_and_its_delay_is_that_of_the_next() -> None:
    body, _, _ = delivery(Chunk(b"a", DELTA, 2.0), Chunk(b"b", DONE), rules=[Rule(DropEvent(), on=DELTA)])
    assert [body.next(0.0), body.next(2.0)] == [2.0, Chunk(b"b", DONE)]
    assert (body.account.sent, body.account.lost, body.faults) == (b"b", b"a", [DropEvent()])


def test_an_event_is_late_and_nothing_overtakes_it() -> None:
    body, _, _ = delivery(Chunk(b"a", DELTA), Chunk(b"b", DELTA), rules=[Rule(Latency(3), on=DELTA)])
    assert [body.next(0.0), body.next(3.0), body.next(3.0)] == [3.0, Chunk(b"a", DELTA), Chunk(b"b", DELTA)]
    assert body.faults == [Latency(3)]


def test_the_connection_breaks_at_an_event() -> None:
    rule = Rule(CloseConnection(), on=DELTA, skip=1)
    body, script, _ = delivery(Chunk(b"a", DELTA), Chunk(b"b", DELTA), Chunk(b"c"), rules=[rule])
    assert [body.next(0.0) for _ in range(3)] == [Chunk(b"a", DELTA), TransportFault("reset_in_body"), None]
    assert (body.account.sent, body.account.lost, body.faults) == (b"a", b"brest", [CloseConnection()])
    assert (script.closed, body.state) == ([(1006, "")], State.CLOSED)


def test_the_body_just_ends_at_an_event() -> None:
    rule = Rule(CloseConnection(1000, "bye"), on=DELTA)
    body, script, _ = delivery(Chunk(b"a", DONE), Chunk(b"b", DELTA), Chunk(b"c"), rules=[rule])
    assert [body.next(0.0), body.next(0.0), body.next(0.0)] == [Chunk(b"a", DONE), None, None]
    assert (body.account.lost, script.closed, body.state) == (b"brest", [(1000, "bye")], State.CLOSED)


@pytest.mark.parametrize("virtual", [False, True])
def test_a_stream_stalls_and_nobody_waits(virtual: bool) -> None:
    body, script, sim = delivery(
        Chunk(b"a", DELTA), Chunk(b"b", DELTA), rules=[Rule(StallStream(), skip=1)], now=1000, virtual_time=virtual
    )
    assert [body.next(0.0) for _ in range(3)] == [Chunk(b"a", DELTA), TransportFault("read_timeout"), None]
    assert (body.account.sent, body.account.lost, body.faults) == (b"a", b"brest", [StallStream()])
    assert (script.closed, sim.clock.now()) == ([(1006, "")], 1000)


def test_an_event_arrives_garbled_and_the_stream_goes_on() -> None:
    body, _, _ = delivery(Chunk(b"a", DELTA), Chunk(b"b", DELTA), rules=[GarbleEvent("oh {")])
    garbled = Chunk(b"event: response.output_text.delta\ndata: oh {\n\n", DELTA)
    assert [body.next(0.0) for _ in range(3)] == [garbled, Chunk(b"b", DELTA), None]
    assert (body.account.sent, body.account.lost, body.faults) == (garbled.data + b"b", b"a", [GarbleEvent("oh {")])


def test_a_response_fails_at_an_event() -> None:
    body, script, _ = delivery(Chunk(b"a", DELTA), Chunk(b"b", DELTA), rules=[Rule(FailResponse("x"), skip=1)])
    told = [Chunk(b"a", DELTA), Chunk(b"x", "error"), Chunk(b"failed", "response.failed"), None]
    assert [body.next(0.0) for _ in range(4)] == told
    assert (body.account.lost, body.faults, script.closed) == (b"b", [FailResponse("x")], [])


def test_what_happens_at_an_event_may_take_its_time() -> None:
    rules = [Rule(StallStream(), on=DELTA), Rule(Latency(2), on=DELTA)]
    body, _, _ = delivery(Chunk(b"a", DELTA, 1.0), rules=rules)
    assert [body.next(10.0), body.next(13.0)] == [3.0, TransportFault("read_timeout")]


@pytest.mark.parametrize(("conversation", "content"), [("conv_1", b"b"), ("conv_2", b"ab")])
def test_a_rule_may_be_about_one_conversation(conversation: str, content: bytes) -> None:
    rule = Rule(DropEvent(), on=DELTA, conversation=conversation)
    body, _, _ = delivery(Chunk(b"a", DELTA), Chunk(b"b", DELTA), rules=[rule])
    while body.next(0.0):
        pass
    assert body.account.sent == content


def test_what_has_no_name_is_left_alone_by_faults() -> None:
    body, _, sim = delivery(Chunk(b"a"), TransportFault("reset"), rules=[Rule(DropEvent(), on=DELTA)])
    assert [body.next(0.0) for _ in range(3)] == [Chunk(b"a"), TransportFault("reset"), None]
    (rule,) = sim.faults
    assert rule.seen == 0


def test_a_client_that_leaves_closes_the_stream_once() -> None:
    body, script, _ = delivery(Chunk(b"a"), Chunk(b"b", delay=1.0))
    assert [body.next(0.0), body.next(0.0)] == [Chunk(b"a"), 1.0]
    assert (body.state, body.account.is_open) == (State.OPEN, True)
    body.close(1001, "gone")
    body.close()
    assert (body.state, body.account.is_open) == (State.CLOSED, False)
    assert (body.account.sent, body.account.lost) == (b"a", b"brest")
    assert (script.closed, body.next(5.0)) == ([(1001, "gone")], None)


def test_a_chunk_may_take_as_long_as_the_client_waits() -> None:
    body, _, _ = delivery(Chunk(b"a", delay=0.5), math.inf, math.inf, read_timeout=0.5)
    assert [body.next(1.0), body.next(1.5)] == [0.5, Chunk(b"a", delay=0.5)]
    assert [body.next(1.75), body.next(2.0)] == [0.25, TransportFault("read_timeout")]


@pytest.mark.parametrize("item", [math.inf, Chunk(b"b", delay=9.0)], ids=["held", "late"])
@pytest.mark.parametrize("virtual", [False, True])
def test_a_client_waits_for_each_chunk_as_long_as_it_says(item: Any, virtual: bool) -> None:
    body, script, sim = delivery(Chunk(b"a"), item, item, read_timeout=5.0, now=1000, virtual_time=virtual)
    assert body.next(10.0) == Chunk(b"a")
    on_the_clock = virtual and item != math.inf
    heard = [body.next(12.0)] if on_the_clock else [body.next(12.0), body.next(17.0)]
    assert heard == [*([3.0] if not on_the_clock else []), TransportFault("read_timeout")]
    assert (script.closed, body.next(17.0)) == ([(1006, "")], None)
    assert sim.clock.now() == (1005 if on_the_clock else 1000)
