"""The newest of many values."""

from __future__ import annotations

from convsim.core.newest import Newest


def test_the_oldest_are_forgotten() -> None:
    newest = Newest[int](3)
    for number in range(5):
        newest.append(number)
    assert list(newest) == [2, 3, 4]
    newest.clear()
    assert list(newest) == []


def test_values_can_be_added_while_others_are_read() -> None:
    newest = Newest[int](3)
    for number in range(3):
        newest.append(number)
    read = []
    for number in newest:
        newest.append(number + 10)
        read.append(number)
    assert read == [0, 1, 2]
    assert list(newest) == [10, 11, 12]
