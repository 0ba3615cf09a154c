"""The operations of Azure AI Foundry over the same store: lists, states, and what is written once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convsim import Emulator, NotFoundError, UsageError

from .asking import AGENTS, ask, foundry

ACTION = {"type": "workflow_action", "kind": "EndConversation", "status": "completed"}


def filled() -> tuple[Emulator, str]:
    """A conversation with turns of all three agents."""
    sim = foundry(replies=["One.", [ACTION, "Two."], "Three."])
    conversation = sim.conversations.create(items=[{"role": "user", "content": "Hi"}], metadata={"topic": "demo"})
    for agent in AGENTS:
        ask(sim, agent=agent, conversation=conversation.id)
    return sim, conversation.id


def shown(sim: Emulator, conversation_id: str) -> Any:
    return sim.conversations.items.list(conversation_id, order="asc", limit=100).to_dict()


def test_the_lists_go_on_page_by_page() -> None:
    sim = foundry(replies=["One.", "Two.", "Three."])
    made = [sim.conversations.create().id for _ in range(3)]
    said = [ask(sim).id for _ in range(3)]

    assert [one.id for one in sim.conversations.list(limit=1)] == made[::-1]
    assert [one.id for one in sim.responses.list(limit=2, order="asc")] == said
    page = sim.responses.list(limit=2)
    assert (page.first_id, page.last_id, page.has_more) == (said[2], said[1], True)


def test_responses_are_listed_by_agent_and_conversation() -> None:
    sim, conversation_id = filled()

    assert len(sim.responses.list(conversation_id=conversation_id).data) == 3
    assert [one.id[:6] for one in sim.responses.list(agent_name="flow").data] == ["wfresp"]
    assert [one.id[:6] for one in sim.responses.list(agent_id="echo:53").data] == ["caresp"]
    assert sim.conversations.list(agent_name="nobody").data == ()


def test_items_of_an_unknown_conversation_are_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"^Conversation 'conv_[0-9a-zA-Z]{50}' not found$"):
        foundry().conversations.items.list("conv_0123456789abcdef00ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")


def test_unknown_ids_may_exist_on_first_use() -> None:
    sim = foundry(unknown_ids="create")

    assert sim.conversations.retrieve("conv_1").to_dict()["object"] == "conversation"


def test_a_state_is_written_and_read(tmp_path: Path) -> None:
    sim, conversation_id = filled()
    sim.dump(tmp_path / "state.json")

    read = foundry(state=tmp_path / "state.json")

    assert shown(read, conversation_id) == shown(sim, conversation_id)
    assert [one.to_dict() for one in read.responses.list()] == [one.to_dict() for one in sim.responses.list()]
    assert read.snapshot() == sim.snapshot()
    assert sim.copy().conversations.create().id == read.conversations.create().id


@pytest.mark.parametrize("service", ["openai", "foundry"])
def test_a_state_of_another_service_is_refused(service: Any) -> None:
    other: Any = "foundry" if service == "openai" else "openai"

    with pytest.raises(
        UsageError, match=rf"this is a state of service='{other}', and the emulator is of '{service}'; wri"
    ):
        Emulator(service=service).restore(Emulator(service=other).snapshot())


def test_a_state_of_openai_has_no_items_of_the_other(tmp_path: Path) -> None:
    sim, _ = filled()
    sim.dump(tmp_path / "state.json")
    text = (tmp_path / "state.json").read_text(encoding="utf-8").replace('"service": "foundry",', "")
    (tmp_path / "state.json").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=r"state\.json is damaged"):
        Emulator(state=tmp_path / "state.json")


def test_a_reproduction_makes_the_same_conversations() -> None:
    sim, conversation_id = filled()
    names: dict[str, Any] = {}

    exec(sim.reproduce(), names)

    assert "service='foundry'" in sim.reproduce()
    assert "service=&#x27;foundry&#x27;" in sim.page()
    assert shown(names["sim"], conversation_id) == shown(sim, conversation_id)


def test_the_output_of_a_function_survives_a_state(tmp_path: Path) -> None:
    sim = foundry()
    call = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
    conversation = sim.conversations.create(items=[call, output])
    sim.dump(tmp_path / "state.json")

    assert shown(foundry(state=tmp_path / "state.json"), conversation.id) == shown(sim, conversation.id)
