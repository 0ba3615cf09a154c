"""The newest of many values, which some threads note while others read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """At most ``most`` values, oldest first; iteration is over those that are there when it begins.

    It keeps a list, as a deque cannot be read while another thread adds to it.
    """

    __slots__ = ("_most", "_values")

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: list[T] = []

    def append(self, value: T) -> None:
        """Add a value; of too many, forget the oldest."""
        self._values.append(value)
        del self._values[: -self._most]

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()

    def __iter__(self) -> Iterator[T]:
        return iter(self._values[:])
