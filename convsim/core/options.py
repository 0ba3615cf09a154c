"""Options that are written once and serve many emulators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

_REUSABLE = (tuple, str, type(None))  # nearly all: an abstract class takes many times as long to ask


def reusable(value: Any) -> Any:
    """Return the option as a value of its own: iterables as tuples, mappings as dicts.

    The first emulator would use up an iterator, and views and mapping proxies cannot be copied.
    """
    if type(value) in _REUSABLE:
        return value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, PathLike)):
        return tuple(value)
    return value
