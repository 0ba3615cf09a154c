"""Faults as data: arm them with ``sim.faults.add(...)``, in the marker, or in ``Emulator(faults=[...])``."""

from __future__ import annotations

from convsim.faults.answers import (
    BadGateway,
    ContextLengthExceeded,
    ConversationLocked,
    EmptyBody,
    InvalidItem,
    Overloaded,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    ServerError,
    TruncatedJSON,
    Unauthorized,
    WrongContentType,
)
from convsim.faults.chaos import Chaos
from convsim.faults.events import (
    CloseConnection,
    DropEvent,
    FailResponse,
    GarbleEvent,
    RefuseEvent,
    StallStream,
)
from convsim.faults.fault import AnswerFault, Fault, FaultContext
from convsim.faults.registry import Armed, Faults
from convsim.faults.rules import Rule
from convsim.faults.state import DeleteConversation, DeleteItem, HideItem, InsertItem, StaleReads
from convsim.faults.transport import (
    BodyReset,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    DNSFailure,
    Latency,
    ReadTimeout,
)

__all__ = [
    "AnswerFault",
    "Armed",
    "BadGateway",
    "BodyReset",
    "Chaos",
    "CloseConnection",
    "ConnectTimeout",
    "ConnectionRefused",
    "ConnectionReset",
    "ContextLengthExceeded",
    "ConversationLocked",
    "DNSFailure",
    "DeleteConversation",
    "DeleteItem",
    "DropEvent",
    "EmptyBody",
    "FailResponse",
    "Fault",
    "FaultContext",
    "Faults",
    "GarbleEvent",
    "HideItem",
    "InsertItem",
    "InvalidItem",
    "Latency",
    "Overloaded",
    "PermissionDenied",
    "QuotaExceeded",
    "RateLimited",
    "ReadTimeout",
    "RefuseEvent",
    "Rule",
    "ServerError",
    "StaleReads",
    "StallStream",
    "TruncatedJSON",
    "Unauthorized",
    "WrongContentType",
]
