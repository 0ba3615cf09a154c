"""Refused requests: which of them the test expected, and a failure for the others."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from convsim import RefusedError

_KINDS: tuple[Any, ...] = (
    pytest.RaisesExc,
    pytest.RaisesGroup,
    type(unittest.TestCase().assertRaises(Exception)),  # noqa: PT027 - only its class is wanted, which has no public name
)
"""The contexts that expect an error."""


class Caught:
    """The errors that a test expected, and the sentences of the refusals among them."""

    def __init__(self) -> None:
        self.sentences: set[str] = set()
        self.errors: list[BaseException] = []

    def add(self, error: BaseException) -> None:
        """Note the error, its causes and the sentences of refusals: str() of a foreign error may fail."""
        for one in _with_causes(error):
            self.errors.append(one)
            if isinstance(one, RefusedError):
                self.sentences.add(str(one))


_notes: list[Caught] = []
"""The places where caught errors are noted: one of the guard, one of the fixture."""


@contextmanager
def noting_what_is_caught() -> Iterator[Caught]:
    """Note the errors that ``pytest.raises`` and ``assertRaises`` catch: an expected error must not fail the test."""
    caught = Caught()
    before = [vars(kind)["__exit__"] for kind in _KINDS] if not _notes else []
    for kind, leave in zip(_KINDS, before, strict=False):
        kind.__exit__ = _leave_and_note(leave)
    _notes.append(caught)
    try:
        yield caught
    finally:
        _notes.remove(caught)
        for kind, leave in zip(_KINDS, before, strict=False):
            kind.__exit__ = leave


def _leave_and_note(leave: Callable[..., bool]) -> Callable[..., bool]:
    def leave_and_note(self: Any, kind: Any, error: BaseException | None, traceback: Any) -> bool:
        __tracebackhide__ = True
        swallowed = leave(self, kind, error, traceback)
        if swallowed and error is not None:
            for caught in _notes:
                caught.add(error)
        return swallowed

    return leave_and_note


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, its causes and contexts, and the members of exception groups."""
    waiting: list[BaseException | None] = [error]
    met = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in met:
            met.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]
            if isinstance(one, BaseExceptionGroup):
                waiting += one.exceptions


def told(refused: Iterable[RefusedError], caught: Caught) -> list[str]:
    """Return the sentences of unexpected refusals, each once: retries of a request repeat theirs."""
    return [words for words in dict.fromkeys(map(str, refused)) if words not in caught.sentences]


def fail_for(lines: Sequence[str]) -> None:
    """Fail with these sentences and without a traceback."""
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
