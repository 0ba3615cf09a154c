"""docs/llms.txt, printed from the site's table of contents and the first paragraph of each page."""

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
> faults behind the usual client, as a pytest fixture. Begin with [agents.md](agents.md): it says how to write a test.

"""


def render_llms(docs: Path = DOCS) -> str:
    """Return the page: a section for each part of the site, a line for each page."""
    contents = tomllib.loads((docs / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    sections = [(title, pages) for part in contents for title, pages in part.items()]
    return _HEAD + "\n".join(
        f"## {title}\n\n" + "".join(f"- {_line(docs / page)}\n" for page in _pages(pages)) for title, pages in sections
    )


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
    return f"[{heading.removeprefix('# ')}]({page.name}): {plain}"
