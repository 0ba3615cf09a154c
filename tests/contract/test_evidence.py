"""Tags, levels and dates of the evidence, held against docs/evidence.md."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from convsim.contract.evidence import DATES, TAGS, Evidence, Level, inferred, recorded
from convsim.contract.scenarios import FOUNDRY_SCENARIOS, REALTIME_SCENARIOS, SCENARIOS, SOCKET_SCENARIOS

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


def test_every_tag_has_the_newest_date_of_its_row() -> None:
    page = (DOCS / "evidence.md").read_text(encoding="utf-8")
    found = {}
    for tag in TAGS:
        (row,) = re.findall(rf'^\| <a id="{tag}"></a>.*', page, re.MULTILINE)
        days = re.sub(r"-\d\d/(\d\d)", r"-\1", row.split(" | ")[3])  # 2026-09-24/25
        found[tag] = max(re.findall(r"\d{4}(?:-\d\d)*", days))
    assert found == DATES


def test_evidence_was_seen_when_its_newest_source_saw_it() -> None:
    assert recorded("ms", "dotnet").seen == date(2026, 7, 25)
    assert recorded("community").seen == date(2025, 9, 1)
    assert recorded("strands").seen == date(2026, 1, 1)
    assert inferred("nobody knows").seen is None


SCENARIOS_OF_ALL = (*SCENARIOS, *SOCKET_SCENARIOS, *REALTIME_SCENARIOS, *FOUNDRY_SCENARIOS)
LIGHTER = {
    "stream-custom-tool": "the fixture is made by hand",
    "realtime-unknown-previous": "the sentence is recorded, its code is not",
    "realtime-unknown-previous-in-beta": "the sentence is recorded, its code is not",
}
"""Scenarios that are less sure than the facts of their sources, with the reasons."""


def test_each_scenario_is_as_sure_as_the_evidence_page_says_of_one_of_its_sources() -> None:
    page = (DOCS / "evidence.md").read_text(encoding="utf-8")
    link = r"\[[\w-]+\]\(#[\w-]+\)"
    found: dict[str, set[str]] = {tag: set() for tag in TAGS}
    for level, links in re.findall(
        rf"({'|'.join(level.value for level in Level)})[^();\n|]*:\s*((?:{link}[^\[\]();]*)+)", page
    ):
        for tag in re.findall(r"\(#([\w-]+)\)", links):
            found.get(tag, set()).add(level)
    unsure = {
        told.name
        for told in SCENARIOS_OF_ALL
        if told.evidence.tags and not any(told.evidence.level.value in found[tag] for tag in told.evidence.tags)
    }
    assert unsure == LIGHTER.keys()


def test_each_scenario_without_a_source_says_why() -> None:
    assert [told.name for told in SCENARIOS_OF_ALL if not (told.evidence.tags or told.evidence.note)] == []
    assert [
        told.name for told in SCENARIOS_OF_ALL if (told.evidence.level is Level.INFERRED) is bool(told.evidence.tags)
    ] == []
