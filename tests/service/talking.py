"""A WebSocket for turns, with no adapter between."""

from __future__ import annotations

import json
from typing import Any

from convsim import Emulator
from convsim.http.messages import Close, Frame, Request
from convsim.service.sockets import TurnSocket
from tests.asking import app

Json = dict[str, Any]

LOST = Close(1006)
DELTA = "response.output_text.delta"


def opened(sim: Emulator, key: bytes = b"Bearer sk-test") -> TurnSocket:
    opening = app(sim).connect("/responses")
    assert opening is not None
    socket = opening(Request("GET", "/responses", "/v1/responses", "", [(b"authorization", key)], b""))
    assert isinstance(socket, TurnSocket)
    return socket


def taken(socket: TurnSocket) -> list[Any]:
    """All that is sent, until it waits or ends: events, other texts, and a close."""
    told: list[Any] = []
    while isinstance(item := socket.next(0.0), tuple):
        if not isinstance(item, Frame):
            told.append(item)
            continue
        try:
            told.append(json.loads(item.text))
        except ValueError:
            told.append(item.text)
    return told


def ask(socket: TurnSocket, said: object = "Hi", **members: Any) -> list[Any]:
    socket.receive(json.dumps({"type": "response.create", "model": "gpt-4.1", "input": said} | members))
    return taken(socket)


def types(told: list[Any]) -> list[str]:
    return [event["type"] for event in told]


def error(told: list[Any]) -> Json:
    """The only event, which is an error."""
    (event,) = told
    assert event["type"] == "error"
    assert isinstance(event, dict)
    return event
