"""Clients of streamed turns that leave at any byte: the conversation is untouched or whole, and the next turn runs."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx2

from convsim import Behavior, Call, Emulator, Reasoning, Text
from convsim.faults import Fault, GarbleEvent, RateLimited, ServerError, StallStream
from tests.asking import client

REPLIES = (Text("Hello, how are you today?"), Call("f", {"a": 1}), Reasoning("Let me see."))
FAULTS: tuple[Fault | None, ...] = (None, None, None, ServerError(), RateLimited(), GarbleEvent(), StallStream())


class Streams:
    """Streams one scripted turn after the other on one conversation."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.sent = 0
        self.refused = 0
        stream_left: Any = random.choice(("complete", "abort"))
        self._sim = Emulator(behavior=Behavior(stream_left=stream_left), virtual_time=True)
        self._http = client(self._sim)
        self._name = self._sim.conversations.create().id

    def step(self) -> None:
        """Stream one turn, and raise ``AssertionError`` for a conversation that holds a part of it."""
        random = self._random
        self.sent += 1
        if self.sent % 20 == 0:
            self._name = self._sim.conversations.create().id
        before = self.count()
        replies = [Text("First."), *random.choices(REPLIES[:1], k=random.randrange(3))]
        if fault := random.choice(FAULTS):
            self._sim.faults.add(fault)
        self._sim.responses.script(*replies)
        self._stream(random.choice((0, 1, 50, 700, 3000, None)))
        after = self.count()
        assert after in (before, before + 1 + len(replies)), f"{before} items became {after} in a turn of {replies}"
        self._sim.faults.clear()
        self._sim.clear_scripts()
        self._sim.responses.script("Next.")
        answer = self._http.post("/responses", json={"model": "gpt-5", "input": "Hi", "conversation": self._name})
        assert answer.status_code == 200, f"after {replies} and {fault}: {answer.text}"

    def _stream(self, most: int | None) -> None:
        body = {"model": "gpt-5", "input": "Hi", "conversation": self._name, "stream": True}
        count = 0
        try:
            with self._http.stream("POST", "/responses", json=body, timeout=1) as answer:
                for data in answer.iter_raw():
                    count += len(data)
                    if most is not None and count >= most:
                        self.refused += 1
                        return
        except httpx2.TransportError:
            self.refused += 1

    def count(self) -> int:
        """How many items the conversation has."""
        return len(self._sim.state[self._name].items)
