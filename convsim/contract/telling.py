"""The report of a failing scenario: its name and file, the step as a command to repeat, and a line a difference."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple

from convsim.contract import scenarios
from convsim.contract.asking import Request
from convsim.contract.realtime import Opening, Send
from convsim.contract.realtime import Step as RealtimeStep

FOLDER = Path(scenarios.__file__).parent
ROOT = FOLDER.parents[2]


class Failure(NamedTuple):
    """Step ``number`` of a scenario, counted from one; ``step`` is a command that a reader can repeat."""

    number: int
    step: str
    lines: tuple[str, ...]


def place(name: str) -> str:
    """Return the file of a scenario and the line of its name, or the folder for a computed name."""
    files = "realtime_*.py" if name.startswith("realtime-") else "*.py"
    return _places(files).get(name.removeprefix("realtime-"), str(FOLDER.relative_to(ROOT)))


@cache
def _places(files: str) -> dict[str, str]:
    """Return the file and line of each call whose first argument is a text, by that text; the first of several."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob(files)):
        text = path.read_text(encoding="utf-8")
        for call in _CALL_WITH_TEXT.finditer(text):
            found.setdefault(call[1], f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, call.end()) + 1}")
    return found


_CALL_WITH_TEXT = re.compile(r"\w\(\s*\"([^\"\n]*)\",")


def curl(request: Request, base_url: str) -> str:
    """Return a request as a command for the service at ``base_url``."""
    words = ["curl", *(() if request.method == "GET" else ("-X", request.method)), base_url + request.path]
    for name, value in request.headers.items():
        words += ["-H", f"{name}: {value}"]
    words += ["-d", request.body.decode()] if request.body else []
    return " ".join(f'"{word}"' if _VARIABLE.fullmatch(word) else shlex.quote(word) for word in words)


# The shell inserts the key, so that the command can be shown and repeated.
_VARIABLE = re.compile(r"Authorization: Bearer \$\w+")


def frame(step: Opening | RealtimeStep) -> str:
    """Return a step of a Realtime scenario in words."""
    match step:
        case Opening():
            return f"open a session: model {step.model!r}, key {step.key!r}, {step.dialect}"
        case Send(message=message):
            return f"send {message!r}" if isinstance(message, (str, bytes)) else f"send {json.dumps(dict(message))}"
    return f"session.{step.method}{step.arguments} {dict(step.options) or ''}".rstrip()
