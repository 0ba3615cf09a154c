"""Faults of stored state: conversations that change, or look, different from what the client expects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError, UsageError
from convsim.errors.misuse import Kind, count, is_text, require, shown
from convsim.faults.fault import ActFault, ViewFault
from convsim.operations import conversations
from convsim.operations.project import Project
from convsim.operations.routes import ROUTES
from convsim.store.store import Store

_ITEM_ID = Kind(is_text, "the id of an item, as 'msg_1'")

_MOST_VERSIONS = 1_000_000


@dataclass(frozen=True, repr=False)
class DeleteItem(ActFault):
    """Another client deletes the item just before an operation on a conversation that holds it.

    >>> armed = sim.faults.add(DeleteItem("msg_1"), on="conversations.items.list")
    """

    item_id: str

    def __post_init__(self) -> None:
        require(f"{type(self).__name__}(item_id", self.item_id, _ITEM_ID)

    def concerns(self, project: Project, conversation_id: str | None) -> bool:
        conversation = project.store.conversations.get(conversation_id or "")
        return conversation is not None and self.item_id in conversation

    def act(self, project: Project, conversation_id: str | None) -> bool:
        project.store.conversations[conversation_id or ""].unlink(self.item_id)
        return True


@dataclass(frozen=True, repr=False)
class InsertItem(ActFault):
    """Another client adds ``item`` to the conversation just before the operation.

    ``item`` is a mapping, as the API takes one. An item that cannot be added there, such as a reference to an unknown
    item, waits for a conversation to which it can be added.

    >>> armed = sim.faults.add(InsertItem({"role": "user", "content": "Wait!"}), on="responses.create")
    """

    item: Mapping[str, Any]

    def __post_init__(self) -> None:
        item = dict(self.item) if isinstance(self.item, Mapping) else self.item
        try:
            # A copy: later changes by the test do not count. A lone surrogate cannot be encoded.
            item = json.loads(json.dumps(item, allow_nan=False, ensure_ascii=False).encode())
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"InsertItem({shown(self.item)}): JSON cannot carry it: {error}") from None
        object.__setattr__(self, "item", item)
        try:
            self._given("conv_1", Behavior())
        except APIStatusError as error:
            raise UsageError(f"InsertItem({shown(self.item)}): the API would refuse it. {error.message}") from None

    def _given(self, conversation_id: str, behavior: Behavior) -> conversations.CreateItems:
        values = {"conversation_id": conversation_id, "body": {"items": [self.item]}}
        return conversations.create_items.read(behavior, values)

    def act(self, project: Project, conversation_id: str | None) -> bool:
        try:
            conversations.create_items.verb(project, self._given(conversation_id or "", project.behavior))
        except APIStatusError:
            return False  # the reference is unknown here, which is no refusal for the client
        return True


class DeleteConversation(ActFault):
    """Another client deletes the conversation just before the operation."""

    def act(self, project: Project, conversation_id: str | None) -> bool:
        project.store.delete_conversation(project.store.conversations[conversation_id or ""])
        return True


@dataclass(frozen=True, repr=False)
class HideItem(ViewFault):
    """The item is missing from every answer that would show it; it is still stored.

    ``on="conversations.items.retrieve"`` makes retrieving it a 404.

    >>> armed = sim.faults.add(HideItem("msg_1"), on="conversations.items.retrieve")
    """

    usual_operations: ClassVar[tuple[str, ...] | None] = (conversations.list_items.operation,)

    item_id: str

    def __post_init__(self) -> None:
        require(f"{type(self).__name__}(item_id", self.item_id, _ITEM_ID)

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
    """The answer shows the store as it was ``writes`` writes ago, or when the rule was armed if that is later.

    Only writes of clients count; a change by the Direct API becomes visible after the next of them. An answer that
    equals the present one is not a stale read.

    >>> armed = sim.faults.add(StaleReads(writes=1), times=2)
    """

    usual_operations: ClassVar[tuple[str, ...] | None] = tuple(
        route.operation for route in ROUTES if route.reads and route.about_one
    )

    writes: int = 1

    def __post_init__(self) -> None:
        require("StaleReads(writes", self.writes, count(1, most=_MOST_VERSIONS))

    @property
    def keeps(self) -> int:
        return self.writes

    def seen(self, store: Store, earlier: Sequence[Store]) -> Store:
        return earlier[0] if earlier else store
