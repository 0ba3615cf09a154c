"""Files of scenarios in JSON, which ``convsim import`` writes and ``convsim verify --scenarios`` reads.

A step is a request with its answer, or ``{"says": [...]}``, the replies of the next turn. In an answer, an object with
the one member ``convsim`` stands for an unknown value: a new id by its name and prefix, a stream about a new response,
a time, a count, or anything. ``{name}`` in a text stands for the id of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from convsim.contract.evidence import Evidence, Level
from convsim.contract.scenario import Answer, Anything, Count, Id, Raw, Scenario, Script, Seconds, Step, Streamed
from convsim.core import files
from convsim.core.text import visible
from convsim.errors import UsageError
from convsim.server.reading import members, read_script

VERSION = 1

SHAPE = "[0-9A-Za-z_-]+"
"""The shape of recorded ids after their prefix."""

_UNKNOWN: Mapping[str, object] = {"time": Seconds(), "count": Count(), "anything": Anything()}


def written(scenarios: Iterable[Scenario]) -> str:
    """Return the file of these scenarios, whose steps are raw requests and scripts."""
    document = {"convsim_scenarios": VERSION, "scenarios": [_scenario(one) for one in scenarios]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _scenario(one: Scenario) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "steps": [_step(step) for step in one.steps if isinstance(step, (Raw, Script))],
    }


def _step(step: Raw | Script) -> dict[str, Any]:
    if isinstance(step, Script):
        return {"says": list(step.says), **step.options}
    body = {"body": json.loads(step.body)} if step.body else {}
    answer = {"status": step.answer.status, "body": _expected(step.answer.body)}
    return {"method": step.method, "path": step.path, **body, "answer": answer}


def _expected(value: Any) -> Any:
    if isinstance(value, Id):
        return {"convsim": {"id": value.name, "prefix": value.prefix}}
    if isinstance(value, Streamed):
        return {"convsim": {"stream": value.response.name, "prefix": value.response.prefix}}
    for name, kind in _UNKNOWN.items():
        if value == kind:
            return {"convsim": name}
    if isinstance(value, dict):
        return {name: _expected(member) for name, member in value.items()}
    return [_expected(element) for element in value] if isinstance(value, list) else value


def read(path: str | PathLike[str]) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; raise :class:`~convsim.errors.UsageError` with the place of the mistake."""
    shown = visible(str(path))
    given = members(shown, files.read_document(path, "a file of scenarios"), ("convsim_scenarios", "scenarios"))
    if given["convsim_scenarios"] != VERSION:
        version = given["convsim_scenarios"]
        raise UsageError(f"{shown} has scenarios of version {version!r}, and this convsim reads version {VERSION}")
    try:
        found = tuple(
            _read_scenario(f"{shown}: scenarios[{number}]", one)
            for number, one in enumerate(_list(f"{shown}: scenarios", given["scenarios"]))
        )
    except RecursionError:
        raise UsageError(f"{shown}: an answer is nested too deeply") from None
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise UsageError(f"{shown}: two scenarios have one name; give each its own")
    return found


def _read_scenario(owner: str, value: object) -> Scenario:
    given = members(owner, value, ("name", "title", "steps"))
    for name in ("name", "title"):
        _text(f"{owner}.{name}", given[name])
    steps = [_read_step(f"{owner}.steps[{n}]", step) for n, step in enumerate(_list(f"{owner}.steps", given["steps"]))]
    return Scenario(given["name"], given["title"], Evidence(Level.RECORDED, ()), tuple(steps), source=owner)


def _read_step(owner: str, value: object) -> Step:
    if isinstance(value, dict) and "says" in value:
        says = value["says"]
        read_script(owner, {"replies": says, **{name: member for name, member in value.items() if name != "says"}})
        return Script(tuple(says), {name: member for name, member in value.items() if name != "says"})
    given = members(owner, value, ("method", "path", "answer"), ("body",))
    answer = members(f"{owner}.answer", given["answer"], ("status", "body"))
    for name in ("method", "path"):
        _text(f"{owner}.{name}", given[name])
    if re.fullmatch("[A-Za-z]+", given["method"]) is None:
        raise UsageError(f"{owner}.method: write a method, as POST")
    if not given["path"].isprintable():
        raise UsageError(f"{owner}.path: write a path without line ends and other control characters")
    if not given["path"].startswith("/"):
        raise UsageError(f"{owner}.path: write the path relative to the base URL, such as /conversations")
    if type(answer["status"]) is not int:
        raise UsageError(f"{owner}.answer.status: write a number, as 200")
    body = json.dumps(given["body"], ensure_ascii=False) if "body" in given else ""
    return Raw(given["method"], given["path"], Answer(answer["status"], _read_expected(owner, answer["body"])), body)


def _read_expected(owner: str, value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"convsim"}:
        unknown = value["convsim"]
        if isinstance(unknown, str) and unknown in _UNKNOWN:
            return _UNKNOWN[unknown]
        kind = "stream" if isinstance(unknown, dict) and "stream" in unknown else "id"
        given = members(f"{owner}.answer: convsim", unknown, (kind, "prefix"))
        made = Id(_text(owner, given[kind]), _text(owner, given["prefix"]), shape=SHAPE)
        return made if kind == "id" else Streamed(made)
    if isinstance(value, dict):
        return {name: _read_expected(owner, member) for name, member in value.items()}
    return [_read_expected(owner, element) for element in value] if isinstance(value, list) else value


def _list(owner: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError(f"{owner}: write a list of objects")
    return value


def _text(owner: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{owner}: write a string")
    return value
