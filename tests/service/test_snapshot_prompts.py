"""Stored prompts in a state: kept, restored, and refused where a file has damaged ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator, UsageError
from tests.asking import client

Json = dict[str, Any]

MCP = {"type": "mcp", "server_label": "s", "authorization": "SECRET", "server_url": "https://mcp.example"}


def stocked() -> Emulator:
    sim = Emulator(ids="sequential")
    sim.prompts.add("pmpt_1", version="2", model="gpt-4.1", instructions="Help {{name}}.", tools=[MCP])
    sim.prompts.add("pmpt_1", version="1", instructions=[{"role": "user", "content": "Hi"}])
    return sim


def told(sim: Emulator) -> list[Any]:
    sim.responses.script("Hi.", times=2)
    asked: list[Json] = [
        {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "Ada"}}},
        {"prompt": {"id": "pmpt_1"}, "model": "gpt-4.1"},
    ]
    with client(sim) as http:
        return [http.post("/responses", json=body).content for body in asked]


def test_prompts_are_the_same_after_a_restore_a_copy_and_a_file(tmp_path: Path) -> None:
    sim = stocked()
    state, copied = sim.snapshot(), sim.copy()
    sim.dump(tmp_path / "state.json", keep_secrets=True)
    expected = told(sim)
    sim.prompts.add("pmpt_1", version="3")
    sim.restore(state)
    assert told(sim) == expected
    assert told(copied) == expected
    assert told(Emulator(ids="sequential", state=tmp_path / "state.json")) == expected


def test_a_file_holds_no_secrets_of_them(tmp_path: Path) -> None:
    stocked().dump(tmp_path / "state.json")
    assert "SECRET" not in (tmp_path / "state.json").read_text()
    assert Emulator(state=tmp_path / "state.json").snapshot().to_dict()["projects"]


def test_an_older_file_has_none(tmp_path: Path) -> None:
    sim = stocked()
    document = sim.snapshot().to_dict()
    del next(iter(document["projects"].values()))["prompts"]
    (tmp_path / "state.json").write_text(json.dumps(document))
    sim.load(tmp_path / "state.json")
    assert next(iter(sim.snapshot().to_dict()["projects"].values()))["prompts"] == []


DAMAGES: list[tuple[Callable[[Json], object], str]] = [
    (lambda prompt: prompt.update(id="p_1"), "prompt('p_1'): write an id"),
    (lambda prompt: prompt.update(version="1"), "2 prompts have the id and the version 'pmpt_1 1'"),
    (lambda prompt: prompt["settings"].update(temperature=9), "Invalid 'temperature'"),
    (lambda prompt: prompt["settings"].update(input="x"), "input=...): a prompt has"),
    (lambda prompt: prompt["messages"].pop(0), "'pmpt_1': its messages are not in the shape"),
    (lambda prompt: prompt["messages"][0].update(role="x"), "'pmpt_1'"),
    (lambda prompt: prompt.pop("messages"), "messages: Field required"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damaged_prompt_is_refused(damage: Callable[[Json], object], words: str, tmp_path: Path) -> None:
    document = stocked().snapshot().to_dict()
    damage(next(iter(document["projects"].values()))["prompts"][0])
    (tmp_path / "state.json").write_text(json.dumps(document))
    with pytest.raises(UsageError) as caught:
        Emulator().load(tmp_path / "state.json")
    assert words in str(caught.value)
