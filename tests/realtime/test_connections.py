"""``sim.realtime.connect()``: a session spoken to in events, on the emulator's clock, seed and behavior."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Behavior, Emulator, UsageError
from convsim.realtime import Close, Connection, Text
from tests.realtime.talking import types, user


def create(item: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": item, **members}


def connected(**options: Any) -> Connection:
    connection = Emulator(**options).realtime.connect()
    assert connection.recv()["type"] == "session.created"
    return connection


def test_it_begins_with_the_session_and_answers_what_is_sent() -> None:
    connection = connected()
    connection.send(create(user(id="item_a")))

    assert types(connection.events()) == ["conversation.item.added", "conversation.item.done"]
    assert connection.session.order == ("item_a",)
    assert connection.events() == []


def test_text_is_sent_as_it_stands_and_bytes_are_a_binary_frame() -> None:
    connection = connected()
    connection.send("{")
    connection.send(b"{}")

    assert [event["error"]["code"] for event in connection.events()] == ["invalid_json", "invalid_event"]


@pytest.mark.parametrize("event", [{"type": object()}, {"type": float("nan")}, 7])
def test_what_is_no_json_is_a_mistake_of_the_test(event: Any) -> None:
    connection = connected()
    with pytest.raises(UsageError, match=r"^connection\.send\(.*write an event as JSON has it$"):
        connection.send(event)
    assert connection.events() == []


def test_there_is_no_waiting_for_what_does_not_come() -> None:
    with pytest.raises(UsageError, match="no event has come"):
        connected().recv()


def test_events_arrive_before_the_end_and_nothing_after_it() -> None:
    connection = connected()
    assert connection.closed is None
    connection.session.ping()
    connection.session.expire()

    assert connection.closed == Close(1001, "Your session hit the maximum duration of 60 minutes.")
    assert connection.recv()["error"]["code"] == "session_expired"
    with pytest.raises(UsageError, match=r"^connection\.recv\(\): the session closed with 1001 'Your session"):
        connection.recv()
    with pytest.raises(UsageError, match=r"^connection\.send\(\): .* sim\.realtime\.connect\(\) begins a new one$"):
        connection.send(create(user()))
    assert connection.session.order == ()


def test_what_is_late_moves_the_clock_on() -> None:
    sim = Emulator(now=1000)
    connection = sim.realtime.connect()
    connection.session.add(Text("hello"), delay=2.5)
    assert sim.clock.now() == 1000

    connection.events()

    assert sim.clock.now() == 1002.5


def test_each_connection_has_a_conversation_of_its_own() -> None:
    sim = Emulator()
    first, second = sim.realtime.connect(), sim.realtime.connect()
    first.send(create(user(id="item_a")))

    assert sim.realtime.connections == (first, second)
    assert (first.session.order, second.session.order) == (("item_a",), ())
    assert first.recv()["session"]["id"] != second.recv()["session"]["id"]


def test_the_same_calls_give_the_same_frames_again() -> None:
    sim = Emulator(seed=3)

    def said() -> list[dict[str, Any]]:
        connection = sim.realtime.connect(model="gpt-realtime-mini")
        connection.send(create(user()))
        return connection.events()

    first = said()
    assert said() != first
    sim.reset()
    assert sim.realtime.connections == ()
    assert said() == first
    assert first[0]["session"]["model"] == "gpt-realtime-mini"


def test_what_follows_a_restored_snapshot_is_the_same_again() -> None:
    sim = Emulator()
    sim.realtime.connect()
    snapshot = sim.snapshot()
    first = sim.realtime.connect().recv()
    sim.restore(snapshot)

    assert sim.realtime.connect().recv() == first
    assert sim.copy().realtime.connections == ()


def test_the_seed_of_the_emulator_decides_the_ids() -> None:
    one, other = (Emulator(seed=seed).realtime.connect().recv() for seed in (1, 2))
    assert one["session"]["id"] != other["session"]["id"]


def test_the_beta_dialect_and_the_behavior_of_the_emulator() -> None:
    sim = Emulator(behavior=Behavior(realtime_beta="refuse"))
    connection = sim.realtime.connect(dialect="beta")

    assert [event["error"]["code"] for event in connection.events()] == ["beta_api_shape_disabled"]
    assert connection.closed is not None
    assert connection.closed.code == 4000
    assert Emulator().realtime.connect(dialect="beta").recv()["session"]["modalities"]


def test_another_dialect_is_refused_and_begins_nothing() -> None:
    sim, same = Emulator(), Emulator()
    wrong: Any = "gamma"
    with pytest.raises(UsageError, match=r"^sim\.realtime\.connect\(dialect='gamma'\): write 'ga' or 'beta'$"):
        sim.realtime.connect(dialect=wrong)

    assert sim.realtime.connections == ()
    assert sim.realtime.connect().recv() == same.realtime.connect().recv()
