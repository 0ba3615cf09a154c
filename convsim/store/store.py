"""The store of one project: items by id, conversations as ordered links to items."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import ReferenceType, ref

from convsim.store.ends import LooseEnds
from convsim.store.index import OrderedIndex, Place

if TYPE_CHECKING:
    from convsim.items.stored import StoredItem

_Link: TypeAlias = "Place[StoredItem]"
_Pictures: TypeAlias = "list[ReferenceType[Picture]]"


_VALUE = attrgetter("value")


class KeptConversation(NamedTuple):
    """A conversation at one moment; items never change, so all that hold one share it."""

    id: str
    created_at: int
    metadata: dict[str, str]
    items: tuple[StoredItem, ...]
    tokens: int


class Conversation:
    """A conversation: its own fields, and links to items in the order in which they were added.

    ``metadata`` is changed by :meth:`replace_metadata` alone.
    """

    __slots__ = ("_ends", "_index", "_links", "_lock", "_pictures", "created_at", "id", "metadata", "tokens")

    def __init__(self, conversation_id: str, created_at: int, metadata: dict[str, str]) -> None:
        self.id: str = conversation_id
        self.created_at: int = created_at
        self.metadata: dict[str, str] = metadata
        # The pictures taken of its store.
        self._pictures: _Pictures = []
        self.tokens: int = 0
        """The tokens of its items, kept up to date so that a turn need not look at all of them."""
        self._lock: ReferenceType[object] | None = None
        self._index: OrderedIndex[StoredItem] = OrderedIndex()
        # In the order of their last links. One item may be linked more than once (docs/evidence.md); a tuple for each
        # would cost every other item.
        self._links: dict[str, _Link | tuple[_Link, ...]] = {}
        # Most conversations have nothing but messages, and no loose ends.
        self._ends: LooseEnds | None = None

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._links

    def __len__(self) -> int:
        return len(self._index)

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
        cursor = None if after is None else self._links_of(after)[0 if reverse else -1]
        walked = list(map(_VALUE, islice(self._index.walk(cursor, reverse=reverse), limit + 1)))
        return walked[:limit], len(walked) > limit

    def item(self, item_id: str) -> StoredItem:
        """Return the item; raise ``KeyError`` if it is not in this conversation."""
        return self._links_of(item_id)[0].value

    def items(self) -> list[StoredItem]:
        """Return all items, in order."""
        return [place.value for place in self._index]

    @property
    def last_id(self) -> str | None:
        """The id of its last item; None if it has none."""
        return next(reversed(self._links), None)

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
        return KeptConversation(self.id, self.created_at, self.metadata, tuple(self.items()), self.tokens)

    def _before_change(self) -> None:
        for shown in filter(None, [picture() for picture in self._pictures]):
            shown.keep(self)

    def copy(self) -> Conversation:
        """Return a copy that can change independently."""
        copied = Conversation(self.id, self.created_at, dict(self.metadata))
        copied.link_all(self.items(), self.tokens)
        return copied

    def link(self, *items: StoredItem) -> None:
        """Append items, even those that the conversation holds already."""
        if self._pictures:
            self._before_change()
        links, append = self._links, self._index.append
        for item in items:
            place = append(item)
            self.tokens += item.tokens
            earlier = links.pop(item.id, None)
            if earlier is not None:
                links[item.id] = *(earlier if isinstance(earlier, tuple) else (earlier,)), place
            else:
                links[item.id] = place
                if item.call_id or item.follower or item.reasoning:
                    self.ends.add(item)

    def link_all(self, items: Iterable[StoredItem], tokens: int | None = None) -> None:
        """Append items to an empty conversation, as :meth:`link` does; ``tokens`` is their sum if known."""
        places = self._index.fill(items)
        linked = [place.value for place in places]
        self.tokens = sum(item.tokens for item in linked) if tokens is None else tokens
        loose = {item.id: item for item in linked if item.call_id or item.follower or item.reasoning}
        for item in loose.values():
            self.ends.add(item)
        self._links.update(zip([item.id for item in linked], places, strict=True))
        if len(self._links) < len(places):  # an item linked more than once has several places
            several: dict[str, list[_Link]] = {}
            for place in places:
                several[place.value.id] = [*several.pop(place.value.id, []), place]
            self._links = {key: tuple(own) if len(own) > 1 else own[0] for key, own in several.items()}

    def unlink(self, item_id: str) -> None:
        """Remove every link to the item; raise ``KeyError`` if there is none."""
        links = self._links_of(item_id)
        self._before_change()
        for place in links:
            self._index.delete(place)
            self.tokens -= place.value.tokens
        del self._links[item_id]
        if self._ends is not None:
            self._ends.remove(links[0].value)

    def _links_of(self, item_id: str) -> tuple[_Link, ...]:
        links = self._links[item_id]
        return links if isinstance(links, tuple) else (links,)

    def _check(self) -> None:
        """Raise ``AssertionError`` unless the index and the links by id agree."""
        self._index._check()
        assert self.tokens == sum(item.tokens for item in self.items()), "the count of tokens is off"
        assert self.last_id == next((place.value.id for place in self._index.walk(reverse=True)), None), (
            "the links are not in the order of the last ones"
        )
        linked = [place for item_id in self._links for place in self._links_of(item_id)]
        assert len(linked) == len(self._index), "links and index differ in number"
        assert {id(place) for place in linked} == {id(place) for place in self._index}, "a link is not in the index"
        assert all(place.value.id == item_id for item_id in self._links for place in self._links_of(item_id)), (
            "a link stands under another item's id"
        )
        assert self.ends.same_as(LooseEnds.of(self.items())), "the loose ends are not those of the items"


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
        if items:
            self.keep(*items)
            conversation.link(*items)

    def keep(self, *items: StoredItem) -> None:
        """Take in items, new or known, without linking them."""
        keep, size = self.items.setdefault, self.size
        for item in items:
            known = keep(item.id, item)
            assert known is item, f"{item.id} is another item"
            size += len(item.wire) + _EACH
        self.size = size

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
        for conversation in copied.conversations.values():
            conversation._pictures = copied._pictures
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
