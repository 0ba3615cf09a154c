"""The agents of a project, as a test declares them."""

from __future__ import annotations

from collections.abc import Mapping

from convsim.errors import UsageError
from convsim.items.tools import TOOLS
from convsim.responses.agent import Agent
from convsim.service.foundry.inputs import TOOL_TYPES


def declared(agents: Mapping[str, Agent]) -> dict[str, Agent]:
    """Return the agents by name, each with its own name; raise :class:`~convsim.errors.UsageError` for other values."""
    known = (*TOOLS, *TOOL_TYPES)
    for name, agent in agents.items():
        for tool in agent.tools:
            if tool.get("type") not in known:
                there = ", ".join(sorted(known))
                raise UsageError(f"agents={{{name!r}: Agent(tools=[{dict(tool)!r}])}}: the types of tools are {there}")
    return {name: agent.named(name) for name, agent in agents.items()}
