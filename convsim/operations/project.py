"""What a verb works on, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from convsim.http.wire import JSON

if TYPE_CHECKING:
    from convsim.core.behavior import Behavior
    from convsim.core.clock import Clock
    from convsim.core.ids import IdFactory
    from convsim.responses.agent import Agent
    from convsim.responses.readers import EventStream
    from convsim.responses.run import Responses
    from convsim.responses.run import Run as ResponseRun
    from convsim.responses.scripts import Scripts
    from convsim.store.store import Store


@dataclass
class Project:
    """One project: its store, and the ports that the verbs read.

    ``scripts`` gives what the model says, when a turn first asks.
    """

    store: Store
    ids: IdFactory
    clock: Clock
    behavior: Behavior
    unknown_ids: Literal["refuse", "create"] = "refuse"
    scripts: Callable[[], Scripts] | None = None
    context_window: int | None = None
    agents: Mapping[str, Agent] = field(default_factory=dict)

    @cached_property
    def responses(self) -> Responses:
        """What the project knows of responses; made late, because the catalogue of items comes with it."""
        from convsim.responses.run import Responses
        from convsim.responses.scripts import Scripts

        return Responses(
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            behavior=self.behavior,
            scripts=self.scripts() if self.scripts is not None else Scripts(),
            context_window=self.context_window,
        )

    def showing(self, store: Store) -> Project:
        """The same project with another store, for an operation that reads."""
        shown = replace(self, store=store)
        if "responses" in vars(self):
            shown.responses = replace(self.responses, store=store)
        return shown

    def settle(self) -> Sequence[ResponseRun]:
        """End the turns in the background whose time has come, and give them, to be woken."""
        return self.responses.settle() if "responses" in vars(self) and self.responses.background else ()

    def let_go(self) -> Sequence[ResponseRun]:
        """Close all open turns, and give them, to be woken: what they would store is stored nowhere."""
        return self.responses.close() if "responses" in vars(self) else ()

    def kept_responses(self) -> list[dict[str, Any]]:
        """The ended responses as JSON."""
        if "responses" not in vars(self):
            return []
        from convsim.responses.saved import saved

        return saved(self.responses)

    def restore_responses(self, kept: list[dict[str, Any]]) -> None:
        """Fill an empty project, whose store has the items already, with what :meth:`kept_responses` gave."""
        if kept:
            from convsim.responses.saved import restore

            restore(self.responses, kept)


class Answer(NamedTuple):
    """What a verb answers: the body's exact bytes, or a stream of them, and the ids of the items that it touched.

    Those of a stream are known at its end. ``delay`` is in seconds, before the answer is handed over. ``limited`` says
    whether its headers tell of rate limits, as those of turns do.
    """

    body: bytes | EventStream
    touched: Sequence[str] = ()
    delay: float = 0.0
    media_type: bytes = JSON
    limited: bool = False


class Run(Protocol):
    """What a verb gives instead of an :class:`Answer` when code of the test has a say in it.

    The service begins it under its lock, calls :meth:`play` without the lock, and takes the lock again for what comes
    of it: the test's code may use the emulator, and other clients go on meanwhile.
    """

    @property
    def waits(self) -> bool:
        """Whether the answer is told over time: the service opens the run instead of ending it."""

    def play(self, guard: AbstractContextManager[object]) -> None:
        """Run the test's code. ``guard`` is the service's lock, for what must be whole."""

    def open(self) -> Answer:
        """Answer with a stream, which stores what was made when it comes to its end. Called under the lock."""

    def commit(self) -> Answer:
        """Store what was made, and answer in one piece. Called under the lock."""
