"""The cost of the plugin for a run that does not use it, and its behaviour under pytest's strict switches."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest_convsim

from tests.plugin.conftest import Run

HOME = Path(pytest_convsim.__file__).parent
HEAVY = ("convsim", "pydantic", "httpx", "httpx2", "openai", "respx", "hypothesis", "aiohttp", "anyio")


def test_importing_the_plugin_takes_nothing_heavy_along() -> None:
    code = f"""
import sys
import pytest
before = set(sys.modules)
import pytest_convsim
print(*sorted(set(sys.modules) - before))
print([name for name in {HEAVY} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["pytest_convsim", "[]"]
    assert said.stderr == ""


def test_a_run_that_does_not_use_it_loads_nothing_of_it(run: Run) -> None:
    code = f"""
import sys

def test_it():
    assert "pytest_convsim" in sys.modules
    assert [name for name in {HEAVY} if name in sys.modules] == []

def test_that_compares_what_is_no_result():
    try:
        assert [{{"a": 1}}, (1, 2)] == [{{"a": 2}}, (1, 3)]
    finally:
        assert "convsim" not in sys.modules

def test_that_uses_it(convsim):
    assert convsim.conversations.create().id in convsim.state
"""
    result = run(code, "-p", "no:randomly", cold=True)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E * At index 0 diff: {'a': 1} != {'a': 2}"])


def imports_of(nodes: Iterable[ast.AST]) -> set[str]:
    found = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return found | {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}


def test_it_imports_nothing_of_pytest_but_its_public_name() -> None:
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in HOME.glob("*.py")}
    at_start = imports_of(modules["__init__"].body)
    assert {name for name in at_start if name.partition(".")[0] not in sys.stdlib_module_names} == {"pytest"}
    everywhere = {name for tree in modules.values() for name in imports_of(list(ast.walk(tree)))}
    assert len(modules) > 1
    assert not [name for name in everywhere if name.startswith("_pytest")]


ORDINARY = """
import asyncio
import pytest

@pytest.mark.convsim(seed=3)
def test_it(convsim, convsim_client, convsim_async_client, convsim_factory):
    convsim_client.conversations.create()
    asyncio.run(convsim_async_client.conversations.create())
    assert len(convsim.state) == 2
"""


def test_under_pytests_strict_switches(run: Run, reached: list[str]) -> None:
    arguments = ["-W", "error", "--strict-markers", "--strict-config", "-o", "strict=true"]
    ini = "convsim_seed = 1\nconvsim_base_urls = https://a.example/v1\nconvsim_other_hosts = pass\nconvsim_guard = yes"
    result = run(ORDINARY, *arguments, ini=ini)
    result.assert_outcomes(passed=1)
    assert "warning" not in f"{result.stdout}{result.stderr}"
    assert reached == []


def test_under_errors_for_warnings_in_the_ini(run: Run) -> None:
    result = run(ORDINARY, ini="filterwarnings = error")
    result.assert_outcomes(passed=1)


def test_switched_off_the_fixtures_are_gone_and_everything_else_runs(run: Run) -> None:
    result = run(
        """
        from convsim import Emulator

        def test_with(convsim): ...

        def test_without():
            with Emulator().patch() as sim:
                assert sim.conversations.create()
        """,
        *("-p", "no:convsim"),
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E       fixture 'convsim' not found"])
    result.stdout.no_fnmatch_line("convsim: *")
