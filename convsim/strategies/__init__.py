"""Hypothesis strategies and state machines for tests of your own code (``pip install "convsim[hypothesis]"``).

Strategies generate inputs that the API accepts (:func:`items`, :func:`messages`, :func:`metadata`,
:func:`conversations`, :func:`realtime_events`) and refuses (:func:`invalid_items`), replies of a model
(:func:`replies`) and faults (:func:`fault_plans`). :class:`ConversationMachine` and :class:`TurnMachine` try a client
of yours.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convsim.strategies.machines import ConversationMachine, TurnMachine
    from convsim.strategies.plans import USUAL, fault_plans
    from convsim.strategies.turns import realtime_events, replies
    from convsim.strategies.values import BadItem, conversations, invalid_items, items, messages, metadata

__all__ = [
    "USUAL",
    "BadItem",
    "ConversationMachine",
    "TurnMachine",
    "conversations",
    "fault_plans",
    "invalid_items",
    "items",
    "messages",
    "metadata",
    "realtime_events",
    "replies",
]

# Loaded on first use: Hypothesis imports this package in every run, for registration.py.
_HOMES = {
    **dict.fromkeys(("BadItem", "conversations", "invalid_items", "items", "messages", "metadata"), "values"),
    **dict.fromkeys(("ConversationMachine", "TurnMachine"), "machines"),
    **dict.fromkeys(("USUAL", "fault_plans"), "plans"),
    **dict.fromkeys(("realtime_events", "replies"), "turns"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convsim.strategies' has no attribute {name!r}")
    return getattr(import_module(f"convsim.strategies.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
