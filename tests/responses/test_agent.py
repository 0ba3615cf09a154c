"""The fields of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Agent, UsageError
from tests.responses.home import sentence

SETTINGS = "write a mapping of text, reasoning, temperature, top_p, tool_choice"
INPUTS = "write what each of them is, {'city': {'default_value': 'Paris'}}"


def test_an_agent_is_data() -> None:
    agent = Agent(version="3", model="gpt-5", instructions="Be brief.", tools=({"type": "web_search"},))

    assert agent == Agent(version="3", model="gpt-5", instructions="Be brief.", tools=[{"type": "web_search"}])
    assert agent.named("support").name == "support"
    assert agent.named("support").instructions == "Be brief."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"version": 3}, "(version=3): write a string, version='1'"),
        ({"version": ""}, "(version=''): write a string, version='1'"),
        ({"model": 5}, "(model=5): write a string"),
        ({"model": ""}, "(): a prompt agent has a model; write Agent(model='gpt-4.1')"),
        ({"instructions": ["a"]}, "(instructions=['a']): write a string, or leave it out"),
        ({"tools": "web_search"}, "(tools='web_search'): write a list of tools, each a mapping"),
        ({"tools": ["web_search"]}, "(tools=['web_search']): write a list of tools, each a mapping"),
        ({"settings": {"store": False}}, f"(settings={{'store': False}}): {SETTINGS}"),
        ({"settings": 1}, f"(settings=1): {SETTINGS}"),
        ({"structured_inputs": {"city": "Paris"}}, f"(structured_inputs={{'city': 'Paris'}}): {INPUTS}"),
        ({"structured_inputs": []}, f"(structured_inputs=[]): {INPUTS}"),
        ({"kind": "team"}, "(kind='team'): write 'prompt', 'workflow' or 'hosted'"),
        ({"tools": [{"type": object}]}, "(tools=[{'type': <class 'object'>}]): JSON cannot carry it"),
    ],
)
def test_what_no_agent_has_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Agent(**{"model": "gpt-5", **given})
    assert sentence(caught.value) == f"Agent{words}"


def test_only_a_prompt_agent_needs_a_model() -> None:
    with pytest.raises(UsageError, match="a prompt agent has a model"):
        Agent()
    assert Agent(kind="workflow").model == ""
