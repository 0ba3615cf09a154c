"""The traceback of convsim's own error ends at the user's line, wherever the error comes from."""

from __future__ import annotations

import json
import traceback

import httpx2
import pytest
from pytest_convsim._report import end_at_user_line

from convsim import Emulator, RefusedHostError, UsageError
from tests.plugin.conftest import Run


def functions_of(error: BaseException) -> list[str]:
    end_at_user_line(error)
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_the_way_through_a_library_and_convsim_is_left_out() -> None:
    with Emulator().patch(), pytest.raises(RefusedHostError) as caught:
        httpx2.get("https://other.test/")
    assert functions_of(caught.value) == [test_the_way_through_a_library_and_convsim_is_left_out.__name__]


def test_what_calls_the_user_s_line_stays() -> None:
    def hook(_: object) -> None:
        Emulator(seed="one")  # type: ignore[arg-type]

    with pytest.raises(UsageError) as caught:
        json.loads("{}", object_hook=hook)
    assert functions_of(caught.value)[-2:] == ["raw_decode", "hook"]


def test_an_error_without_a_user_s_line_stays_as_it_is() -> None:
    assert functions_of(UsageError("never raised")) == []


def test_a_conversation_that_is_not_there_is_told_at_the_user_s_line(run: Run) -> None:
    result = run("def test_it(convsim): convsim.state['typo']")
    result.stdout.fnmatch_lines(
        ["E * KeyError: \"no such conversation: 'typo'; there is none\"", "", "test_it.py:1: KeyError"]
    )
