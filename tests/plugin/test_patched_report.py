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
FAILING = """
@patched
def test_a_function():
    start()
    raise ValueError

@patched
def helper():
    start()
    raise ValueError

def test_a_function_that_calls_one():
    helper()

@patched
class TestIt:
    def test_a_class(self, sim):
        start()
        raise ValueError

@patched
class It(unittest.TestCase):
    def test_a_case(self):
        start()
        self.fail()

@patched
class End(unittest.TestCase):
    def test_its_end(self): start()
    def tearDown(self): raise ValueError
"""


def test_it_stands_under_a_failing_test(run: Run) -> None:
    result = run(HEAD + FAILING)
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["-* convsim -*", "  0  user  Hello from afar."] * 5)
    assert not [line for line in result.stdout.lines if "decorator.py" in line or "contextlib.py" in line]


def test_and_on_a_page(pytester: pytest.Pytester, run: Run) -> None:
    run(HEAD + FAILING, "--convsim-report", "reports", "-k", "test_a_function and not calls").assert_outcomes(failed=1)
    (page,) = (pytester.path / "reports").iterdir()
    assert "Hello from afar." in page.read_text(encoding="utf-8")


def test_it_does_not_stand_under_other_tests(run: Run) -> None:
    result = run(
        HEAD
        + """
def test_no_emulator():
    raise ValueError

class It(unittest.TestCase):
    sim = 5
    def test_another_sim(self):
        self.fail()

@patched
def helper(): ...

def test_an_emulator_of_another_function():
    helper()
    raise ValueError
"""
    )
    result.assert_outcomes(failed=3)
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
