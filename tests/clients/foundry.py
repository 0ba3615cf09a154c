"""The common parts of the clients of Azure AI Foundry: a project, and an agent in it."""

from __future__ import annotations

from typing import Any

from convsim import Agent
from tests.clients.weather import TOOL

PROJECT = "https://res.services.ai.azure.com/api/projects/demo"
REFERENCE: Any = {"agent_reference": {"type": "agent_reference", "name": "support"}}
OPTIONS: Any = {
    "service": "foundry",
    "base_urls": ["https://*.services.ai.azure.com/api/projects/*"],
    "agents": {"support": Agent(version="3", model="gpt-5.5", instructions="Be brief.", tools=[TOOL])},
}
