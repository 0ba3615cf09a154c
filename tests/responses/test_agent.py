"""The fields of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Agent, UsageError


def test_an_agent_is_data() -> None:
    agent = Agent(version="3", model="gpt-5", instructions="Be brief.", tools=({"type": "web_search"},))

    assert agent == Agent(version="3", model="gpt-5", instructions="Be brief.", tools=[{"type": "web_search"}])
    assert agent.named("support").name == "support"
    assert agent.named("support").instructions == "Be brief."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"version": 3}, r"Agent\(version=3\): write a string, version='1'"),
        ({"version": ""}, r"Agent\(version=''\): write a string, version='1'"),
        ({"model": 5}, r"Agent\(model=5\): write a string"),
        ({"instructions": ["a"]}, r"Agent\(instructions=\['a'\]\): write a string, or leave it out"),
        ({"tools": "web_search"}, r"Agent\(tools='web_search'\): write a list of tools, each a mapping"),
        ({"tools": ["web_search"]}, r"Agent\(tools=\['web_search'\]\): write a list of tools, each a mapping"),
        (
            {"settings": {"store": False}},
            r"Agent\(settings=\{'store': False\}\): write a mapping of text, reasoning, temp",
        ),
        ({"settings": 1}, r"Agent\(settings=1\): write a mapping of text"),
        (
            {"structured_inputs": {"city": "Paris"}},
            r"write what each of them is, \{'city': \{'default_value': 'Paris'\}\}",
        ),
        ({"structured_inputs": []}, r"Agent\(structured_inputs=\[\]\): write what each of them is"),
        ({"kind": "team"}, r"Agent\(kind='team'\): write 'prompt', 'workflow' or 'hosted'"),
        ({"tools": [{"type": object}]}, r"Agent\(tools=\[\{'type': <class 'object'>\}\]\): JSON cannot carry it"),
    ],
)
def test_what_no_agent_has_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Agent(**{"model": "gpt-5", **given})


def test_a_prompt_agent_has_a_model() -> None:
    with pytest.raises(UsageError, match=r"Agent\(\): a prompt agent has a model; write Agent\(model='gpt-4.1'\)"):
        Agent()
    assert Agent(kind="workflow").model == ""
