"""State files are made to be committed: they hold no credentials unless asked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator
from tests.asking import HELLO

TOOL = {"type": "mcp", "server_label": "s", "authorization": "SECRET", "headers": {"X": "SECRET"}}
URL = TOOL | {"server_url": "https://user:SECRET@mcp.example/sse?token=SECRET"}


def holding_secrets() -> Emulator:
    sim = Emulator()
    sim.seed("conv_secret", [{"type": "additional_tools", "role": "developer", "tools": [URL]}, HELLO])
    sim.seed("conv_meta", metadata={"api_key": "SECRET", "topic": "cats"})
    return sim


def document(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def test_a_file_without_secrets_says_so_and_is_a_state(tmp_path: Path) -> None:
    holding_secrets().dump(tmp_path / "state.json")
    sim = Emulator(state=tmp_path / "state.json")

    assert "SECRET" not in (tmp_path / "state.json").read_text()
    assert document(tmp_path / "state.json")["secrets"] == "left out"
    tool = sim.state["conv_secret"].items[0].to_dict()["tools"][0]
    assert (tool["authorization"], tool["headers"]) == ("[redacted]", {"X": "[redacted]"})
    assert tool["server_url"] == "https://[redacted]@mcp.example/sse?token=[redacted]"
    assert sim.state["conv_meta"].metadata == {"api_key": "[redacted]", "topic": "cats"}
    sim.dump(tmp_path / "again.json")
    assert "secrets" not in document(tmp_path / "again.json")


def test_secrets_of_responses_are_left_out_too(tmp_path: Path) -> None:
    sim = Emulator(replies=["Hi."])
    sim.responses.create(model="gpt-5", input="Hi", tools=[URL])
    sim.dump(tmp_path / "state.json")

    assert "SECRET" not in (tmp_path / "state.json").read_text()
    assert Emulator(state=tmp_path / "state.json").snapshot().to_dict()["projects"]


def test_secrets_of_a_stream_that_can_be_told_again_are_left_out(tmp_path: Path) -> None:
    sim = Emulator(replies=["https://me:SECRET@host"])
    list(sim.responses.create(model="gpt-4.1", input="Where?", background=True, stream=True))
    sim.dump(tmp_path / "state.json")
    shown = (tmp_path / "state.json").read_text()
    assert "response.output_text.done" in shown
    assert "SECRET" not in shown
    Emulator(state=tmp_path / "state.json")


def test_secrets_are_kept_when_asked_for(tmp_path: Path) -> None:
    sim = holding_secrets()
    sim.dump(tmp_path / "state.json", keep_secrets=True)

    assert "secrets" not in document(tmp_path / "state.json")
    assert Emulator(state=tmp_path / "state.json").snapshot() == sim.snapshot()
    assert document(tmp_path / "state.json") == sim.snapshot().to_dict()


def test_snapshots_and_copies_keep_them() -> None:
    sim = holding_secrets()

    assert sim.copy().state == sim.state


@pytest.mark.parametrize("name", ["conv_secret", "conv_headers", "conv_authorization"])
def test_ids_that_look_like_names_of_secrets_are_no_secrets(name: str, tmp_path: Path) -> None:
    sim = Emulator()
    sim.project("headers").seed(name, [HELLO | {"id": "msg_secret"}])
    sim.dump(tmp_path / "state.json")

    assert document(tmp_path / "state.json") == sim.snapshot().to_dict()
