"""Mutated HTTP requests: nothing is raised, nothing is a 5xx, each refusal is in the envelope and changes nothing."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

from convsim import Emulator
from convsim.http.messages import Request, Response
from convsim.operations.routes import ROUTES
from convsim.strategies.spoilt import MODELS, full
from tests.asking import handle, whole
from tests.fuzz.mutation import as_bytes, as_text, mutated

SLOWEST = 2.0
"""Seconds of work for one request: far more than any takes, far less than one whose cost grows with its square."""

KEYS = ["message", "type", "param", "code"]
ITEMS = [item for name, model in MODELS for item in full(name, model)]
TURN: dict[str, Any] = {
    "model": "gpt-5",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
    "conversation": "conv_1",
    "instructions": "Be brief.",
    "tools": [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}],
    "tool_choice": "auto",
    "text": {"format": {"type": "text"}},
    "reasoning": {"effort": "low"},
    "include": ["reasoning.encrypted_content"],
    "metadata": {"a": "1"},
    "stream": False,
}
QUERIES = ("limit", "order", "after", "include[]", "include", "stream", "starting_after", "zzz", "limit[]", "order[a]")
WORDS = ("1", "20", "101", "-1", "0x1", "asc", "desc", "zzz", "true", "msg_1", "9" * 5000, "%F0%9F", "+", "")
TYPES = (b"application/json", b"application/json; charset=utf-8", b"text/plain", b"multipart/form-data", b"", b"\xff")


class Requests:
    """Sends one mutated request after the other to an emulator that is made anew now and then."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.sent = 0
        self.refused = 0
        self._begin()

    def _begin(self) -> None:
        self._sim = Emulator(unscripted="echo", unknown_routes="404")
        self._sim.seed("conv_1", [{"role": "user", "content": str(number)} for number in range(3)])
        self._ids = ["conv_1", self._sim.state["conv_1"].items[0].id, "resp_1"]

    def step(self) -> None:
        """Send one, and raise ``AssertionError`` for an answer that breaks a rule, with the request that got it."""
        if self.sent % 500 == 499:
            self._begin()
        self.sent += 1
        request = self._request()
        before = self._state()
        began = time.thread_time()
        try:
            outcome = handle(self._sim, request)
        except Exception as error:
            raise AssertionError(f"{request!r} raises {error!r}") from error
        took = time.thread_time() - began
        assert took < SLOWEST, f"{request!r} took {took:.1f} s"
        assert isinstance(outcome, Response), f"{request!r}: {outcome!r}"
        assert outcome.status < 500, f"{request!r}: {outcome.status} {outcome.content!r}"
        if outcome.status >= 400:
            self.refused += 1
            refusal = json.loads(whole(outcome))["error"]
            assert list(refusal) == KEYS, f"{request!r}: {refusal}"
            assert isinstance(refusal["message"], str), f"{request!r}: {refusal}"
            assert self._state() == before, f"{request!r} was refused with {refusal} and changed what is stored"

    def _state(self) -> list[tuple[str, str, str]]:
        state = self._sim.state
        return [(name, repr(state[name].metadata), ",".join(item.id for item in state[name].items)) for name in state]

    def _request(self) -> Request:
        random = self._random
        route = random.choice(ROUTES)
        path = route.path
        while "{" in path:
            given = random.choice(self._ids) if random.random() < 0.8 else as_text(random.choice(self._ids), random)
            path = path[: path.index("{")] + given + path[path.index("}") + 1 :]
        if random.random() < 0.05:
            path = as_text(path, random)
        pairs = [f"{random.choice(QUERIES)}={random.choice(WORDS)}" for _ in range(random.choice((0, 0, 0, 1, 2)))]
        method = route.method if random.random() < 0.95 else random.choice(("GET", "POST", "PATCH", "", "é"))
        headers = [(b"authorization", b"Bearer sk-any")] if random.random() < 0.98 else [(b"authorization", b"\xff ")]
        body = b""
        if route.takes_body or random.random() < 0.1:
            kind = TYPES[0] if random.random() < 0.9 else random.choice(TYPES)
            headers.append((b"content-type", kind))
            given = self._body(route.operation)
            body = as_bytes(given if random.random() < 0.3 else mutated(given, random), random)
        return Request(method, path, f"/v1{path}", "&".join(pairs), headers, body)

    def _body(self, operation: str) -> Any:
        random = self._random
        items = [random.choice(ITEMS) for _ in range(random.choice((1, 1, 2, 21)))]
        if operation.startswith("responses."):
            return {**TURN, "input": items} if random.random() < 0.5 else TURN
        if operation == "conversations.update":
            return {"metadata": {"a": "1", "b": "2"}}
        return {"items": items} if operation == "conversations.items.create" else {"items": items, "metadata": {}}
