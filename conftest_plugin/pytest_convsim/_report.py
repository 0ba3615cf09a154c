"""What happened in a failing test with the fixture: a section of its report, and a page of HTML."""

from __future__ import annotations

import re
import sys
from hashlib import blake2b
from pathlib import Path
from types import FrameType

import pytest

import convsim
from pytest_convsim import emulator_of

_is_told = pytest.StashKey[bool]()


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
    if str(frame.f_globals.get("__name__", "")).partition(".")[0] in sys.stdlib_module_names:
        return False
    path = Path(frame.f_code.co_filename)
    ours = (Path(convsim.__file__).parent, Path(__file__).parent)
    return not any(path.is_relative_to(folder) for folder in ours) and not _INSTALLED & set(path.parts)


_INSTALLED = {"site-packages", "dist-packages"}


def add_story(item: pytest.Item, report: pytest.TestReport) -> None:
    """Put the story under a failing test, and a page into the directory of reports.

    A test that has its story needs no second one for what fails at its end: that page would replace the first.
    """
    if report.when == "teardown" and item.stash.get(_is_told, False):
        return
    sim, item.stash[_is_told] = item.stash[emulator_of], True
    try:
        story = sim.story()
        if item.config.getoption("--convsim-report"):
            story += f"\n\npage: {_written(item, sim.page(item.nodeid, report.longreprtext))}"
    except Exception as error:
        story = f"what happened cannot be told: {type(error).__name__}: {error}"
    report.sections.append(("convsim", story))


def _written(item: pytest.Item, page: str) -> Path:
    """The file of a test's page; its name is the test's, and a few digits of its own."""
    from convsim.core import files

    folder: Path = item.config.invocation_params.dir / item.config.getoption("--convsim-report")
    folder.mkdir(parents=True, exist_ok=True)
    digits = blake2b(item.nodeid.encode("utf-8", "replace"), digest_size=4).hexdigest()
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', item.nodeid)[-150:]}-{digits}.html"
    files.write(path, page.encode("utf-8", "replace"), through_links=False)
    return path
