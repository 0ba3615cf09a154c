"""What a test expects to have happened, and the readable difference when it has not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import EllipsisType
from typing import Any

from convsim.core.text import shortened
from convsim.errors import UsageError
from convsim.journal.journal import Journal
from convsim.report.timeline import render_timeline
from convsim.report.transcript import said, speaker

Line = tuple[str | EllipsisType, str | EllipsisType]


def assert_called(journal: Journal, operation: str, times: int | None, criteria: dict[str, Any]) -> None:
    """Raise ``AssertionError`` unless there were so many such entries, or any where ``times`` is None."""
    __tracebackhide__ = True
    found = journal.select(operation=operation, **criteria)
    if len(found) == times or (times is None and found):
        return
    said_so = "".join(f", {name}={_named(value)}" for name, value in criteria.items() if value is not None)
    wanted = "at least once" if times is None else _times(times)
    raise AssertionError(
        f"{operation}{said_so} was called {_times(len(found))}, not {wanted}. What happened:\n"
        + render_timeline(tuple(journal))
    )


def _named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def assert_items(name: str, items: Iterable[Mapping[str, Any]], expected: Iterable[Line]) -> None:
    """Raise ``AssertionError`` unless the conversation of that name holds these items, told as who and what."""
    __tracebackhide__ = True
    lines = [_line(line) for line in expected]
    found = [(speaker(item), said(item)) for item in items]
    if len(lines) == len(found) and all(_is(one, other) for one, other in zip(lines, found, strict=True)):
        return
    raise AssertionError(f"{name} holds other items:\n" + "\n".join(_compared(lines, found)))


def _line(line: object) -> Line:
    if isinstance(line, Sequence) and not isinstance(line, str) and len(line) == 2:
        who, what = line
        if all(isinstance(word, (str, EllipsisType)) for word in (who, what)):
            return who, what
    raise UsageError(f"assert_items(..., [{line!r}]): write pairs, ('user', 'Hi') or ('assistant', ...)")


def _is(expected: Line, found: tuple[str, str]) -> bool:
    return all(one is ... or one == other for one, other in zip(expected, found, strict=True))


def _compared(expected: list[Line], found: list[tuple[str, str]]) -> list[str]:
    lines = []
    for position in range(max(len(expected), len(found))):
        one = expected[position] if position < len(expected) else None
        other = found[position] if position < len(found) else None
        if one is not None and other is not None and _is(one, other):
            lines.append(f"  {position:>3}  {_told(other)}")
            continue
        tell = _told
        if one is not None and other is not None and _told(one) == _told(other):
            tell = _spelt  # they differ in white space, or beyond the width of a line
        if one is not None:
            lines.append(f"- {position:>3}  {tell(one)}   expected")
        if other is not None:
            lines.append(f"+ {position:>3}  {tell(other)}   found")
    return lines


def _told(line: Line) -> str:
    who, what = ("..." if word is ... else str(word) for word in line)
    return f"{who}  {shortened(what)}"


def _spelt(line: Line) -> str:
    who, what = ("..." if word is ... else repr(word) for word in line)
    return f"{who}  {what}"
