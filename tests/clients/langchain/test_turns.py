"""langchain-openai's chat model on the Responses API: it passes ``conversation`` on as it is given."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from convsim import Emulator
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script


def ask(said: Any, *, streamed: bool) -> Any:
    model = ChatOpenAI(model="gpt-5.5", use_responses_api=True).bind_tools([tool(get_weather)])
    if not streamed:
        return model.invoke(said, conversation="conv_1")
    first, *others = model.stream(said, conversation="conv_1")
    return sum(others, first)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    script(sim)
    answers = []
    for question in QUESTIONS:
        said = ask(question, streamed=streamed)
        for call in said.tool_calls:
            said = ask([ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])], streamed=streamed)
        answers.append(said.text)

    assert answers == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4


def test_a_history_of_its_own_beside_the_conversation_is_refused_as_a_duplicate(sim: Emulator) -> None:
    """As the live API does: the model sends the assistant's message with the id that it has in the conversation."""
    sim.responses.script("Hello.")
    first = ask("Hi", streamed=False)
    assert isinstance(first, AIMessage)
    with pytest.raises(openai.BadRequestError, match="Duplicate item found with id msg_2"):
        ask([("user", "Hi"), first, ("user", "And now?")], streamed=False)
    sim.assert_items("conv_1", [("user", "Hi"), ("assistant", "Hello.")])
