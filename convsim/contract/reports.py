"""The report of a verification: as a table for people, as JSON, and as JUnit's XML for CI."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from convsim.contract.selection import Candidate
from convsim.contract.telling import place
from convsim.contract.verify import Outcome, Result
from convsim.core.text import number_of

VERSION = 1
_WIDTH = len("not checked")


def counted(results: Iterable[Result]) -> Counter[Outcome]:
    """Return the number of results of each outcome."""
    return Counter(result.outcome for result in results)


def parity(results: Sequence[Result]) -> str:
    """Return the last line: the number of equal results among those that were checked."""
    number = counted(results)
    words = [f"same {number['same']} of {number['same'] + number['differs']}"]
    if in_order := sum(result.differs_in_order_only for result in results):
        words.append(f"{in_order} of the others differ in the order of keys only")
    reasons = Counter(result.reason.partition(":")[0] for result in results if result.reason)
    if reasons:
        why = ", ".join(f"{times} {reason}" for reason, times in reasons.most_common())
        words.append(f"not checked: {number['not checked']} ({why})")
    return "; ".join(words)


def render(results: Sequence[Result]) -> str:
    """Return a line a scenario below the title of its section, with the steps that differ; the parity comes last."""
    lines = []
    for section, found in groupby(results, lambda result: result.section):
        lines += [section, "-" * len(section)]
        for result in found:
            lines += _lines(result)
        lines.append("")
    return "\n".join([*lines, parity(results)])


def _lines(result: Result) -> Iterator[str]:
    head = f"{result.outcome:<{_WIDTH}}  {result.told.name}"
    yield f"{head}: {result.reason}" if result.reason else head
    for failure in result.failures:
        yield f"    step {failure.number} ({place(result.told)})"
        yield f"    {failure.step}"
        yield from (f"        {line}" for line in failure.lines)


def render_plan(candidates: Sequence[Candidate]) -> str:
    """Return the scenarios that would be run, in order, each with the date of its evidence."""
    lines = []
    for one in candidates:
        if one.reason:
            lines.append(f"not checked  {one.told.name}: {one.reason}")
        else:
            evidence = one.told.evidence
            seen = f" {evidence.seen}" if evidence.seen is not None else ""
            requests = f"{number_of(one.requests, 'request')} at most"
            lines.append(f"run          {one.told.name}: {requests}; {evidence.level.value}{seen}")
    return "\n".join([*lines, "", totals(candidates)])


def totals(candidates: Iterable[Candidate]) -> str:
    """Return the most requests and conversations that a run would need."""
    chosen = [one for one in candidates if not one.reason]
    requests, made = sum(one.requests for one in chosen), sum(one.conversations for one in chosen)
    most = f"at most {number_of(requests, 'request')}, at most {number_of(made, 'conversation')}"
    return f"{number_of(len(chosen), 'scenario')}, {most}"


def to_json(results: Sequence[Result], base_url: str, run: str) -> str:
    """Return the whole report, for programs."""
    number = counted(results)
    document = {
        "convsim_verify": VERSION,
        "base_url": base_url,
        "run": run,
        "same": number["same"],
        "differs": number["differs"],
        "not_checked": number["not checked"],
        "scenarios": [_document(result) for result in results],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _document(result: Result) -> dict[str, Any]:
    evidence = result.told.evidence
    return {
        "name": result.told.name,
        "section": result.section,
        "title": result.told.title,
        "level": evidence.level.value,
        "tags": list(evidence.tags),
        "seen": evidence.seen.isoformat() if evidence.seen is not None else None,
        "outcome": result.outcome,
        "reason": result.reason or None,
        "order_only": result.differs_in_order_only,
        "steps": [
            {"number": failure.number, "request": failure.step, "differences": list(failure.lines)}
            for failure in result.failures
        ],
    }


def to_junit(results: Sequence[Result]) -> str:
    """Return a test case a scenario, with its section as the class; scenarios that were not checked are skipped."""
    number = counted(results)
    suite = ET.Element(
        "testsuite",
        name="convsim verify",
        tests=str(len(results)),
        failures=str(number["differs"]),
        skipped=str(number["not checked"]),
        errors="0",
    )
    for result in results:
        case = ET.SubElement(suite, "testcase", classname=result.section, name=result.told.name)
        if result.reason:
            ET.SubElement(case, "skipped", message=result.reason)
        if result.failures:
            text = "\n".join(line for failure in result.failures for line in (failure.step, *failure.lines))
            message = result.failures[0].lines[0]
            ET.SubElement(case, "failure", message=_printable(message)).text = _printable(text)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Return the text without the characters that XML cannot carry."""
    return "".join(sign if sign >= " " or sign in "\t\n" else "?" for sign in text)
