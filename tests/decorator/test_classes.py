"""``@convsim.patched()``: a fresh emulator around each test of a class."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

import pytest

import convsim
from convsim import Emulator
from tests.adapters.conftest import patched_methods
from tests.decorator.conftest import create, create_async


def test_a_class_s_tests_are_decorated() -> None:
    @convsim.patched(ids="sequential")
    class Talks:
        test_data = ("not", "callable")

        def test_with(self, number: int, sim: Emulator) -> tuple[str, int]:
            assert len(sim.state) == 0
            return create(), number

        def test_without(self) -> str:
            return create()

        async def test_async(self) -> str:
            return await create_async()

        def helper(self, sim: str) -> str:
            return sim

    talks = Talks()
    assert (talks.test_with(5), talks.test_with(number=6)) == (("conv_1", 5), ("conv_1", 6))  # type: ignore[call-arg]
    assert (talks.test_without(), asyncio.run(talks.test_async())) == ("conv_1", "conv_1")
    assert (talks.helper("untouched"), Talks.test_data) == ("untouched", ("not", "callable"))


def test_a_class_s_methods_stay_of_their_kind() -> None:
    @convsim.patched(ids="sequential")
    class Talks:
        @staticmethod
        def test_static(number: int, sim: Emulator) -> tuple[str, int]:
            return create(), number

        @classmethod
        def test_of_the_class(cls) -> tuple[str, str]:
            return create(), cls.__name__

    assert Talks.test_of_the_class() == Talks().test_of_the_class() == ("conv_1", "Talks")
    assert Talks.test_static(1) == Talks().test_static(1) == ("conv_1", 1)  # type: ignore[call-arg]


@convsim.patched(ids="sequential")
class TestUnderPytest:
    def test_sim(self, sim: Emulator, tmp_path: Any) -> None:
        assert (create(), list(sim.state), tmp_path.exists()) == ("conv_1", ["conv_1"], True)

    def test_another(self) -> None:
        assert create() == "conv_1"


@convsim.patched(ids="sequential")
class UnittestUnderPytest(unittest.TestCase):
    sim: Emulator

    def setUp(self) -> None:
        assert create() == "conv_1"

    def test_one(self) -> None:
        assert [*self.sim.state, create()] == ["conv_1", "conv_2"]

    def test_two(self) -> None:
        assert [*self.sim.state, create()] == ["conv_1", "conv_2"]

    def tearDown(self) -> None:
        assert (create(), len(self.sim.state)) == ("conv_3", 3)


@convsim.patched(ids="sequential")
class UnittestOfCoroutines(unittest.IsolatedAsyncioTestCase):
    sim: Emulator

    async def asyncSetUp(self) -> None:
        assert await create_async() == "conv_1"

    async def test_one(self) -> None:
        assert [*self.sim.state, await create_async()] == ["conv_1", "conv_2"]

    async def asyncTearDown(self) -> None:
        assert await create_async() == "conv_3"


class Inheriting(UnittestUnderPytest):
    def test_three(self) -> None:
        assert [*self.sim.state, create()] == ["conv_1", "conv_2"]


@pytest.mark.parametrize(("case", "tests"), [(UnittestUnderPytest, 2), (UnittestOfCoroutines, 1), (Inheriting, 3)])
def test_unittest_runs_them_as_pytest_does(case: type[unittest.TestCase], tests: int) -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert (result.testsRun, result.failures, result.errors) == (tests, [], [])


def test_a_failure_of_a_unittest_is_told_and_nothing_stays_patched() -> None:
    @convsim.patched()
    class Failing(unittest.TestCase):
        def test_it(self) -> None:
            self.fail("as it was")

    before, result = patched_methods(), unittest.TestResult()
    returned = Failing("test_it").run(result)
    assert returned is result
    assert [("as it was" in text) for _, text in result.failures] == [True]
    assert patched_methods() == before
