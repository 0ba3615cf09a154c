"""The environment variables in which clients look for a key, set for as long as an emulator answers them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

NAMES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")

_lock = Lock()
_found: list[dict[str, str | None]] = []
"""For each key that is set, the innermost last: the values that it replaced."""


@contextmanager
def key_set(key: str) -> Iterator[None]:
    """Set the key, also over a real one, so that a request that escapes carries nothing; put the old values back.

    Keys may end in any order, as concurrent coroutines do: the next one then puts back what this one replaced.
    """
    with _lock:
        found = {name: os.environ.get(name) for name in NAMES}
        _found.append(found)
        os.environ.update(dict.fromkeys(NAMES, key))
    try:
        yield
    finally:
        with _lock:
            # By identity: two keys may have replaced equal values.
            position = next(number for number, one in enumerate(_found) if one is found)
            del _found[position]
            if position < len(_found):
                _found[position].update(found)
            else:
                _put_back(found)


def _put_back(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
