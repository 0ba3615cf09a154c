"""A test that is run again has every check again, and no emulator outlives its test."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

FLAKY = """
from itertools import count
import httpx, pytest
from convsim.faults import RateLimited

first, second, third = count(), count(), count()

def swallow():
    try:
        httpx.get("https://example.org/")
    except AssertionError:
        pass

def test_refused(convsim):
    assert next(first)
    swallow()

@pytest.fixture
def flaky(convsim):
    assert next(second)
    swallow()

def test_in_the_setup(flaky): ...

@pytest.mark.convsim(faults=[RateLimited()])
def test_unused(convsim):
    assert next(third)
"""


def test_the_last_attempt_is_checked_although_the_first_one_failed(run: Run) -> None:
    result = run(
        FLAKY,
        *("--reruns", "1", "--only-rerun", "AssertionError", "-W", "error::convsim.UnusedFaultWarning"),
        using=("rerunfailures",),
    )
    result.assert_outcomes(passed=3, errors=3)
    said = "\n".join(line for line in result.stdout.lines if line.startswith("ERROR "))
    assert "test_it.py::test_refused - Failed: GET https://example.org/ was not sen" in said
    assert "test_it.py::test_in_the_setup - Failed: GET https://example.org/" in said
    assert "test_it.py::test_unused - Failed: UnusedFaultWarning: RateLimited" in said


@pytest.mark.parametrize("guard", ["true", "false"])
def test_each_emulator_is_freed_after_its_test(run: Run, guard: str) -> None:
    result = run(
        """
        import gc, weakref
        import httpx, pytest

        seen = []

        @pytest.mark.parametrize("number", range(5))
        def test_passes(convsim, convsim_client, number):
            convsim_client.conversations.create()
            seen.append(weakref.ref(convsim))

        def test_refused(convsim):
            with pytest.raises(AssertionError):
                httpx.get("https://example.org/")
            seen.append(weakref.ref(convsim))

        def test_fails(convsim):
            seen.append(weakref.ref(convsim))
            assert convsim is None

        def test_the_end():
            gc.collect()
            assert len(seen) == 7
            # pytest keeps the last failure for post-mortem debuggers.
            assert sum(one() is not None for one in seen) <= 1
        """,
        *("-p", "no:randomly"),
        ini=f"convsim_guard = {guard}",
    )
    result.assert_outcomes(passed=7, failed=1)
