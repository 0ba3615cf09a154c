"""Plugins of pytest that measure, stop or compare the tests which use the fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.neighbours.conftest import Run


def test_pytest_timeout(run: Run) -> None:
    """A test that waits for a late answer is stopped, and the next one has an emulator of its own."""
    result = run(
        """
        import asyncio
        import pytest
        from convsim.faults import Latency
        from openai import AsyncOpenAI, OpenAI

        def read():
            with OpenAI() as client:
                return [event for event in client.responses.create(model="gpt-5.5", input="Hi", stream=True)]

        async def read_async():
            async with AsyncOpenAI() as client:
                stream = await client.responses.create(model="gpt-5.5", input="Hi", stream=True)
                return [event async for event in stream]

        def listen(times):
            with OpenAI().realtime.connect(model="gpt-realtime") as connection:
                return [connection.recv() for _ in range(times)]

        def test_without_a_limit(convsim):  # the first requests import most of the SDK
            convsim.responses.script("Hello.", times=2)
            assert read() and asyncio.run(read_async()) and listen(1)

        @pytest.mark.timeout(2)
        def test_hanging(convsim):
            convsim.responses.script("Hello.")
            convsim.faults.add(Latency(60), on="responses.create")
            read()

        @pytest.mark.timeout(2)
        def test_hanging_on_the_loop(convsim):
            convsim.responses.script("Hello.")
            convsim.faults.add(Latency(60), on="responses.create")
            asyncio.run(read_async())

        @pytest.mark.timeout(2)
        def test_hanging_realtime(convsim):
            listen(2)

        def test_next(convsim):
            assert OpenAI().conversations.create().id in convsim.state
            assert len(convsim.journal) == 1
        """,
        using=("timeout",),
        passed=2,
        failed=3,
    )
    assert result.stdout.str().count("Failed: Timeout (>2.0s) from pytest-timeout.") >= 3


def test_pytest_cov(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
        import asyncio
        from openai import AsyncOpenAI, OpenAI

        def start():
            return OpenAI().conversations.create().id

        async def start_async():
            return (await AsyncOpenAI().conversations.create()).id

        def listen():
            with OpenAI().realtime.connect(model="gpt-realtime") as connection:
                return connection.recv().type
        """
    )
    result = run(
        """
        import asyncio
        import app

        def test_it(convsim):
            assert app.start() in convsim.state
            assert asyncio.run(app.start_async()) in convsim.state
            assert app.listen() == "session.created"
        """,
        "--cov=app",
        "--cov-branch",
        "--cov-fail-under=100",
        using=("pytest_cov",),
        passed=1,
    )
    result.stdout.fnmatch_lines(["Required test coverage of 100% reached.*"])


def test_syrupy(run: Run, pytester: pytest.Pytester) -> None:
    """A snapshot of a transcript and of an answer holds in the next run; the ids are the same in every run."""
    code = """
        from openai import OpenAI

        def test_it(convsim, snapshot):
            made = OpenAI().conversations.create(items=[{"role": "user", "content": "SAID"}])
            assert convsim.transcript(made.id) == snapshot
            assert made.to_dict() == snapshot
            assert convsim.conversations.items.list(made.id).to_dict() == snapshot
        """
    run(code.replace("SAID", "Hi"), "--snapshot-update", using=("syrupy",), passed=1)
    run(code.replace("SAID", "Hi"), using=("syrupy",), passed=1)
    wrong = run(code.replace("SAID", "Bye"), using=("syrupy",), failed=1)
    wrong.stdout.fnmatch_lines(["*Hi*", "*Bye*"])
    assert [path.name for path in Path(pytester.path, "__snapshots__").iterdir()] == ["test_it.ambr"]


def test_inline_snapshot(run: Run, pytester: pytest.Pytester) -> None:
    """It writes transcripts and answers into the file, where they hold in the next run."""
    code = """
        from inline_snapshot import snapshot
        from openai import OpenAI

        def test_it(convsim):
            made = OpenAI().conversations.create(items=[{"role": "user", "content": "Hi"}])
            assert convsim.transcript(made.id) == snapshot()
            assert made.to_dict() == snapshot()
            assert [item.to_dict() for item in convsim.state[made.id].items] == snapshot()
        """
    module = Path(pytester.path, "test_it.py")
    pytester.makepyfile(test_it=code)
    created = pytester.runpytest_subprocess("-p", "convsim", "-p", "inline_snapshot", "--inline-snapshot=create")
    created.stdout.fnmatch_lines(["*1 passed*"])
    written = module.read_text()
    assert "snapshot()" not in written
    run(written, using=("inline_snapshot",), passed=1)


def test_all_at_once(run: Run) -> None:
    run(
        """
        import asyncio
        import pytest
        from openai import AsyncOpenAI, OpenAI

        @pytest.mark.asyncio
        @pytest.mark.timeout(20)
        async def test_asyncio(convsim):
            assert (await AsyncOpenAI().conversations.create()).id in convsim.state

        @pytest.mark.vcr
        @pytest.mark.timeout(20)
        def test_it(convsim, snapshot, capfire):
            assert OpenAI().conversations.create().id in convsim.state
        """,
        "--cov=test_it",
        using=("asyncio", "inline_snapshot", "logfire", "pytest_cov", "recording", "syrupy", "timeout"),
        passed=2,
        ini="asyncio_default_fixture_loop_scope = function",
    )
