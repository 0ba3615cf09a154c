"""A fault that was armed and did not happen: a warning, and for those who ask a failure."""

from __future__ import annotations

import pytest

from convsim import Emulator, UnusedFaultWarning
from convsim.faults import RateLimited, Rule
from tests.plugin.conftest import Run, outcomes

UNUSED = """
import pytest
from convsim.faults import RateLimited, Rule

@pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.delete")])
def test_it(convsim):
    {body}
"""

SENTENCE = (
    "RateLimited(retry_after=0.01, kind='requests') on conversations.delete: it never happened; no calls could have hit"
    " it. The test may not test what it says; disarm() or clear() the faults that are not meant to happen."
)


@pytest.mark.filterwarnings("default")
def test_an_unused_fault_is_a_warning_for_a_passing_test(run: Run) -> None:
    result = run(UNUSED.format(body="convsim.conversations.create()"))
    result.assert_outcomes(passed=1, warnings=1)
    said = [line.strip() for line in result.stdout.lines if "Warning" in line]
    assert "test_it.py::test_it" in result.stdout.lines
    assert [line for line in said if line.endswith(f"UnusedFaultWarning: {SENTENCE}")]


def test_a_fault_that_happened_too_seldom_says_how_often_and_one_patched_in_twice_says_it_once(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import RateLimited, Rule

        @pytest.mark.convsim(faults=[Rule(RateLimited(), skip=1, times=3)])
        def test_too_seldom(convsim):
            openai.OpenAI().conversations.create()
            with pytest.raises(openai.RateLimitError):
                openai.OpenAI(max_retries=1).conversations.create()

        @pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.delete")])
        def test_patched_in_once_more(convsim):
            with convsim.patch():
                convsim.conversations.create()
        """,
        *("-W", "always::convsim.UnusedFaultWarning"),
    )
    result.assert_outcomes(passed=2, warnings=2)
    result.stdout.fnmatch_lines(["*: it happened 2 of 3 times; 3 calls could have hit it, and skip=1 lets the first *"])
    assert len([line for line in result.stdout.lines if line.endswith(f"UnusedFaultWarning: {SENTENCE}")]) == 1


ASKED_FOR = """
import os
import httpx2, pytest
from convsim.faults import RateLimited, Rule

unused = pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.delete")])

@unused
def test_armed(convsim): ...

def test_that_follows():  # nothing is answered any longer
    with pytest.raises(httpx2.ConnectError, match='there is no network'):
        httpx2.get('https://api.openai.com/v1/conversations/conv_1')
    assert 'OPENAI_API_KEY' not in os.environ

@unused
def test_cleared(convsim): convsim.faults.clear()

@unused
def test_failing(convsim): assert 0

@unused
def test_skipping(convsim): pytest.skip("later")

@unused
def test_expected(convsim): pytest.xfail("not yet")

@pytest.fixture
def wrong(convsim): raise ValueError("wrong")

@unused
def test_where_another_fixture_failed(convsim, wrong): ...

def test_script(convsim): convsim.realtime.script("Hello")

def test_failing_with_a_script(convsim):
    convsim.realtime.script("Hello")
    assert 0

def test_cleared_script(convsim):
    convsim.realtime.script("Hello")
    convsim.clear_scripts()

def test_cleared_turns_of_responses(convsim):
    convsim.responses.script("Hello")
    convsim.clear_scripts()
"""


def test_asked_for_unused_faults_and_scripts_fail_a_test_that_passed(run: Run) -> None:
    errors = [word for name in ("Fault", "Script") for word in ("-W", f"error::convsim.Unused{name}Warning")]
    result = run(ASKED_FOR, "-rA", "-p", "no:randomly", *errors)
    assert outcomes(result) == {
        "test_armed": "passed error",
        "test_that_follows": "passed",
        "test_cleared": "passed",
        "test_failing": "failed",
        "test_where_another_fixture_failed": "error",
        "test_script": "passed error",
        "test_failing_with_a_script": "failed",
        "test_cleared_script": "passed",
        "test_cleared_turns_of_responses": "passed",
        "test_expected": "xfail",
    }
    result.assert_outcomes(passed=6, failed=2, errors=3, skipped=1, xfailed=1)
    said = result.stdout.lines
    told = [
        number for number, line in enumerate(said) if line.startswith(("UnusedFaultWarning", "UnusedScriptWarning"))
    ]
    assert [said[number] for number in told] == [
        f"UnusedFaultWarning: {SENTENCE}",
        "UnusedScriptWarning: sim.realtime.script('Hello'): no response.create asked for it",
    ]
    for number, name in zip(told, ("armed", "script"), strict=True):
        assert said[number - 1].strip("_ ") == f"ERROR at teardown of test_{name}"
        assert said[number + 1].strip("-") == " convsim "


SEVERAL = """
import app, openai, pytest
from convsim.faults import ConnectionReset, RateLimited, Rule

@pytest.mark.convsim(faults=[Rule(RateLimited(), on="conversations.delete"), ConnectionReset()])
def test_it(convsim):
    app.swallow()
"""


def test_all_of_several_are_named_and_what_was_refused_beside_them(run: Run, app: None) -> None:
    result = run(SEVERAL, "-W", "error")
    result.assert_outcomes(passed=1, errors=1)
    said = result.stdout.lines
    (heading,) = [number for number, line in enumerate(said) if "ERROR at teardown of test_it" in line]
    refusal, one, other, section = said[heading + 1 : heading + 5]
    assert "example.org" in refusal
    assert one == f"UnusedFaultWarning: {SENTENCE}"
    assert other.startswith("UnusedFaultWarning: ConnectionReset() on every operation: it never happened;")
    assert section.strip("-") == " convsim "
    assert not [line for line in said if "Traceback" in line or line.startswith("E ")]


def test_all_of_several_are_one_warning_with_a_line_each(run: Run) -> None:
    result = run(SEVERAL.replace("app.swallow()", "...").replace("app, ", ""), "-W", "always")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*RateLimited(*) on conversations.delete: *", "*ConnectionReset() on every operation: *"]
    )


def unused() -> Emulator:
    return Emulator(faults=[Rule(RateLimited(), on="conversations.delete")])


def test_without_the_fixture_it_is_a_warning_at_the_line_that_patched() -> None:
    with pytest.warns(UnusedFaultWarning) as caught, unused().patch():
        pass

    (warning,) = caught
    assert str(warning.message) == SENTENCE
    assert warning.filename == __file__


def test_without_the_fixture_an_error_is_news_enough() -> None:
    with pytest.raises(ValueError, match="mine"), unused().patch():
        raise ValueError("mine")
