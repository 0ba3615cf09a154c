"""The arguments and results of verbs: projects, answers and runs."""

from __future__ import annotations

from collections import deque
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
    from convsim.http.wire import Front
    from convsim.responses.agent import Agent
    from convsim.responses.readers import EventStream
    from convsim.responses.run import Responses
    from convsim.responses.run import Run as ResponseRun
    from convsim.responses.scripts import Scripts
    from convsim.responses.webhooks import Ended
    from convsim.store.store import Store


@dataclass
class Project:
    """One project: its store, and the ports that the verbs read.

    ``scripts`` returns the scripts of the model, when a turn first needs them.
    """

    store: Store
    ids: IdFactory
    clock: Clock
    behavior: Behavior
    unknown_ids: Literal["refuse", "create"] = "refuse"
    scripts: Callable[[], Scripts] | None = None
    context_window: int | None = None
    webhooks: deque[Ended] | None = None
    agents: Mapping[str, Agent] = field(default_factory=dict)
    background: dict[str, ResponseRun] = field(default_factory=dict)
    """The turns that go on without a client, by the id of their response; each call looks whether there are any."""

    @cached_property
    def responses(self) -> Responses:
        """The responses of the project; made on first use, because importing them loads the catalogue of items."""
        from convsim.responses.run import Responses
        from convsim.responses.scripts import Scripts

        return Responses(
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            behavior=self.behavior,
            scripts=self.scripts() if self.scripts is not None else Scripts(),
            context_window=self.context_window,
            webhooks=self.webhooks if self.webhooks is not None else deque(),
            background=self.background,
        )

    def showing(self, store: Store) -> Project:
        """Return the same project with another store, for an operation that reads."""
        shown = replace(self, store=store)
        if "responses" in vars(self):
            shown.responses = replace(self.responses, store=store)
        return shown

    def settle(self) -> None:
        """End the background turns that are due."""
        for run in self.responses.settle():
            run.wake()

    def let_go(self) -> None:
        """Close all open turns: they store nothing."""
        if "responses" in vars(self):
            for run in self.responses.close():
                run.wake()

    def kept_prompts(self) -> list[dict[str, Any]]:
        """Return the stored prompts as JSON."""
        return [one._asdict() for one in self.responses.prompts] if "responses" in vars(self) else []

    def kept_responses(self) -> list[dict[str, Any]]:
        """Return the ended responses as JSON."""
        if "responses" not in vars(self):
            return []
        from convsim.responses.saved import saved

        return saved(self.responses)

    def restore_prompts(self, kept: list[dict[str, Any]]) -> None:
        """Add the prompts that :meth:`kept_prompts` returned."""
        if kept:
            from convsim.responses.prompts import StoredPrompt

            for one in kept:
                self.responses.prompts.add(StoredPrompt(**one))

    def restore_responses(self, kept: list[dict[str, Any]]) -> None:
        """Fill an empty project, whose store has the items already, from :meth:`kept_responses`."""
        if kept:
            from convsim.responses.saved import restore

            restore(self.responses, kept)


class Answer(NamedTuple):
    """The answer of a verb: the body's exact bytes, or a stream of them, and the ids of the touched items.

    A stream has them at its end. ``delay`` is in seconds, before the answer is sent. ``front`` is the kind of answer by
    which headers differ; None for that of its path. ``headers`` follow those that every answer has.
    """

    body: bytes | EventStream
    touched: Sequence[str] = ()
    delay: float = 0.0
    media_type: bytes = JSON
    front: Front | None = None
    headers: Sequence[tuple[bytes, bytes]] = ()


class Run(Protocol):
    """The result of a verb, instead of an :class:`Answer`, if code of the test takes part in it.

    The service begins it under its lock, calls :meth:`play` without the lock, and takes the lock again to store the
    result: the test's code may use the emulator, and other clients continue meanwhile.
    """

    @property
    def waits(self) -> bool:
        """Whether the answer takes time: the service then opens the run instead of ending it."""

    def play(self, guard: AbstractContextManager[object]) -> None:
        """Run the test's code. ``guard`` is the service's lock, for steps that must be atomic."""

    def open(self) -> Answer:
        """Return a stream as the answer, which stores the result when it ends. Called under the lock."""

    def commit(self) -> Answer:
        """Store the result, and answer in one piece. Called under the lock."""
