"""What a scenario is made of: steps, and the answers that they must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convsim.contract.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Id:
    """In an answer: a fresh id of the live shape, remembered under ``name`` for what follows.

    ``behind`` names a remembered id with which it shares the partition, and behind which it sorts. ``shape`` is a
    pattern for what follows the prefix; an id without a name is only held to be fresh. ``beside`` names a remembered id
    with which it shares the partition in front, as all ids of one conversation do at Azure AI Foundry.
    """

    name: str
    prefix: str
    behind: str = ""
    shape: str = "[0-9a-f]{48}"
    beside: str = ""


@dataclass(frozen=True, slots=True)
class PartitionOf:
    """In an answer: the partition with which the remembered id ``name`` begins."""

    name: str


@dataclass(frozen=True, slots=True)
class Seconds:
    """In an answer: an integer that says when."""


@dataclass(frozen=True, slots=True)
class Count:
    """In an answer: an integer that counts something by a rule of convsim's own."""


@dataclass(frozen=True, slots=True)
class Like:
    """In an answer: a string that matches a pattern as a whole."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Anything:
    """In an answer: any value, where a recording does not say which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body, in which strings recall remembered ids as ``{name}``.

    ``headers`` gives patterns by name, None for a header that must not be there; ``length`` counts the body's bytes.
    Fronts without headers or bytes leave them unchecked.
    """

    status: int
    body: object
    headers: Mapping[str, str | None] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with the arguments of the SDK's method; every front can make it."""

    operation: str
    arguments: Mapping[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Raw:
    """A request that only HTTP can make. ``path`` stands below the base URL and may carry a query.

    ``body`` is sent as it is; a key and, where there is a body, a JSON content type are sent unless ``headers`` says
    otherwise (an empty value leaves a header out).
    """

    method: str
    path: str
    answer: Answer
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """What the model says in the next turn: the arguments of ``sim.responses.script``."""

    says: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """The oldest turn that is open goes on to its end."""


Step = Call | Raw | Script | Finish


@dataclass(frozen=True, slots=True)
class Told:
    """What docs/fidelity.md tells of a behaviour."""

    name: str
    title: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Scenario(Told):
    """One behaviour: steps on a fresh emulator that is made with ``options``.

    ``ours`` says why no other server need behave so: it is what convsim chose for tests.
    """

    steps: tuple[Step, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    ours: str = ""

    @property
    def needs_http(self) -> bool:
        """Whether a step is a raw request."""
        return any(isinstance(step, Raw) for step in self.steps)


def scenario(name: str, title: str, evidence: Evidence, *steps: Step, ours: str = "", **options: Any) -> Scenario:
    """A scenario; ``options`` are the Emulator's, ``behavior`` as a dict of its fields."""
    return Scenario(name, title, evidence, steps, options, ours)
