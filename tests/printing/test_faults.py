"""docs/faults.md is what the faults print, and leaves none of them out."""

from __future__ import annotations

import inspect
from functools import cache

import pytest

from convsim import faults
from convsim.faults import AnswerFault, Fault, Rule
from tests.printing.faults import kinds, render_faults

page = cache(render_faults)


def row(call: str) -> str:
    return next(line for line in page().splitlines() if line.startswith(f"| `{call}"))


def test_every_fault_has_a_row_that_says_what_happens() -> None:
    public = {value for name in faults.__all__ if isinstance(value := getattr(faults, name), type)}
    assert set(kinds()) == {kind for kind in public if issubclass(kind, Fault)} - {Fault, AnswerFault}
    for kind in kinds():
        cells = row(f"{kind.__name__}(").strip("| ").split(" | ")
        assert len(cells) >= 3
        assert all(cells)
        assert "__doc__" in vars(kind)


def test_every_argument_of_a_rule_has_a_row_with_its_default() -> None:
    for name, parameter in inspect.signature(Rule).parameters.items():
        if name != "fault":
            assert row(f"{name}`").startswith(f"| `{name}` | `{parameter.default!r}` | ")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("RateLimited(retry_after=0.01, kind='requests')`", "| if given |"),
        ("HideItem(item_id)`", '| `conversations.items.list` | `"always"` |'),
        ("RefuseEvent(code=None, message='...', param=None, type='server_error', echo=None)`", "(inferred)"),
        ("BodyReset(after_bytes=10)`", "| always |"),
        ("StallStream()`", "`Latency` longer than"),
    ],
)
def test_a_row_says_how_often_on_what_and_when(call: str, words: str) -> None:
    assert words in row(call)


def test_a_column_without_differences_is_a_sentence() -> None:
    answers = page().partition("## Answers\n")[2].partition("\n## ")[0]
    assert "\n| Fault | Effect | `after_commit` |\n" in answers
    assert (
        "The same in every row: targets (operations), default `on` (every operation), default `times` (1).\n" in answers
    )
