"""An agent of Azure AI Foundry, as a test declares it under a name of its project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from convsim.errors import UsageError, misuse
from convsim.errors.misuse import choice, is_text, require_fields
from convsim.responses.vocabulary import as_json

Kind = Literal["prompt", "workflow", "hosted"]


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent that requests name by ``agent_reference``: ``agents={"support": Agent(model="gpt-5")}``.

    ``model``, ``instructions``, ``tools`` and ``settings`` (``text``, ``reasoning``, ``temperature``, ``top_p``,
    ``tool_choice``) are those of its turns. ``structured_inputs`` describes the values for the ``{{names}}`` in its
    instructions and tools: ``{"city": {"default_value": "Paris"}}``. A ``workflow`` and a ``hosted`` agent answer in
    shapes of their own. ``name`` is the key under which it was declared.

    Raises :class:`~convsim.errors.UsageError` for values that no agent has.

    >>> sim = Emulator(service="foundry", agents={"support": Agent(model="gpt-5", instructions="Be brief.")})
    >>> sim.responses.script("Hello.")
    >>> named = {"agent_reference": {"type": "agent_reference", "name": "support"}}
    >>> sim.responses.create(input="Hi", extra_body=named).output_text
    'Hello.'
    """

    version: str = "1"
    model: str = ""
    instructions: str | None = None
    tools: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    structured_inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kind: Kind = "prompt"
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        for name in ("tools", "settings", "structured_inputs"):
            object.__setattr__(self, name, as_json(f"Agent({name}", getattr(self, name)))
        require_fields(self, _KINDS)
        if self.kind == "prompt" and not self.model:
            raise UsageError("Agent(): a prompt agent has a model; write Agent(model='gpt-4.1')")

    def named(self, name: str) -> Agent:
        """Return the same agent with its name."""
        made = Agent(**{one: getattr(self, one) for one in _GIVEN})
        object.__setattr__(made, "name", name)
        return made


SETTINGS = ("text", "reasoning", "temperature", "top_p", "tool_choice")
"""The members of a request that an agent sets besides its model, instructions and tools."""

_GIVEN = tuple(one for one in Agent.__dataclass_fields__ if one != "name")


def _all_objects(values: Any) -> bool:
    return all(isinstance(one, dict) for one in values)


_KINDS: dict[str, misuse.Kind] = {
    "version": misuse.Kind(lambda value: is_text(value) and value != "", "a string, version='1'"),
    "model": misuse.Kind(is_text, "a string"),
    "instructions": misuse.Kind(lambda value: value is None or is_text(value), "a string, or leave it out"),
    "tools": misuse.Kind(
        lambda value: isinstance(value, list) and _all_objects(value), "a list of tools, each a mapping"
    ),
    "settings": misuse.Kind(
        lambda value: isinstance(value, dict) and all(name in SETTINGS for name in value),
        f"a mapping of {', '.join(SETTINGS)}",
    ),
    "structured_inputs": misuse.Kind(
        lambda value: isinstance(value, dict) and _all_objects(value.values()),
        "what each of them is, {'city': {'default_value': 'Paris'}}",
    ),
    "kind": choice(*get_args(Kind)),
}
