"""A server with planted mistakes in the emulator's answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from pydantic_core import from_json, to_json

from convsim import Emulator
from convsim.adapters.asgi import Message, Receive, Scope, Send
from convsim.server.admission import loopback_hosts
from convsim.server.runner import Port

Json = Any


class Plant(NamedTuple):
    """A mistake in the answers to ``method`` and ``path``, and the ``line`` with which ``scenario`` reports it.

    The method SOCKET is that of messages over a WebSocket, which have no status and no headers.
    """

    scenario: str
    method: str
    path: str
    line: str
    edit: Callable[[int, Json], tuple[int, Json]] = lambda status, body: (status, body)
    indent: int | None = 2
    dropped_header: bytes = b""


class WrongServer:
    """An ASGI application around the emulator's own; ``plant`` is its present mistake."""

    def __init__(self, service: Literal["openai", "foundry"] = "openai") -> None:
        self.sim = Emulator(service=service)
        self.port = Port()
        self.url = f"{self.port.url}{BASES[service]}"
        self.plant: Plant | None = None
        self._app = self.sim.asgi(allowed_hosts=loopback_hosts(self.port.number))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plant, is_socket = self.plant, scope["type"] == "websocket"
        if (
            plant is None
            or scope["type"] == "lifespan"
            or (SOCKET if is_socket else scope["method"]) != plant.method
            or not re.fullmatch(f".*/v1{plant.path}", scope["path"])
        ):
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, (_garbling if is_socket else _spoiling)(plant, send))


SOCKET = "SOCKET"
BASES = {"openai": "/v1", "foundry": "/api/projects/demo/openai/v1"}


def _garbling(plant: Plant, send: Send) -> Send:
    """Return a ``send`` that applies the plant to each message over a WebSocket."""

    async def garbled(message: Message) -> None:
        if message["type"] == "websocket.send":
            _, event = plant.edit(0, from_json(message["text"]))
            message = {**message, "text": to_json(event).decode()}
        await send(message)

    return garbled


def _spoiling(plant: Plant, send: Send) -> Send:
    """Return a ``send`` that applies the plant."""
    start: Message = {}

    async def spoilt(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        status, body = plant.edit(start["status"], from_json(message["body"]))
        content = body.encode() if isinstance(body, str) else to_json(body, indent=plant.indent)
        headers = [
            pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", plant.dropped_header)
        ]
        await send({**start, "status": status, "headers": [*headers, (b"content-length", b"%d" % len(content))]})
        await send({"type": "http.response.body", "body": content})

    return spoilt


def member(name: str, value: Json) -> Callable[[int, Json], tuple[int, Json]]:
    """Replace a member of the body."""
    return lambda status, body: (status, body | {name: value})


def without(name: str) -> Callable[[int, Json], tuple[int, Json]]:
    """Remove a member of the body."""
    return lambda status, body: (status, {key: value for key, value in body.items() if key != name})


def sentence(words: str) -> Callable[[int, Json], tuple[int, Json]]:
    """Replace the message of an error."""
    return lambda status, body: (status, body | {"error": body["error"] | {"message": words}})


def first_is_last(status: int, body: Json) -> tuple[int, Json]:
    """Reverse the keys."""
    return status, dict(reversed(body.items()))


def backwards(status: int, body: Json) -> tuple[int, Json]:
    """Reverse the items of a page."""
    return status, body | {"data": body["data"][::-1]}


def no_more(status: int, body: Json) -> tuple[int, Json]:
    """Deny that another page follows."""
    return status, body | {"has_more": False}


def of_type(name: str, edit: Callable[[int, Json], tuple[int, Json]]) -> Callable[[int, Json], tuple[int, Json]]:
    """Edit only the events of one type."""
    return lambda status, body: edit(status, body) if body["type"] == name else (status, body)


_ITEMS = "/conversations/[^/]+/items"
PLANTS = (
    Plant("create-with-metadata", "POST", "/conversations", "not expected, and there: 'name'", member("name", "x")),
    Plant("create-with-items", "GET", _ITEMS, "body: expected 'has_more', not there", without("has_more")),
    Plant("retrieve", "GET", "/conversations/[^/]+", "body: the keys stand in another order", first_is_last),
    Plant("update", "POST", "/conversations/[^/]+", ".metadata: expected 'topic', not there", member("metadata", {})),
    Plant("delete", "DELETE", "/conversations/[^/]+", "body.deleted: expected True, got 1", member("deleted", 1)),
    Plant("unknown-conversation", "GET", "/conversations/[^/]+", "body.error.message: expected", sentence("Who?")),
    Plant("deleted-is-gone", "GET", "/conversations/[^/]+", "status: expected 404, got 410", lambda s, b: (410, b)),
    Plant("create-bare", "POST", "/conversations", "expected a fresh conv id, got 'x_1'", member("id", "x_1")),
    Plant("body-not-json", "POST", "/conversations", "expected {'error'", lambda s, b: (s, "<html>Oh.</html>")),
    Plant("create-with-empty-items", "POST", "/conversations", ".created_at: expected", member("created_at", "now")),
    Plant("list-order", "GET", _ITEMS, "body.data[0].id: expected", backwards),
    Plant("list-has-more-is-exact", "GET", _ITEMS, "body.has_more: expected True, got False", no_more),
    Plant("bytes", "POST", "/conversations", "the bytes are not those of the live API", indent=None),
    Plant("headers", "POST", "/conversations", "header X-Request-ID: expected", dropped_header=b"x-request-id"),
)

SOCKET_PLANTS = (
    Plant("socket-lane-name", SOCKET, "/responses", "event 1: .error.message: expected", sentence("Which lane?")),
    Plant("socket-background", SOCKET, "/responses", "event 1: .status: expected 400, got 422", member("status", 422)),
    Plant("socket-no-event", SOCKET, "/responses", "expected 'status', not there", without("status")),
)
REALTIME_PLANTS = (
    Plant(
        "realtime-added-and-done",
        SOCKET,
        "/realtime",
        "event 2: : the keys stand in another order",
        of_type("conversation.item.done", first_is_last),
    ),
    Plant(
        "realtime-deleted",
        SOCKET,
        "/realtime",
        ".item_id: expected",
        of_type("conversation.item.deleted", member("item_id", "item_0")),
    ),
    Plant(
        "realtime-unknown-previous",
        SOCKET,
        "/realtime",
        ".error.message: expected",
        of_type("error", sentence("Behind what?")),
    ),
)
FOUNDRY_PLANTS = (
    Plant("foundry-create", "POST", "/conversations", "expected a fresh conv id, got 'x_1'", member("id", "x_1")),
    Plant("foundry-update", "POST", "/conversations/[^/]+", ".metadata: expected 'topic'", member("metadata", {})),
    Plant("foundry-delete", "GET", "/conversations/[^/]+", "body.error.message: expected", sentence("Gone.")),
    Plant("foundry-items", "GET", _ITEMS, "body.data[0].", backwards),
)
