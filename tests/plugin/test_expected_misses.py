"""A refusal that the test expects is no miss: what ``pytest.raises`` catches, itself or in what wraps it."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

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


@pytest.mark.parametrize("body", EXPECTED.values(), ids=EXPECTED.keys())
def test_a_test_that_expects_the_refusal_passes(run: Run, body: str) -> None:
    result = run(
        f"""
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

def test_it(convsim):
    {body}
"""
    )
    result.assert_outcomes(passed=1)


NOT_EXPECTED = {
    "the same, but not by this": "try: pytest.raises(ValueError, fetch)\n    except AssertionError: pass",
    "another error": "with pytest.raises(ValueError): raise ValueError",
    "another request": "with pytest.raises(RefusedHostError): fetch('other')",
}


@pytest.mark.parametrize("body", NOT_EXPECTED.values(), ids=NOT_EXPECTED.keys())
def test_to_expect_something_else_excuses_nothing(run: Run, body: str) -> None:
    result = run(
        f"""
import pytest
from app import fetch, swallow
from convsim import RefusedHostError

def test_it(convsim):
    swallow()
    {body}
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["_* ERROR at teardown of test_it _*", "GET https://example.org/data was not sent: *"])


def test_raises_that_does_not_match_lets_the_refusal_through(run: Run) -> None:
    result = run(
        """
        import pytest
        from app import fetch

        def test_it(convsim):
            with pytest.raises(ValueError):
                fetch()
        """
    )
    result.assert_outcomes(failed=1)


def test_one_asserted_in_a_unittest_class_is_expected(run: Run) -> None:
    result = run(
        """
        import unittest, pytest
        from app import fetch
        from convsim import RefusedHostError

        @pytest.mark.usefixtures("convsim")
        class Test(unittest.TestCase):
            def test_it(self):
                with pytest.raises(RefusedHostError):
                    fetch()
        """
    )
    result.assert_outcomes(passed=1)


def test_an_expected_failure_gets_no_second_error(run: Run) -> None:
    result = run(
        """
        import pytest
        from app import fetch
        from convsim import RefusedHostError

        @pytest.mark.xfail(raises=RefusedHostError)
        def test_it(convsim):
            fetch()
        """
    )
    result.assert_outcomes(xfailed=1)
