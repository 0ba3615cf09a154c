"""Every scenario, in the order of docs/fidelity.md."""

from __future__ import annotations

from convsim.contract.scenario import Scenario
from convsim.contract.scenarios.client_ids import CLIENT_IDS
from convsim.contract.scenarios.conversations import CONVERSATIONS
from convsim.contract.scenarios.functions import FUNCTIONS
from convsim.contract.scenarios.items import ITEMS
from convsim.contract.scenarios.listing import LISTING
from convsim.contract.scenarios.messages import MESSAGES
from convsim.contract.scenarios.metadata import METADATA
from convsim.contract.scenarios.refusals import REFUSALS
from convsim.contract.scenarios.requests import REQUESTS
from convsim.contract.scenarios.wire import WIRE

SECTIONS: dict[str, tuple[Scenario, ...]] = {
    "Conversations": CONVERSATIONS,
    "Metadata": METADATA,
    "Items": ITEMS,
    "Messages": MESSAGES,
    "Function calls": FUNCTIONS,
    "Ids that clients send": CLIENT_IDS,
    "Items that are refused": REFUSALS,
    "Pages": LISTING,
    "Requests": REQUESTS,
    "Bytes, headers and ids": WIRE,
}

SCENARIOS = tuple(scenario for section in SECTIONS.values() for scenario in section)
