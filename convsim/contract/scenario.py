"""The parts of a scenario: steps, and the expected answers, whose reprs are for the reports of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convsim.contract.evidence import Evidence


@dataclass(frozen=True, slots=True, repr=False)
class Id:
    """In an answer: a fresh id of the live shape, remembered under ``name`` for later steps.

    ``behind`` names a remembered id with which it shares the partition, and after which it sorts. ``shape`` is a
    pattern for the part after the prefix; an id without a name is only required to be fresh. ``beside`` names a
    remembered id with which it shares the partition in front, as all ids of one conversation do at Azure AI Foundry.
    """

    name: str
    prefix: str
    behind: str = ""
    shape: str = "[0-9a-f]{48}"
    beside: str = ""

    def __repr__(self) -> str:
        return f"a fresh {self.prefix} id"


@dataclass(frozen=True, slots=True, repr=False)
class PartitionOf:
    """In an answer: the partition at the front of the remembered id ``name``."""

    name: str

    def __repr__(self) -> str:
        return f"the front of {{{self.name}}}"


@dataclass(frozen=True, slots=True, repr=False)
class Seconds:
    """In an answer: an integer that is a time."""

    def __repr__(self) -> str:
        return "a time in whole seconds"


@dataclass(frozen=True, slots=True, repr=False)
class Count:
    """In an answer: an integer that convsim counts by a rule of its own."""

    def __repr__(self) -> str:
        return "an integer"


@dataclass(frozen=True, slots=True, repr=False)
class Like:
    """In an answer: a string that matches a pattern as a whole."""

    pattern: str

    def __repr__(self) -> str:
        return f"a string like {self.pattern!r}"


@dataclass(frozen=True, slots=True, repr=False)
class Anything:
    """In an answer: any value, if a recording does not show which."""

    def __repr__(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class Streamed:
    """As the body of an answer: a stream of any events about a response with this id."""

    response: Id


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body, in which strings recall remembered ids as ``{name}``.

    ``headers`` gives patterns by name, None for a header that must be absent; ``length`` counts the body's bytes.
    Fronts without headers or bytes leave them unchecked.
    """

    status: int
    body: object
    headers: Mapping[str, str | None] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with the arguments of the SDK's method; every front can run it."""

    operation: str
    arguments: Mapping[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Raw:
    """A request that only HTTP can make. ``path`` is relative to the base URL and may have a query.

    ``body`` is sent unchanged; a key and, with a body, a JSON content type are sent unless ``headers`` says otherwise
    (an empty value leaves a header out).
    """

    method: str
    path: str
    answer: Answer
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """The model's replies to the next turn: the arguments of ``sim.responses.script``."""

    says: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """Continue the oldest open turn to its end."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt is stored: the arguments of ``sim.prompts.add``."""

    prompt_id: str
    settings: Mapping[str, Any] = field(default_factory=dict)


Step = Call | Raw | Script | Finish | Prompt


@dataclass(frozen=True, slots=True)
class Told:
    """The row of docs/fidelity.md about a behaviour; ``source`` is the place in the file of a user's scenario."""

    name: str
    title: str
    evidence: Evidence
    source: str = field(default="", kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Scenario(Told):
    """One behaviour: steps on a fresh emulator with ``options``.

    ``ours`` says why other servers need not behave so: it is a choice of convsim for tests.
    """

    steps: tuple[Step, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    ours: str = ""

    @property
    def needs_http(self) -> bool:
        """Whether a step is a raw request."""
        return any(isinstance(step, Raw) for step in self.steps)


def scenario(name: str, title: str, evidence: Evidence, *steps: Step, ours: str = "", **options: Any) -> Scenario:
    """Return a scenario; ``options`` are the Emulator's, ``behavior`` as a dict of its fields."""
    return Scenario(name, title, evidence, steps, options, ours)
