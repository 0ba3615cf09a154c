"""One project of an emulator: the Direct API, and methods to arrange and inspect its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from convsim.core.results import Conversation, ConversationState, Resource, State, id_of, there_are
from convsim.core.text import number_of, with_short_ids
from convsim.direct.client import Client, Conversations
from convsim.direct.prompts import Prompts
from convsim.direct.responses import Responses
from convsim.errors import UsageError
from convsim.errors.misuse import FLAG, require, shown
from convsim.faults.state import DeleteConversation, DeleteItem
from convsim.http import wire
from convsim.items.stored import StoredItem
from convsim.operations.conversations import seed_conversation
from convsim.operations.routes import ROUTES_BY_NAME
from convsim.report.assertions import Line, assert_items
from convsim.report.reproduce import render_reproduction
from convsim.report.transcript import render_transcript
from convsim.service.service import Service
from convsim.store.store import KeptConversation


class ProjectAPI:
    """One project of an emulator: the Direct API, and methods to arrange and inspect its state.

    >>> sim = Emulator(api_keys={"sk-a": "proj_a"})
    >>> sim.project("proj_a").seed("conv_1").id
    'conv_1'
    """

    conversations: Conversations
    responses: Responses
    prompts: Prompts

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._calls = Client(service, name)
        self._name = name
        self.conversations = Conversations(self._calls)
        self.responses = Responses(self._calls)
        self.prompts = Prompts(self._calls)

    def seed(
        self,
        conversation_id: str | None = None,
        items: Iterable[object] = (),
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> Conversation:
        """Create a conversation under a literal id, or under a new one; items with an id keep it.

        Takes any number of items. Raises :class:`~convsim.errors.UsageError` if the conversation exists, and the live
        error for an item that the live API would refuse.

        >>> sim.seed("conv_2", [{"role": "user", "content": "Hi", "id": "msg_2"}]).id
        'conv_2'
        """
        body = {"items": items, "metadata": metadata}
        named: dict[str, Any] = {} if conversation_id is None else {"conversation_id": conversation_id}
        return Conversation(self._calls.call(seed_conversation, body=body, **named))

    @property
    def state(self) -> State:
        """Every conversation by id, oldest first, with all its items, no matter who created it."""
        lock = self._service.lock
        with lock:
            picture = self._calls.project.store.picture()

        def ids() -> tuple[str, ...]:
            with lock:
                return picture.ids()

        def read(conversation_id: str) -> ConversationState | None:
            with lock:
                kept = picture.conversation(conversation_id)
            return _state(kept) if kept is not None else None

        return State(ids, read)

    def transcript(self, conversation_id: str | Resource, *, deleted: bool = False) -> str:
        """Return the conversation as text, a line an item; ``deleted`` includes deleted items.

        Raises :class:`~convsim.errors.UsageError` for a conversation that does not exist: it names those that do, and
        the request that deleted it.

        >>> print(sim.transcript("conv_1"))
        conv_1  1 item
          0  user  Hi
        """
        require("transcript(deleted", deleted, FLAG)
        state = self._known("transcript({})", id_of(conversation_id))
        text = self._transcript(state, self._deletions()) if deleted else render_transcript(state)
        return with_short_ids(text)

    def assert_items(self, conversation_id: str | Resource, expected: Iterable[Line]) -> None:
        """Raise ``AssertionError`` unless the conversation holds these items and no others, in this order.

        ``expected`` are pairs of speaker (a role, or the type of another item) and text (as :meth:`transcript` shows
        it, in full), or mappings of the members that matter. ``...`` and ``unittest.mock.ANY`` match anything, a
        compiled pattern matches a text in which it is found, and ``...`` at the end matches any further items.

        >>> sim.assert_items("conv_1", [("user", "Hi")])
        >>> sim.assert_items("conv_1", [{"type": "message", "role": "user"}, ...])
        """
        __tracebackhide__ = True
        state = self._known("assert_items({}, ...)", id_of(conversation_id))
        assert_items(state.id, [item.to_dict() for item in state.items], expected)

    def reproduce(self) -> str:
        """Return Python that recreates all conversations byte for byte, ready to paste.

        >>> exec(sim.reproduce())  # or print it, and paste it into a test
        """
        return render_reproduction({self._name: list(self.state.values())}, self._service.dialect.name)

    def endings(self, conversation_ids: Sequence[str]) -> list[str]:
        """Return the transcripts of the last 20 of these conversations, with their deletions.

        An id that never existed has none. The first line counts those left out.
        """
        shown = conversation_ids[-_MOST_TOLD:]
        with self._service.lock:
            stored = self._calls.project.store.conversations
            kept = {key: stored[key].kept() for key in shown if key in stored}
        there = {key: _state(conversation) for key, conversation in kept.items()}
        deletions = self._deletions()
        told: list[str] = []
        if more := len(conversation_ids) - len(shown):
            told.append(f"({number_of(more, 'more conversation')}, touched earlier, not shown)")
        for key in shown:
            if key in there:
                told.append(self._transcript(there[key], deletions, _MOST_TOLD))
            elif gone := _last_of(deletions, key):
                told.append(f"{key}  deleted by {gone}")
        return told

    def _known(self, call: str, conversation_id: object) -> ConversationState:
        __tracebackhide__ = True
        if not isinstance(conversation_id, str):
            raise UsageError(
                f"{call.format(shown(conversation_id))}: write the id of a conversation, or the conversation"
            )
        state = self.state
        if (found := state.get(conversation_id)) is not None:
            return found
        there = there_are(tuple(state))
        deleted = _last_of(self._deletions(), conversation_id)
        gone = f"; {deleted} deleted it" if deleted else ""
        raise UsageError(f"{call.format(shown(conversation_id))}: no such conversation; {there}{gone}")

    def _deletions(self) -> list[Deletion]:
        """Return the deletions of conversations and of their items, oldest first: by operations, and by faults."""
        found: list[Deletion] = []
        journal = self._service.journal
        for entry in journal.select(project=self._name):
            if not journal.counts(entry):
                continue
            deleted = [fault for fault in entry.faults if isinstance(fault, (DeleteItem, DeleteConversation))]
            route = ROUTES_BY_NAME.get(entry.operation or "")
            removes = route is not None and route.deletes and entry.done
            if not deleted and not removes:
                continue
            asked = str(entry.conversation)
            for fault in deleted:
                item_id = fault.item_id if isinstance(fault, DeleteItem) else None
                found.append(Deletion(entry.number, "the fault of request", asked, item_id))
            if removes:
                cause = "request" if entry.kind == "http" else "direct call"
                found.append(Deletion(entry.number, cause, asked, entry.ids.get("item_id")))
        return found

    def _transcript(
        self, conversation: ConversationState, deletions: Iterable[Deletion], most: int | None = None
    ) -> str:
        """Return the transcript with the deleted items at the places where their ids first appeared."""
        there = {item.id: item.to_dict() for item in conversation.items}
        gone = {
            deletion.item_id: f"deleted by {deletion}"
            for deletion in deletions
            if deletion.conversation_id == conversation.id and deletion.item_id is not None
        }
        with self._service.lock:
            stored = self._calls.project.store.items
            lately = {item_id: _revealed(stored[item_id]) for item_id in gone if item_id in stored}
            # Another thread may have reset the emulator since the conversation was read: then the store has no items.
            order = {item_id: place for place, item_id in enumerate(stored)} if lately else {}
        told = [item.id for item in conversation.items]
        for item_id in sorted(lately.keys() - there.keys(), key=lambda item_id: order[item_id]):
            behind = (place for place, other in enumerate(told) if order.get(other, -1) > order[item_id])
            told.insert(next(behind, len(told)), item_id)
        known = lately | there
        document = conversation.to_dict() | {"items": [known[item_id] for item_id in told]}
        lost = {key: words for key, words in gone.items() if key not in there}
        return render_transcript(ConversationState(document), lost, most)


# A failing test shows no more conversations and items than people read.
_MOST_TOLD = 20


class Deletion(NamedTuple):
    """A deletion: the number of its entry in the journal, and the item, or None for the whole conversation."""

    number: int
    cause: str
    conversation_id: str
    item_id: str | None

    def __str__(self) -> str:
        return f"{self.cause} {self.number}"


def _last_of(deletions: Sequence[Deletion], conversation_id: str) -> Deletion | None:
    """Return the deletion of the conversation itself, or None."""
    about = [one for one in deletions if one.conversation_id == conversation_id and one.item_id is None]
    return about[-1] if about else None


def _state(conversation: KeptConversation) -> ConversationState:
    data = from_json(wire.conversation(conversation))
    return ConversationState(data | {"items": [_revealed(item) for item in conversation.items]})


def _revealed(item: StoredItem) -> Any:
    return from_json(item.full or item.wire)
