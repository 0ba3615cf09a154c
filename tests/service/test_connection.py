"""``sim.realtime.connect()``: a session spoken to in events, on the emulator's clock, seed and behavior."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from convsim import Behavior, Emulator, UnusedScriptWarning, UsageError
from convsim.faults import (
    CloseConnection,
    DropEvent,
    FailResponse,
    Fault,
    GarbleEvent,
    Latency,
    RefuseEvent,
    Rule,
    StallStream,
)
from convsim.http.messages import Request, Response, TransportFault
from convsim.journal.frames import Frame as NotedFrame
from convsim.realtime import Close, Frame, Session, Text
from convsim.service.connection import Connection as SocketConnection
from convsim.service.connection import DirectConnection as Connection
from tests.asking import service
from tests.inputs import nested_list
from tests.realtime.talking import types, user

ACKNOWLEDGED = ["conversation.item.added", "conversation.item.done"]


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


def test_a_connection_says_what_has_become_of_it() -> None:
    connection = connected()
    assert repr(connection) == f"<DirectConnection {connection.id}: 0 items, open>"
    connection.send(create(user()))
    connection.close(1001)
    assert repr(connection) == f"<DirectConnection {connection.id}: 1 item, closed with 1001>"


def test_text_is_sent_as_it_stands_and_bytes_are_a_binary_frame() -> None:
    connection = connected()
    connection.send("{")
    connection.send(b"{}")

    assert [event["error"]["code"] for event in connection.events()] == ["invalid_json", "invalid_event"]


@pytest.mark.parametrize(
    "event", [{"type": object()}, {"type": float("nan")}, {"type": nested_list(100_000)}, 7, [], None]
)
def test_what_is_no_json_is_a_mistake_of_the_test(event: Any) -> None:
    connection = connected()
    words = (
        "an event that JSON can hold" if isinstance(event, dict) else "an event as a mapping, or the text of a frame"
    )
    with pytest.raises(UsageError, match=rf"^connection\.send\(.*: .*write {words}$"):
        connection.send(event)
    assert connection.events() == []


def test_there_is_no_waiting_for_what_does_not_come() -> None:
    with pytest.raises(UsageError, match="no event has arrived"):
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


def test_what_is_late_moves_the_clock_to_the_last_second_at_most() -> None:
    sim = Emulator(now=2**32 - 2)
    connection = sim.realtime.connect()
    connection.session.add(Text("hello"), delay=2.5)
    assert types(connection.events())[0] == "session.created"
    assert sim.clock.now() == 2**32 - 1


@pytest.mark.parametrize("seconds", [20, 3600, 1_000_000])
def test_however_long_it_lasts_it_is_neither_pinged_nor_closed_by_itself(seconds: float) -> None:
    sim = Emulator()
    connection = sim.realtime.connect()
    connection.send({"type": "input_audio_buffer.clear"})
    connection.events()
    sim.clock.advance(seconds)

    assert connection.session.events_to_send() == []
    connection.send({"type": "input_audio_buffer.clear"})
    assert [event["type"] for event in connection.events()] == ["input_audio_buffer.cleared"]
    assert connection.closed is None


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
    for choice in ("serve", "refuse"):
        sim = Emulator(behavior=Behavior(realtime_beta=choice, realtime_conversation_created=True))
        created, conversation = sim.realtime.connect(dialect="beta").events()
        assert created["session"]["modalities"]
        assert conversation["type"] == "conversation.created"


def test_another_dialect_is_refused_and_begins_nothing() -> None:
    sim, same = Emulator(), Emulator()
    wrong: Any = "gamma"
    with pytest.raises(UsageError, match=r"^sim\.realtime\.connect\(dialect='gamma'\): write 'ga' or 'beta'$"):
        sim.realtime.connect(dialect=wrong)

    assert sim.realtime.connections == ()
    assert sim.realtime.connect().recv() == same.realtime.connect().recv()


def test_after_a_restore_the_newest_session_of_an_id_is_told() -> None:
    sim = Emulator()
    before = sim.snapshot()
    for text in ("old", "new"):
        connection = sim.realtime.connect()
        connection.send(create(user(text)))
        connection.close()
        sim.restore(before)
    old, new = sim.realtime.connections
    assert old.id == new.id
    sim.assert_items(new.id, [("user", "new")])
    assert "old" not in sim.transcript(new.id)


def test_a_model_is_a_string() -> None:
    wrong: Any = 5
    with pytest.raises(UsageError, match=r"^sim\.realtime\.connect\(model=5\): write a string"):
        Emulator().realtime.connect(model=wrong)


# --- scripts that nobody asked for --------------------------------------------------------------------------------


def test_scripts_that_nobody_asked_for_warn_at_the_end_of_the_patch() -> None:
    with pytest.warns(UnusedScriptWarning) as warned, Emulator().patch() as sim:  # noqa: PT031 - the end is what warns
        sim.realtime.script("first")
        sim.realtime.script("second", Text("third"))
        connection = sim.realtime.connect()
        connection.session.script("own")
        connection.send({"type": "response.create"})
        connection.send({"type": "response.create"})
    (warning,) = warned
    said = "sim.realtime.script('second', Text(text='third', phase=None, annotations=(), logprobs=()))"
    assert str(warning.message) == f"{said}: no response.create asked for it"
    assert warning.filename == __file__


def test_scripts_that_were_cleared_or_never_made_do_not_warn() -> None:
    with Emulator().patch() as sim:
        sim.clear_scripts()
        sim.realtime.script("first")
        sim.realtime.connect().session.script("own")
        sim.clear_scripts()
        assert sim.realtime.unused == ()


# --- faults of events ----------------------------------------------------------------------------------------------


def faulty(*rules: Rule | Fault, **options: Any) -> tuple[Emulator, Connection]:
    sim = Emulator(faults=rules, **options)
    connection = sim.realtime.connect()
    assert connection.recv()["type"] == "session.created"
    return sim, connection


def test_the_nth_create_is_refused_and_nothing_added() -> None:
    _, connection = faulty(Rule(RefuseEvent(code="overloaded", message="Not now."), skip=1))
    for item_id in ("item_a", "item_b", "item_c"):
        connection.send(create(user(id=item_id), event_id=f"event_{item_id}"))

    events = connection.events()
    assert types(events) == [*ACKNOWLEDGED, "error", *ACKNOWLEDGED]
    assert events[2]["error"] == {
        "type": "server_error",
        "code": "overloaded",
        "message": "Not now.",
        "param": None,
        "event_id": None,
    }
    assert connection.session.order == ("item_a", "item_c")


@pytest.mark.parametrize(
    ("kind", "echo", "event_id"),
    [
        ("conversation.item.create", True, "mine"),
        ("conversation.item.create", False, None),
        ("conversation.item.create", None, None),
        ("conversation.item.retrieve", None, "mine"),
        ("conversation.item.retrieve", False, None),
        ("session.update", None, "mine"),
    ],
)
def test_a_refusal_repeats_the_event_id_where_it_says_so_or_else_the_rules(
    kind: str, echo: bool | None, event_id: str | None
) -> None:
    members: dict[str, Any] = {"item": user(), "item_id": "item_x", "session": {"type": "realtime"}}
    wanted = {"create": "item", "retrieve": "item_id", "update": "session"}[kind.rpartition(".")[2]]
    _, connection = faulty(Rule(RefuseEvent(echo=echo), on=kind))
    connection.send({"type": kind, "event_id": "mine", wanted: members[wanted]})
    (event,) = connection.events()
    assert event["error"]["event_id"] == event_id


def test_what_breaks_the_schema_uses_up_no_fault() -> None:
    sim, connection = faulty(Rule(RefuseEvent()))
    connection.send(create(user(role="nobody")))
    connection.send("{")
    assert [event["error"]["code"] for event in connection.events()] == ["invalid_value", "invalid_json"]
    (rule,) = sim.faults
    assert (rule.seen, rule.fired) == (0, 0)


def test_an_acknowledgement_is_dropped_and_the_item_is_there() -> None:
    _, connection = faulty(Rule(DropEvent()))
    connection.send(create(user(id="item_a")))
    connection.send(create(user(id="item_a")))

    events = connection.events()
    assert types(events) == ["conversation.item.done", "error"]
    assert events[1]["error"]["code"] == "item_create_duplicate_item_id"


def test_an_acknowledgement_is_late_and_nothing_overtakes_it() -> None:
    sim, connection = faulty(Rule(Latency(3), on="conversation.item.added"), now=1000)
    connection.send(create(user(id="item_a")))
    assert types(connection.events()) == ACKNOWLEDGED
    assert sim.clock.now() == 1003


def test_an_acknowledgement_is_garbled_and_the_item_is_there() -> None:
    sim, connection = faulty(Rule(GarbleEvent("oh {"), on="conversation.item.added"))
    connection.send(create(user(id="item_a")))
    assert types(connection.events()) == ["conversation.item.done"]
    assert connection.session.order == ("item_a",)
    entries: list[Any] = sim.journal.select(kind="realtime")[-3:]
    kept, garbled, done = entries
    assert (kept.operation, kept.arrived, kept.faults) == ("conversation.item.added", False, [GarbleEvent("oh {")])
    assert (garbled.operation, garbled.arrived, garbled.told) == (None, True, "oh {")
    assert done.operation == "conversation.item.done"


def test_faults_of_streams_leave_realtime_alone() -> None:
    sim, connection = faulty(StallStream(), FailResponse(), Rule(DropEvent(), on="response.created"))
    connection.session.script(Text("Hi"))
    connection.send({"type": "response.create"})
    assert types(connection.events())[-1] == "response.done"
    assert [rule.seen for rule in sim.faults] == [0, 0, 1]


def test_the_delay_of_what_is_dropped_is_that_of_what_comes_next() -> None:
    sim, connection = faulty(Rule(DropEvent(), on="response.created"), now=1000)
    connection.session.script(Text("hello"), delay=2)
    connection.send({"type": "response.create"})
    assert types(connection.events())[0] == "response.output_item.added"
    assert sim.clock.now() == 1002


def test_a_delay_is_handed_to_the_adapter_or_passes_on_the_clock() -> None:
    waits: list[Any] = []
    for virtual_time in (False, True):
        sim = Emulator(faults=[Rule(Latency(3), on="session.created")], now=1000, virtual_time=virtual_time)
        request = Request("GET", "/realtime", "/v1/realtime", "model=m", [(b"authorization", b"Bearer k")], b"")
        opening = sim.realtime.open("/realtime")
        assert opening is not None
        connection = opening(request)
        assert not isinstance(connection, (Response, TransportFault))
        waits.append((connection.next(70.0), sim.clock.now()))
    (wait, _), (created, _) = waits
    assert (wait, type(created)) == (3, Frame)
    assert [instant for _, instant in waits] == [1000, 1003]


def test_the_connection_closes_before_the_event_or_after_it() -> None:
    for after_commit, order in ((False, ()), (True, ("item_a",))):
        _, connection = faulty(Rule(CloseConnection(1011, "boom"), after_commit=after_commit))
        connection.send(create(user(id="item_a")))
        assert connection.closed == Close(1011, "boom")
        assert connection.events() == []
        assert connection.session.order == order


def test_a_ping_that_is_lost_is_no_entry() -> None:
    sim, connection = faulty(Rule(CloseConnection(), after_commit=True))
    connection.session.ping()
    connection.send(create(user(id="item_a")))
    assert connection.events() == []
    assert [entry.operation for entry in sim.journal][-3:] == [*ACKNOWLEDGED, "close"]


def test_the_connection_closes_between_two_acknowledgements() -> None:
    _, connection = faulty(Rule(CloseConnection(), on="conversation.item.done"))
    connection.send(create(user(id="item_a")))
    assert types(connection.events()) == ["conversation.item.added"]
    assert connection.closed == Close(1006)
    assert connection.session.order == ("item_a",)
    with pytest.raises(UsageError, match="closed with 1006"):
        connection.send(create(user()))


def test_a_rule_may_be_about_one_session() -> None:
    sim = Emulator()
    first, second = sim.realtime.connect(), sim.realtime.connect()
    ids = [connection.recv()["session"]["id"] for connection in (first, second)]
    sim.faults.add(RefuseEvent(), conversation=ids[1])
    for connection in (first, second):
        connection.send(create(user()))
    assert types(first.events()) == ACKNOWLEDGED
    assert types(second.events()) == ["error"]


# --- what is noted -------------------------------------------------------------------------------------------------


def test_the_journal_has_what_went_both_ways_on_the_line_of_all_else() -> None:
    sim, connection = faulty(ids="sequential")
    sim.conversations.create()
    connection.send(create(user(id="item_a"), previous_item_id="root"))
    connection.events()
    connection.close()

    noted = [(entry.number, entry.kind, entry.operation) for entry in sim.journal]
    assert noted == [
        (1, "realtime", "session.created"),
        (2, "direct", "conversations.create"),
        (3, "realtime", "conversation.item.create"),
        (4, "realtime", "conversation.item.added"),
        (5, "realtime", "conversation.item.done"),
        (6, "realtime", "close"),
    ]
    assert {entry.project for entry in sim.journal} == {"proj_default"}
    sim.assert_called("conversation.item.create", times=1)
    assert [entry.items for entry in sim.journal.select(item="item_a")] == [("item_a",)] * 3


def test_the_journal_says_what_never_arrived_and_why() -> None:
    sim, connection = faulty(Rule(CloseConnection(1011), after_commit=True))
    connection.send(create(user(id="item_a")))
    assert connection.closed is not None

    sent, added, done, closed = list(sim.journal)[1:]
    assert (sent.operation, sent.faults) == ("conversation.item.create", [CloseConnection(1011)])
    assert [entry.arrived for entry in (added, done)] == [False, False]
    assert [entry.faults for entry in (added, done)] == [[CloseConnection(1011)]] * 2
    assert (closed.operation, closed.arrived) == ("close", True)

    sim, connection = faulty(Rule(CloseConnection(1011), on="conversation.item.added"))
    connection.send(create(user(id="item_a")))
    assert connection.events() == []
    assert [(entry.arrived, entry.faults) for entry in sim.journal[2:4]] == [(False, [CloseConnection(1011)])] * 2


def test_what_comes_after_the_close_is_told_as_not_received() -> None:
    sim, connection = faulty()
    connection.session.drop()
    connection.receive(json.dumps(create(user(id="item_a"))))

    entry = sim.journal[-1]
    assert (entry.operation, entry.arrived) == ("conversation.item.create", False)
    assert connection.session.order == ()


def test_what_was_late_when_the_client_left_never_arrived() -> None:
    sim = Emulator(faults=[Rule(Latency(2), on="conversation.item.added")])
    connection = SocketConnection(Session(), None, service(sim))
    assert isinstance(connection.next(0.0), Frame)
    connection.receive(json.dumps(create(user())))
    assert connection.next(0.0) == 2.0
    connection.close(1000)

    assert [(entry.operation, entry.arrived) for entry in sim.journal[2:] if isinstance(entry, NotedFrame)] == [
        ("conversation.item.added", False),
        ("conversation.item.done", False),
        ("close", True),
    ]


def test_what_a_client_leaves_behind_is_told_as_not_sent_and_without_faults() -> None:
    sim, connection = faulty()
    connection.receive(json.dumps(create(user(id="item_a"))))
    super(Connection, connection).close(1000, "bye")  # as a socket does, which takes nothing first

    assert [(entry.operation, entry.done, list(entry.faults)) for entry in list(sim.journal)[-3:]] == [
        ("conversation.item.added", False, []),
        ("conversation.item.done", False, []),
        ("close", True, []),
    ]


def test_the_client_may_close_and_what_came_before_can_be_taken() -> None:
    _, connection = faulty()
    connection.send(create(user(id="item_a")))
    connection.close(1000, "bye")
    assert connection.closed == Close(1000, "bye")
    assert types(connection.events()) == ACKNOWLEDGED
    with pytest.raises(UsageError, match="closed with 1000 'bye'"):
        connection.send(create(user()))
    connection.close()
    assert connection.closed == Close(1000, "bye")


def test_several_threads_may_speak_at_once() -> None:
    sim = Emulator()
    connection = sim.realtime.connect()
    session = connection.session

    def speak(name: str) -> None:
        for number in range(200):
            if name == "client":
                connection.receive(json.dumps(create(user(id=f"client_{number}"))))
            else:
                session.add(user(id=f"test_{number}"))

    threads = [threading.Thread(target=speak, args=(name,)) for name in ("client", "test")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = connection.events()
    added = [event for event in events if event["type"] == "conversation.item.added"]
    assert tuple(event["item"]["id"] for event in added) == session.order
    assert [event["previous_item_id"] for event in added] == [None, *session.order[:-1]]
    assert len(session.order) == 400


def test_a_connection_that_breaks_does_not_close_as_it_was_going_to() -> None:
    connection = connected(faults=[Rule(CloseConnection(1011), on="error")])
    connection.session.expire()

    assert connection.events() == []
    assert connection.closed == Close(1011)
