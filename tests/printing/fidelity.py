"""docs/fidelity.md and docs/fidelity-foundry.md, printed from the scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Told

_HEAD = """\
# Fidelity

The behaviours of convsim, each with the evidence that the live API behaves the same. Each row is a scenario
(`convsim/contract`) that the tests run over every front: the Direct API, httpx2 and httpx, sync and async, and the
official SDK over both; for Realtime `sim.realtime.connect()`, websockets, and the SDK, sync and async, where whole
frames are compared. [evidence.md](evidence.md) explains the levels and lists the sources.

This page is printed by `python -m tests.printing`; a test keeps it up to date.
"""


_FOUNDRY = """\
# Fidelity: Azure AI Foundry

The behaviours of `Emulator(service="foundry")` that differ from OpenAI's, each with the evidence that the project
endpoint of Azure AI Foundry behaves the same. A behaviour without a row here is as on [the page about
OpenAI](fidelity.md), and unrecorded. An **inferred** row is unrecorded, too: it has OpenAI's words in the envelope of
the service, or is a choice of convsim. Each row is a scenario that the tests run over the same fronts.
[evidence.md](evidence.md#azure-ai-foundry) explains the levels and lists the sources.

This page is printed by `python -m tests.printing foundry`; a test keeps it up to date.
"""

Sections = Mapping[str, tuple[Told, ...]]


def render_fidelity(conversations: Sections, realtime: Sections) -> str:
    """Return the page: the number of behaviours on each level, then a table a section."""
    one, other = _counted(conversations), _counted(realtime)
    lines = [_HEAD, "| Level | Conversations | Realtime |", "| --- | ---: | ---: |"]
    lines += [f"| {level.value} | {one[level]} | {other[level]} |" for level in Level]
    return _page(lines, {**conversations, **realtime})


def render_foundry(sections: Sections) -> str:
    """Return the page about Azure AI Foundry."""
    counted = _counted(sections)
    lines = [_FOUNDRY, "| Level | Behaviours |", "| --- | ---: |"]
    lines += [f"| {level.value} | {counted[level]} |" for level in Level]
    return _page(lines, sections)


def _page(lines: list[str], sections: Sections) -> str:
    for title, section in sections.items():
        lines += ["", f"## {title}", "", "| Behaviour | Evidence | Scenario |", "| --- | --- | --- |"]
        lines += [f"| {_cell(told.title)} | {_cell(_evidence(told.evidence))} | `{told.name}` |" for told in section]
    return "\n".join(lines) + "\n"


def _counted(sections: Sections) -> Counter[Level]:
    return Counter(told.evidence.level for section in sections.values() for told in section)


def _evidence(evidence: Evidence) -> str:
    sources = ", ".join(f"[{tag}](evidence.md#{tag})" for tag in evidence.tags)
    words = f"**{evidence.level.value}**"
    if sources:
        words += f": {sources}"
    if evidence.note:
        words += f". {evidence.note[0].upper()}{evidence.note[1:]}" if sources else f": {evidence.note}"
    return words


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
