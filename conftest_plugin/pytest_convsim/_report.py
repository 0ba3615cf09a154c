"""What happened in a failing test with an emulator: a section of its report, and a page of HTML."""

from __future__ import annotations

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
"""Of a test: whether its story is in one of its reports."""


def end_at_user_line(error: BaseException) -> None:
    """End the traceback of convsim's own error at the last line that is neither convsim's nor an installed library's.

    The way through a client's library, or through convsim, says nothing that the sentence does not.
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
    # By the file too: convsim's code runs as that of a library where it has patched one of its functions.
    is_ours = package == "convsim" or path.is_relative_to(Path(convsim.__file__).parent)
    return not (is_ours or package in sys.stdlib_module_names or _INSTALLED & set(path.parts))


_INSTALLED = {"site-packages", "dist-packages"}


def add_story(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put the story under a failing test, and a page into the directory of reports.

    A test that has its story needs no second one for what fails at its end: that page would replace the first.
    """
    sim = _emulator(item, call)
    if sim is None or (report.when == "teardown" and item.stash.get(is_told, False)):
        return
    item.stash[is_told] = True
    try:
        story = "\n".join([sim.story(), *(f"  offline  {request}" for request in dict.fromkeys(sim.offline))])
        if item.config.getoption("--convsim-report"):
            story += f"\n\npage: {_written(item, sim.page(item.nodeid, report.longreprtext))}"
    except Exception as error:
        story = f"what happened cannot be told: {type(error).__name__}: {error}"
    report.sections.append(("convsim", story))


def _emulator(item: pytest.Item, call: pytest.CallInfo[None]) -> Emulator | None:
    """The emulator of the fixture, else that of a decorated function in which the error was raised, else of a class."""
    from convsim import Emulator
    from convsim.decorator import failed_in

    if emulator_of in item.stash:
        return item.stash[emulator_of]
    found = failed_in(call.excinfo.value) if call.excinfo is not None else None
    if found is None:
        found = getattr(getattr(item, "instance", None), "sim", None)
    return found if isinstance(found, Emulator) else None


def _written(item: pytest.Item, page: str) -> Path:
    """The file of a test's page; its name is the test's, and a few digits of its own."""
    from convsim.core import files

    folder: Path = item.config.invocation_params.dir / item.config.getoption("--convsim-report")
    folder.mkdir(parents=True, exist_ok=True)
    digits = blake2b(item.nodeid.encode("utf-8", "replace"), digest_size=4).hexdigest()
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', item.nodeid)[-150:]}-{digits}.html"
    files.write(path, page.encode("utf-8", "replace"), through_links=False)
    return path


_HINT_OF_KEY = (
    "A client that is built at import finds no key, because the fixture sets one for the length of a test only."
    " Write in the pytest configuration: convsim_api_key = sk-test"
)


def add_hint_of_key(report: pytest.CollectReport) -> None:
    """Say which line gives a key to a client that a module builds while it is imported."""
    if "OpenAIError" in report.longreprtext and "OPENAI_API_KEY" in report.longreprtext:
        report.sections.append(("convsim", _HINT_OF_KEY))
