"""Requests to an emulator's router, with no adapter between."""

from __future__ import annotations

import json
from typing import Any

from convsim.emulator import Emulator
from convsim.http.messages import Request, Response
from tests.asking import handle, whole

KEY = {b"authorization": b"Bearer sk-test"}
JSON = {b"content-type": b"application/json"}


def ask(
    sim: Emulator,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    query: str = "",
    headers: dict[bytes, bytes] | None = None,
) -> Response:
    """One request to the emulator's router, at the default base URL."""
    given = KEY | JSON if headers is None else headers
    answer = handle(sim, Request(method, path, f"/v1{path}", query, tuple(given.items()), body))
    assert isinstance(answer, Response)
    return answer


def parsed(answer: Response) -> Any:
    return json.loads(whole(answer))


def sentence(answer: Response) -> tuple[int, str]:
    return answer.status, parsed(answer)["error"]["message"]


def a_conversation(**options: Any) -> Emulator:
    sim = Emulator(ids="sequential", **options)
    sim.conversations.create(items=[{"role": "user", "content": "one"}])
    return sim
