"""langchain-azure-ai: an agent of a project as a node of a graph, and its chat model on a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from azure.ai.projects import AIProjectClient
from azure.ai.projects.models import AgentDetails
from azure.ai.projects.operations import AgentsOperations
from azure.identity import DefaultAzureCredential
from langchain_azure_ai.agents import AgentServiceAgentState, ResponsesAgentNode
from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from convsim import Emulator
from tests.clients import foundry
from tests.clients.foundry import PROJECT, REFERENCE
from tests.clients.weather import ANSWERS, ITEMS, QUESTIONS, bodies, get_weather, script

OPTIONS = foundry.OPTIONS
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
LATEST: Any = {
    "id": "support:3",
    "name": "support",
    "version": "3",
    "definition": {"kind": "prompt", "model": "gpt-5.5"},
}


@pytest.fixture
def known_agent() -> Iterator[None]:
    """The node looks its agent up, over requests: the management of agents is the test's own to mock."""
    details = AgentDetails({"id": "support", "name": "support", "versions": {"latest": LATEST}})
    with mock.patch.object(AgentsOperations, "get", return_value=details):
        yield


def graph() -> Any:
    node = ResponsesAgentNode(
        client=AIProjectClient(endpoint=PROJECT, credential=DefaultAzureCredential()), name="support"
    )
    made = StateGraph(AgentServiceAgentState)
    made.add_node("agent", node)
    made.add_node("tools", ToolNode([tool(get_weather)]))
    made.add_edge(START, "agent")
    made.add_conditional_edges("agent", tools_condition)
    made.add_edge("tools", "agent")
    return made.compile(checkpointer=InMemorySaver())


@STREAMED
@pytest.mark.usefixtures("known_agent")
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    script(sim)
    own, thread, answers = graph(), {"configurable": {"thread_id": "1"}}, []
    for question in QUESTIONS:
        said: Any = {"messages": [HumanMessage(question)]}
        if streamed:
            list(own.stream(said, thread, stream_mode="messages"))
        else:
            own.invoke(said, thread)
        answers.append(own.get_state(thread).values["messages"][-1].text)
    assert answers == ANSWERS
    conversation = own.get_state(thread).values["azure_ai_agents_conversation_id"]
    assert list(sim.state) == ["conv_1", conversation]
    sim.assert_items(conversation, ITEMS)
    assert [body.get("stream", False) for body in bodies(sim)] == [streamed] * 4
    assert all(body["agent_reference"] == REFERENCE["agent_reference"] for body in bodies(sim))


@STREAMED
def test_its_chat_model_passes_the_conversation_on(sim: Emulator, streamed: bool) -> None:
    script(sim)
    model = AzureAIOpenAIApiChatModel(project_endpoint=PROJECT, credential=DefaultAzureCredential(), model="gpt-5.5")
    own, answers = model.bind_tools([tool(get_weather)]), []
    for question in QUESTIONS:
        said: Any = question
        while said:
            if streamed:
                first, *others = own.stream(said, conversation="conv_1")
                reply: Any = sum(others, first)
            else:
                reply = own.invoke(said, conversation="conv_1")
            said = [ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"]) for call in reply.tool_calls]
        answers.append(reply.text)
    assert answers == ANSWERS
    sim.assert_items("conv_1", ITEMS)
