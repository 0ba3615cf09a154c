"""An emulator of Azure AI Foundry with three agents, and turns of them."""

from __future__ import annotations

from typing import Any

from convsim import Agent, Emulator

AGENTS = {
    "support": Agent(version="3", model="gpt-4.1", instructions="Be brief."),
    "flow": Agent(kind="workflow"),
    "echo": Agent(version="53", kind="hosted"),
}


def foundry(**options: Any) -> Emulator:
    return Emulator(service="foundry", **{"agents": AGENTS, **options})


def called(name: str = "support", **more: Any) -> dict[str, Any]:
    """Return the members that a request adds to its body to name the agent."""
    return {"agent_reference": {"type": "agent_reference", "name": name}, **more}


def ask(sim: Emulator, said: object = "Hi", agent: str = "support", **arguments: Any) -> Any:
    """A turn of the agent, through the Direct API."""
    return sim.responses.create(input=said, extra_body=called(agent), **arguments)
