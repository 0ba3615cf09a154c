"""Requests that were kept from the network: which of them the test expected, and a failure for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from convsim import RefusedError


@contextmanager
def noting_what_is_caught() -> Iterator[set[str]]:
    """Note what ``pytest.raises`` catches, with its causes: a refusal that the test expects is no failure of it."""
    caught: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for kind in (pytest.RaisesExc, pytest.RaisesGroup):
            patch.setattr(kind, "__exit__", _leave_and_note(kind.__exit__, caught))
        yield caught


def _leave_and_note(leave: Callable[..., bool], caught: set[str]) -> Callable[..., bool]:
    def leave_and_note(self: Any, kind: Any, error: BaseException | None, traceback: Any) -> bool:
        swallowed = leave(self, kind, error, traceback)
        if swallowed:
            caught.update(map(str, _with_causes(error)))
        return swallowed

    return leave_and_note


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came from, and the members of groups."""
    waiting, met = [error], set()
    while waiting:
        error = waiting.pop()
        if error is not None and id(error) not in met:
            met.add(id(error))
            yield error
            waiting += [error.__cause__, error.__context__, *getattr(error, "exceptions", ())]


def fail_for(refused: Sequence[RefusedError], caught: set[str], unused: Sequence[str] = ()) -> None:
    """Fail for requests whose refusal was swallowed, and for unused faults, in their sentences and nothing else.

    Retries of an expected request say the same, and are expected too.
    """
    unseen = [words for words in dict.fromkeys(map(str, refused)) if words not in caught]
    if unseen or unused:
        pytest.fail("\n".join([*unseen, *unused]), pytrace=False)
