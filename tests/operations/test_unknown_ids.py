"""``unknown_ids="create"``: what is refused brings nothing into being."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import BadRequestError, ConvsimError, Emulator

REFUSED: dict[str, Any] = {
    "an item": lambda sim: sim.conversations.items.create("conv_new", items=[{"type": "reasoning", "summary": []}]),
    "a cursor": lambda sim: sim.conversations.items.list("conv_new", after="msg_"),
    "metadata": lambda sim: sim.conversations.update("conv_new", metadata={str(n): "" for n in range(17)}),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_a_refused_request_makes_no_conversation(refused: str) -> None:
    sim = Emulator(unknown_ids="create")
    with pytest.raises(ConvsimError):
        REFUSED[refused](sim)
    assert len(sim.state) == 0


def test_an_unknown_response_has_no_tokens() -> None:
    def used(**options: Any) -> int:
        answer: Any = Emulator(replies=["Hi."], unknown_ids="create").responses.create(
            model="gpt-5", input="Hi", **options
        )
        return int(answer.usage.input_tokens)

    assert used(previous_response_id="resp_unknown") == used()


def test_reasoning_under_an_id_exists_on_first_use() -> None:
    sim = Emulator(unknown_ids="create")
    sim.conversations.items.create("conv_new", items=[{"type": "reasoning", "id": "rs_1", "summary": []}])
    assert [item.type for item in sim.state["conv_new"].items] == ["reasoning"]
    with pytest.raises(BadRequestError, match="Invalid item"):
        sim.conversations.items.create("conv_new", items=[{"type": "reasoning", "summary": []}])
