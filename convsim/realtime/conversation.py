"""The items of one session in their order, reached by their ids and by the ids of the calls that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from convsim.realtime.session_item import SessionItem
from convsim.store.index import OrderedIndex, Place

ROOT = "root"
"""As ``previous_item_id``: before all others."""


class Conversation:
    """An ordered list of entries; an id can stand twice where the session lets it."""

    def __init__(self) -> None:
        self._index: OrderedIndex[SessionItem] = OrderedIndex()
        self._places: dict[str, list[Place[SessionItem]]] = {}
        self._calls: Counter[str] = Counter()

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._places

    def __iter__(self) -> Iterator[SessionItem]:
        return (place.value for place in self._index)

    def has_call(self, call_id: str) -> bool:
        """Whether a function_call with this ``call_id`` stands anywhere in the conversation."""
        return self._calls[call_id] > 0

    def find(self, item_id: str) -> SessionItem | None:
        """The item with this id, the one put in last when there are several."""
        places = self._places.get(item_id)
        return places[-1].value if places else None

    def fresh(self, mint: Callable[[str], str]) -> str:
        """A minted id that no item has: a client may have guessed one, or brought one from an equal session."""
        while (item_id := mint("item")) in self._places:
            pass
        return item_id

    def add(self, entry: SessionItem, previous: str | None = None) -> SessionItem | None:
        """Put ``entry`` last (None or ""), first ("root"), or right behind the item with the id ``previous``.

        Returns the entry before it; raises ``KeyError`` when there is no item ``previous``.
        """
        before: SessionItem | None
        if not previous:
            before = self.last()
            place = self._index.append(entry)
        elif previous == ROOT:
            before = None
            place = self._index.insert_first(entry)
        else:
            behind = self._places[previous][-1]
            before = behind.value
            place = self._index.insert_after(behind, entry)
        self._places.setdefault(entry.id, []).append(place)
        self._count(entry, +1)
        return before

    def last(self) -> SessionItem | None:
        """The item at the end."""
        return next((place.value for place in self._index.walk(reverse=True)), None)

    def before(self, item_id: str) -> SessionItem | None:
        """The item before the one with this id; raises ``KeyError`` when there is none with it."""
        place = self._places[item_id][-1]
        return next((other.value for other in self._index.walk(place, reverse=True)), None)

    def delete(self, item_id: str) -> bool:
        """Take out what stands under this id; whether there was anything."""
        places = self._places.pop(item_id, [])
        for place in places:
            self._index.delete(place)
            self._count(place.value, -1)
        return bool(places)

    def _count(self, entry: SessionItem, number: int) -> None:
        if entry.document["type"] == "function_call":
            self._calls[entry.document["call_id"]] += number

    def _check(self) -> None:
        """Raise ``AssertionError`` unless the invariants hold."""
        self._index._check()
        assert sorted(entry.id for entry in self) == sorted(
            item_id for item_id, places in self._places.items() for _ in places
        ), "an item without its id, or an id without its item"
        assert all(self._places.values()), "an id without a place"
        made = Counter(entry.document["call_id"] for entry in self if entry.document["type"] == "function_call")
        assert +self._calls == made, "calls miscounted"
