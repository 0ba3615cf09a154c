"""docs/llms.txt, and that the site's table of contents names every page."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.printing.llms import DOCS, render_llms

ROOT = Path(__file__).parents[2]


def test_every_page_has_a_line_and_each_line_a_sentence() -> None:
    lines = [line for line in render_llms().splitlines() if line.startswith("- [")]
    assert {line[line.index("(") + 1 : line.index(")")] for line in lines} == {page.name for page in DOCS.glob("*.md")}
    for line in lines:
        assert 20 < len(line.partition("): ")[2]) < 400, line
        assert line[-1] in ".:", line


def test_the_first_sentence_of_a_page_is_its_line(tmp_path: Path) -> None:
    (tmp_path / "zensical.toml").write_text('[project]\nnav = [{ "Start" = "a.md" }, { "More" = ["b.md"] }]\n')
    (tmp_path / "a.md").write_text("# A\n\nWhat a [page](b.md#x) says: all. And more.\n")
    (tmp_path / "b.md").write_text("# B\n\nNo end")
    (tmp_path / "agents.md").write_text("# Agents\n\nIn order.\n\n1. Use it.\n\n## Items\n\nSo.\n")
    assert "\n\n1. Use it.\n\n**Items**\n\nSo.\n\n## Start\n" in render_llms(tmp_path)
    assert render_llms(tmp_path).partition("## ")[2] == (
        "Start\n\n- [A](a.md): What a page says.\n\n## More\n\n- [B](b.md): No end\n"
    )


def test_the_site_needs_no_other_machine() -> None:
    theme = tomllib.loads((DOCS / "zensical.toml").read_text())["project"]["theme"]
    assert theme["font"] is False
