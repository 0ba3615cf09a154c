"""Assertions about items and requests, which explain the difference when they fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from convsim.core.results import Resource, id_of
from convsim.core.secrets import json_without_secrets, text_without_secrets
from convsim.core.text import number_of, shortened, with_short_ids
from convsim.errors import UsageError
from convsim.errors.misuse import STRING, count, optional, require, shown
from convsim.report.timeline import render_timeline
from convsim.report.transcript import said, speaker

if TYPE_CHECKING:
    from convsim.journal.entries import Entry
    from convsim.journal.journal import Journal

Line = EllipsisType | Sequence[Any] | Mapping[str, Any] | Resource
"""The expectation of one item: its speaker and text, or the members that matter; ``...`` for any further items."""


def matches(expected: Any, found: Any) -> bool:
    """Return whether a value matches an expectation.

    ``...`` and ``unittest.mock.ANY`` match anything, a compiled pattern is searched for in a text, a mapping names the
    members that matter, and a list has as many elements, each of which must match.
    """
    if expected is ...:
        return True
    if isinstance(expected, re.Pattern):
        return isinstance(found, str) and expected.search(found) is not None
    if isinstance(expected, Resource):
        expected = expected.to_dict()
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and matches(member, found[name]) for name, member in expected.items()
        )
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(found, (list, tuple))
            and len(found) == len(expected)
            and all(matches(one, other) for one, other in zip(expected, found, strict=True))
        )
    same = isinstance(expected, bool) == isinstance(found, bool)
    return (same and bool(expected == found)) or _is_any(expected)


def _is_any(expected: object) -> bool:
    # Does not load unittest.mock: only its ANY equals every object.
    return expected == object()


# --- calls ---------------------------------------------------------------------------------------------------------


def assert_called(journal: Journal, operation: str, times: int | None, body: Any, criteria: dict[str, Any]) -> None:
    """Raise ``AssertionError`` unless there are ``times`` such entries, or at least one if ``times`` is None."""
    __tracebackhide__ = True
    require("assert_called(operation", operation, STRING)
    _require_times(times)
    found = journal.select(operation=operation, **criteria)
    if criteria.get("kind") is None and operation != "seed":
        found = [entry for entry in found if entry.kind != "direct"]
    others: list[Entry] = []
    if body is not None:
        met = [matches(body, entry.body) for entry in found]
        others = [entry for entry, is_met in zip(found, met, strict=True) if not is_met]
        found = [entry for entry, is_met in zip(found, met, strict=True) if is_met]
    if len(found) == times or (times is None and found):
        return
    given = {name: value for name, value in (criteria | {"body": body}).items() if value is not None}
    said_so = "".join(f", {name}={_named(value)}" for name, value in given.items())
    wanted = "at least once" if times is None else _times(times)
    raise AssertionError(
        f"{operation}{said_so} was called {_times(len(found))}, not {wanted}.{_dropped(journal, operation, criteria)}"
        f"{_sent(others)} What happened:\n{with_short_ids(render_timeline(tuple(journal)))}"
    )


def _sent(others: Sequence[Entry]) -> str:
    """Return the bodies of the newest entries that an assertion about a body has left out."""
    sent = [f"entry {entry.number} sent {shortened(repr(entry.body), _WIDTH)}" for entry in others[-_MOST_SENT:]]
    return f" Other bodies: {'; '.join(sent)}." if sent else ""


_MOST_SENT = 3
_WIDTH = 300


def _dropped(journal: Journal, operation: str, criteria: Mapping[str, Any]) -> str:
    """Return a hint about turns that name no conversation, for an assertion that asks for one."""
    if operation != "responses.create" or criteria.get("conversation") is None:
        return ""
    turns = sum(entry.conversation is None for entry in journal.select(operation=operation))
    if not turns:
        return ""
    return f" {number_of(turns, 'turn')} named no conversation: some libraries drop the argument."


def _require_times(times: object) -> None:
    if not optional(count(0)).fits(times):
        raise UsageError(f"assert_called(..., times={shown(times)}): write how often, as times=2, or leave it out")


def _named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else shown(id_of(value))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


# --- items ---------------------------------------------------------------------------------------------------------


def assert_items(name: str, items: Iterable[Mapping[str, Any]], expected: Iterable[Line]) -> None:
    """Raise ``AssertionError`` unless the conversation of that name holds these items, written as :data:`Line`."""
    __tracebackhide__ = True
    if isinstance(expected, (str, Mapping)) or not isinstance(expected, Iterable):
        raise UsageError(f"assert_items(..., {shown(expected)}): write a list of expected items, [('user', 'Hi'), ...]")
    given = list(expected)
    more = bool(given) and given[-1] is ...
    lines = [_line(line) for line in (given[:-1] if more else given)]
    found = list(items)
    if (len(lines) == len(found) or (more and len(lines) < len(found))) and all(map(_is, lines, found)):
        return
    raise AssertionError(f"{name} holds other items:\n" + "\n".join(_compared(lines, found, more=more)))


def _line(line: object) -> Line:
    if isinstance(line, Resource):
        return line.to_dict()
    if isinstance(line, Mapping) and line.keys() & _MEMBERS:
        return line
    if isinstance(line, (list, tuple)) and len(line) == 2 and all(map(_is_word, line)):
        return tuple(line)
    raise UsageError(
        f"assert_items(..., [{shown(line)}]): write pairs, ('user', 'Hi') or ('assistant', ...), or the members that"
        " matter, {'type': 'function_call', 'name': 'look'}; ... as the last one stands for any further items"
    )


# A mapping that is meant as an item has one of these members.
_MEMBERS = frozenset(
    ("type", "role", "id", "content", "status", "name", "arguments", "input", "call_id", "output", "phase", "summary")
)


def _is_word(word: object) -> bool:
    return isinstance(word, (str, EllipsisType, re.Pattern)) or _is_any(word)


def _is(line: Line, item: Mapping[str, Any]) -> bool:
    return matches(line, (speaker(item), said(item)) if isinstance(line, tuple) else item)


def _compared(lines: Sequence[Line], items: Sequence[Mapping[str, Any]], *, more: bool) -> list[str]:
    """Return both side by side, equal items on one line."""
    told: list[str] = []
    # The start of the next stretch that differs, in the expected and in the found items.
    here = there = 0
    for one, other in (*_pairs(lines, items), (len(lines), len(items))):
        missing, found = range(here, one), range(there, other)
        if more and one == len(lines):
            found = found[: len(missing)]
        for place, position in zip_longest(missing, found):
            if place is not None:
                line = _expected(lines[place], items[position] if position is not None else None)
                told.append(f"- {place:>3}  {line}   expected")
            if position is not None:
                line = _found(items[position], lines[place] if place is not None else None)
                told.append(f"+ {position:>3}  {line}   found")
        if one < len(lines):
            told.append(f"  {other:>3}  {_found(items[other], None)}")
        here, there = one + 1, other + 1
    return [*told, "  ...  whatever follows"] if more else told


_MOST_COMPARED = 250_000


def _pairs(lines: Sequence[Line], items: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Return the index pairs of a longest common subsequence of expected and found items.

    difflib compares by equality, which ``...`` does not have. In two very long conversations, items at the same index
    are compared.
    """
    if len(lines) * len(items) > _MOST_COMPARED:
        return [(place, place) for place, pair in enumerate(zip(lines, items, strict=False)) if _is(*pair)]
    equal = [[_is(line, item) for item in items] for line in lines]
    # The most pairs after each place.
    length = [[0] * (len(items) + 1) for _ in range(len(lines) + 1)]
    for one in reversed(range(len(lines))):
        for other in reversed(range(len(items))):
            skipped = max(length[one + 1][other], length[one][other + 1])
            length[one][other] = max(skipped, length[one + 1][other + 1] + 1 if equal[one][other] else 0)
    pairs: list[tuple[int, int]] = []
    one = other = 0
    while one < len(lines) and other < len(items):
        if equal[one][other] and length[one][other] == length[one + 1][other + 1] + 1:
            pairs.append((one, other))
            one, other = one + 1, other + 1
        elif length[one][other] == length[one + 1][other + 1]:
            one, other = one + 1, other + 1
        elif length[one + 1][other] >= length[one][other + 1]:
            one += 1
        else:
            other += 1
    return pairs


def _expected(line: Line, item: Mapping[str, Any] | None) -> str:
    if isinstance(line, Mapping):
        return shortened(repr(json_without_secrets(line)))
    who, what = (_word(word) for word in _pair(line))
    if item is not None and (who, shortened(what)) == (speaker(item), shortened(said(item))):
        return f"{who}  {_around(what, said(item))}"
    return f"{who}  {shortened(text_without_secrets(what))}"


def _found(item: Mapping[str, Any], line: Line | None) -> str:
    who, what = speaker(item), said(item)
    if isinstance(line, Mapping):
        told = json_without_secrets({name: item.get(name, "(not there)") for name in line})
        return shortened(repr(told))
    expected = [_word(word) for word in _pair(line)] if line is not None else []
    if expected and [expected[0], shortened(expected[1])] == [who, shortened(what)]:
        return f"{who}  {_around(what, expected[1])}"
    return f"{who}  {shortened(said(json_without_secrets(item)))}"


def _pair(line: Any) -> tuple[Any, Any]:
    who, what = line
    return who, what


def _word(word: Any) -> str:
    if isinstance(word, str):
        return word
    return f"/{word.pattern}/" if isinstance(word, re.Pattern) else "..."


_BEFORE, _AFTER = 20, 60


def _around(text: str, other: str) -> str:
    """Return the part of a text around its first difference from another, with special characters spelt out."""
    text, other = text_without_secrets(text), text_without_secrets(other)
    place = next(
        (n for n, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), min(len(text), len(other))
    )
    start = max(place - _BEFORE, 0)
    shown = repr(text[start : place + _AFTER])
    return f"{'...' if start else ''}{shown}{'...' if len(text) > place + _AFTER else ''}"
