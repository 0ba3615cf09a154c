"""The items of one session in order, found by their ids and by the ids of the calls that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from convsim.realtime.session_item import SessionItem

ROOT = "root"
"""The ``previous_item_id`` for a place before all others."""


class Conversation:
    """A linked list of items; an id can occur twice if the session allows it.

    Items are found by id and by their neighbours, never by position, so it needs no ordered index, whose inserts cost
    ten times as much.
    """

    def __init__(self) -> None:
        self._first: SessionItem | None = None
        self._last: SessionItem | None = None
        # The item added last under each id; the earlier ones with that id are its twins.
        self._items: dict[str, SessionItem] = {}
        self._calls: Counter[str] = Counter()

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __iter__(self) -> Iterator[SessionItem]:
        item = self._first
        while item is not None:
            yield item
            item = item.behind

    def has_call(self, call_id: str) -> bool:
        """Return whether the conversation holds a function_call with this ``call_id``."""
        return self._calls[call_id] > 0

    def find(self, item_id: str) -> SessionItem | None:
        """Return the item with this id, the newest if there are several, or None."""
        return self._items.get(item_id)

    def user_text(self) -> str:
        """Return the words of the user's newest message, as far as they are known; empty without one."""
        item = self._last
        while item is not None and item.role != "user":
            item = item.before
        parts = item.document["content"] if item is not None else ()
        return "".join(part.get("text") or part.get("transcript") or "" for part in parts)

    def fresh(self, mint: Callable[[str], str]) -> str:
        """Return a minted id that no item has: a client may have guessed one, or brought one from an equal session."""
        while (item_id := mint("item")) in self._items:
            pass
        return item_id

    def add(self, item: SessionItem, previous: str | None = None) -> SessionItem | None:
        """Add ``item`` at the end (None or ""), at the start ("root"), or right after the one with the id ``previous``.

        Returns the item before it; raises ``KeyError`` if no item has the id ``previous``.
        """
        before = self._last if not previous else None if previous == ROOT else self._items[previous]
        behind = before.behind if before is not None else self._first
        item.before, item.behind = before, behind
        if before is None:
            self._first = item
        else:
            before.behind = item
        if behind is None:
            self._last = item
        else:
            behind.before = item
        item.twin = self._items.get(item.id)
        self._items[item.id] = item
        if item.call_id is not None:
            self._calls[item.call_id] += 1
        return before

    def delete(self, item_id: str) -> bool:
        """Delete the items with this id; return whether there were any."""
        item = self._items.pop(item_id, None)
        found = item is not None
        while item is not None:
            before, behind = item.before, item.behind
            if before is None:
                self._first = behind
            else:
                before.behind = behind
            if behind is None:
                self._last = before
            else:
                behind.before = before
            if item.call_id is not None:
                self._calls[item.call_id] -= 1
            item = item.twin
        return found

    def _check(self) -> None:
        """Raise ``AssertionError`` unless the invariants hold."""
        items = list(self)
        assert [item.before for item in items] == [None, *items][: len(items)], "the links do not agree"
        assert self._last is (items[-1] if items else None), "the last item is another one"
        reached = []
        for item in self._items.values():
            twin: SessionItem | None = item
            while twin is not None:
                assert twin.id == item.id, "a twin of another id"
                reached.append(twin)
                twin = twin.twin
        assert set(map(id, reached)) == set(map(id, items)), "an item without its id, or an id without its item"
        assert +self._calls == Counter(item.call_id for item in items if item.call_id is not None), "calls miscounted"
