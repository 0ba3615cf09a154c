"""The ordered index: places in a sequence that stay valid while the sequence grows and shrinks around them.

Every entry carries an integer label, and the order of the labels is the order of the entries. A new entry takes a
label between its neighbours'; where they leave no room, the labels of a *neighbourhood* are spread out again: the
smallest aligned range of labels around the place that is not yet too densely used (the order-maintenance scheme of
Bender, Cole, Demaine, Farach-Colton and Zito, 2002). So append, insert, delete and locate are O(log n) amortised, also
for any number of inserts at one place. The API appends, deletes and pages, and has no operation that inserts; Realtime
has one, and no pages, so its conversation is a linked list (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Generic, TypeVar

from sortedcontainers import SortedList

T = TypeVar("T")

# Between neighbours at either end: 32 inserts fit at one place before anything is relabelled.
_GAP = 2**32

# A range of 2**k labels counts as crowded above (2 / _SPREAD)**k entries. Nearer to 1 relabels less often but more.
_SPREAD = 1.5


class Place(Generic[T]):
    """The position of one entry; opaque to all but the index that returned it."""

    __slots__ = ("_label", "value")

    def __init__(self, label: int, value: T) -> None:
        self._label = label
        self.value: T = value

    def __lt__(self, other: Place[T]) -> bool:
        return self._label < other._label


class OrderedIndex(Generic[T]):
    """A sequence of values reached by their places."""

    __slots__ = ("_places", "_top")

    def __init__(self) -> None:
        self._places: SortedList[Place[T]] = SortedList()
        # The highest label so far, including those of deleted places.
        self._top = 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place[T]]:
        return iter(self._places)

    def append(self, value: T) -> Place[T]:
        """Append ``value``."""
        self._top += _GAP
        place = Place(self._top, value)
        self._places.add(place)
        return place

    def fill(self, values: Iterable[T]) -> list[Place[T]]:
        """Append ``values`` to an empty index: several times faster than one after the other."""
        assert not self._places, "the index is not empty"
        places = [Place(number * _GAP, value) for number, value in enumerate(values, 1)]
        self._places = SortedList(places)
        self._top = len(places) * _GAP
        return places

    def insert_first(self, value: T) -> Place[T]:
        """Insert ``value`` before all others."""
        if not self._places:
            return self.append(value)
        place = Place(self._places[0]._label - _GAP, value)
        self._places.add(place)
        return place

    def insert_after(self, place: Place[T], value: T) -> Place[T]:
        """Insert ``value`` right after ``place``; raise ``ValueError`` if that place was deleted."""
        follower = next(self.walk(place), None)
        if follower is None:
            return self.append(value)
        if follower._label - place._label < 2:
            self._make_room(place)
        between = Place((place._label + follower._label) // 2, value)
        self._places.add(between)
        return between

    def delete(self, place: Place[T]) -> None:
        """Delete ``place``; raise ``ValueError`` if it was deleted before."""
        del self._places[self._position(place)]

    def walk(self, after: Place[T] | None = None, *, reverse: bool = False) -> Iterator[Place[T]]:
        """Iterate over the places after ``after`` (all of them if it is None), forwards or in ``reverse``.

        Raises ``ValueError`` when ``after`` was deleted.
        """
        if after is None:
            return reversed(self._places) if reverse else iter(self._places)
        position = self._position(after)
        if reverse:
            return self._places.islice(stop=position, reverse=True)
        return self._places.islice(position + 1)

    def _position(self, place: Place[T]) -> int:
        position = self._places.bisect_left(place)
        if position == len(self._places) or self._places[position] is not place:
            raise ValueError("this place is not, or no longer, in the index")
        return position

    def _make_room(self, place: Place[T]) -> None:
        """Spread the labels of the smallest uncrowded range around ``place``; the order stays as it is."""
        exponent = 0
        while True:
            exponent += 1
            width = 1 << exponent
            low = place._label & -width
            first = self._places.bisect_left(Place(low, place.value))
            last = self._places.bisect_left(Place(low + width, place.value))
            if last - first < (2 / _SPREAD) ** exponent:
                break
        self._top = max(self._top, low + width)
        step = width // (last - first)
        for offset, crowded in enumerate(list(self._places.islice(first, last))):
            crowded._label = low + offset * step

    def _check(self) -> None:
        """Raise ``AssertionError`` unless the invariants hold."""
        labels = [place._label for place in self._places]
        assert all(left < right for left, right in pairwise(labels)), "labels out of order"
        assert not labels or labels[-1] <= self._top, "a label above the highest"
