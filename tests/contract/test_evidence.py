from __future__ import annotations

import re
from pathlib import Path

import pytest

from convsim.contract.evidence import TAGS, Evidence, Level, recorded

DOCS = Path(__file__).parents[2] / "docs"


def test_a_tag_without_a_source_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no source is tagged hearsay; the tags are agentic, .*, table"):
        recorded("dotnet", "hearsay")


def test_every_tag_is_an_anchor_of_the_evidence_page() -> None:
    anchors = re.findall(r'<a id="([\w-]+)"></a>', (DOCS / "evidence.md").read_text(encoding="utf-8"))
    assert set(TAGS) <= set(anchors)


def test_every_level_is_explained_on_the_evidence_page() -> None:
    page = (DOCS / "evidence.md").read_text(encoding="utf-8")
    assert [level.value for level in Level if f"`{level.value}`" not in page] == []


def test_evidence_holds_what_it_was_given() -> None:
    assert recorded("ms", note="why") == Evidence(Level.RECORDED, ("ms",), "why")
