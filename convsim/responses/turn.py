"""What a script sees of a turn: the request, and all that a model would have seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a client; nothing in it can change what is stored.

    ``request`` is the parsed body, ``input`` its items as the service reads them, ``conversation`` the id of the
    conversation or None, ``instructions`` None where there are none.
    """

    request: Json
    model: str
    input: Sequence[Json]
    conversation: str | None
    instructions: str | None
    tools: Sequence[Json]
    before: Callable[[], Sequence[Json]]
    """Gives the items before the input."""
    agent: Json | None = None

    @cached_property
    def history(self) -> Sequence[Json]:
        """All that a model would have seen: the conversation, or the chain of previous responses, then the input.

        Read when it is first asked for: a turn costs the same however long its conversation is.
        """
        return (*self.before(), *self.input)

    @property
    def text(self) -> str:
        """What the user said last, its parts joined; empty where the input has no text of the user's."""
        for item in reversed(self.input):
            if item["type"] == "message" and item["role"] == "user":
                return "".join(part.get("text", "") for part in item["content"])
        return ""
