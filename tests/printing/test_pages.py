"""The pages that are printed stand in docs as they would be printed today, and the command prints them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.printing.__main__ import PAGES, main

ROOT = Path(__file__).parents[2]
FILES = {"foundry": "fidelity-foundry.md", "llms": "llms.txt"}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_would_be_printed(name: str) -> None:
    page = ROOT / "docs" / FILES.get(name, f"{name}.md")
    assert page.read_bytes() == main([name]).encode()


def test_the_command_prints_the_page_on_fidelity_unless_it_is_asked_for_another() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.printing"], capture_output=True, check=True, cwd=ROOT)
    assert (ROOT / "docs" / "fidelity.md").read_bytes() == done.stdout
    assert main([]).encode() == done.stdout


@pytest.mark.parametrize("arguments", [["bogus"], ["items", "fidelity"]])
def test_another_page_is_refused_by_those_that_there_are(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == (
        f"python -m tests.printing {' '.join(arguments)}: write fidelity or foundry or items or faults or api or llms"
    )
