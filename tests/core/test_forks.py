"""The locks that a forked process renews; tests/adapters/test_forked.py forks one."""

from __future__ import annotations

import gc
from threading import Lock
from weakref import ref

from convsim.core.forks import ModuleLock, renew_objects


def test_a_lock_is_made_anew() -> None:
    made = []

    def make() -> Lock:
        made.append(Lock())
        return made[-1]

    lock = ModuleLock(make)
    for number in range(2):
        with lock:
            assert [each.locked() for each in made] == [False] * number + [True]
        renew_objects()


def test_an_object_is_not_kept_for_it() -> None:
    lock = ModuleLock(Lock)
    kept = ref(lock)
    del lock
    gc.collect()
    assert kept() is None
