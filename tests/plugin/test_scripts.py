"""Scripted replies under the fixture: what a function raises fails the test, and unused replies are told."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

HEAD = """
import openai, pytest

def reply(request):
    raise ValueError("its own")

def ask():
    return openai.OpenAI(max_retries=0).responses.create(model="gpt-5", input="Hi")

"""


def test_what_a_function_raises_and_a_miss_of_a_session_are_told_at_the_end(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.mark.convsim(replies=[reply])
def test_swallowed(convsim):
    try:
        ask()
    except Exception:
        pass

@pytest.mark.convsim(replies=[reply])
def test_expected(convsim):
    with pytest.raises(Exception):
        ask()

@pytest.mark.convsim(replies=[reply])
def test_failing(convsim):
    ask()

def test_realtime(convsim):
    convsim.realtime.connect().send({"type": "response.create"})
""",
        *("-W", "ignore::convsim.UnusedScriptWarning", "-p", "no:randomly"),
    )
    result.assert_outcomes(passed=3, failed=1, errors=2)
    said = "\n".join(result.stdout.lines)
    assert "ERROR at teardown of test_swallowed" in said
    assert "ERROR at teardown of test_realtime" in said
    assert "No script answers this response.create, whose user says ''. Write, before it: sim.realtime.script(" in said
    assert said.count("E       ValueError: its own") == 2
    assert "_fixtures.py" not in said
    assert "contextlib.py" not in said


@pytest.mark.parametrize("switch", ["always", "error"])
def test_unused_replies_are_told_at_the_line_of_the_test(run: Run, switch: str) -> None:
    result = run(
        HEAD + "@pytest.mark.convsim(replies=['Paris.', 'Rome.'])\ndef test_it(convsim):\n    ask()\n",
        *("-W", f"{switch}::convsim.UnusedScriptWarning"),
    )
    if switch == "error":
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["UnusedScriptWarning: *"])
    else:
        result.assert_outcomes(passed=1, warnings=1)
        result.stdout.fnmatch_lines(["*test_it.py:9: UnusedScriptWarning: *"])


def test_a_marker_s_replies_serve_every_test(run: Run) -> None:
    result = run(
        HEAD
        + """
@pytest.mark.convsim(replies=iter(["Paris."]))
class TestIt:
    def test_one(self, convsim):
        assert ask().output_text == "Paris."

    def test_two(self, convsim):
        assert ask().output_text == "Paris."
"""
    )
    result.assert_outcomes(passed=2)
