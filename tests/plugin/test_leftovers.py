"""Requests that outlive their test: clients with a made-up key, and threads that no test has started."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from pytest_convsim._summary import Tally, take_over, tell

from tests.asking import plugin_module
from tests.plugin.conftest import Run

leftovers: Any = plugin_module("leftovers")

OUTLIVING = """
import httpx2, pytest
from openai import APIConnectionError, OpenAI
from convsim import RefusedHostError

kept = []

def test_with(convsim):
    kept.append(OpenAI(max_retries=0))
    kept[0].conversations.create()

def test_without():
    with pytest.raises((RefusedHostError, APIConnectionError)) as caught:
        kept[0].conversations.create()
    error = caught.value
    words = f"{error}{error.__cause__}"
    assert "POST https://api.openai.com/v1/conversations was not sent" in words
    assert "its key was made up by convsim" in words or "convsim_guard is on" in words

def test_another_host():
    with pytest.raises(RefusedHostError, match="its key was made up by convsim"):
        httpx2.get("https://gateway.example/", headers={"api-key": "sk-convsim-0"})

def test_another_key():
    with pytest.raises(httpx2.ConnectError, match="there is no network"):
        httpx2.get("https://gateway.example/", headers={"api-key": "sk-mine"})

@pytest.mark.convsim(other_hosts="pass")
def test_let_through_under_the_fixture(convsim):
    with pytest.raises(RefusedHostError, match="its key was made up by convsim"):
        httpx2.get("https://gateway.example/", headers={"Authorization": f"Bearer {convsim.api_key}"})
"""


@pytest.mark.parametrize("guard", ["true", "false"])
def test_a_key_that_was_made_up_never_leaves(run: Run, reached: list[str], guard: str) -> None:
    before = httpx2.HTTPTransport.handle_request
    result = run(OUTLIVING, "-p", "no:randomly", ini=f"convsim_guard = {guard}")
    result.assert_outcomes(passed=5)
    assert reached == ["gateway.example"]
    assert httpx2.HTTPTransport.handle_request is before


THREADS = """
import threading
import httpx2

ask, asked = threading.Event(), threading.Event()

def reach(host):
    try:
        httpx2.get(f"https://{host}/telemetry")
    except AssertionError:
        pass

def beat():
    ask.wait(20)
    reach("HOST")
    asked.set()

threading.Thread(target=beat, name="heart-beat", daemon=True).start()

def test_innocent(ARGUMENT):
    ask.set()
    assert asked.wait(20)

def test_next(ARGUMENT): ...
"""
FIXTURE = THREADS.replace("ARGUMENT", "convsim").replace("HOST", "telemetry.example")
GUARDED = THREADS.replace("ARGUMENT", "").replace("HOST", "api.openai.com")
WAYS = pytest.mark.parametrize(
    ("code", "guard", "host"),
    [
        (FIXTURE, "false", "telemetry.example"),
        (FIXTURE, "true", "telemetry.example"),
        (GUARDED, "true", "api.openai.com"),
    ],
    ids=["fixture", "fixture and guard", "guard"],
)


@WAYS
def test_a_thread_that_ran_before_is_not_blamed_on_the_test(
    run: Run, reached: list[str], code: str, guard: str, host: str
) -> None:
    result = run(code, "-p", "no:randomly", ini=f"convsim_guard = {guard}")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = result.stdout.lines
    at = next(number for number, line in enumerate(said) if line.strip("= ") == "convsim")
    assert said[at + 1] == "Requests of threads that were running before the test began were refused:"
    assert said[at + 2].startswith(f"  in thread 'heart-beat': GET https://{host}/telemetry was not sent: ")
    assert reached == []


@pytest.mark.parametrize(
    ("codes", "guard", "hosts"),
    [
        ({"test_it": FIXTURE}, "false", ["telemetry.example"]),
        ({"test_it": GUARDED, "test_other": FIXTURE}, "true", ["api.openai.com", "telemetry.example"]),
    ],
    ids=["fixture", "fixture and guard"],
)
def test_workers_of_xdist_tell_it_to_the_controller(
    pytester: pytest.Pytester, run: Run, reached: list[str], codes: dict[str, str], guard: str, hosts: list[str]
) -> None:
    pytester.makepyfile(**codes)
    result = run(codes["test_it"], "-n1", using=("xdist",), ini=f"convsim_guard = {guard}")
    result.assert_outcomes(passed=2 * len(codes))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for host in hosts:
        result.stdout.fnmatch_lines([f"  in thread 'heart-beat': GET https://{host}/telemetry was not sent: *"])
    assert reached == []


@pytest.mark.parametrize(("argument", "host"), [("convsim", "telemetry.example"), ("", "api.openai.com")])
def test_a_thread_that_the_test_starts_is_its_own(run: Run, argument: str, host: str) -> None:
    result = run(
        f"""
        import threading
        import httpx2

        def reach():
            try:
                httpx2.get("https://{host}/telemetry")
            except AssertionError:
                pass

        def test_it({argument}):
            thread = threading.Thread(target=reach)
            thread.start()
            thread.join()
        """,
        ini="convsim_guard = true",
    )
    outcomes = result.parseoutcomes()
    assert outcomes.get("errors", 0) + outcomes.get("failed", 0) == 1
    assert f"GET https://{host}/telemetry was not sent: " in str(result.stdout)


POOLS = """
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
import anyio.to_thread, httpx2

pool = ThreadPoolExecutor(1)
pool.submit(int).result()
loop = asyncio.new_event_loop()
running = threading.Thread(target=loop.run_forever)
running.start()

def reach():
    try:
        httpx2.get("https://telemetry.example/")
    except AssertionError:
        pass

async def reach_async():
    async with httpx2.AsyncClient() as client:
        try:
            await client.get("https://telemetry.example/")
        except AssertionError:
            pass

def test_executor(convsim):
    pool.submit(reach).result()

def test_loop(convsim):
    asyncio.run_coroutine_threadsafe(reach_async(), loop).result()

def test_anyio(convsim):
    asyncio.run(asyncio.to_thread(reach))

    async def run():
        await anyio.to_thread.run_sync(reach)

    anyio.run(run)

def test_at_the_end():
    loop.call_soon_threadsafe(loop.stop)
    running.join()
    loop.close()
    pool.shutdown()
"""


def test_threads_of_pools_and_loops_do_what_the_test_asks_for(run: Run) -> None:
    result = run(POOLS, "-p", "no:randomly")
    result.assert_outcomes(passed=4, errors=3)
    assert result.stdout.str().count("_ ERROR at teardown of test_") == 3


def test_between_tests_a_refused_thread_is_told_too(run: Run) -> None:
    result = run(
        """
        import threading
        import httpx2, pytest

        begin = threading.Event()

        def reach():
            begin.wait(20)
            try:
                httpx2.get("https://api.openai.com/v1/conversations/conv_1", headers={"api-key": "sk-convsim-0"})
            except AssertionError:
                pass

        thread = threading.Thread(target=reach, name="late")
        thread.start()

        @pytest.fixture
        def last(request):
            yield
            begin.set()
            thread.join()

        def test_it(last, convsim): ...
        """
    )
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["  in thread 'late': GET https://api.openai.com/* was not sent: its key was made up *"]
    )


def test_a_run_with_nothing_to_tell_says_nothing(run: Run) -> None:
    result = run("def test_it(convsim): convsim.conversations.create()", ini="convsim_guard = true")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    assert not [line for line in result.stdout.lines if line.strip("= ") == "convsim"]
    assert "OPENAI_API_KEY" not in os.environ


def test_as_an_app_it_answers_traces_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "agents.tracing", raising=False)
    found = leftovers.Leftovers(Tally(), answer=True)
    assert (found.connect("/realtime"), found.pass_time(2.0), found.serves("GET", "/traces/ingest")) == (
        None,
        2.0,
        False,
    )
    found.close()
    leftovers.flush_traces("sk-convsim-0")  # without openai-agents, there is nothing to flush
    assert not leftovers.TraceUrls(answer=True).has_host("api.openai.com", None)


def test_a_worker_that_crashed_hands_over_nothing() -> None:
    take_over(SimpleNamespace())
    take_over(SimpleNamespace(workeroutput={}))


@pytest.mark.parametrize(("traces", "words"), [(0, ""), (1, "1 post of "), (2, "2 posts of ")])
def test_answered_traces_are_counted_in_words(traces: int, words: str) -> None:
    told, said = Tally(), list[str]()
    told.traces = traces
    tell(cast("pytest.TerminalReporter", SimpleNamespace(section=lambda title: None, line=said.append)), told)
    assert [line.partition("openai")[0] for line in said] == ([words] if words else [])
