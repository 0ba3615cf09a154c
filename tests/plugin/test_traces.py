"""openai-agents posts its spans from a thread, and at exit: they go to no live API, and no test is blamed for them."""

from __future__ import annotations

from collections.abc import Iterator
from pkgutil import resolve_name

import pytest

from tests.asking import LONGEST_FLUSH
from tests.forking import Forking
from tests.plugin.conftest import Run
from tests.profiles import first_unless_in_full
from tests.waiting import PATIENCE

AGENTS = f"""
import os, sys, time
import httpx2, pytest
from agents import Agent, Runner, trace
from agents.tracing import flush_traces
from agents.tracing.processors import default_exporter

pytest.MonkeyPatch().setattr("{LONGEST_FLUSH}", {PATIENCE})

def work(name):
    with trace(name):
        pass
"""
SUMMARY = "of openai-agents' traces answered here and not sent; convsim_traces = pass lets them out."


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, python: str) -> Iterator[str]:
    """As the one of all tests, with openai-agents imported, which takes longer than the rest."""
    forking = Forking(tmp_path_factory.mktemp("forking") / "agents", "import agents\ndef test_it(): ...", python)
    yield forking.python
    forking.stop()


@pytest.fixture(autouse=True)
def real_key(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.delenv("OPENAI_AGENTS_DISABLE_TRACING", raising=False)


@pytest.mark.parametrize("guard", first_unless_in_full("false", "true"))
def test_nothing_is_sent_until_the_interpreter_has_ended(run: Run, reached: list[str], guard: str) -> None:
    result = run(
        AGENTS
        + """
def test_the_exporter_finds_the_emulators_key(convsim):
    work("its own")
    flush_traces()
    assert default_exporter().api_key == "sk-convsim-0"

def test_and_forgets_it():
    assert default_exporter().api_key == os.environ["OPENAI_API_KEY"]  # of the user, or of the guard

def test_with(convsim):
    work("first")
    convsim.conversations.create()

def test_that_all_was_posted_while_it_was_answered(convsim):
    assert default_exporter().api_key in ("sk-real", convsim.api_key)
    assert len(convsim.journal) == 0

def test_later():
    work("second")
    flush_traces()
    assert httpx2.post("https://api.openai.com/v1/traces/ingest", json={}).status_code == 204

def test_a_key_of_the_users(convsim):
    default_exporter().set_api_key("sk-own")
    work("of the user")

def test_stays():
    assert default_exporter().api_key == "sk-own"

def test_at_exit():
    work("third")
""",
        *("-p", "no:randomly"),
        ini=f"convsim_guard = {guard}",
        apart=True,
    )
    result.assert_outcomes(passed=8)
    assert result.ret == 0
    assert f"2 posts {SUMMARY}" in result.stdout.lines
    assert "Tracing" not in f"{result.stdout}{result.stderr}"
    assert reached == []


@pytest.mark.parametrize("guard", first_unless_in_full("true", "false"))
def test_asked_for_they_are_let_out(run: Run, reached: list[str], guard: str) -> None:
    result = run(
        AGENTS
        + """
def post():
    return httpx2.post("https://api.openai.com/v1/traces/ingest", json={})

def test_with(convsim):
    assert post().status_code == 204

def test_later():
    with pytest.raises(httpx2.ConnectError, match="there is no network"):
        post()

def test_other_posts(pytestconfig):
    with pytest.raises(AssertionError if pytestconfig.getini("convsim_guard") else httpx2.ConnectError):
        httpx2.post("https://api.openai.com/v1/conversations", json={})
""",
        *("-p", "no:randomly"),
        ini=f"convsim_guard = {guard}\nconvsim_traces = pass",
        apart=True,
    )
    result.assert_outcomes(passed=3)
    assert set(reached) == {"api.openai.com"}
    result.stdout.no_fnmatch_line(f"*{SUMMARY}")


def test_a_processor_that_hangs_or_fails_is_not_waited_for_long(run: Run) -> None:
    assert resolve_name(LONGEST_FLUSH) <= 2
    result = run(
        AGENTS
        + """
from agents.tracing import TracingProcessor, set_trace_processors

@pytest.fixture(autouse=True, scope="session")
def less_patience():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("LONGEST_FLUSH", 0.2)
        yield

class Slow(TracingProcessor):
    def __init__(self): self.turn = 0
    def on_trace_start(self, trace): ...
    def on_trace_end(self, trace): ...
    def on_span_start(self, span): ...
    def on_span_end(self, span): ...
    def shutdown(self): ...
    def force_flush(self):
        self.turn += 1
        if self.turn == 1:
            raise ValueError("its own")
        time.sleep(60)

set_trace_processors([Slow()])
BEGAN = time.monotonic()

def test_that_fails(convsim): ...

def test_that_hangs(convsim): ...

def test_in_time():
    assert time.monotonic() - BEGAN < 30
""".replace("LONGEST_FLUSH", LONGEST_FLUSH),
        *("-p", "no:randomly"),
        apart=True,
    )
    result.assert_outcomes(passed=3)
    assert SUMMARY not in result.stdout.str()


def test_under_the_guard_alone_on_workers_of_xdist_the_posts_are_counted_together(run: Run, reached: list[str]) -> None:
    result = run(
        AGENTS
        + """
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    assert httpx2.post("https://api.openai.com/v1/traces/ingest", json={}).status_code == 204

def test_its_own():
    work("first")
    flush_traces()
""",
        "-n2",
        using=("xdist",),
        ini="convsim_guard = true",
        apart=True,
    )
    result.assert_outcomes(passed=5)
    assert f"5 posts {SUMMARY}" in result.stdout.lines
    assert reached == []
