"""Copies of an emulator: the same options, the same state, and a life of their own."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine

from convsim import Behavior, Clock, Emulator, NotFoundError, RefusedHostError
from convsim.faults import Latency, RateLimited, Rule
from tests.asking import CALL, HELLO, check, client, everything, what_follows


def a_state(**options: Any) -> Emulator:
    sim = Emulator(**options)
    sim.seed("conv_a", items=[HELLO | {"id": "msg_a"}, CALL, HELLO], metadata={"a": "1"})
    sim.conversations.create(items=[HELLO, {"type": "item_reference", "id": "msg_a"}])
    sim.conversations.delete(sim.conversations.create().id)
    sim.clock.advance(1.5)
    return sim


def change(sim: Emulator) -> None:
    """Everything that can be changed."""
    sim.conversations.items.delete("msg_a", conversation_id="conv_a")
    sim.conversations.items.create("conv_a", items=[HELLO])
    sim.conversations.update("conv_a", metadata={"a": "2", "b": "3"})
    sim.conversations.create()
    sim.project("proj_new").seed("conv_new")
    sim.clock.advance(100)
    sim.faults.add(RateLimited())
    client(sim).get("/nowhere")


@pytest.mark.parametrize("ids", ["live", "sequential"])
@pytest.mark.parametrize("which", ["original", "copy"])
def test_what_happens_in_one_shows_not_in_the_other(ids: Any, which: str) -> None:
    sim = a_state(ids=ids, seed=3)
    untouched = a_state(ids=ids, seed=3)
    pair = {"original": sim, "copy": sim.copy()}
    changed, other = pair[which], pair["copy" if which == "original" else "original"]
    shown = everything(untouched)
    change(changed)

    assert everything(other) == shown
    assert (len(other.faults), other.clock.now(), list(other.project("proj_new").state)) == (0, 1741900001.5, [])
    for each in pair.values():
        check(each)
    assert "msg_a" not in {item.id for item in changed.state["conv_a"].items}


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_both_go_on_alike(ids: Any) -> None:
    sim = a_state(ids=ids, seed=3)
    copied = sim.copy()

    assert (repr(copied), copied.snapshot()) == (repr(sim), sim.snapshot())
    assert what_follows(copied) == what_follows(sim)
    assert copied.snapshot() == sim.snapshot()


def test_a_copy_of_a_copy_is_a_copy() -> None:
    sim = a_state()
    again = sim.copy().copy()
    sim.reset()

    assert next(iter(again.state)) == "conv_a"
    assert again.clock.now() == 1741900001.5


def status(sim: Emulator, key: str, path: str = "/conversations/conv_x") -> int:
    return client(sim, key).get(path).status_code


@pytest.mark.parametrize(
    ("keys", "statuses"),
    [
        (None, [200, 200, 200]),
        (["sk-a", "sk-b"], [200, 404, 401]),
        ({"sk-a": "proj_default", "sk-b": "proj_default"}, [200, 200, 401]),
        ([], [401, 401, 401]),
    ],
    ids=str,
)
def test_a_copy_has_the_same_keys(keys: Any, statuses: list[int]) -> None:
    sim = Emulator(api_keys=keys)
    sim.seed("conv_x")
    copied = sim.copy()

    assert [status(copied, key) for key in ("sk-a", "sk-b", "sk-c")] == statuses
    assert copied.api_key == sim.api_key


def test_a_copy_has_the_same_base_urls() -> None:
    copied = Emulator(base_urls=["https://llm.example.org/api"]).copy()
    with copied.patch(), httpx2.Client(headers={"Authorization": "Bearer sk"}) as http:
        assert http.post("https://llm.example.org/api/conversations").status_code == 200
        with pytest.raises(RefusedHostError):
            http.post("https://llm.example.com/api/conversations")


def test_a_copy_has_the_same_behavior() -> None:
    copied = Emulator(behavior=Behavior(metadata_update="replace")).copy()
    made = copied.conversations.create(metadata={"a": "1"})

    assert copied.conversations.update(made.id, metadata={"b": "2"}).metadata == {"b": "2"}


def test_a_copy_knows_unknown_ids_as_the_original_does() -> None:
    copied = Emulator(unknown_ids="create").copy()

    assert copied.conversations.retrieve("conv_new").id == "conv_new"
    assert copied.conversations.items.list("conv_new", limit=0).data == ()
    with pytest.raises(NotFoundError):
        Emulator().copy().conversations.retrieve("conv_new")


def test_a_copy_has_the_faults_that_the_original_began_with() -> None:
    sim = Emulator(faults=[Rule(RateLimited(), skip=1), Latency(5)], virtual_time=True)
    [status(sim, "sk") for _ in range(3)]
    copied = sim.copy()

    assert [status(copied, "sk") for _ in range(3)] == [404, 429, 404]
    assert (sim.clock.now(), copied.clock.now()) == (1741900005, 1741900010)
    assert [rule.fired for rule in sim.faults] == [1, 1]


def test_a_copy_lets_through_what_the_original_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("there is no network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with Emulator(other_hosts="pass").copy().patch(), pytest.raises(httpx2.ConnectError):
        httpx2.get("https://other.test")
    with Emulator().copy().patch(), pytest.raises(RefusedHostError):
        httpx2.get("https://other.test")


def test_a_copy_has_a_clock_of_the_same_kind() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        sim = Emulator(now=Clock.system())
        sim.clock.advance(3)
        copied = sim.copy()
        assert copied.clock is not sim.clock
        traveller.shift(2)
        copied.clock.advance(1)

        assert (sim.clock.now(), copied.clock.now()) == (1_800_000_005, 1_800_000_006)


def test_a_copy_begins_with_an_empty_journal() -> None:
    copied = a_state().copy()

    assert len(copied.journal) == 0


@pytest.mark.parametrize(
    "options", [{"seed": 7}, {"ids": "sequential"}, {"now": 1000}, {"seed": -1, "now": 2.5}], ids=str
)
def test_a_copy_that_is_reset_begins_as_the_original_did(options: dict[str, Any]) -> None:
    sim = a_state(**options)
    copied = sim.copy()
    sim.reset()
    copied.reset()

    assert repr(copied) == repr(sim)
    assert what_follows(copied) == what_follows(sim)


def test_a_copy_that_is_reset_goes_back_to_the_original_file(tmp_path: Path) -> None:
    a_state().dump(tmp_path / "state.json")
    sim = Emulator(state=tmp_path / "state.json")
    sim.seed("conv_b")
    copied = sim.copy()
    copied.reset()

    assert copied.snapshot() == a_state().snapshot()
