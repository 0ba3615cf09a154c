"""A fault that was armed and did not happen: a warning, and for those who ask a failure."""

from __future__ import annotations

import pytest

from convsim import Emulator, UnusedFaultWarning
from convsim.faults import RateLimited, Rule
from tests.plugin.conftest import Run

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


def test_a_fault_that_happened_too_seldom_says_how_often(run: Run) -> None:
    result = run(
        """
        import openai, pytest
        from convsim.faults import RateLimited, Rule

        @pytest.mark.convsim(faults=[Rule(RateLimited(), skip=1, times=3)])
        def test_it(convsim):
            openai.OpenAI().conversations.create()
            with pytest.raises(openai.RateLimitError):
                openai.OpenAI(max_retries=1).conversations.create()
        """,
        *("-W", "always::convsim.UnusedFaultWarning"),
    )
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*: it happened 2 of 3 times; 3 calls could have hit it, and skip=1 lets the first *"])


def test_it_is_no_news_for_a_test_that_did_not_pass(run: Run) -> None:
    failing = UNUSED.format(body="assert 0")
    others = [
        failing.replace("assert 0", body).partition("\n\n")[2].replace("test_it", f"test_{name}")
        for name, body in (("skipping", "pytest.skip('later')"), ("expected", "pytest.xfail('not yet')"))
    ]
    result = run("\n".join([failing, *others]), "-W", "error::convsim.UnusedFaultWarning")
    result.assert_outcomes(failed=1, skipped=1, xfailed=1)
    assert "UnusedFaultWarning" not in str(result.stdout)


def test_nor_where_another_fixture_failed(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim.faults import RateLimited

        @pytest.fixture
        def wrong(convsim): raise ValueError("wrong")

        @pytest.mark.convsim(faults=[RateLimited()])
        def test_it(convsim, wrong): ...
        """,
        *("-W", "error::convsim.UnusedFaultWarning"),
    )
    result.assert_outcomes(errors=1)
    assert "UnusedFaultWarning" not in str(result.stdout)


@pytest.mark.parametrize("body", ["convsim.faults.clear()", "pass"], ids=["cleared", "armed"])
def test_asked_for_it_fails_the_test(run: Run, body: str) -> None:
    result = run(UNUSED.format(body=body), "-W", "error::convsim.UnusedFaultWarning")
    if body == "pass":
        result.assert_outcomes(passed=1, errors=1)
        said = result.stdout.lines
        (heading,) = [number for number, line in enumerate(said) if "ERROR at teardown of test_it" in line]
        assert said[heading + 1] == f"UnusedFaultWarning: {SENTENCE}"
        assert said[heading + 2].strip("-") == " convsim "
    else:
        result.assert_outcomes(passed=1)


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


def test_after_such_a_failure_nothing_is_answered_any_longer(run: Run) -> None:
    result = run(
        "import httpx2, os\n" + UNUSED.format(body="pass") + "\n\ndef test_next():\n"
        "    with pytest.raises(httpx2.ConnectError, match='there is no network'):\n"
        "        httpx2.get('https://api.openai.com/v1/conversations/conv_1')\n"
        "    assert 'OPENAI_API_KEY' not in os.environ\n",
        *("-W", "error::convsim.UnusedFaultWarning"),
    )
    result.assert_outcomes(passed=2, errors=1)


def test_patched_in_once_more_inside_the_test_it_is_one_warning(run: Run) -> None:
    body = "with convsim.patch(): convsim.conversations.create()"
    result = run(UNUSED.format(body=body), "-W", "always::convsim.UnusedFaultWarning")
    result.assert_outcomes(passed=1, warnings=1)


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


# --- scripts that nobody asked for -----------------------------------------------------------------------------------

SCRIPTED = """
    def test_it(convsim):
        convsim.realtime.script("Hello")
        {body}
"""


def test_an_unused_script_is_a_warning_for_a_passing_test(run: Run) -> None:
    result = run(SCRIPTED.format(body="pass"), "-W", "error::convsim.UnusedScriptWarning")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["UnusedScriptWarning: sim.realtime.script('Hello'): no response.create asked for it"])


def test_it_is_no_news_for_a_test_that_failed_or_cleared_it(run: Run) -> None:
    result = run(
        """
        def test_that_fails(convsim):
            convsim.realtime.script("Hello")
            assert 0

        def test_that_clears_it(convsim):
            convsim.realtime.script("Hello")
            convsim.clear_scripts()

        def test_that_clears_the_turns_of_responses_too(convsim):
            convsim.responses.script("Hello")
            convsim.clear_scripts()
        """,
        *("-W", "error::convsim.UnusedScriptWarning"),
    )
    result.assert_outcomes(failed=1, passed=2)
    assert "UnusedScriptWarning" not in str(result.stdout)
