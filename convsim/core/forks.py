"""Locks of a forked process, which inherits them as the threads of its parent held them.

The process has none of those threads, so a lock that one of them held would stay held.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol
from weakref import WeakSet


class Locked(Protocol):
    """An object with locks."""

    def renew_locks(self) -> None:
        """Replace its locks by some that no thread holds."""


_objects: WeakSet[Locked] = WeakSet()


def after_fork(renew: Callable[[], object]) -> None:
    """Call ``renew`` in each process that is forked from this one."""
    getattr(os, "register_at_fork", lambda **_: None)(after_in_child=renew)  # not on every system


def renew_after_fork(locked: Locked) -> None:
    """Renew the locks of this object in each process that is forked from this one, as long as the object lives."""
    _objects.add(locked)


def renew_objects() -> None:
    """Renew the locks of all objects that were given."""
    for locked in tuple(_objects):
        locked.renew_locks()


after_fork(renew_objects)


class ModuleLock:
    """The lock of a module, which ``make`` makes, and makes anew in a forked process."""

    def __init__(self, make: Callable[[], AbstractContextManager[object]]) -> None:
        self._make = make
        self.renew_locks()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """Make the lock."""
        self._lock = self._make()

    def __enter__(self) -> None:
        self._lock.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)
