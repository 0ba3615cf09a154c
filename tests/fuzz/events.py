"""Mutated Realtime events: nothing is raised, and each error is an event of the documented form."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from convsim import Emulator, UsageError
from tests.fuzz.mutation import as_bytes, mutated

ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}], "id": "item_1"}
EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "conversation.item.create", "item": ITEM, "previous_item_id": "root"},
    {"type": "conversation.item.create", "item": {"type": "function_call", "name": "f", "arguments": "{}"}},
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 10},
    {"type": "conversation.item.delete", "item_id": "item_1"},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "response.create", "response": {"instructions": "Be brief.", "conversation": "none"}},
    {"type": "response.cancel"},
    {"type": "session.update", "session": {"type": "realtime", "tools": [], "audio": {"output": {"voice": "alloy"}}}},
)
KEYS = {"type", "code", "message", "param", "event_id"}


class Events:
    """Sends one mutated event after the other to a session that is opened anew now and then."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.sent = 0
        self.refused = 0
        self._begin()

    def _begin(self) -> None:
        self._sim = Emulator()
        self._connection = self._sim.realtime.connect(dialect=self._random.choice(("ga", "beta")))
        self._connection.events()

    def step(self) -> None:
        """Send one, and raise ``AssertionError`` where a rule is broken, with the event that breaks it."""
        if self.sent % 200 == 199 or self._connection.closed:
            self._begin()
        self.sent += 1
        event = self._random.choice(EVENTS)
        if event["type"] == "response.create":
            self._sim.realtime.script("Hello.")
        data = as_bytes(event if self._random.random() < 0.1 else mutated(event, self._random), self._random)
        frame: str | bytes = data if self._random.random() < 0.02 else data.decode("utf-8", "replace")
        try:
            self._connection.send(frame)
            answers = self._connection.events()
        except UsageError:
            raise
        except Exception as error:
            raise AssertionError(f"{frame[:500]!r} raises {error!r}") from error
        finally:
            self._sim.clear_scripts()
        for answer in answers:
            if answer["type"] == "error":
                self.refused += 1
                assert set(answer["error"]) == KEYS, f"{frame[:500]!r}: {json.dumps(answer)}"
