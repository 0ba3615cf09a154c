"""The guide's annotations hold: mypy --strict finds no error in users' files, and finds those in wrong ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Kept, because mypy reads the whole SDK for the users' files.
CACHE = HERE.parents[1] / ".mypy_cache" / "users"
WRONG = """
import unittest
from convsim import Emulator, patched

@patched(seed=3)
class AgentTest(unittest.TestCase):
    def test_it(self) -> None:
        self.sim

@patched
def number() -> int:
    return 5

text: str = number()
Emulator(other_hosts="maybe")
Emulator(sed=1)
Emulator().conversation
"""


def test_a_type_checker_finds_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="the extra `lint` brings it")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG, encoding="utf-8")
    files = [str(path) for path in (*sorted(HERE.glob("*.py")), wrong) if not path.name.startswith(("test_", "__"))]
    options = ["--strict", "--no-error-summary", "--config-file=", f"--cache-dir={CACHE}"]
    command = [sys.executable, "-m", "mypy", *options, *files]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert said.stderr == ""
    found = [line.partition(": error: ") for line in said.stdout.splitlines() if ": error: " in line]
    assert {Path(place.partition(":")[0]).name for place, _, _ in found} == {"wrong.py"}
    codes = [sentence.rpartition("[")[2].rstrip("]") for _, _, sentence in found]
    assert codes == ["attr-defined", "assignment", "arg-type", "call-arg", "attr-defined"]


def test_the_users_tests_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(test_users=(HERE / "users_file.py").read_text(encoding="utf-8"))
    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:asyncio", "-W", "error::UserWarning")
    result.assert_outcomes(passed=4)
