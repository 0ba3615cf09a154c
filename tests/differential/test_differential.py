"""The machines in a short form, and that each finds a difference that is planted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase

from convsim.store.store import Conversation
from tests.differential.__main__ import main, run
from tests.differential.machine import MACHINES
from tests.differential.model import Model
from tests.profiles import examples


@pytest.mark.parametrize(("name", "runs"), [("direct", 40), ("http", 40), ("port", 12)])
def test_the_emulator_does_what_the_model_does(name: str, runs: int) -> None:
    run(name, examples(runs), 30)


def keeps_what_is_deleted(conversation: Conversation, item_id: str) -> None:
    pass


def swaps_two(model: Model, conversation_id: str, pairs: list[Any]) -> None:
    model.conversations[conversation_id] = [*pairs, *model.conversations[conversation_id]]
    model.known.update(pairs)


@pytest.mark.parametrize("name", ["direct", "http"])
@pytest.mark.parametrize(
    ("owner", "method", "planted"),
    [(Conversation, "unlink", keeps_what_is_deleted), (Model, "add", swaps_two)],
    ids=["deleting", "order"],
)
def test_a_planted_difference_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, owner: type, method: str, planted: Any
) -> None:
    monkeypatch.setattr(owner, method, planted)
    with pytest.raises(AssertionError):
        run(name, 300, 12, phases=[Phase.generate])  # making it smaller takes most of the time


def test_the_command_tells_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs", "2", "--steps", "5", "--only", "direct"]) == 0
    assert capsys.readouterr().out.startswith("direct: 2 runs of up to 5 steps, all as the model says, ")


def test_there_is_a_machine_for_each_front() -> None:
    assert list(MACHINES) == ["direct", "http", "port"]
