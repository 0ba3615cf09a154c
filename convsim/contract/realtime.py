"""The parts of a Realtime scenario: the opening of a session, the steps in it, and the server's messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convsim.contract.evidence import Evidence
from convsim.contract.scenario import Told
from convsim.http.messages import Close
from convsim.realtime.fields import Dialect

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """All messages of the server: events in order, then how it closes the connection, if it does.

    Key order counts, strings recall remembered ids as ``{name}``; ``sizes`` counts the bytes of each frame.
    """

    events: tuple[Json, ...] = ()
    close: Close | None = None
    sizes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of a session by a client; None leaves the model or the key out."""

    heard: Heard
    dialect: Dialect = "ga"
    model: str | None = "gpt-realtime"
    key: str | None = "sk-test"

    @property
    def needs_socket(self) -> bool:
        """Whether it needs the opening request of a real client."""
        return self.model is None or self.key != "sk-test" or self.heard.close is not None


@dataclass(frozen=True, slots=True)
class Send:
    """A client's message: an event, or the text or bytes of a frame."""

    message: Mapping[str, Any] | str | bytes
    heard: Heard


@dataclass(frozen=True, slots=True)
class Act:
    """An action of the service: a method of the session, by its name."""

    method: str
    heard: Heard
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


Step = Send | Act


@dataclass(frozen=True, slots=True)
class RealtimeScenario(Told):
    """One behaviour: a session on a fresh emulator with ``options``; ``order`` is that of its items at the end."""

    opening: Opening
    steps: tuple[Step, ...]
    order: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection."""
        return any(heard.close for heard in (self.opening.heard, *(step.heard for step in self.steps)))


def realtime(
    name: str,
    title: str,
    evidence: Evidence,
    opening: Opening,
    *steps: Step,
    order: tuple[str, ...] = (),
    **options: Any,
) -> RealtimeScenario:
    """Return a scenario; ``options`` are the Emulator's, ``behavior`` as a dict of its fields.

    A session of the beta is one that the service still serves.
    """
    if opening.dialect == "beta" and opening.heard.close is None:
        options["behavior"] = {"realtime_beta": "serve", **options.get("behavior", {})}
    return RealtimeScenario(f"realtime-{name}", title, evidence, opening, steps, order, options)
