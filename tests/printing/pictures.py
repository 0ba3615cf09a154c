"""docs/pictures: what the pages show as pictures, made from the code and the tables on the pages themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from convsim import Emulator
from convsim.faults import ConnectionReset
from tests.interop.browser import browser, opened
from tests.printing.drawing import Bar, draw_bars, draw_sequence, draw_terminal

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"

PYTEST = ("-q", "--color=yes", "--code-highlight=no", "--tb=short", "-p", "no:cacheprovider", "-p", "no:randomly")
COLUMNS = "96"


def write_pictures(folder: Path = FOLDER) -> None:
    """Write every picture; the page's needs Chromium, and stays as it is without."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        screen, page = _failure(Path(work))
        pictures = {"failure.svg": render_failure(screen), "diagram.svg": render_diagram(), "bench.svg": render_bench()}
        for name, picture in pictures.items():
            (folder / name).write_text(picture, encoding="utf-8")
        program = browser()
        if program is not None:
            with opened(program) as shown:
                shown.open(page.as_uri())
                shown.value("document.documentElement.style.overflow = 'hidden'")
                shown.picture(folder / "page.png", width=900, height=640)


# --- a failing test ------------------------------------------------------------------------------------------------


def failing_test() -> str:
    """Return the test of README.md that fails."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n# fails: [^\n]*\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    return found[1]


def _failure(folder: Path) -> tuple[str, Path]:
    """Run the failing test, and return its screen and its page."""
    (folder / "test_agent.py").write_text(failing_test(), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *PYTEST, "--convsim-report", "reports", "test_agent.py"],
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | {"COLUMNS": COLUMNS},
        text=True,
    )
    (page,) = (folder / "reports").glob("*.html")
    return ran.stdout, page


def render_failure(screen: str) -> str:
    """Draw the part of pytest's screen from the name of the test to its summary."""
    plain = re.compile(r"^\S*_{5,} test_.*?(?=^page: |^\S*=+ short test summary)", re.DOTALL | re.MULTILINE)
    found = plain.search(screen)
    assert found is not None, screen
    return draw_terminal(f"$ python -m pytest\n{found[0].rstrip()}", "The report of a failing test")


# --- a lost answer -------------------------------------------------------------------------------------------------


def lost_answer() -> Emulator:
    """Return an emulator after a request whose answer was lost, so that the SDK sent it twice."""
    sim = Emulator(virtual_time=True)
    sim.seed("conv_1")
    sim.journal.clear()
    sim.faults.add(ConnectionReset(), on="conversations.items.create", after_commit=True)
    with sim.patch(), sim.openai() as client:
        client.conversations.items.create("conv_1", items=[{"role": "user", "content": "Pay 10."}])
    return sim


def render_diagram() -> str:
    return draw_sequence(lost_answer().diagram(), "A request whose answer is lost is sent again, and stored twice")


# --- speed ---------------------------------------------------------------------------------------------------------


def render_bench() -> str:
    """Draw the ratios of the table in docs/bench.md; the rows in other units are left to the table."""
    page = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    bars = [Bar(name.replace("`", ""), float(value), float(goal)) for name, value, goal in rows]
    return draw_bars(bars, "The time of the first / the time of the second. The mark is the goal, green is within it.")
