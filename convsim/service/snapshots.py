"""The state of an emulator at one moment, with the positions of ids and clock, so that equal calls give equal bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pydantic_core import from_json

from convsim.store.store import Conversation, KeptConversation

if TYPE_CHECKING:
    from convsim.core.clock import Clock
    from convsim.core.ids import RequestIds
    from convsim.items.stored import StoredItem
    from convsim.journal.journal import Mark
    from convsim.operations.project import Project

VERSION = 1


class KeptProject(NamedTuple):
    """The state of one project; ``items`` include those that no conversation holds."""

    conversations: tuple[KeptConversation, ...]
    deleted: frozenset[str]
    items: dict[str, StoredItem]
    ids: dict[str, Any]
    responses: list[dict[str, Any]]
    """The ended responses, as JSON (:mod:`convsim.responses.saved`)."""
    prompts: list[dict[str, Any]]
    """The stored prompts, as JSON."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A state at one moment; :meth:`to_dict` is the document that ``dump`` writes with its secrets.

    >>> list(sim.snapshot().to_dict())
    ['convsim', 'seed', 'ids', 'clock', 'requests', 'projects']
    """

    seed: int
    ids: Literal["live", "sequential"]
    clock: tuple[float, float]
    """The first instant of the clock, and by how much it was moved, in seconds."""
    requests: int
    projects: Mapping[str, KeptProject]
    mark: Mark | None = None
    """The mark of the journal; None for a state from a file."""
    service: str = "openai"

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON, in a dict of its own."""
        start, advanced = self.clock
        return {
            "convsim": VERSION,
            **({"service": self.service} if self.service != "openai" else {}),
            "seed": self.seed,
            "ids": self.ids,
            "clock": {"start": start, "advanced": advanced},
            "requests": self.requests,
            "projects": {name: _document(project) for name, project in self.projects.items()},
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self.to_dict() == other.to_dict()

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # its metadata are dicts

    def __repr__(self) -> str:
        return f"Snapshot({sum(len(project.conversations) for project in self.projects.values())} conversations)"


def _document(project: KeptProject) -> dict[str, Any]:
    return {
        "conversations": [
            {
                "id": conversation.id,
                "created_at": conversation.created_at,
                "metadata": dict(conversation.metadata),
                "items": [item.id for item in conversation.items],
            }
            for conversation in project.conversations
        ],
        "deleted": sorted(project.deleted),
        "items": {item_id: from_json(item.full or item.wire) for item_id, item in project.items.items()},
        "ids": deepcopy(project.ids),
        "responses": deepcopy(project.responses),
        "prompts": deepcopy(project.prompts),
    }


def taken(
    *,
    seed: int,
    ids: Literal["live", "sequential"],
    clock: Clock,
    request_ids: RequestIds,
    mark: Mark,
    service: str,
    projects: Mapping[str, Project],
) -> Snapshot:
    """Return the state of these parts."""
    kept = {name: _kept(project) for name, project in projects.items()}
    return Snapshot(seed, ids, clock.position(), request_ids.position(), kept, mark, service)


def _kept(project: Project) -> KeptProject:
    store = project.store
    conversations = tuple(one.kept() for one in store.conversations.values())
    return KeptProject(
        conversations,
        frozenset(store.deleted),
        dict(store.items),
        project.ids.position(),
        project.kept_responses(),
        project.kept_prompts(),
    )


def restore(snapshot: Snapshot, project: Callable[[str], Project]) -> None:
    """Fill the projects of a snapshot; ``project`` makes an empty one of a name."""
    for name, kept in snapshot.projects.items():
        made = project(name)
        made.ids.move_to(kept.ids)
        made.store.keep(*kept.items.values())
        # Before the conversations are filled: it links the items that are taken only together.
        made.restore_responses(kept.responses)
        made.restore_prompts(kept.prompts)
        for one in kept.conversations:
            conversation = Conversation(one.id, one.created_at, dict(one.metadata))
            conversation.link_all(one.items, one.tokens)
            made.store.add(conversation)
        made.store.deleted.update(kept.deleted)
