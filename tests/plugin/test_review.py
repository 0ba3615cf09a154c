"""The option ``convsim_review``: what a passing test's client did wrong is told, or fails the test."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

PAGE = """
def test_it(convsim, convsim_client):
    convsim.seed("conv_1", [{"role": "user", "content": "x"}] * 25)
    convsim_client.conversations.items.list("conv_1")
    assert EXPECTED
"""


def write(pytester: pytest.Pytester, word: str) -> None:
    pytester.makeini(f"[pytest]\nconvsim_review = {word}\n")


def test_it_is_off_at_first(run: Run) -> None:
    result = run(PAGE.replace("EXPECTED", "True"), "-W", "error::convsim.ReviewWarning")
    result.assert_outcomes(passed=1)


def test_a_warning_stands_at_the_line_of_the_test(run: Run, pytester: pytest.Pytester) -> None:
    write(pytester, "warn")
    result = run(PAGE.replace("EXPECTED", "True"), "-W", "always::convsim.ReviewWarning")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*test_*.py:1: ReviewWarning: unread_page: *said has_more*(journal 2)"])


@pytest.mark.parametrize("word", ["fail", "warn"])
def test_a_finding_fails_the_test(run: Run, pytester: pytest.Pytester, word: str) -> None:
    write(pytester, word)
    result = run(PAGE.replace("EXPECTED", "True"), "-W", "error::convsim.ReviewWarning")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*unread_page: conversations.items.list said has_more*"])


def test_a_failing_test_is_not_reviewed_and_a_right_client_passes(run: Run, pytester: pytest.Pytester) -> None:
    write(pytester, "fail")
    right = "def test_right(convsim_client):\n    convsim_client.conversations.create()\n"
    run(PAGE.replace("EXPECTED", "False") + right).assert_outcomes(failed=1, passed=1)


def test_another_word_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    write(pytester, "maybe")
    result = run("def test_it(): pass")
    result.stderr.fnmatch_lines(["*convsim_review = maybe: write off, warn or fail"])
