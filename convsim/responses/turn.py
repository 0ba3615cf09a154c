"""A turn as a script sees it: the request, and the whole input of the model."""

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
    """One turn of a client. Changes by a script affect neither the turn nor the stored state.

    ``model`` is the name in the request, ``conversation`` the id of the conversation or None, ``instructions`` None if
    there are none (of a prompt, the filled texts of its messages), ``agent`` the one that answers at Azure AI Foundry
    (its ``name`` and ``version``). The other members are read on first access, so that a turn costs the same whatever
    the length of its conversation.

    >>> sim.responses.script(lambda turn: f"You said: {turn.text}")
    >>> sim.responses.create(model="gpt-5", input="Hi").output_text
    'You said: Hi'
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
        """The parsed body of the request, completed by the prompt that it names."""
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
        """The whole input of a model: the conversation, or the chain of previous responses, then the input."""
        return (*self._before(), *self.input)

    @property
    def text(self) -> str:
        """The last text of the user, its parts joined; empty if the input has none."""
        for item in reversed(self.input):
            if item["type"] == "message" and item["role"] == "user":
                return "".join(part.get("text", "") for part in item["content"])
        return ""
