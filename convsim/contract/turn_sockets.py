"""The parts of a scenario of turns over a WebSocket: messages of the client, and the frames that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convsim.contract.evidence import Evidence
from convsim.contract.scenario import Told
from convsim.http.messages import Close

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the client: an event, or the exact text or bytes of a frame; and the frames that must answer it.

    ``heard`` are events in their order, in which strings recall remembered ids as ``{name}``, and then the close of the
    service, if there is one.
    """

    message: Mapping[str, Any] | str | bytes
    heard: tuple[Json | Close, ...]


@dataclass(frozen=True, slots=True)
class SocketScenario(Told):
    """One behaviour: messages on one connection to a fresh emulator that is made with ``options``.

    ``hours`` pass on its clock before the last message.
    """

    steps: tuple[Message, ...]
    hours: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


def socket(
    name: str, title: str, evidence: Evidence, *steps: Message, hours: int = 0, **options: Any
) -> SocketScenario:
    """Return a scenario; ``options`` are the Emulator's."""
    return SocketScenario(f"socket-{name}", title, evidence, steps, hours, options)


def create(*heard: Json | Close, **members: Any) -> Message:
    """Return a step: ``response.create``."""
    return Message({"type": "response.create", **members}, heard)


def refusal(
    message: str, *, param: str | None = None, code: str | None = None, status: int = 400, **named: str
) -> Json:
    """Return an ``error`` event; ``named`` is its ``stream_id``."""
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": param}
    return {"type": "error", "status": status, **named, "error": error}
