"""What a script sees of a turn: the request, and all that a model would have seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from convsim.responses.agent import Agent

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a client. What a script does to it changes neither the turn nor what is stored.

    ``model`` is the name in the request, ``conversation`` the id of the conversation or None, ``instructions`` None
    where there are none, ``agent`` the one that answers at Azure AI Foundry (its ``name`` and ``version``). The rest is
    read when it is first asked for, so that a turn costs the same however long its conversation is.
    """

    model: str
    conversation: str | None
    instructions: str | None
    agent: Agent | None = None
    _body: Json = field(repr=False)
    _input: Callable[[], Sequence[Json]] = field(repr=False)
    _before: Callable[[], Sequence[Json]] = field(repr=False)

    @cached_property
    def request(self) -> Json:
        """The parsed body of the request."""
        return deepcopy(self._body)

    @property
    def tools(self) -> Sequence[Json]:
        """The tools of the request."""
        return tuple(self.request.get("tools") or ())

    @cached_property
    def input(self) -> Sequence[Json]:
        """The items of the input as the service reads them: a string is a message of the user."""
        return tuple(self._input())

    @cached_property
    def history(self) -> Sequence[Json]:
        """All that a model would have seen: the conversation, or the chain of previous responses, then the input."""
        return (*self._before(), *self.input)

    @property
    def text(self) -> str:
        """What the user said last, its parts joined; empty where the input has no text of the user's."""
        for item in reversed(self.input):
            if item["type"] == "message" and item["role"] == "user":
                return "".join(part.get("text", "") for part in item["content"])
        return ""
