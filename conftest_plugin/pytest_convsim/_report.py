"""What happened in a failing test with the fixture: a section of its report, and a page of HTML."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

import pytest

from pytest_convsim import emulator_of

_is_told = pytest.StashKey[bool]()


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
