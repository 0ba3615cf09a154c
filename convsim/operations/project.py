"""What a verb works on, and what it gives back."""

from __future__ import annotations

from contextlib import AbstractContextManager
from copy import copy
from dataclasses import InitVar, dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from convsim.http.messages import Chunk, Stream
from convsim.http.wire import JSON
from convsim.responses.run import Responses
from convsim.responses.scripts import Scripts

if TYPE_CHECKING:
    from convsim.core.behavior import Behavior
    from convsim.core.clock import Clock
    from convsim.core.ids import IdFactory
    from convsim.store.store import Store


@dataclass(slots=True)
class Project:
    """One project: its store, and the ports that the verbs read."""

    store: Store
    ids: IdFactory
    clock: Clock
    behavior: Behavior
    unknown_ids: Literal["refuse", "create"] = "refuse"
    responses: Responses = field(init=False)
    scripts: InitVar[Scripts | None] = None
    context_window: InitVar[int | None] = None

    def __post_init__(self, scripts: Scripts | None, context_window: int | None) -> None:
        self.responses = Responses(
            store=self.store,
            ids=self.ids,
            clock=self.clock,
            behavior=self.behavior,
            scripts=scripts or Scripts(),
            context_window=context_window,
        )

    def showing(self, store: Store) -> Project:
        """The same project with another store, for an operation that reads."""
        shown = copy(self)
        shown.store = store
        shown.responses = replace(self.responses, store=store)
        return shown


class Answer(NamedTuple):
    """What a verb answers: the body's exact bytes, or a stream of them, and the ids of the items that it touched.

    ``delay`` is in seconds, before the answer is handed over.
    """

    body: bytes | Stream[Chunk]
    touched: tuple[str, ...] = ()
    delay: float = 0.0
    media_type: bytes = JSON


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
