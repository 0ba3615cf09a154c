"""Ended responses in a state: kept, restored, and refused where a file has damaged ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator, Reasoning, UsageError
from tests.asking import client

Json = dict[str, Any]


def used() -> tuple[Emulator, list[str]]:
    """An emulator with a turn in a conversation, two that continue it, and a stream in the background; their ids.

    The second was deleted.
    """
    sim = Emulator(ids="sequential")
    sim.responses.script("One.")
    sim.responses.script(Reasoning("Hm."), "Two.")
    sim.responses.script("Three.")
    sim.responses.script("Four.")
    sim.conversations.create()
    asked: list[Json] = [
        {"conversation": "conv_1"},
        {"previous_response_id": "resp_1"},
        {"previous_response_id": "resp_2"},
        {"background": True, "stream": True},
    ]
    with client(sim) as http:
        for body in asked:
            assert http.post("/responses", json={"model": "gpt-4.1", "input": "Hi"} | body).status_code == 200
        assert http.delete("/responses/resp_2").status_code == 200
    return sim, [f"resp_{number + 1}" for number in range(len(asked))]


def heard(sim: Emulator, ids: list[str]) -> list[Any]:
    """All that can be asked about these responses, and about what continues them."""
    said: list[Any] = []
    with client(sim) as http:
        for one in ids:
            for path in ("", "?stream=true", "?stream=true&starting_after=2", "/input_items"):
                answer = http.get(f"/responses/{one}{path}")
                said.append((answer.status_code, answer.content))
            sim.responses.script("Next.")
            body = {"model": "gpt-4.1", "input": "Hi", "previous_response_id": one}
            answer = http.post("/responses", json=body)
            said.append((answer.status_code, answer.content))
            if answer.status_code == 200:
                said.append(http.get(f"/responses/{answer.json()['id']}/input_items").content)
    return said


def test_responses_are_the_same_after_a_restore_a_copy_and_a_file(tmp_path: Path) -> None:
    sim, ids = used()
    state = sim.snapshot()
    sim.dump(tmp_path / "state.json")
    copied = sim.copy()
    expected = heard(sim, ids)
    sim.restore(state)
    assert heard(sim, ids) == expected
    assert heard(copied, ids) == expected
    assert heard(Emulator(ids="sequential", state=tmp_path / "state.json"), ids) == expected


def test_an_open_turn_is_in_no_state() -> None:
    sim = Emulator(ids="sequential")
    sim.responses.script("x", hold=True)
    with client(sim) as http:
        open_id = http.post("/responses", json={"model": "gpt-4.1", "input": "Hi", "background": True}).json()["id"]
        copied = sim.copy()
        assert sim.responses.open == (open_id,)
    assert copied.responses.open == ()
    with client(copied) as http:
        assert http.get(f"/responses/{open_id}").status_code == 404


# --- damage --------------------------------------------------------------------------------------------------------


def project(document: Json) -> Json:
    found: Json = document["projects"]["proj_default"]
    return found


def first(document: Json) -> Json:
    found: Json = project(document)["responses"][0]
    return found


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


DAMAGED: dict[str, tuple[Callable[[Json], object], str]] = {
    "no list": (lambda all_: project(all_).update(responses={}), "projects.proj_default.responses"),
    "unknown member": (lambda all_: first(all_).update(extra=1), "projects.proj_default.responses.0.extra"),
    "no tokens": (lambda all_: first(all_).update(tokens=-1), "projects.proj_default.responses.0.tokens"),
    "an event without data": (
        lambda all_: first(all_).update(events=[["response.created"]]),
        "projects.proj_default.responses.0.events.0",
    ),
    "an item that is not there": (
        lambda all_: first(all_)["input"].append("msg_9"),
        "'resp_1' has 'msg_9', and there is no such item",
    ),
    "output that is not there": (
        lambda all_: first(all_)["output"].append("msg_9"),
        "'resp_1' has 'msg_9', and there is no such item",
    ),
    "a chain that begins with itself": (
        lambda all_: first(all_).update(previous=0),
        "'resp_1' continues response 0, which does not stand before it",
    ),
    "a chain to before the first": (
        lambda all_: first(all_).update(previous=-1),
        "'resp_1' continues response -1, which does not stand before it",
    ),
    "no id": (lambda all_: first(all_)["document"].pop("id"), "None is no id of a response"),
    "another id": (lambda all_: first(all_)["document"].update(id="resp 1"), "'resp 1' is no id of a response"),
    "more depth than JSON is written in": (
        lambda all_: first(all_)["document"].update(metadata=nested(280)),
        "'resp_1' is nested too deeply",
    ),
    "no output": (lambda all_: first(all_)["document"].pop("output"), "'resp_1' has no 'output'"),
    "a status of an open one": (
        lambda all_: first(all_)["document"].update(status="queued"),
        "'resp_1' has the status 'queued'; write 'completed' or 'incomplete' or 'failed' or 'cancelled'",
    ),
    "the same twice": (
        lambda all_: project(all_)["responses"].append(first(all_)),
        "2 responses have the id 'resp_1'",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_response_is_refused_with_the_place(damage: str, tmp_path: Path) -> None:
    spoil, words = DAMAGED[damage]
    path = tmp_path / "state.json"
    used()[0].dump(path)
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError) as caught:
        Emulator(state=path)
    assert "is damaged: " in str(caught.value)
    assert words in str(caught.value)
