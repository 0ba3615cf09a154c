"""Snapshots: going back to a state, so that what follows has the same bytes again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine

from convsim import Clock, Emulator, Snapshot, UsageError
from convsim.faults import ServerError
from tests.asking import CALL, HELLO, IMAGE, check, client, everything, heard, project_named, what_follows

KEYS = ("sk-a", "sk-b")


def nothing(sim: Emulator) -> None:
    """An emulator as it begins."""


def conversations_over_http(sim: Emulator) -> None:
    for key in KEYS:
        made = client(sim, key).post("/conversations", json={"items": [HELLO, CALL, IMAGE], "metadata": {"b": "2"}})
        client(sim, key).post(f"/conversations/{made.json()['id']}", json={"metadata": {"a": "1"}})


def literal_ids(sim: Emulator) -> None:
    sim.seed("conv_123", items=[HELLO | {"id": "msg_abc"}, HELLO], metadata={"z": "é", "a": "\n"})
    sim.project("proj_2").seed("conv_123", items=[CALL | {"id": "fc_1"}])
    sim.conversations.items.create("conv_123", items=[CALL])
    sim.seed(f"conv_{'6a64d613'}00bc8197b2ee13bee46a49890f2c9ddbc598f953", items=[HELLO])


def deleted_conversations(sim: Emulator) -> None:
    for letter in "abc":
        sim.seed(f"conv_gone_{letter}", items=[HELLO])
    made = sim.conversations.create(items=[HELLO, CALL])
    for conversation_id in (made.id, "conv_gone_b", "conv_gone_a"):
        sim.conversations.delete(conversation_id)
    sim.seed("conv_gone_b")


def deleted_items(sim: Emulator) -> None:
    made = sim.conversations.create(items=[HELLO, CALL, HELLO])
    for item in sim.state[made.id].items[:2]:
        sim.conversations.items.delete(item.id, conversation_id=made.id)


def linked_items(sim: Emulator) -> None:
    sim.seed("conv_a", items=[HELLO | {"id": "msg_x"}, CALL, HELLO | {"id": "msg_x"}])
    known = {"type": "item_reference", "id": "msg_x"}
    sim.conversations.create(items=[known, HELLO, known, known])


def an_advanced_clock(sim: Emulator) -> None:
    made = sim.conversations.create(items=[HELLO])
    for seconds in (0.3, 60, 1e-5):
        sim.clock.advance(seconds)
        sim.conversations.items.create(made.id, items=[HELLO, CALL])


def many_requests(sim: Emulator) -> None:
    for _ in range(9):
        client(sim, "sk-a").get("/conversations/conv_nowhere")


def all_of_it(sim: Emulator) -> None:
    for arrange in STATES[1:-1]:
        if arrange is not literal_ids:
            sim.project("proj_2").conversations.create()
            arrange(sim)


STATES: list[Callable[[Emulator], None]] = [
    nothing,
    conversations_over_http,
    literal_ids,
    deleted_conversations,
    deleted_items,
    linked_items,
    an_advanced_clock,
    many_requests,
    all_of_it,
]


@pytest.mark.parametrize("ids", ["live", "sequential"])
@pytest.mark.parametrize("arrange", STATES)
def test_what_follows_a_restore_has_the_same_bytes_again(arrange: Callable[[Emulator], None], ids: Any) -> None:
    sim = Emulator(ids=ids, seed=7, api_keys=KEYS)
    arrange(sim)
    snapshot = sim.snapshot()
    shown = everything(sim, *KEYS)
    sim.restore(snapshot)
    first = what_follows(sim, *KEYS)

    sim.restore(snapshot)
    check(sim)
    assert sim.snapshot() == snapshot
    assert everything(sim, *KEYS) == shown
    sim.restore(snapshot)
    assert what_follows(sim, *KEYS) == first
    check(sim)


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_a_restore_in_another_emulator_goes_on_as_the_first_does_without_one(ids: Any) -> None:
    sim = Emulator(ids=ids, seed=7, api_keys=KEYS)
    all_of_it(sim)
    other = Emulator(seed=3, now=5, api_keys=KEYS)
    other.seed("conv_gone")
    other.restore(sim.snapshot())

    assert repr(other) == repr(sim)
    assert what_follows(other, *KEYS) == what_follows(sim, *KEYS)


def test_ids_go_on_behind_the_last_tick_of_a_second() -> None:
    sim = Emulator()
    made = sim.conversations.create()
    ids = project_named(sim, "proj_default").ids
    for _ in range(16_390):
        last = ids.item(made.id, "msg", sim.clock.now())
    snapshot = sim.snapshot()
    added = [sim.conversations.items.create(made.id, items=[HELLO]).data[0].id for _ in range(10)]

    sim.restore(snapshot)
    assert [sim.conversations.items.create(made.id, items=[HELLO]).data[0].id for _ in range(10)] == added
    assert sorted([last, *added]) == [last, *added]


def test_a_clock_of_the_system_keeps_its_own_time() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        sim = Emulator(now=Clock.system())
        sim.clock.advance(10)
        made = sim.conversations.create(items=[HELLO])
        snapshot = sim.snapshot()
        first = what_follows(sim)
        sim.restore(snapshot)
        assert what_follows(sim) == first

        sim.restore(snapshot)
        assert sim.clock.now() == 1_800_000_010
        traveller.shift(5)
        assert sim.clock.now() == 1_800_000_015
        assert sim.conversations.create().created_at == made.created_at + 5
        sim.reset()
        assert sim.clock.now() == 1_800_000_005


def test_what_happens_later_changes_no_snapshot() -> None:
    sim = Emulator(ids="sequential")
    all_of_it(sim)
    snapshot = sim.snapshot()
    before = json.dumps(snapshot.to_dict())
    what_follows(sim)
    for conversation_id in sim.state:
        sim.conversations.update(conversation_id, metadata={"new": "1"})
        sim.conversations.delete(conversation_id)
    assert json.dumps(snapshot.to_dict()) == before

    sim.restore(snapshot)
    what_follows(sim)
    for conversation_id in sim.state:
        sim.conversations.update(conversation_id, metadata={"new": "1"})
    sim.clock.advance(5)
    assert json.dumps(snapshot.to_dict()) == before


def test_the_dict_of_a_snapshot_is_the_readers_own() -> None:
    sim = Emulator()
    sim.seed("conv_a", items=[HELLO], metadata={"a": "1"})
    snapshot = sim.snapshot()
    read = snapshot.to_dict()
    for project in read["projects"].values():
        project["conversations"][0]["metadata"]["a"] = "2"
        for item in project["items"].values():
            item["content"].clear()
    read["projects"]["proj_b"] = 5

    assert snapshot == sim.snapshot()
    assert snapshot.to_dict() != read


def test_equal_states_are_equal_snapshots() -> None:
    one, other = Emulator(seed=2), Emulator(seed=2)
    for sim in (one, other):
        conversations_over_http(sim)

    assert one.snapshot() == other.snapshot()
    other.clock.advance(1)
    assert one.snapshot() != other.snapshot()
    assert isinstance(one.snapshot(), Snapshot)


def test_a_snapshot_says_how_much_it_holds() -> None:
    sim = Emulator(api_keys=KEYS)
    assert repr(sim.snapshot()) == "Snapshot(0 conversations)"
    conversations_over_http(sim)
    sim.seed("conv_a")
    assert repr(sim.snapshot()) == "Snapshot(3 conversations)"


@pytest.mark.parametrize("wrong", [None, {"convsim": 1}, "state.json"])
def test_what_is_no_snapshot_is_refused(wrong: Any) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    with pytest.raises(UsageError) as caught:
        sim.restore(wrong)
    assert str(caught.value) == (
        f"sim.restore() got a {type(wrong).__name__}: write the result of sim.snapshot(); for a file, write"
        " sim.load(path)"
    )
    assert list(sim.state) == ["conv_1"]


def test_a_restore_leaves_faults_armed_and_clients_connected() -> None:
    sim = Emulator()
    http, project = client(sim), sim.project("proj_default")
    snapshot = sim.snapshot()
    sim.faults.add(ServerError())
    project.seed("conv_a")
    sim.restore(snapshot)

    assert [http.get("/conversations/conv_a").status_code for _ in range(2)] == [500, 404]
    assert dict(project.state) == {}
    project.seed("conv_b")
    assert http.get("/conversations/conv_b").status_code == 200


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_a_reset_behind_a_restore_goes_back_to_the_options(ids: Any) -> None:
    sim = Emulator(ids=ids, seed=7, now=1000)
    first = what_follows(sim)
    other = Emulator(seed=8, now=2000)
    other.seed("conv_a")
    other.clock.advance(50)
    sim.restore(other.snapshot())
    assert (sim.clock.now(), list(sim.state)) == (2050, ["conv_a"])

    sim.reset()
    assert repr(sim) == f"Emulator(seed=7, ids={ids!r}, conversations=0)"
    assert sim.clock.now() == 1000
    assert what_follows(sim) == first


def test_request_ids_go_on_where_they_were() -> None:
    sim = Emulator()
    http = client(sim)
    http.get("/nowhere")
    snapshot = sim.snapshot()
    first = heard(http.get("/nowhere"))
    second = heard(http.get("/nowhere"))
    sim.restore(snapshot)

    assert heard(http.get("/nowhere")) == first != second
    assert heard(http.get("/nowhere")) == second


def test_the_phase_of_a_seeded_message_is_kept(tmp_path: Path) -> None:
    sim = Emulator()
    sim.seed("conv_a", items=[{"role": "assistant", "phase": "commentary", "content": "Hm.", "id": "msg_a"}])
    sim.dump(tmp_path / "state.json")

    (item,) = Emulator(state=tmp_path / "state.json").conversations.items.list("conv_a").data
    assert list(item.to_dict()) == ["id", "type", "status", "content", "phase", "role"]
    made: dict[str, Any] = {}
    exec(sim.reproduce(), made)
    assert dict(made["sim"].state) == dict(sim.state)
