"""Beside each plugin that users have: together it works, or the test fails with the neighbour's clear words."""

from __future__ import annotations

from tests.plugin.conftest import NEIGHBOURS, Run


def test_time_machine(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim import Clock
        from openai import OpenAI

        @pytest.mark.convsim(now=Clock.system())
        def test_the_clock_of_the_machine(convsim, time_machine):
            time_machine.move_to(1800000000, tick=False)
            assert OpenAI().conversations.create().created_at == 1800000000
            time_machine.shift(60)
            assert OpenAI().conversations.create().created_at == 1800000060

        @pytest.mark.time_machine(1800000000)
        def test_the_clock_of_the_emulator(convsim):
            assert OpenAI().conversations.create().created_at == 1741900000
        """,
        using=("time_machine",),
    )
    result.assert_outcomes(passed=2)


def test_freezegun(run: Run) -> None:
    result = run(
        """
        import pytest
        from convsim import Clock, Emulator
        from freezegun import freeze_time
        from openai import OpenAI

        @pytest.mark.convsim(now=Clock.system())
        def test_inside(convsim):
            with freeze_time("2027-01-15 08:00:00") as frozen:
                assert OpenAI().conversations.create().created_at == 1800000000
                frozen.tick(60)
                assert OpenAI().conversations.create().created_at == 1800000060

        @freeze_time("2027-01-15 08:00:00")
        def test_around_an_emulator_of_its_own():
            with Emulator(now=Clock.system()).patch() as sim:
                assert sim.openai().conversations.create().created_at == 1800000000

        @freeze_time("2027-01-15 08:00:00")
        def test_the_clock_of_the_emulator(convsim):
            assert OpenAI().conversations.create().created_at == 1741900000
        """,
        apart=True,
    )
    result.assert_outcomes(passed=3)


def test_pytest_socket(run: Run) -> None:
    result = run(
        """
        import asyncio, socket
        import pytest
        from openai import OpenAI
        from pytest_socket import SocketBlockedError

        def test_it(convsim, convsim_client, convsim_async_client):
            with pytest.raises(SocketBlockedError):
                socket.socket()
            made = OpenAI().conversations.create()
            assert convsim_client.conversations.retrieve(made.id).id == made.id
            assert asyncio.run(convsim_async_client.conversations.retrieve(made.id)).id == made.id
            with OpenAI().realtime.connect(model="gpt-realtime") as connection:
                assert connection.recv().type == "session.created"
        """,
        "--disable-socket",
        "--allow-unix-socket",  # an event loop of asyncio is made with a pair of them
        using=("socket",),
        apart=True,
    )
    result.assert_outcomes(passed=1)


def test_pytest_socket_without_unix_sockets(run: Run) -> None:
    result = run(
        """
        from openai import OpenAI

        def test_it(convsim):
            assert OpenAI().conversations.create().id in convsim.state
        """,
        "--disable-socket",
        using=("socket",),
    )
    result.assert_outcomes(passed=1)


def test_unittest_classes(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import unittest
        import pytest
        from convsim import patched
        from openai import AsyncOpenAI, OpenAI

        @pytest.mark.usefixtures("convsim")
        class ByMark(unittest.TestCase):
            def setUp(self):
                self.made = OpenAI().conversations.create().id

            def test_it(self):
                assert OpenAI().conversations.retrieve(self.made).id == self.made

        @pytest.mark.convsim(ids="sequential")
        class ByFixture(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def emulator(self, convsim):
                self.sim = convsim

            def test_it(self):
                assert OpenAI().conversations.create().id == "conv_1"
                assert list(self.sim.state) == ["conv_1"]

        @pytest.mark.usefixtures("convsim")
        class Async(unittest.IsolatedAsyncioTestCase):
            async def test_it(self):
                assert (await AsyncOpenAI().conversations.create()).id

        @patched(ids="sequential")
        class Patched(unittest.TestCase):
            def test_one(self):
                assert OpenAI(api_key="sk-any").conversations.create().id == "conv_1"

            def test_two(self):
                assert len(self.sim.state) == 0
        """,
    )
    result.assert_outcomes(passed=5)
    assert reached == []


def test_a_miss_in_a_unittest_class_fails_its_test(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import contextlib, unittest
        import httpx, pytest

        @pytest.mark.usefixtures("convsim")
        class Test(unittest.TestCase):
            def test_swallowed(self):
                with contextlib.suppress(Exception):
                    httpx.get("https://example.org/")

            def test_failing(self):
                httpx.get("https://example.org/")
        """
    )
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["_* ERROR at teardown of Test.test_swallowed _*", "GET https://example.org/ was not sent: the emulator is *"]
    )
    assert reached == []


def test_hypothesis(run: Run, reached: list[str]) -> None:
    result = run(
        """
        from convsim import Emulator
        from hypothesis import given, settings, strategies as st
        from openai import OpenAI

        @given(st.integers())
        def test_with_the_fixture(convsim, number): ...

        SEEN = set()

        @settings(max_examples=10, deadline=None)  # the first one imports the SDK
        @given(st.text(max_size=16))
        def test_patched_inside(topic):
            with Emulator().patch() as sim:
                made = OpenAI(api_key="sk-any").conversations.create(metadata={"topic": topic})
                SEEN.add(made.id)
                assert sim.conversations.retrieve(made.id).metadata == {"topic": topic}
            assert len(SEEN) == 1
        """,
        using=("hypothesispytest",),
        apart=True,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["E * hypothesis.errors.FailedHealthCheck: *test_with_the_fixture* uses a function-scoped fixture 'convsim'*"]
    )
    assert reached == []


def test_all_neighbours_at_once(run: Run, reached: list[str]) -> None:
    result = run(
        """
        import httpx, httpx2, pytest
        from convsim import Clock
        from openai import AsyncOpenAI, OpenAI

        @pytest.mark.convsim(now=Clock.system())
        def test_mocks(httpx_mock, respx_mock, httpx2_mock, time_machine, convsim):
            time_machine.move_to(1800000000, tick=False)
            httpx_mock.add_response(url="https://one.example/", text="one")
            httpx2_mock.get("https://two.example/").respond(text="two")
            assert httpx.get("https://one.example/").text == "one"
            assert httpx2.get("https://two.example/").text == "two"
            assert OpenAI().conversations.create().created_at == 1800000000

        @pytest.mark.asyncio
        async def test_asyncio(convsim):
            assert (await AsyncOpenAI().conversations.create()).id in convsim.state

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["trio"])
        async def test_anyio(convsim):
            assert (await AsyncOpenAI().conversations.create()).id in convsim.state
        """,
        "--strict-markers",
        using=NEIGHBOURS,
        apart=True,
        ini="asyncio_default_fixture_loop_scope = function",
    )
    result.assert_outcomes(passed=3)
    assert reached == []
