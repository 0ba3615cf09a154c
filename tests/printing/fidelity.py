"""docs/fidelity.md and docs/fidelity-foundry.md, printed from the scenarios."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args, get_type_hints

from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Told
from convsim.contract.selection import operations_of
from convsim.core.behavior import Behavior
from convsim.operations.routes import ROUTES
from convsim.realtime.events import EMULATED

_HEAD = """\
# Fidelity

The behaviours of convsim, each with the evidence that the live API behaves the same.

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

A scenario counts for each operation that it calls. This command lists the scenarios of an operation, and sends nothing:

    convsim verify --base-url http://127.0.0.1/v1 --dry-run --only conversations.items.list
"""

_EVENTS = """\
## By Realtime event

Of the events that a client sends, `convsim verify --realtime` takes the names in the same way.
"""

_QUESTIONS = """\
## Open questions

Where recordings disagree or are missing, a field of `Behavior` decides; its default comes first. Write
`Emulator(behavior=Behavior(limit_zero="empty_page"))`.

| Switch | Values | Question |
| --- | --- | --- |"""

_TESTED = """
## How a row is tested

Each row of the tables below is a scenario (`convsim/contract`). The tests run it over every front: the Direct API,
httpx2 and httpx, sync and async, and the official SDK over both. Scenarios of Realtime run over
`sim.realtime.connect()`, websockets and the SDK, sync and async, and compare whole frames; those of turns over a
WebSocket compare its frames, too.
[evidence.md](evidence.md) explains the levels and lists the sources, and [`convsim verify`](verify.md) runs the same
scenarios against any server.
"""

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
    of_realtime = sum(name.startswith("realtime_") for name, *_ in switches)
    questions = (
        f"- [{len(switches)} open questions](#open-questions) have a switch each: {len(switches) - of_realtime} about"
        f" conversations and turns, {of_realtime} about Realtime."
    )
    lines = [
        f"{_HEAD}{_summary(sections)}\n{questions}\n\n{_LEVELS}",
        *_table("All", {"Conversations and Responses": _counted(conversations), "Realtime": _counted(realtime)}),
        _QUESTIONS,
        *(f"| `{name}` | {values} | {question} |" for name, values, question in switches),
        _TESTED,
        _OPERATIONS,
        *_operations("Operation", conversations, [route.operation for route in ROUTES]),
        _EVENTS,
        *_operations("Event", realtime, EMULATED),
        "## By part\n",
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


def _operations(head: str, sections: Sections, names: Iterable[str], most: int = 4) -> list[str]:
    """Return the operations or events: the levels of the scenarios of each, and the parts in which it matters most."""
    levels: dict[str, Counter[Level]] = {name: Counter() for name in names}
    parts: dict[str, Counter[str]] = {name: Counter() for name in levels}
    for title, section in sections.items():
        for told in section:
            called = operations_of(told)
            for operation in levels.keys() & called:
                levels[operation][told.evidence.level] += 1
                # What a scenario is about usually comes last; all of them begin with a create.
                parts[operation][title] += 100 if operation == called[-1] else 1
    lines = [f"| {head} | Scenarios | recorded or quoted | inferred | Above all in |", f"| --- |{' ---: |' * 3} --- |"]
    for name, counted in levels.items():
        where = ", ".join(_link(title) for title, _ in parts[name].most_common(most))
        quoted = counted[Level.RECORDED] + counted[Level.SECOND_HAND]
        lines.append(f"| `{name}` | {counted.total()} | {quoted or ''} | {counted[Level.INFERRED] or ''} | {where} |")
    return [*lines, ""]


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
