"""docs/fidelity.md and docs/fidelity-foundry.md, printed from the scenarios."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args, get_type_hints

from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Call, Raw, Told
from convsim.core.behavior import Behavior
from convsim.operations.matching import match
from convsim.operations.routes import ROUTES

_HEAD = """\
# Fidelity

The behaviours of convsim, each with the evidence that the live API behaves the same. Each row is a scenario
(`convsim/contract`) that the tests run over every front: the Direct API, httpx2 and httpx, sync and async, and the
official SDK over both; for Realtime `sim.realtime.connect()`, websockets, and the SDK, sync and async, where whole
frames are compared, and for turns over a WebSocket its frames. [evidence.md](evidence.md) explains the levels and lists
the sources; [`convsim verify`](verify.md) runs the same scenarios against any server.

This page is printed by `python -m tests.printing`; a test keeps it up to date.

## In a minute

"""

_LEVELS = """\
**recorded**: the exact answer of the live service was published. **second-hand**: a report or a program quotes it.
**documented**: OpenAI's documentation or types say so. **sibling**: measured on another endpoint of the same service.
**inferred**: no source; convsim refuses rather than accepts, or repeats the nearest known sentence.
"""

_OPERATIONS = """\
## By operation

A scenario counts for each operation that it calls.
"""

_QUESTIONS = """\
## Open questions

Where recordings disagree or are missing, a field of `Behavior` decides; its default comes first. Write
`Emulator(behavior=Behavior(limit_zero="empty_page"))`.

| Switch | Values | Question |
| --- | --- | --- |"""

_FOUNDRY = """\
# Fidelity: Azure AI Foundry

The behaviours of `Emulator(service="foundry")` that differ from OpenAI's, each with the evidence that the project
endpoint of Azure AI Foundry behaves the same. A behaviour without a row here is as on [the page about
OpenAI](fidelity.md), and unrecorded. An **inferred** row is unrecorded, too: it has OpenAI's words in the envelope of
the service, or is a choice of convsim. Each row is a scenario that the tests run over the same fronts.
[evidence.md](evidence.md#azure-ai-foundry) explains the levels and lists the sources; [`convsim verify --service
foundry`](verify.md#azure-ai-foundry) runs the scenarios against a project.

This page is printed by `python -m tests.printing foundry`; a test keeps it up to date.
"""

Sections = Mapping[str, tuple[Told, ...]]


def render_fidelity(conversations: Sections, realtime: Sections) -> str:
    """Return the page: a summary, the switches of open questions, then a table a section."""
    sections = {**conversations, **realtime}
    switches = list(_switches())
    questions = f"- [{len(switches)} open questions](#open-questions) have a switch each."
    lines = [
        f"{_HEAD}{_summary(sections)}\n{questions}\n\n{_LEVELS}",
        *_table("All", {"Conversations and Responses": _counted(conversations), "Realtime": _counted(realtime)}),
        _OPERATIONS,
        *_operations(conversations),
        _QUESTIONS,
        *(f"| `{name}` | {values} | {question} |" for name, values, question in switches),
        "\n## By part\n",
        *_table("Part", {_link(title): _counted({title: told}) for title, told in sections.items()}),
    ]
    return _page(lines, sections)


def _summary(sections: Sections) -> str:
    """Return how many behaviours are recorded or inferred, and in which parts."""
    counted = _counted(sections)
    total, guessed = counted.total(), counted[Level.INFERRED]
    quoted = counted[Level.RECORDED] + counted[Level.SECOND_HAND]
    return (
        f"- Of {total} behaviours, {quoted} are recorded or quoted from live answers, and {guessed} are inferred.\n"
        f"- The most recorded: {_first(sections, Level.RECORDED)}.\n"
        f"- The most inferred: {_first(sections, Level.INFERRED)}."
    )


def _first(sections: Sections, level: Level, most: int = 4) -> str:
    """Return the parts with the largest shares of a level, each with its numbers."""
    parts = {title: _counted({title: told}) for title, told in sections.items()}
    ordered = sorted(parts, key=lambda title: -parts[title][level] / parts[title].total())
    return ", ".join(f"{_link(title)} ({parts[title][level]} of {parts[title].total()})" for title in ordered[:most])


def _table(head: str, rows: Mapping[str, Counter[Level]]) -> list[str]:
    levels = tuple(Level)
    lines = [f"| {head} | {' | '.join(level.value for level in levels)} |", f"| --- |{' ---: |' * len(levels)}"]
    lines += [
        f"| {name} | {' | '.join(str(counted[level] or '') for level in levels)} |" for name, counted in rows.items()
    ]
    return [*lines, ""]


def _link(title: str) -> str:
    slug = re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
    return f"[{title}](#{slug})"


def _operations(sections: Sections, most: int = 4) -> list[str]:
    """Return the operations: the levels of the scenarios that call each, and the parts in which it matters most."""
    levels: dict[str, Counter[Level]] = {route.operation: Counter() for route in ROUTES}
    parts: dict[str, Counter[str]] = {route.operation: Counter() for route in ROUTES}
    for title, section in sections.items():
        for told in section:
            called = [found for step in getattr(told, "steps", ()) if (found := _operation(step)) is not None]
            for operation in set(called):
                levels[operation][told.evidence.level] += 1
                # What a scenario is about usually comes last; all of them begin with a create.
                parts[operation][title] += 100 if operation == called[-1] else 1
    lines = ["| Operation | Scenarios | inferred | Above all in |", "| --- | ---: | ---: | --- |"]
    for name, counted in levels.items():
        where = ", ".join(_link(title) for title, _ in parts[name].most_common(most))
        lines.append(f"| `{name}` | {counted.total()} | {counted[Level.INFERRED] or ''} | {where} |")
    return [*lines, ""]


def _operation(step: object) -> str | None:
    if isinstance(step, Call):
        return step.operation
    if not isinstance(step, Raw):
        return None
    matched = match(step.path.partition("?")[0])
    route = matched[0].get(step.method) if matched is not None else None
    return route.operation if route is not None else None


def _switches() -> Iterator[tuple[str, str, str]]:
    """Yield each field of ``Behavior``: its name, its values, and the first sentence of its docstring."""
    tree = ast.parse(inspect.getsource(Behavior)).body[0]
    assert isinstance(tree, ast.ClassDef)
    hints = get_type_hints(Behavior)
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant)
            question = " ".join(str(text.value.value).strip().partition("\n\n")[0].split()).replace("``", "`")
            values = ", ".join(f"`{value!r}`" for value in get_args(hints[field.target.id]))
            yield field.target.id, values, _cell(question)


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
