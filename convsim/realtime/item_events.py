"""Client events that change the items of a conversation: create, delete, retrieve, truncate, commit audio."""

from __future__ import annotations

from convsim.core.behavior import Behavior
from convsim.errors import unknown_parameter
from convsim.items.fields import OMITTED
from convsim.realtime import errors
from convsim.realtime.audio import Audio
from convsim.realtime.configuration import Configuration
from convsim.realtime.conversation import ROOT, Conversation
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.items import (
    BetaFunctionCall,
    BetaFunctionCallOutput,
    FunctionCall,
    FunctionCallOutput,
    ItemInput,
    ItemReference,
)
from convsim.realtime.outbox import Outbox, json_text
from convsim.realtime.session_item import SessionItem, audio_sent, quoted, spoken_by_user


class ItemEvents:
    """The methods by which events change items: each checks, changes and acknowledges, or raises before any change."""

    def __init__(
        self,
        outbox: Outbox,
        ids: RealtimeIds,
        configuration: Configuration,
        items: Conversation,
        behavior: Behavior,
    ) -> None:
        self._out = outbox
        self._ids = ids
        self._configuration = configuration
        self._items = items
        self._twins = behavior.realtime_duplicate_ids
        self._client_status = behavior.realtime_client_status

    def create(self, item: ItemInput, previous: str | None) -> None:
        """Create an item; the order of the checks is inferred: the item itself, its id, its call, its place."""
        self._check(item)
        twin = self._items.find(item.id)
        if twin is not None and self._twins == "reject":
            raise errors.duplicate_item(item.id)
        if isinstance(item, (FunctionCallOutput, BetaFunctionCallOutput)) and not self._items.has_call(item.call_id):
            raise errors.unknown_call(item.call_id)
        if previous and previous != ROOT and previous not in self._items:
            raise errors.unknown_previous_item(previous)
        if twin is not None and self._twins == "ignore":
            # The earlier item is acknowledged again, as its own predecessor.
            self._out.acknowledge(quoted(twin), twin.json)
        else:
            entry, before = self._store(item, previous)
            self._out.acknowledge(quoted(before), entry.json)

    def add(self, item: ItemInput) -> SessionItem:
        """Append an item that keeps the schema, which may be the output of a call that does not exist."""
        self._check(item)
        if item.id in self._items:
            raise errors.duplicate_item(item.id)
        entry, before = self._store(item, None)
        self._out.item_added(quoted(before), json_text(entry.begun()))
        self._out.item_done(quoted(before), entry.json)
        return entry

    def _store(self, item: ItemInput, previous: str | None) -> tuple[SessionItem, SessionItem | None]:
        """Add the item; return it and the item before it. Raise the refusal of invalid audio."""
        audio = audio_sent(item, self._configuration)
        # No refusal after this line: a refused event mints no item id.
        if isinstance(item, (FunctionCall, BetaFunctionCall)) and item.call_id is OMITTED:
            item.call_id = self._ids.call()
        item_id = self._items.fresh(self._out.mint) if item.id is OMITTED else item.id
        status = getattr(item, "status", OMITTED) if self._client_status == "keep" else OMITTED
        if status is OMITTED:
            status = "completed"
        entry = SessionItem(item.document(item_id, status, self._configuration.dialect), audio)
        return entry, self._items.add(entry, previous)

    def commit(self, audio: Audio) -> None:
        """Make an item of the user's audio (observed live for the frames that voice detection causes)."""
        entry = spoken_by_user(self._items.fresh(self._out.mint), audio, self._configuration.dialect)
        before = self._items.add(entry)
        self._out.event(
            "input_audio_buffer.committed", previous_item_id=before.id if before else None, item_id=entry.id
        )
        self._out.acknowledge(quoted(before), entry.json)

    def has_assistant_audio(self) -> bool:
        return any(entry.audio and entry.role == "assistant" for entry in self._items)

    def delete(self, item_id: str) -> None:
        if not self._items.delete(item_id):
            raise errors.unknown_item_to_delete(item_id)
        self._out.event("conversation.item.deleted", item_id=item_id)

    def retrieve(self, item_id: str) -> None:
        entry = self._items.find(item_id)
        if entry is None:
            raise errors.unknown_item_to_retrieve(item_id)
        self._out.event("conversation.item.retrieved", item=entry.retrieved())

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        entry = self._items.find(item_id)
        if entry is None:
            raise errors.unknown_item_to_truncate(item_id)
        entry.truncate(content_index, audio_end_ms, self._configuration.dialect)
        self._out.event(
            "conversation.item.truncated", item_id=item_id, content_index=content_index, audio_end_ms=audio_end_ms
        )

    def _check(self, item: ItemInput) -> None:
        """Refuse items that the schema allows and convsim, or this behavior, does not."""
        if isinstance(item, ItemReference):
            raise errors.not_emulated("convsim does not emulate items of type 'item_reference'.", "item.type")
        if item.id == ROOT:
            raise errors.not_emulated("convsim does not emulate an item with the id 'root'.", "item.id")
        if self._client_status == "refuse" and getattr(item, "status", OMITTED) is not OMITTED:
            raise errors.of_schema(unknown_parameter("item.status"))
