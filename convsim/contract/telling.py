"""The report of a failing scenario: its name and file, the step as a command to repeat, and a line a difference."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from convsim.contract import scenarios
from convsim.contract.asking import Request
from convsim.contract.realtime import Opening, Send
from convsim.contract.realtime import Step as RealtimeStep
from convsim.contract.scenario import Told

FOLDER = Path(scenarios.__file__).parent
ROOT = FOLDER.parents[2]


class Failure(NamedTuple):
    """Step ``number`` of a scenario, counted from one; ``step`` is a command that a reader can repeat."""

    number: int
    step: str
    lines: tuple[str, ...]


def place(told: Told) -> str:
    """Return the file of a scenario, and the line of its name if that is found."""
    if told.source:
        return told.source
    module = _modules().get(told.name)
    if module is None:
        return _shown(FOLDER)
    path, text = Path(str(module.__file__)), inspect.getsource(module)
    # Functions put words in front of the names that are written out.
    words = told.name.split("-")
    for start in range(len(words)):
        spelt = re.escape("-".join(words[start:]))
        if found := re.search(rf"(?<=\w)\(\s*\"{spelt}\",", text):
            return f"{_shown(path)}:{text.count(chr(10), 0, found.end()) + 1}"
    return _shown(path)


@cache
def _modules() -> dict[str, ModuleType]:
    """Return the module of each scenario by the scenario's name."""
    modules = (import_module(f"{scenarios.__name__}.{path.stem}") for path in FOLDER.glob("[!_]*.py"))
    return {
        told.name: module
        for module in modules
        for members in vars(module).values()
        if isinstance(members, tuple)
        for told in members
        if isinstance(told, Told)
    }


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def curl(request: Request, base_url: str) -> str:
    """Return a request as a command for the service at ``base_url``."""
    words = ["curl", *(() if request.method == "GET" else ("-X", request.method)), base_url + request.path]
    for name, value in request.headers.items():
        words += ["-H", f"{name}: {value}"]
    words += ["-d", request.body.decode()] if request.body else []
    return " ".join(f'"{word}"' if _VARIABLE.fullmatch(word) else shlex.quote(word) for word in words)


# The shell inserts the key, so that the command can be shown and repeated.
_VARIABLE = re.compile(r"(?:Authorization: Bearer|api-key:) \$\w+")


def frame(step: Opening | RealtimeStep) -> str:
    """Return a step of a Realtime scenario in words."""
    match step:
        case Opening():
            return f"open a session: model {step.model!r}, key {step.key!r}, {step.dialect}"
        case Send(message=message):
            return f"send {message!r}" if isinstance(message, (str, bytes)) else f"send {json.dumps(dict(message))}"
    return f"session.{step.method}{step.arguments} {dict(step.options) or ''}".rstrip()
