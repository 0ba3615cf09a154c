from __future__ import annotations

from collections.abc import Callable

import pytest

from convsim.store.index import OrderedIndex, Place
from tests.asking import check, label, relabel

MANY = 10_000
SOME = 2_000


def values(index: OrderedIndex[int]) -> list[int]:
    return [place.value for place in index]


def filled(*entries: int) -> tuple[OrderedIndex[int], list[Place[int]]]:
    index: OrderedIndex[int] = OrderedIndex()
    return index, [index.append(entry) for entry in entries]


def test_an_index_is_empty_at_first() -> None:
    index, _ = filled()

    assert len(index) == 0
    assert values(index) == []
    assert list(index.walk()) == []
    assert list(index.walk(reverse=True)) == []
    check(index)


def test_entries_stand_in_the_order_of_their_appends() -> None:
    index, places = filled(3, 1, 2)

    assert values(index) == [3, 1, 2]
    assert len(index) == 3
    assert [place.value for place in places] == [3, 1, 2]


def test_insert_first_puts_an_entry_before_all_others() -> None:
    index, _ = filled()
    index.insert_first(3)
    index.insert_first(2)
    index.append(4)
    index.insert_first(1)

    assert values(index) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        pytest.param(0, [1, 9, 2, 3], id="the first"),
        pytest.param(1, [1, 2, 9, 3], id="one in the middle"),
        pytest.param(2, [1, 2, 3, 9], id="the last"),
    ],
)
def test_insert_after_puts_an_entry_right_behind_a_place(behind: int, expected: list[int]) -> None:
    index, places = filled(1, 2, 3)
    index.insert_after(places[behind], 9)

    assert values(index) == expected


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_delete_takes_out_one_entry_and_leaves_the_rest(gone: int) -> None:
    index, places = filled(0, 1, 2)
    index.delete(places[gone])

    assert values(index) == [entry for entry in (0, 1, 2) if entry != gone]
    check(index)


def test_equal_values_are_told_apart_by_their_places() -> None:
    index, places = filled(7, 7, 8)
    index.delete(places[1])
    index.insert_after(places[0], 9)

    assert values(index) == [7, 9, 8]


@pytest.mark.parametrize(
    ("behind", "reverse", "expected"),
    [
        (None, False, [1, 2, 3]),
        (None, True, [3, 2, 1]),
        (0, False, [2, 3]),
        (0, True, []),
        (1, False, [3]),
        (1, True, [1]),
        (2, False, []),
        (2, True, [2, 1]),
    ],
)
def test_walk_goes_on_behind_a_place_in_either_direction(
    behind: int | None, reverse: bool, expected: list[int]
) -> None:
    index, places = filled(1, 2, 3)
    after = None if behind is None else places[behind]

    assert [place.value for place in index.walk(after, reverse=reverse)] == expected


USES: dict[str, Callable[[OrderedIndex[int], Place[int]], object]] = {
    "delete": lambda index, place: index.delete(place),
    "insert_after": lambda index, place: index.insert_after(place, 9),
    "walk": lambda index, place: index.walk(place),
    "walk in reverse": lambda index, place: index.walk(place, reverse=True),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_deleted_place_is_refused(use: Callable[[OrderedIndex[int], Place[int]], object], gone: int) -> None:
    index, places = filled(0, 1, 2)
    index.delete(places[gone])

    with pytest.raises(ValueError, match=r"^this place is not, or no longer, in the index$"):
        use(index, places[gone])
    assert len(index) == 2


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_place_of_another_index_is_refused(use: Callable[[OrderedIndex[int], Place[int]], object]) -> None:
    index, _ = filled(0, 1, 2)
    _, foreign = filled(0, 1, 2)

    with pytest.raises(ValueError, match="not, or no longer, in the index"):
        use(index, foreign[1])
    assert values(index) == [0, 1, 2]


def test_many_inserts_behind_one_place_keep_their_order() -> None:
    index, (first, _) = filled(-1, -2)
    for entry in range(SOME):
        index.insert_after(first, entry)

    assert values(index) == [-1, *reversed(range(SOME)), -2]
    assert max(map(label, index)) < 2**40
    check(index)


def test_many_inserts_before_one_place_keep_their_order() -> None:
    index, (newest, _) = filled(-1, -2)
    for entry in range(SOME):
        newest = index.insert_after(newest, entry)

    assert values(index) == [-1, *range(SOME), -2]
    check(index)


def test_many_inserts_at_the_front_keep_their_order() -> None:
    index, _ = filled(-1)
    for entry in range(SOME):
        index.insert_first(entry)

    assert values(index) == [*reversed(range(SOME)), -1]
    check(index)


def test_old_places_stay_valid_while_labels_are_spread_out_around_them() -> None:
    index, places = filled(*range(100))
    for entry in range(1000):
        index.insert_after(places[50], 1000 + entry)
    follower = index.insert_after(places[49], -1)

    assert [place.value for place in index.walk(follower)][:2] == [50, 1999]
    assert [place.value for place in index.walk(places[51], reverse=True)][:2] == [1000, 1001]
    assert [place.value for place in index.walk(places[51])] == list(range(52, 100))
    check(index)


def test_labels_elsewhere_stay_while_those_of_one_place_are_spread_out() -> None:
    index: OrderedIndex[int] = OrderedIndex()
    places = index.fill(range(6000))
    others = [*places[:5499], *places[5500:]]
    before = [label(place) for place in others]
    for entry in range(40):
        index.insert_after(places[5499], entry)

    assert [label(place) for place in others] == before
    assert values(index)[5499:5541] == [5499, *reversed(range(40)), 5500]


def test_a_filled_index_has_the_labels_of_appends() -> None:
    index: OrderedIndex[int] = OrderedIndex()
    _, appended = filled(0, 1, 2)
    assert [*map(label, index.fill(range(3)))] == [*map(label, appended)] == [2**32, 2 * 2**32, 3 * 2**32]


def test_32_inserts_fit_at_one_place_before_labels_are_spread_out() -> None:
    index, (place, _) = filled(-1, -2)
    low = label(place)
    for entry in range(32):
        index.insert_after(place, entry)
    assert [label(each) - low for each in index] == [0, *(2**power for power in range(32)), 2**32]

    index.insert_after(place, 32)
    # Nine entries on 256 labels are the first that are not too many: (4/3)**7 < 8 and 9 < (4/3)**8.
    assert [label(each) - low for each in index][:12] == [0, 14, *range(28, 9 * 28, 28), 256, 512]


@pytest.mark.parametrize(("labels", "expected"), [((7, 8), (6, 7, 8)), ((6, 7), (0, 2, 4)), ((8, 9), (8, 10, 12))])
def test_the_smallest_uncrowded_range_is_spread_out(labels: tuple[int, ...], expected: tuple[int, ...]) -> None:
    index, places = filled(1, 3)
    for place, number in zip(places, labels, strict=True):
        relabel(place, number)
    index.insert_after(places[0], 2)
    assert tuple(map(label, index)) == expected
    check(index)


def test_an_append_stands_last_after_labels_at_the_end_were_spread_out() -> None:
    index, (first, last) = filled(-1, -2)
    for entry in range(MANY):
        index.insert_after(first, entry)
    index.delete(last)
    index.append(-3)

    assert values(index) == [-1, *reversed(range(MANY)), -3]
    check(index)


def test_an_append_stands_last_when_the_last_entry_was_moved_up() -> None:
    index, (_, place, last) = filled(-1, -2, -3)
    before = label(last)
    for entry in range(MANY + MANY // 5):
        index.insert_after(place, entry)
    check(index)
    index.append(-4)

    assert label(last) > before
    assert values(index)[-3:] == [0, -3, -4]
    check(index)


def test_a_filled_index_can_be_emptied_and_filled_again() -> None:
    index, places = filled(1, 2)
    for place in places:
        index.delete(place)
    index.insert_first(4)
    index.append(5)
    index.insert_first(3)

    assert values(index) == [3, 4, 5]
    check(index)


# Behind the words, pytest explains the assertions of an installed package that has a plugin.
def test_check_reports_labels_out_of_order() -> None:
    index, places = filled(1, 2)
    relabel(places[0], label(places[1]))

    with pytest.raises(AssertionError, match=r"^labels out of order"):
        check(index)


def test_check_reports_a_label_above_the_highest() -> None:
    index, places = filled(1, 2)
    relabel(places[1], label(places[1]) + 1)

    with pytest.raises(AssertionError, match=r"^a label above the highest"):
        check(index)


def test_a_filled_index_takes_inserts_between_its_entries() -> None:
    index: OrderedIndex[int] = OrderedIndex()
    places = index.fill([1, 3])
    for entry in range(MANY // 100):
        index.insert_after(places[0], entry)

    assert values(index) == [1, *reversed(range(MANY // 100)), 3]
    check(index)


def test_only_an_empty_index_is_filled() -> None:
    index, _ = filled(1)
    with pytest.raises(AssertionError, match=r"^the index is not empty"):
        index.fill([2])
