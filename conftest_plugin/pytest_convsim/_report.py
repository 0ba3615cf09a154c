"""The report of a failing test with an emulator: a section of pytest's report, and a page of HTML."""

from __future__ import annotations

import os
import re
import sys
from hashlib import blake2b
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

import convsim
from pytest_convsim import emulator_of

if TYPE_CHECKING:
    from convsim import Emulator

is_told = pytest.StashKey[bool]()
"""Whether a report of the test already holds the story."""


def end_at_user_line(error: BaseException) -> None:
    """Cut the traceback of convsim's own error after the last line of the user's code.

    The frames of convsim and of client libraries below it add nothing to the sentence.
    """
    entry, last = error.__traceback__, None
    while entry is not None:
        last = entry if _is_user_s(entry.tb_frame) else last
        entry = entry.tb_next
    if last is not None:
        last.tb_next = None


def _is_user_s(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    path = Path(frame.f_code.co_filename)
    # Check the file, too: convsim's code runs under a library's name inside a function that it patched.
    is_ours = package == "convsim" or path.is_relative_to(Path(convsim.__file__).parent)
    return not (is_ours or package in sys.stdlib_module_names or _INSTALLED & set(path.parts))


_INSTALLED = {"site-packages", "dist-packages"}


def add_story(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Add the story to the report of a failing test, and write its page.

    A test that failed before its teardown has its story already, and a second page would replace the first.
    """
    sim = _emulator(item, call)
    if sim is None or (report.when == "teardown" and item.stash.get(is_told, False)):
        return
    item.stash[is_told] = True
    try:
        story = sim.story()
        if item.config.getoption("--convsim-report"):
            story += f"\n\npage: {_written(item, sim.page(item.nodeid, report.longreprtext))}"
    except Exception as error:
        story = f"what happened cannot be told: {type(error).__name__}: {error}"
    report.sections.append(("convsim", story))


def _emulator(item: pytest.Item, call: pytest.CallInfo[None]) -> Emulator | None:
    """Return the emulator of the fixture, of the decorated function that raised the error, or of the class."""
    from convsim import Emulator
    from convsim.decorator import failed_in

    if emulator_of in item.stash:
        return item.stash[emulator_of]
    found = failed_in(call.excinfo.value) if call.excinfo is not None else None
    if found is None:
        found = getattr(getattr(item, "instance", None), "sim", None)
    return found if isinstance(found, Emulator) else None


def _written(item: pytest.Item, page: str) -> Path:
    """Write the page of a test, and return its path: the name of the test, with a few digits against collisions."""
    from convsim.core import files

    folder = _folder(item.config)
    folder.mkdir(parents=True, exist_ok=True)
    digits = blake2b(item.nodeid.encode("utf-8", "replace"), digest_size=4).hexdigest()
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', item.nodeid)[-150:]}-{digits}.html"
    files.write(path, page.encode("utf-8", "replace"), through_links=False)
    return path


def _folder(config: pytest.Config) -> Path:
    return config.invocation_params.dir / str(config.getoption("--convsim-report"))


def require_folder(config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` if no page can be written: a run may take hours until its first failure."""
    folder = _folder(config)
    there = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise pytest.UsageError(
            f"--convsim-report {config.getoption('--convsim-report')}: {there} is no folder to write to"
        )


_HINT_OF_KEY = (
    "A client that is built at import finds no key, because the fixture sets one for the length of a test only."
    " Write in the pytest configuration: convsim_api_key = sk-test"
)


def add_hint_of_key(report: pytest.CollectReport) -> None:
    """Add the line that gives a key to a client that is built while its module is imported."""
    if "OpenAIError" in report.longreprtext and "OPENAI_API_KEY" in report.longreprtext:
        report.sections.append(("convsim", _HINT_OF_KEY))
