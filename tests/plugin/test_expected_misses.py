"""A refusal that the test expects is no miss: what ``pytest.raises`` catches, itself or in what wraps it."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run, name_of, outcomes

pytestmark = pytest.mark.usefixtures("app")


EXPECTED = {
    "the refusal": "with pytest.raises(RefusedHostError, match='example.org'): fetch()",
    "as an assertion": "with pytest.raises(AssertionError): fetch()",
    "called": "pytest.raises(RefusedHostError, fetch)",
    "of several kinds": "with pytest.raises((ValueError, RefusedHostError)): fetch()",
    "what wraps it": "with pytest.raises(ConnectionError): wrap()",
    "what wraps it after three tries": "with pytest.raises(ConnectionError): wrap(tries=3)",
    "twice": "with pytest.raises(RefusedHostError): fetch()\n    with pytest.raises(RefusedHostError): fetch()",
    "a group of it": "with pytest.raises(ExceptionGroup): grouped()",
    "a group of it, by members": "with pytest.RaisesGroup(RefusedHostError): grouped()",
}


def test_a_test_that_expects_the_refusal_passes(run: Run) -> None:
    tests = "".join(f"def {name_of(case)}(convsim):\n    {body}\n\n" for case, body in EXPECTED.items())
    result = run(
        f"""
import unittest
import pytest
from app import fetch, wrap
from convsim import RefusedHostError

def grouped():
    errors = []
    try:
        fetch()
    except Exception as error:
        errors.append(error)
    raise ExceptionGroup("tasks", errors)

{tests}

@pytest.mark.usefixtures("convsim")
class Test(unittest.TestCase):
    def test_it(self):
        with pytest.raises(RefusedHostError):
            fetch()

@pytest.mark.xfail(raises=RefusedHostError)
def test_an_expected_failure(convsim):
    fetch()

def test_raises_that_does_not_match(convsim):
    with pytest.raises(ValueError):
        fetch()
""",
        "-rA",
    )
    assert outcomes(result) == {
        **dict.fromkeys(map(name_of, EXPECTED), "passed"),
        "Test::test_it": "passed",
        "test_an_expected_failure": "xfail",
        "test_raises_that_does_not_match": "failed",
    }


NOT_EXPECTED = {
    "the same, but not by this": "try: pytest.raises(ValueError, fetch)\n    except AssertionError: pass",
    "another error": "with pytest.raises(ValueError): raise ValueError",
    "another request": "with pytest.raises(RefusedHostError): fetch('other')",
}


def test_to_expect_something_else_excuses_nothing(run: Run) -> None:
    tests = "".join(
        f"def {name_of(case)}(convsim):\n    swallow()\n    {body}\n\n" for case, body in NOT_EXPECTED.items()
    )
    result = run(f"import pytest\nfrom app import fetch, swallow\nfrom convsim import RefusedHostError\n{tests}", "-rA")
    assert outcomes(result) == dict.fromkeys(map(name_of, NOT_EXPECTED), "passed error")
    for case in NOT_EXPECTED:
        result.stdout.fnmatch_lines(
            [f"_* ERROR at teardown of {name_of(case)} _*", "GET https://example.org/data was not sent: *"]
        )


UNITTEST = {
    "the refusal": "with self.assertRaises(RefusedHostError): fetch()",
    "called": "self.assertRaises(RefusedHostError, fetch)",
    "by its words": "with self.assertRaisesRegex(AssertionError, 'example.org'): fetch()",
    "what wraps it": "with self.assertRaises(ConnectionError): wrap()",
}


@pytest.mark.parametrize("kind", ["TestCase", "IsolatedAsyncioTestCase"])
def test_assert_raises_expects_it_too(run: Run, kind: str) -> None:
    head = "async def" if kind != "TestCase" else "def"
    tests = "".join(f"    {head} {name_of(case)}(self):\n        {body}\n\n" for case, body in UNITTEST.items())
    result = run(
        f"""
import unittest, pytest
from app import fetch, swallow, wrap
from convsim import RefusedHostError

@pytest.mark.usefixtures("convsim")
class Test(unittest.{kind}):
{tests}
    def test_swallowed(self):
        swallow()
        with self.assertRaises(ValueError):
            raise ValueError
""",
        "-rA",
    )
    expected = {f"Test::{name_of(case)}": "passed" for case in UNITTEST}
    assert outcomes(result) == expected | {"Test::test_swallowed": "passed error"}
    result.stdout.fnmatch_lines(["_* ERROR at teardown of Test.test_swallowed _*"])


ERRORS = """
import pytest
from app import fetch

class BatchError(Exception):
    def __init__(self, exceptions):
        super().__init__("2 of 3 failed")
        self.exceptions = exceptions

class Unfinished(Exception):
    def __str__(self):
        return f"{self.reason}"  # set later

@pytest.mark.parametrize("exceptions", [{"row 1": "bad"}, ["bad", "worse"], 2, None, list])
def test_members_of_another_kind(convsim, exceptions):
    with pytest.raises(BatchError):
        raise BatchError(exceptions)

def test_an_error_without_words(convsim):
    with pytest.raises(Unfinished):
        raise Unfinished

def test_an_error_without_words_around_a_refusal(convsim):
    with pytest.raises(Unfinished):
        try:
            fetch()
        except AssertionError as error:
            raise Unfinished from error

def test_a_group_in_a_group(convsim):
    with pytest.raises(ExceptionGroup):
        try:
            fetch()
        except AssertionError as error:
            raise ExceptionGroup("outer", [Unfinished(), ExceptionGroup("inner", [error])])
"""


@pytest.mark.parametrize("guard", ["true", "false"])
def test_errors_of_the_users_own_are_left_alone(run: Run, guard: str) -> None:
    run(ERRORS, ini=f"convsim_guard = {guard}").assert_outcomes(passed=8)


@pytest.mark.parametrize("guard", ["true", "false"])
def test_a_raises_that_fails_shows_no_frame_of_convsim(run: Run, guard: str) -> None:
    result = run(
        """
        import pytest, unittest

        def test_it(convsim):
            with pytest.raises(ValueError):
                pass

        @pytest.mark.usefixtures("convsim")
        class Test(unittest.TestCase):
            def test_it(self):
                with self.assertRaises(ValueError):
                    pass
        """,
        "--tb=short",
        ini=f"convsim_guard = {guard}",
    )
    result.assert_outcomes(failed=2)
    assert not [line for line in result.stdout.lines if "pytest_convsim" in line]
    result.stdout.fnmatch_lines(["E   Failed: DID NOT RAISE*ValueError*"])
