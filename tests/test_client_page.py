"""docs/clients.md: each row of its table has tests, and each folder of clients has a row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    line.split(" | ")
    for line in (ROOT / "docs" / "clients.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| Client ", "| --- "))
]


def modules(row: list[str]) -> list[Path]:
    """The modules of tests that the row links."""
    return [(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\((\S+\.py)\)", row[-1])]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].removeprefix("| "))
def test_a_row_has_tests(row: list[str]) -> None:
    assert len(row) == 6
    assert modules(row) != []
    for module in modules(row):
        assert re.search(r"^(async )?def test_", module.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_folder_of_clients_has_a_row_and_its_requirements() -> None:
    folders = {path.parent for path in (ROOT / "tests" / "clients").glob("*/__init__.py")}
    assert folders
    assert folders == {path.parent for path in (ROOT / "tests" / "clients").glob("*/requirements.txt")}
    linked = {module.parent for row in ROWS for module in modules(row)}
    assert folders - linked == set()


def test_the_plain_run_leaves_the_folders_alone(pytestconfig: pytest.Config) -> None:
    """No test of them is collected where their libraries are not installed."""
    assert "clients" in pytestconfig.getini("norecursedirs")
