"""The tool tells survivors that the page explains from those that it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.mutation import __main__ as tool
from tests.mutation.page import PAGE, explained, row, shown
from tests.mutation.rooms import ROOMS

ROOT = Path(__file__).parents[2]

DIFF = """--- convsim/x.py
+++ convsim/x.py
@@ -1,4 +1,4 @@
 def f(a, b):
-    return (
-        a | b)
+    return (a
+        & b | 1)
"""
MUTANT = ("convsim.x.f", "return (a & b | 1)")


def test_a_mutation_is_shown_in_one_line() -> None:
    assert shown(DIFF) == MUTANT[1]


def test_what_a_row_says_is_read_back() -> None:
    page = f"# Page\n\n| Function | Mutation | Reason |\n|---|---|---|\n{row(*MUTANT, 'Neither | nor & is read.')}\n"
    assert explained(page) == {MUTANT: "Neither | nor & is read."}


def test_functions_and_methods_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "def f(a,\n      b):\n    return a\n\n\nclass C:\n    async def m(self):\n        pass\n\n    n = 1\n"
    )
    assert tool.functions(path) == {
        "f": "def f(a,\n      b):\n    return a\n",
        "m": "async def m(self):\n    pass\n",
    }


def test_tests_that_fail_without_a_mutant_are_left_out() -> None:
    said = "..F\nFAILED tests/test_x.py::test_a[b c] - AssertionError: no\nFAILED tests/test_x.py::test_d\n"
    unchanged = subprocess.CompletedProcess([], 1, said, "")
    assert tool.failing_besides(unchanged) == [
        "--deselect=tests/test_x.py::test_a[b c]",
        "--deselect=tests/test_x.py::test_d",
    ]
    assert tool.failing_besides(subprocess.CompletedProcess([], 0, "..", "")) == []
    with pytest.raises(AssertionError, match="cannot be collected"):
        tool.failing_besides(subprocess.CompletedProcess([], 2, "", "cannot be collected"))


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_names_sources_and_tests_that_exist(name: str) -> None:
    room = ROOMS[name]
    assert all(list(ROOT.glob(pattern)) for pattern in room.sources)
    assert all((ROOT / tests).exists() for tests in room.tests)


def test_the_copy_has_the_configuration(tmp_path: Path) -> None:
    tool.copy(tmp_path)
    assert (tmp_path / "convsim/http/wire.py").read_bytes() == (ROOT / "convsim/http/wire.py").read_bytes()
    assert (tmp_path / "pyproject.toml").read_text().endswith(tool.CONFIGURATION)


def test_a_sample_is_even_over_the_modules_and_the_same_for_a_seed() -> None:
    names = [[f"a{number}" for number in range(50)], ["b0", "b1"], [f"c{number}" for number in range(50)]]
    sample = tool.sampled(names, 12, seed=3)
    assert [sum(name.startswith(module) for name in sample) for module in "abc"] == [5, 2, 5]
    assert len(set(sample)) == 12
    assert tool.sampled(names, 12, seed=3) == sample != tool.sampled(names, 12, seed=4)
    assert set(tool.sampled(names, 1000, seed=3)) == {name for group in names for name in group}


def test_the_source_draws_the_rooms_and_mutants_of_a_short_run(tmp_path: Path) -> None:
    def drawn(text: str) -> list[str]:
        (tmp_path / "module.py").write_text(text)
        return tool.short(tmp_path)

    assert drawn("a = 1") == drawn("a = 1")
    seen = [drawn(f"a = {number}") for number in range(100)]
    assert {room for arguments in seen for room in arguments[:2]} == {f"--room={name}" for name in ROOMS}
    assert len({arguments[3] for arguments in seen}) == 100


@pytest.mark.parametrize(
    ("status", "explains", "code", "printed"),
    [
        ("killed", False, 0, "wire: 1 mutants, 1 killed, 0 survived"),
        ("timeout", False, 0, "wire: 1 mutants, 1 killed (1 by the time they took), 0 survived"),
        ("survived", True, 0, "wire: 1 mutants, 0 killed, 1 survived"),
        ("survived", False, 1, f"wire: 1 mutants, 0 killed, 1 survived\n{row(*MUTANT, 'survived')}"),
        ("no tests", False, 1, f"wire: 1 mutants, 0 killed, 1 survived\n{row(*MUTANT, 'no tests')}"),
    ],
)
def test_a_survivor_without_a_reason_fails_the_run(
    status: str,
    explains: bool,
    code: int,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "page.md"
    page.write_text(row(*MUTANT, "Equivalent.") if explains else "")
    monkeypatch.setattr(tool, "PAGE", page)
    monkeypatch.setattr(tool, "run", lambda *given: [(*MUTANT, status)])
    assert tool.main(["--room", "wire", "--keep", str(tmp_path)]) == code
    assert capsys.readouterr().out.strip() == printed


def test_each_reason_is_about_a_function_that_exists() -> None:
    for function, _ in explained(PAGE.read_text()):
        name = function.split(".")
        sources = [ROOT.joinpath(*name[:end]).with_suffix(".py") for end in range(2, len(name))]
        assert any(path.exists() and f"def {name[-1]}(" in path.read_text() for path in sources), function
