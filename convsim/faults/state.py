"""Conversations that change, or show themselves, otherwise than the client expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError, UsageError
from convsim.faults.fault import ActFault, Fault, require_count
from convsim.operations import items
from convsim.operations.project import Project
from convsim.operations.routes import ROUTES
from convsim.store.store import Store


@dataclass(frozen=True, repr=False)
class DeleteItem(ActFault):
    """Somebody else deletes the item, before the operation; it waits for one on a conversation that has the item."""

    item_id: str

    def act(self, project: Project, conversation_id: str | None) -> bool:
        conversation = project.store.conversations.get(conversation_id or "")
        if conversation is None or self.item_id not in conversation:
            return False
        conversation.unlink(self.item_id)
        return True


@dataclass(frozen=True, repr=False)
class InsertItem(ActFault):
    """Somebody else adds an item, as the API takes one, before the operation; it waits for one where that works."""

    item: dict[str, Any]

    def __post_init__(self) -> None:
        try:
            self._given("conv_1", Behavior())
        except APIStatusError as error:
            raise UsageError(f"InsertItem({self.item!r}): the API would refuse it. {error.message}") from None

    def _given(self, conversation_id: str, behavior: Behavior) -> items.CreateItems:
        values = {"conversation_id": conversation_id, "body": {"items": [self.item]}}
        return items.create_items.read(behavior, values)

    def act(self, project: Project, conversation_id: str | None) -> bool:
        if conversation_id is None or conversation_id not in project.store.conversations:
            return False
        try:
            items.create_items.verb(project, self._given(conversation_id, project.behavior))
        except APIStatusError:
            return False  # a reference that means nothing here: the refusal is not the client's
        return True


class DeleteConversation(ActFault):
    """Somebody else deletes the conversation, before the operation; it waits for one on a conversation that exists."""

    def act(self, project: Project, conversation_id: str | None) -> bool:
        conversation = project.store.conversations.get(conversation_id or "")
        if conversation is None:
            return False
        project.store.delete_conversation(conversation)
        return True


class ViewFault(Fault):
    """Operations that read see another store than the true one, as long as the rule is armed."""

    usual_times = None

    @property
    def keeps(self) -> int:
        """How many earlier versions of the store :meth:`seen` needs."""
        return 0

    def seen(self, store: Store, earlier: Sequence[Store]) -> Store:
        """What they see of ``store``; ``earlier`` are its versions before the last writes, the oldest first.

        Where that is ``store`` itself, the fault has not happened.
        """
        raise UsageError(f"{type(self).__name__} shows nothing: write one of its subclasses")


@dataclass(frozen=True, repr=False)
class HideItem(ViewFault):
    """The item is missing from lists; it can still be retrieved."""

    usual_operations = (items.list_items.operation,)

    item_id: str

    def seen(self, store: Store, earlier: Sequence[Store]) -> Store:
        if not any(self.item_id in conversation for conversation in store.conversations.values()):
            return store
        shown = store.copy()
        for conversation in shown.conversations.values():
            if self.item_id in conversation:
                conversation.unlink(self.item_id)
        return shown


@dataclass(frozen=True, repr=False)
class StaleReads(ViewFault):
    """Operations that read see what was there ``writes`` writes ago, or when the rule was armed if that is later.

    Writes are those of clients; what the test's own hand changes shows when the next of them makes it old.
    """

    usual_operations = tuple(route.operation for route in ROUTES if route.reads and "{conversation_id}" in route.path)

    writes: int = 1

    def __post_init__(self) -> None:
        require_count(f"StaleReads(writes={self.writes!r})", self.writes, 1)

    @property
    def keeps(self) -> int:
        return self.writes

    def seen(self, store: Store, earlier: Sequence[Store]) -> Store:
        return earlier[0] if earlier else store
