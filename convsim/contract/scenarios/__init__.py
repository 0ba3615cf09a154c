"""Every scenario, in the order of docs/fidelity.md."""

from __future__ import annotations

from convsim.contract.realtime import RealtimeScenario
from convsim.contract.scenario import Scenario
from convsim.contract.scenarios.bounds import BOUNDS
from convsim.contract.scenarios.client_ids import CLIENT_IDS
from convsim.contract.scenarios.context import CONTEXT
from convsim.contract.scenarios.conversations import CONVERSATIONS
from convsim.contract.scenarios.faults import FAULTS
from convsim.contract.scenarios.foundry_conversations import FOUNDRY_CONVERSATIONS
from convsim.contract.scenarios.foundry_items import FOUNDRY_ITEMS
from convsim.contract.scenarios.foundry_refusals import FOUNDRY_REFUSALS
from convsim.contract.scenarios.foundry_responses import FOUNDRY_RESPONSES
from convsim.contract.scenarios.foundry_streams import FOUNDRY_STREAMS
from convsim.contract.scenarios.foundry_turns import FOUNDRY_TURNS
from convsim.contract.scenarios.functions import FUNCTIONS
from convsim.contract.scenarios.hosted import HOSTED
from convsim.contract.scenarios.includes import INCLUDED
from convsim.contract.scenarios.item_ids import ITEM_IDS
from convsim.contract.scenarios.items import ITEMS
from convsim.contract.scenarios.listing import LISTING
from convsim.contract.scenarios.machines import MACHINES
from convsim.contract.scenarios.messages import MESSAGES
from convsim.contract.scenarios.metadata import METADATA
from convsim.contract.scenarios.nested import NESTED
from convsim.contract.scenarios.nulls import NULLS
from convsim.contract.scenarios.parts import PARTS
from convsim.contract.scenarios.prompts import PROMPTS
from convsim.contract.scenarios.realtime_acknowledgements import REALTIME_ACKNOWLEDGEMENTS
from convsim.contract.scenarios.realtime_audio import REALTIME_AUDIO
from convsim.contract.scenarios.realtime_behaviors import REALTIME_BEHAVIORS
from convsim.contract.scenarios.realtime_echo import REALTIME_ECHO
from convsim.contract.scenarios.realtime_edits import REALTIME_EDITS
from convsim.contract.scenarios.realtime_parts import REALTIME_PARTS
from convsim.contract.scenarios.realtime_places import REALTIME_PLACES
from convsim.contract.scenarios.realtime_refusals import REALTIME_REFUSALS
from convsim.contract.scenarios.realtime_responses import REALTIME_RESPONSES
from convsim.contract.scenarios.realtime_schema import REALTIME_SCHEMA
from convsim.contract.scenarios.realtime_sessions import REALTIME_SESSIONS
from convsim.contract.scenarios.realtime_sockets import REALTIME_SOCKETS
from convsim.contract.scenarios.refusals import REFUSALS
from convsim.contract.scenarios.requests import REQUESTS
from convsim.contract.scenarios.toolsets import TOOLSETS
from convsim.contract.scenarios.turn_endpoints import TURN_ENDPOINTS
from convsim.contract.scenarios.turn_refusals import TURN_REFUSALS
from convsim.contract.scenarios.turn_sockets import TURN_SOCKETS
from convsim.contract.scenarios.turn_streams import TURN_STREAMS
from convsim.contract.scenarios.turn_tools import TURN_TOOLS
from convsim.contract.scenarios.turns import TURNS
from convsim.contract.scenarios.wire import WIRE
from convsim.contract.turn_sockets import SocketScenario

SECTIONS: dict[str, tuple[Scenario, ...]] = {
    "Conversations": CONVERSATIONS,
    "Metadata": METADATA,
    "Items": ITEMS,
    "Messages": MESSAGES,
    "Images, files and other parts": PARTS,
    "Calls of functions and custom tools": FUNCTIONS,
    "Searches, code, images and programs": HOSTED,
    "Computers, shells and patches": MACHINES,
    "MCP and other tools": TOOLSETS,
    "Reasoning, compaction and settings": CONTEXT,
    "Members that include shows": INCLUDED,
    "Nulls and defaults": NULLS,
    "Ids that clients send": CLIENT_IDS,
    "Ids by type": ITEM_IDS,
    "Items that are refused": REFUSALS,
    "Faults deep inside items": NESTED,
    "Bounds of strings, and ids of other objects": BOUNDS,
    "Pages": LISTING,
    "Requests": REQUESTS,
    "Bytes, headers and ids": WIRE,
    "Faults": FAULTS,
    "Turns: the response, and the stored items": TURNS,
    "Turns: stored prompts": PROMPTS,
    "Turns: streams": TURN_STREAMS,
    "Turns: tools": TURN_TOOLS,
    "Turns: refusals": TURN_REFUSALS,
    "Turns: responses afterwards, background and locks": TURN_ENDPOINTS,
}

SCENARIOS = tuple(scenario for section in SECTIONS.values() for scenario in section)

SOCKET_SECTIONS: dict[str, tuple[SocketScenario, ...]] = {"Turns: over a WebSocket": TURN_SOCKETS}

SOCKET_SCENARIOS = tuple(scenario for section in SOCKET_SECTIONS.values() for scenario in section)

FOUNDRY_SECTIONS: dict[str, tuple[Scenario, ...]] = {
    "Conversations": FOUNDRY_CONVERSATIONS,
    "Items": FOUNDRY_ITEMS,
    "Turns": (*FOUNDRY_TURNS, *FOUNDRY_RESPONSES, *FOUNDRY_REFUSALS),
    "Streams": FOUNDRY_STREAMS,
}

FOUNDRY_SCENARIOS = tuple(scenario for section in FOUNDRY_SECTIONS.values() for scenario in section)

REALTIME_SECTIONS: dict[str, tuple[RealtimeScenario, ...]] = {
    "Realtime: where items go": REALTIME_PLACES,
    "Realtime: acknowledgements": REALTIME_ACKNOWLEDGEMENTS,
    "Realtime: deleting, reading and cutting items": REALTIME_EDITS,
    "Realtime: audio": REALTIME_AUDIO,
    "Realtime: events that are refused": REALTIME_REFUSALS,
    "Realtime: items and parts that are refused": REALTIME_PARTS,
    "Realtime: members that are refused": REALTIME_SCHEMA,
    "Realtime: which errors repeat the event_id": REALTIME_ECHO,
    "Realtime: sessions": REALTIME_SESSIONS,
    "Realtime: responses": REALTIME_RESPONSES,
    "Realtime: connections": REALTIME_SOCKETS,
    "Realtime: the switches of Behavior": REALTIME_BEHAVIORS,
}

REALTIME_SCENARIOS = tuple(scenario for section in REALTIME_SECTIONS.values() for scenario in section)
