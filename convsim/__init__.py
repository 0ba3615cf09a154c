"""convsim: an offline, in-process OpenAI Conversations API for Python tests.

In pytest, the fixture ``convsim`` is an :class:`Emulator` that answers every client of the test:

    def test_the_agent_remembers(convsim):
        convsim.responses.script("Hello, Ada.")  # no model runs: the test scripts its replies
        conversation = OpenAI().conversations.create()
        OpenAI().responses.create(model="gpt-5.5", input="I am Ada.", conversation=conversation.id)
        convsim.assert_items(conversation.id, [("user", "I am Ada."), ("assistant", "Hello, Ada.")])

Without pytest, write ``with Emulator().patch() as sim:``, and give the client a key: ``OpenAI(api_key="sk-any")``.
``help(convsim.Emulator)`` explains the options and the methods, ``help(convsim.faults)`` the failures that a test can
cause.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convsim.core import loading

if TYPE_CHECKING:
    from convsim.core.behavior import Behavior
    from convsim.core.clock import Clock
    from convsim.core.results import (
        Conversation,
        ConversationDeleted,
        ConversationState,
        Item,
        ItemPage,
        Response,
        ResponseEvent,
    )
    from convsim.decorator import patched
    from convsim.emulator import Emulator
    from convsim.errors import (
        APIStatusError,
        AuthenticationError,
        BadRequestError,
        ConvsimError,
        InternalServerError,
        NotFoundError,
        RateLimitError,
        RefusedError,
        RefusedHostError,
        RefusedRouteError,
        ReviewWarning,
        UnscriptedTurnError,
        UnusedFaultWarning,
        UnusedScriptWarning,
        UsageError,
    )
    from convsim.responses.agent import Agent
    from convsim.responses.turn import Turn
    from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text
    from convsim.responses.webhooks import Webhook
    from convsim.service.snapshots import Snapshot

__version__ = "0.1.0"

__all__ = [
    "APIStatusError",
    "Agent",
    "AuthenticationError",
    "BadRequestError",
    "Behavior",
    "Call",
    "Clock",
    "Conversation",
    "ConversationDeleted",
    "ConversationState",
    "ConvsimError",
    "Emulator",
    "Failure",
    "InternalServerError",
    "Item",
    "ItemPage",
    "NotFoundError",
    "RateLimitError",
    "Reasoning",
    "Refusal",
    "RefusedError",
    "RefusedHostError",
    "RefusedRouteError",
    "Response",
    "ResponseEvent",
    "ReviewWarning",
    "Snapshot",
    "Speech",
    "Text",
    "Turn",
    "UnscriptedTurnError",
    "UnusedFaultWarning",
    "UnusedScriptWarning",
    "UsageError",
    "Webhook",
    "__version__",
    "patched",
]

# Loaded on first use: importing convsim must stay cheap for runs without an emulator.
_HOMES = {
    "Agent": "convsim.responses.agent",
    "Behavior": "convsim.core.behavior",
    "Clock": "convsim.core.clock",
    "Emulator": "convsim.emulator",
    "Snapshot": "convsim.service.snapshots",
    "Turn": "convsim.responses.turn",
    "Webhook": "convsim.responses.webhooks",
    "patched": "convsim.decorator",
    **dict.fromkeys(
        (
            "APIStatusError",
            "AuthenticationError",
            "BadRequestError",
            "ConvsimError",
            "InternalServerError",
            "NotFoundError",
            "RateLimitError",
            "RefusedError",
            "RefusedHostError",
            "RefusedRouteError",
            "ReviewWarning",
            "UnscriptedTurnError",
            "UnusedFaultWarning",
            "UnusedScriptWarning",
            "UsageError",
        ),
        "convsim.errors",
    ),
    **dict.fromkeys(("Call", "Failure", "Reasoning", "Refusal", "Speech", "Text"), "convsim.responses.vocabulary"),
    **dict.fromkeys(
        ("Conversation", "ConversationDeleted", "ConversationState", "Item", "ItemPage", "Response", "ResponseEvent"),
        "convsim.core.results",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convsim' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    for hook in loading.hooks:
        hook(name, value)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
