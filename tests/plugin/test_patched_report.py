"""The report of a failing test with ``@patched``, whose warnings point at the user's lines."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

HEAD = """
import unittest
import pytest
from convsim import Emulator, patched
from convsim.faults import RateLimited
from openai import OpenAI

def start():
    OpenAI().conversations.create(items=[{"role": "user", "content": "Hello from afar."}])

"""
FAILING = {
    "a function": "@patched\ndef test_it():\n    start()\n    raise ValueError",
    "a function that calls one": (
        "@patched\ndef helper():\n    start()\n    raise ValueError\n\ndef test_it(): helper()"
    ),
    "a class": "@patched\nclass TestIt:\n    def test_it(self, sim):\n        start()\n        raise ValueError",
    "a test case": (
        "@patched\nclass It(unittest.TestCase):\n    def test_it(self):\n        start()\n        self.fail()"
    ),
    "its end": (
        "@patched\nclass It(unittest.TestCase):\n    def test_it(self): start()\n"
        "    def tearDown(self): raise ValueError"
    ),
}


@pytest.mark.parametrize("code", FAILING.values(), ids=FAILING.keys())
def test_it_stands_under_a_failing_test(run: Run, code: str) -> None:
    result = run(HEAD + code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["-* convsim -*", "  0  user  Hello from afar."])
    assert not [line for line in result.stdout.lines if "decorator.py" in line or "contextlib.py" in line]


def test_and_on_a_page(pytester: pytest.Pytester, run: Run) -> None:
    run(HEAD + FAILING["a function"], "--convsim-report", "reports").assert_outcomes(failed=1)
    (page,) = (pytester.path / "reports").iterdir()
    assert "Hello from afar." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    raise ValueError",
        "class It(unittest.TestCase):\n    sim = 5\n    def test_it(self):\n        self.fail()",
        "@patched\ndef helper(): ...\n\ndef test_it():\n    helper()\n    raise ValueError",
    ],
    ids=["no emulator", "another sim", "an emulator of another function"],
)
def test_it_does_not_stand_under_other_tests(run: Run, code: str) -> None:
    result = run(HEAD + code)
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("-* convsim -*")


@pytest.mark.parametrize("guard", ["true", "false"])
def test_clients_find_the_same_key_with_and_without_the_guard(run: Run, guard: str) -> None:
    code = "@patched(seed=5)\ndef test_it(sim):\n    assert OpenAI().api_key == sim.api_key == 'sk-convsim-5'"
    run(HEAD + code, ini=f"convsim_guard = {guard}").assert_outcomes(passed=1)


@pytest.mark.filterwarnings("default")
def test_warnings_point_at_the_line_of_the_test(run: Run) -> None:
    result = run(
        HEAD
        + "@pytest.mark.convsim(faults=[RateLimited()])\ndef test_it(convsim): ...\n\n"
        + "@patched(faults=[RateLimited()])\ndef test_patched(): ...\n",
        *("-p", "no:randomly"),
    )
    result.assert_outcomes(passed=2, warnings=2)
    places = [line.strip().partition(": ")[0] for line in result.stdout.lines if "UnusedFaultWarning: " in line]
    assert [place.rpartition("test_it.py")[2] for place in places] == [":10", ":13"]
