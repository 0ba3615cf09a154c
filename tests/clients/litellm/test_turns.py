"""litellm's responses(): it drops ``conversation`` without a word, and passes ``extra_body`` on."""

from __future__ import annotations

import asyncio
from typing import Any

import litellm
import pytest

from convsim import Emulator
from tests.clients.weather import bodies

HELLO = [("user", "Hi"), ("assistant", "Hello.")]


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "openai/gpt-5.5", "input": "Hi", **more}


def text(response: Any) -> str:
    return str(response.output[0].content[0].text)


def test_the_argument_is_dropped_and_the_journal_tells(sim: Emulator) -> None:
    sim.responses.script("Hello.")
    assert text(litellm.responses(**asked(conversation="conv_1"))) == "Hello."

    assert "conversation" not in bodies(sim)[0]
    assert "responses.create  no conversation" in str(sim.journal)
    sim.assert_items("conv_1", [])
    with pytest.raises(AssertionError, match="1 turn named no conversation: some libraries drop the argument"):
        sim.assert_called("responses.create", conversation="conv_1")


def test_extra_body_reaches_the_conversation(sim: Emulator) -> None:
    sim.responses.script("Hello.")
    assert text(litellm.responses(**asked(extra_body={"conversation": "conv_1"}))) == "Hello."
    sim.assert_items("conv_1", HELLO)


def test_a_stream(sim: Emulator) -> None:
    sim.responses.script("Hello.")
    types = [event.type for event in litellm.responses(**asked(extra_body={"conversation": "conv_1"}, stream=True))]
    assert (types[0], types[-1]) == ("response.created", "response.completed")
    sim.assert_items("conv_1", HELLO)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_its_own_transport_on_aiohttp_is_answered(sim: Emulator, streamed: bool) -> None:
    async def talk() -> str:
        answer: Any = await litellm.aresponses(**asked(extra_body={"conversation": "conv_1"}, stream=streamed))
        if not streamed:
            return text(answer)
        return "".join([event.delta async for event in answer if event.type == "response.output_text.delta"])

    sim.responses.script("Hello.")
    assert asyncio.run(talk()) == "Hello."
    sim.assert_items("conv_1", HELLO)
