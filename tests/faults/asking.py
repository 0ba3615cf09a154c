"""Asks an emulator's router as an adapter does: one request in, one outcome out, and no client between."""

from __future__ import annotations

import json
from typing import Any

from convsim.emulator import Emulator
from convsim.http.messages import Outcome, Request, Response
from tests.asking import handle, whole

HI = {"role": "user", "content": "hi"}
ITEMS = "/conversations/conv_a/items"


def seeded(items: int = 0, **options: Any) -> Emulator:
    """An emulator with the conversation ``conv_a`` of ``items`` messages, ``msg_1`` and so on."""
    sim = Emulator(ids="sequential", **options)
    sim.seed("conv_a", items=[HI] * items)
    return sim


def ask(
    sim: Emulator,
    method: str,
    path: str,
    body: object = None,
    *,
    query: str = "",
    key: str = "sk-test",
    timeout: float | None = None,
) -> Outcome:
    headers = ((b"Authorization", f"Bearer {key}".encode()), (b"Content-Type", b"application/json"))
    content = b"" if body is None else json.dumps(body).encode()
    return handle(
        sim, Request(method, path, f"/v1{path}", query, headers, content, {"connect": timeout, "read": timeout})
    )


def answer(sim: Emulator, method: str, path: str, body: object = None, **options: Any) -> Response:
    """As :func:`ask`, where an answer must come."""
    outcome = ask(sim, method, path, body, **options)
    assert isinstance(outcome, Response)
    return outcome


def header(response: Response, name: bytes) -> bytes | None:
    """The one value of a header, by its exact spelling; None where it is not there."""
    values = [value for key, value in response.headers if key == name]
    assert len(values) <= 1
    return values[0] if values else None


def parsed(sim: Emulator, method: str, path: str, body: object = None, **options: Any) -> Any:
    return json.loads(whole(answer(sim, method, path, body, **options)))


def add(sim: Emulator, path: str = ITEMS, **options: Any) -> int | None:
    """Adds an item; gives the status."""
    outcome = ask(sim, "POST", path, {"items": [HI]}, **options)
    return outcome.status if isinstance(outcome, Response) else None


def listed(sim: Emulator, path: str = ITEMS, query: str = "", **options: Any) -> list[str]:
    """The ids that a list shows, oldest first."""
    page = parsed(sim, "GET", path, query=f"order=asc&limit=100&{query}", **options)
    return [item["id"] for item in page["data"]]


def stored(sim: Emulator, conversation_id: str = "conv_a") -> list[str]:
    """The ids of the items that are really there."""
    return [item.id for item in sim.state[conversation_id].items]


def statuses(sim: Emulator, times: int, path: str = ITEMS) -> list[int | None]:
    """Adds ``times`` items; None where no answer came."""
    return [add(sim, path) for _ in range(times)]
