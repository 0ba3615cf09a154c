"""One project of an emulator, for the test's own hand: the Direct API, arranging and looking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic_core import from_json

from convsim import inputs, operations, wire
from convsim.checks import Line, assert_items
from convsim.direct import Caller, Conversations
from convsim.errors import UsageError, enumeration
from convsim.faults.state import DeleteConversation, DeleteItem
from convsim.items.stored import StoredItem
from convsim.render.reproduce import render_reproduction
from convsim.render.transcript import render_transcript
from convsim.results import Conversation, ConversationState
from convsim.store.store import Conversation as StoredConversation


class ProjectAPI:
    """One project of an emulator: the Direct API, and what a test needs to arrange and to look."""

    conversations: Conversations

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.conversations = Conversations(caller)

    def seed(
        self, conversation_id: str, *, items: Iterable[object] = (), metadata: Mapping[str, str] | None = None
    ) -> Conversation:
        """A conversation under a literal id; items that bring an id keep it, and there may be any number of them.

        Raises :class:`~convsim.errors.UsageError` when the conversation exists, and the live error for an item that
        the live API would refuse.
        """
        values = {"conversation_id": conversation_id, "body": {"items": items, "metadata": metadata}}
        return Conversation(self._caller.run("seed", inputs.SeedConversation, operations.seed_conversation, values))

    @property
    def state(self) -> Mapping[str, ConversationState]:
        """Every conversation by its id, oldest first, with all its items; also those that the code under test made."""
        with self._caller.lock:
            conversations = self._caller.project.store.conversations
            return MappingProxyType({key: _state(conversation) for key, conversation in conversations.items()})

    def transcript(self, conversation_id: str, *, deleted: bool = False) -> str:
        """The conversation as text for people, a line an item; ``deleted`` shows those that were deleted, too.

        Raises :class:`~convsim.errors.UsageError` for a conversation that does not exist: it names those that do, and
        the request that deleted it.
        """
        state = self._known(f"transcript({conversation_id!r})", conversation_id)
        return self._transcript(state) if deleted else render_transcript(state)

    def assert_items(self, conversation_id: str, expected: Iterable[Line]) -> None:
        """Raise ``AssertionError`` unless the conversation holds these items and no others, in this order.

        ``expected`` are pairs of who (a role, or the type of another item) and what (as :meth:`transcript` tells it,
        in full); ``...`` stands for anything: ``[("user", "Hi"), ("assistant", ...)]``.
        """
        __tracebackhide__ = True
        assert_items(self._known(f"assert_items({conversation_id!r}, ...)", conversation_id), expected)

    def reproduce(self) -> str:
        """Python that makes all conversations again, byte for byte, ready to paste."""
        return render_reproduction(self.state.values())

    def ending(self, conversation_id: str) -> str:
        """The transcript with what was deleted, or what deleted the conversation, or nothing where there was none."""
        state = self.state
        if conversation_id in state:
            return self._transcript(state[conversation_id])
        deletions = self._deletions(DeleteConversation, conversation_id)
        return f"{conversation_id}  deleted by {deletions[-1]}" if deletions else ""

    def _known(self, call: str, conversation_id: str) -> ConversationState:
        state = self.state
        if conversation_id in state:
            return state[conversation_id]
        there = f"there are {enumeration(tuple(state))}" if state else "there is none"
        deletions = self._deletions(DeleteConversation, conversation_id)
        gone = f"; {deletions[-1]} deleted it" if deletions else ""
        raise UsageError(f"{call}: no such conversation; {there}{gone}")

    def _deletions(self, kind: type[DeleteItem | DeleteConversation], conversation_id: str) -> list[Deletion]:
        """What deleted the conversation, or items of it: operations, and faults of that kind."""
        operation = "conversations.items.delete" if kind is DeleteItem else "conversations.delete"
        found: list[Deletion] = []
        for entry in self._caller.journal.select(conversation=conversation_id, project=self._caller.name):
            faults = [fault for fault in entry.faults if isinstance(fault, kind)]
            found += (Deletion(entry.number, "the fault of request", getattr(fault, "item_id", "")) for fault in faults)
            if entry.operation == operation and entry.done:
                who = "request" if entry.kind == "http" else "direct call"
                found.append(Deletion(entry.number, who, entry.ids.get("item_id", "")))
        return found

    def _transcript(self, conversation: ConversationState) -> str:
        """With the items that were deleted, where their ids were first known."""
        gone = {deletion.item_id: f"deleted by {deletion}" for deletion in self._deletions(DeleteItem, conversation.id)}
        with self._caller.lock:
            known = {item_id: _revealed(item) for item_id, item in self._caller.project.store.items.items()}
        there = [item.id for item in conversation.items]
        order = {item_id: position for position, item_id in enumerate(known)}
        told = list(there)
        for item_id in sorted((gone.keys() & known.keys()) - set(there), key=lambda item_id: order[item_id]):
            behind = next((place for place, other in enumerate(told) if order[other] > order[item_id]), len(told))
            told.insert(behind, item_id)
        document = conversation.to_dict() | {"items": [known[item_id] for item_id in told]}
        return render_transcript(ConversationState(document), {key: gone[key] for key in gone if key not in there})


class Deletion(NamedTuple):
    """Which entry of the journal deleted what."""

    number: int
    who: str
    item_id: str

    def __str__(self) -> str:
        return f"{self.who} {self.number}"


def _state(conversation: StoredConversation) -> ConversationState:
    data = from_json(wire.body(operations.conversation_view(conversation)))
    return ConversationState(data | {"items": [_revealed(item) for item in conversation.items()]})


def _revealed(item: StoredItem) -> Any:
    return from_json(item.full or item.wire)
