"""docs/neighbours.md: each row names tests that exist, and each test of tests/neighbours has a row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADS = ("| Neighbour ", "| --- ")
ROWS = [
    line.split(" | ")
    for line in (ROOT / "docs" / "neighbours.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(HEADS)
]
NAMED = re.compile(r"((?:`\w+`(?:, )?)+) in \[[^]]*\]\((\S+\.py)\)")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def named_by(row: list[str]) -> set[tuple[Path, str]]:
    """The tests that the row names, each with its module."""
    return {
        ((ROOT / "docs" / target).resolve(), name)
        for names, target in NAMED.findall(row[-1])
        for name in re.findall(r"`(\w+)`", names)
    }


def defined(module: Path) -> set[tuple[Path, str]]:
    return {(module, name) for name in DEFINED.findall(module.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].removeprefix("| "))
def test_a_row_has_tests(row: list[str]) -> None:
    assert len(row) == 4
    assert named_by(row) != set()
    for module in {module for module, _ in named_by(row)}:
        assert {one for one in named_by(row) if one[0] == module} - defined(module) == set()


def test_each_test_beside_a_neighbour_has_a_row() -> None:
    named = set().union(*map(named_by, ROWS))
    apart = set().union(*map(defined, (ROOT / "tests" / "neighbours").glob("test_*.py")))
    assert apart
    assert apart - named == set()


def test_the_plain_run_leaves_the_folder_alone(pytestconfig: pytest.Config) -> None:
    """No test of it is collected where its libraries are not installed."""
    assert "neighbours" in pytestconfig.getini("norecursedirs")
