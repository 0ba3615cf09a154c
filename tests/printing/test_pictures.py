"""docs/pictures is what the code and the pages draw, and each picture is shown with words for those who do not see it.

That of a failing test is compared where the README's blocks are run, in tests/test_guide.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.printing.drawing import Bar, draw_bars, draw_sequence, draw_terminal
from tests.printing.pictures import FOLDER, ROOT, lost_answer, render_bench, render_diagram

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [
    (page, words, target)
    for page in PAGES
    for words, target in re.findall(r"!\[([^]]*)\]\(([^)]*)\)", page.read_text(encoding="utf-8"))
]


def kept(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_the_diagram_is_the_journals_and_the_page_has_its_text() -> None:
    assert render_diagram() == kept("diagram.svg")
    page = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{lost_answer().diagram()}\n```" in page


def test_the_chart_is_the_tables() -> None:
    assert render_bench() == kept("bench.svg")


def test_each_picture_is_shown_with_words() -> None:
    assert {(page.parent / target).resolve() for page, _, target in SHOWN} == set(FOLDER.iterdir())
    assert [words for _, words, _ in SHOWN if len(words) < 40] == []


@pytest.mark.parametrize("picture", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_pictures_are_small(picture: Path) -> None:
    assert picture.stat().st_size < 150_000


def test_a_terminal_has_the_colours_of_its_escape_sequences() -> None:
    drawn = draw_terminal("\x1b[31m\x1b[1ma <b>\x1b[0m\n\n c", "Words")
    assert '<tspan fill="#ff7b72" font-weight="bold">a\N{NO-BREAK SPACE}&lt;b&gt;</tspan>' in drawn
    assert '<text x="16" y="64" textLength="15.6" lengthAdjust="spacingAndGlyphs"><tspan>\N{NO-BREAK SPACE}c' in drawn
    assert "<title>Words</title>" in drawn


def test_a_sequence_has_the_participants_that_speak_and_crosses_what_is_lost() -> None:
    drawn = draw_sequence(
        "sequenceDiagram\n    participant C as client\n    participant T as test\n    participant S as server\n"
        "    C->>S: 1 a#58;b\n    S--xC: lost\n",
        "Words",
    )
    assert [name for name in ("client", "test", "server") if f">{name}<" in drawn] == ["client", "server"]
    assert ">1 a:b<" in drawn
    assert drawn.count("#cf222e") == 3  # the words, the arrow, the cross


def test_a_bar_over_its_goal_has_another_colour() -> None:
    within, over = Bar("a & b", 1.0, 1.0), Bar("c", 1.1, 1.0)
    drawn = draw_bars([within, over], "Words")
    assert within.colour != over.colour
    assert ">a &amp; b<" in drawn
    assert ">1.100, goal 1<" in drawn
