"""The store of one project: items by id, conversations as ordered links to items."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import ReferenceType, ref

from convsim.store.ends import LooseEnds

if TYPE_CHECKING:
    from convsim.items.stored import StoredItem

_Pictures: TypeAlias = "list[ReferenceType[Picture]]"


class KeptConversation(NamedTuple):
    """A conversation at one moment; items never change, so all that hold one share it."""

    id: str
    created_at: int
    metadata: dict[str, str]
    items: tuple[StoredItem, ...]


class Conversation:
    """A conversation: its own fields, and its items in the order in which they were linked.

    Items are only appended, so a list has them in order, and every one has a label that grows from one to the next: a
    cursor is found by bisection, and no deletion changes the label of another item. ``metadata`` is changed by
    :meth:`replace_metadata` alone.
    """

    __slots__ = ("_ends", "_items", "_labels", "_links", "_lock", "_pictures", "created_at", "id", "metadata", "tokens")

    def __init__(self, conversation_id: str, created_at: int, metadata: dict[str, str]) -> None:
        self.id: str = conversation_id
        self.created_at: int = created_at
        self.metadata: dict[str, str] = metadata
        # The pictures taken of its store.
        self._pictures: _Pictures = []
        self.tokens: int = 0
        """The tokens of its items, kept up to date so that a turn need not look at all of them."""
        self._lock: ReferenceType[object] | None = None
        self._items: list[StoredItem] = []
        self._labels: list[int] = []
        # The labels by id. One item may be linked more than once (docs/evidence.md); a tuple for each would cost every
        # other item.
        self._links: dict[str, int | tuple[int, ...]] = {}
        # Most conversations have nothing but messages, and no loose ends.
        self._ends: LooseEnds | None = None

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._links

    def __len__(self) -> int:
        return len(self._items)

    @property
    def locked_by(self) -> object | None:
        """The turn that is open on the conversation, or None; a garbage-collected turn no longer locks it."""
        return self._lock() if self._lock is not None else None

    @locked_by.setter
    def locked_by(self, turn: object | None) -> None:
        self._lock = ref(turn) if turn is not None else None

    def page(self, after: str | None, limit: int, *, reverse: bool) -> tuple[list[StoredItem], bool]:
        """Return up to ``limit`` items after the item ``after``, and whether more follow.

        As a cursor, an item that is linked twice counts where paging meets it last, so that paging always ends. Raises
        ``KeyError`` when ``after`` is not in this conversation.
        """
        if reverse:
            end = len(self._items) if after is None else self._position(self._labels_of(after)[0])
            begin = max(0, end - limit)
            return self._items[begin:end][::-1], begin > 0
        begin = 0 if after is None else self._position(self._labels_of(after)[-1]) + 1
        return self._items[begin : begin + limit], begin + limit < len(self._items)

    def item(self, item_id: str) -> StoredItem:
        """Return the item; raise ``KeyError`` if it is not in this conversation."""
        return self._items[self._position(self._labels_of(item_id)[0])]

    def items(self) -> list[StoredItem]:
        """Return all items, in order."""
        return self._items.copy()

    @property
    def ends(self) -> LooseEnds:
        """Its loose ends, kept up to date so that a turn need not walk the conversation."""
        if self._ends is None:
            self._ends = LooseEnds()
        return self._ends

    def replace_metadata(self, metadata: dict[str, str]) -> None:
        """Replace the metadata."""
        self._before_change()
        self.metadata = metadata

    def kept(self) -> KeptConversation:
        """Return the conversation in its present state."""
        return KeptConversation(self.id, self.created_at, self.metadata, tuple(self._items))

    def _before_change(self) -> None:
        for shown in filter(None, [picture() for picture in self._pictures]):
            shown.keep(self)

    def copy(self) -> Conversation:
        """Return a copy that can change independently."""
        copied = Conversation(self.id, self.created_at, dict(self.metadata))
        copied.link(*self._items)
        return copied

    def link(self, *items: StoredItem) -> None:
        """Append items, even those that the conversation holds already."""
        if self._pictures:
            self._before_change()
        first = self._labels[-1] + 1 if self._labels else 0
        for label, item in enumerate(items, first):
            self._items.append(item)
            self._labels.append(label)
            self.tokens += item.tokens
            if item.id in self._links:
                self._links[item.id] = *self._labels_of(item.id), label
            else:
                self._links[item.id] = label
                if item.call_id or item.follower or item.reasoning:
                    self.ends.add(item)

    def unlink(self, item_id: str) -> None:
        """Remove every link to the item; raise ``KeyError`` if there is none."""
        labels = self._labels_of(item_id)
        self._before_change()
        for label in labels:
            position = self._position(label)
            del self._labels[position]
            item = self._items.pop(position)
            self.tokens -= item.tokens
        del self._links[item_id]
        if self._ends is not None:
            self._ends.remove(item)

    def _labels_of(self, item_id: str) -> tuple[int, ...]:
        labels = self._links[item_id]
        return labels if isinstance(labels, tuple) else (labels,)

    def _position(self, label: int) -> int:
        return bisect_left(self._labels, label)

    def _check(self) -> None:
        """Raise ``AssertionError`` unless the items, their labels and the links by id agree."""
        assert all(left < right for left, right in pairwise(self._labels)), "labels out of order"
        assert self.tokens == sum(item.tokens for item in self._items), "the count of tokens is off"
        linked = [(label, item_id) for item_id in self._links for label in self._labels_of(item_id)]
        assert sorted(linked) == [(label, item.id) for label, item in zip(self._labels, self._items, strict=True)], (
            "the links are not those of the items"
        )
        assert self.ends.same_as(LooseEnds.of(self._items)), "the loose ends are not those of the items"


_EACH = 500  # approximate cost of an item or a conversation besides its bytes


class Store:
    """The state of one project. Items outlive their conversations: the live API links them again by id.

    ``size`` is the approximate number of bytes that it has taken in, for servers that bound it.
    """

    __slots__ = ("_pictures", "conversations", "deleted", "items", "size")

    def __init__(self) -> None:
        self._pictures: _Pictures = []
        self.deleted: set[str] = set()
        self.items: dict[str, StoredItem] = {}
        self.conversations: dict[str, Conversation] = {}
        self.size: int = 0

    def add(self, conversation: Conversation, *items: StoredItem) -> None:
        """Append items to ``conversation``, and take in whatever of both is new.

        The id of a new conversation may be that of a deleted one.
        """
        known = self.conversations.get(conversation.id)
        if known is None:
            if self._pictures:
                self._before_change()
            conversation._pictures = self._pictures
            self.conversations[conversation.id] = conversation
            self.size += _EACH
            self.deleted.discard(conversation.id)
        else:
            assert known is conversation, f"{conversation.id} is another conversation"
        for item in items:
            self.keep(item)
        conversation.link(*items)

    def keep(self, item: StoredItem) -> None:
        """Take in an item, new or known, without linking it."""
        known = self.items.setdefault(item.id, item)
        assert known is item, f"{item.id} is another item"
        self.size += len(item.wire) + _EACH

    def delete_conversation(self, conversation: Conversation) -> None:
        """Forget a conversation, but keep its items, and remember that its id was used."""
        self._before_change()
        conversation._before_change()
        del self.conversations[conversation.id]
        self.deleted.add(conversation.id)

    def copy(self) -> Store:
        """Return a copy that can change independently; it shares the items, which never change."""
        copied = Store()
        copied.deleted = set(self.deleted)
        copied.items = dict(self.items)
        copied.size = self.size
        copied.conversations = {key: conversation.copy() for key, conversation in self.conversations.items()}
        return copied

    def picture(self) -> Picture:
        """Return all conversations in their present state; it costs nothing until one of them changes or is read."""
        picture = Picture(self)
        self._pictures.append(ref(picture, self._pictures.remove))
        return picture

    def _before_change(self) -> None:
        for shown in filter(None, [picture() for picture in self._pictures]):
            shown.keep_ids()

    def _check(self) -> None:
        """Raise ``AssertionError`` unless every invariant of the store holds."""
        for key, item in self.items.items():
            assert item.id == key, f"{item.id} stands under {key}"
        for key, conversation in self.conversations.items():
            assert key not in self.deleted, f"{key} is there and deleted"
            assert conversation.id == key, f"{conversation.id} stands under {key}"
            conversation._check()
            for item in conversation.items():
                assert self.items.get(item.id) is item, f"{item.id} in {key} is not the item known by that id"


class Picture:
    """The conversations of a store at one moment; each is copied here just before it changes."""

    __slots__ = ("__weakref__", "_changed", "_ids", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[str, None] | None = None
        self._changed: dict[str, KeptConversation] = {}

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all conversations, oldest first."""
        return tuple(self._store.conversations if self._ids is None else self._ids)

    def __contains__(self, conversation_id: str) -> bool:
        return conversation_id in (self._store.conversations if self._ids is None else self._ids)

    def conversation(self, conversation_id: str) -> KeptConversation | None:
        """Return the conversation as it was at that moment, or None."""
        if conversation_id not in self:
            return None
        changed = self._changed.get(conversation_id)
        return changed if changed is not None else self._store.conversations[conversation_id].kept()

    def keep(self, conversation: Conversation) -> None:
        """Copy a conversation before the store changes it."""
        if conversation.id in self and conversation.id not in self._changed:
            self._changed[conversation.id] = conversation.kept()

    def keep_ids(self) -> None:
        """Copy the list of ids before a conversation is added or deleted."""
        if self._ids is None:
            self._ids = dict.fromkeys(self._store.conversations)
