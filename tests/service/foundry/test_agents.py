"""The agents of a project, as options say them."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Agent, Emulator, UsageError
from convsim.service.foundry.agents import declared


def test_an_agent_knows_its_name() -> None:
    assert declared({"support": Agent(model="gpt-4.1")})["support"].name == "support"


def test_a_tool_of_no_known_type_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"agents=\{'a': Agent\(tools=\[\{'type': 'bing'\}\]\)\}: the types of tools are a2a"
    ):
        Emulator(service="foundry", agents={"a": Agent(model="gpt-4.1", tools=[{"type": "bing"}])})


@pytest.mark.parametrize(
    ("agents", "message"),
    [
        (
            ["support"],
            r"Emulator\(agents=\['support'\]\): write a mapping, agents=\{'support': Agent\(model='gpt-5'\)\}",
        ),
        (
            {"support": "gpt-5"},
            r"Emulator\(agents=\{'support': 'gpt-5'\}\): write \{'support': Agent\(model='gpt-5'\)\}",
        ),
        ({"": Agent(model="gpt-5")}, r"Emulator\(agents=\{'': Agent\("),
    ],
)
def test_what_is_no_mapping_of_agents_is_refused(agents: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Emulator(service="foundry", agents=agents)


def test_openai_has_no_agents() -> None:
    with pytest.raises(
        UsageError, match=r"\(service='openai', agents=...\): agents belong to a project; write service='"
    ):
        Emulator(agents={"support": Agent(model="gpt-5")})


def test_another_service_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Emulator\(service='azure'\): write 'openai' or 'foundry'"):
        Emulator(service="azure")  # type: ignore[arg-type]  # that is the point
