"""docs/fidelity.md, printed from the scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Told

_HEAD = """\
# Fidelity

What convsim does, and how sure it is that the live API does the same. Each row is a scenario (`convsim/contract`) that
the tests run over every front: the Direct API, httpx2 and httpx, sync and async, and the official SDK over both; for
Realtime `sim.realtime.connect()`, websockets, and the SDK, sync and async, there comparing whole frames; turns over a
WebSocket by frames, too.
The levels and the sources are explained in [evidence.md](evidence.md).

This page is printed by `python -m convsim.contract`; a test keeps it up to date.
"""


Sections = Mapping[str, tuple[Told, ...]]


def render_fidelity(conversations: Sections, realtime: Sections) -> str:
    """The page: how many behaviours stand on which level, then a table a section."""
    one, other = _counted(conversations), _counted(realtime)
    lines = [_HEAD, "| Level | Conversations | Realtime |", "| --- | ---: | ---: |"]
    lines += [f"| {level.value} | {one[level]} | {other[level]} |" for level in Level]
    for title, section in {**conversations, **realtime}.items():
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
