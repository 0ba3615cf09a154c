"""docs/llms.txt, printed from the page for coding agents, the site's table of contents and each first sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"

_HEAD = """\
# convsim

> An offline, in-process OpenAI Conversations API for Python tests: conversations, items, turns, Realtime sessions and
> faults behind the usual client, as a pytest fixture. This file says how to write a test, and lists all pages.

"""


def render_llms(docs: Path = DOCS) -> str:
    """Return the page: how to write a test, a section for each part of the site, a line for each page."""
    contents = tomllib.loads((docs / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    sections = [(title, pages) for part in contents for title, pages in part.items()]
    return (
        _HEAD
        + _how_to((docs / "agents.md").read_text(encoding="utf-8"))
        + "\n".join(
            f"## {title}\n\n" + "".join(f"- {_line(docs / page)}\n" for page in _pages(pages))
            for title, pages in sections
        )
    )


def _how_to(page: str) -> str:
    """Return the page for agents from its first step on; its headings become bold, because headings begin lists."""
    steps = page[page.index("\n1. ") + 1 :]
    return re.sub(r"^## (.+)$", r"**\1**", steps, flags=re.MULTILINE) + "\n"


def _pages(pages: Any) -> Iterator[str]:
    if isinstance(pages, str):
        yield pages
        return
    yield from pages


def _line(page: Path) -> str:
    heading, _, text = page.read_text(encoding="utf-8").lstrip().partition("\n")
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    sentence = re.match(r".*?[.:](?= |$)", paragraph)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence[0] if sentence else paragraph)
    return f"[{heading.removeprefix('# ')}]({page.name}): {re.sub(':$', '.', plain)}"
