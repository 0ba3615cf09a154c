"""What a failing scenario shows: its name and file, the front, the step, and a line for each difference."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from convsim.contract import scenarios
from convsim.contract.scenario import Told

FOLDER = Path(scenarios.__file__).parent
ROOT = FOLDER.parents[2]


class Failure(NamedTuple):
    """Step ``number`` of a scenario, counted from one; ``step`` is what a reader can do again."""

    number: int
    step: str
    lines: tuple[str, ...]


def fail(
    told: Told, front: Callable[..., Any], failure: Failure, references: Iterable[tuple[Callable[..., Any], bool]]
) -> NoReturn:
    """Fail the test without a traceback.

    ``references`` are simpler fronts, each with whether the scenario fails there in the same way: then its own test
    shows the step and the differences, and this one only points to it.
    """
    where = f"{told.name} over {front.__name__}, step {failure.number}"
    for reference, the_same in references:
        if the_same:
            pytest.fail(f"{where}: as over {reference.__name__}", pytrace=False)
    pytest.fail("\n".join([f"{where} ({place(told.name)})", failure.step, *failure.lines]), pytrace=False)


def place(name: str) -> str:
    """The file of a scenario and the line of its name; the folder where names are made and not written."""
    files = "realtime_*.py" if name.startswith("realtime-") else "*.py"
    spelt = re.compile(rf"\w+\(\s*\"{re.escape(name.removeprefix('realtime-'))}\",")
    for path in sorted(FOLDER.glob(files)):
        text = path.read_text(encoding="utf-8")
        if found := spelt.search(text):
            return f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.end()) + 1}"
    return str(FOLDER.relative_to(ROOT))


def curl(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """A request as a command for the live service."""
    words = ["curl", *(() if method == "GET" else ("-X", method)), url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, *(("-d", body.decode()) if body else ())])
