"""What a verb works on, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

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


class Answer(NamedTuple):
    """What a verb answers: the body's exact bytes, and the ids of the items that it put in or took out."""

    body: bytes
    touched: tuple[str, ...] = ()


class Run(Protocol):
    """What a verb gives instead of an :class:`Answer` when code of the test has a say in it.

    The service begins it under its lock, calls :meth:`play` without the lock, and takes the lock again for
    :meth:`commit`: the test's code may use the emulator, and other clients go on meanwhile.
    """

    def play(self) -> None:
        """Run the test's code. Nothing has been stored yet."""

    def commit(self) -> Answer:
        """Store what was made, and answer."""
