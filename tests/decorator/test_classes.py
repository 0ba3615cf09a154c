"""``@convsim.patched()``: a fresh emulator around each test of a class."""

from __future__ import annotations

import asyncio
import functools
import os
import unittest
from typing import Any

import openai
import pytest

import convsim
from convsim import Emulator, UnusedFaultWarning
from convsim.faults import RateLimited
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


def results_of(case: type[unittest.TestCase]) -> tuple[int, list[str]]:
    """How many tests ran, and what went wrong."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result.testsRun, [text for _, text in (*result.failures, *result.errors)]


def test_the_decorator_of_a_method_is_nearer_than_that_of_its_class() -> None:
    @convsim.patched(seed=1)
    class Talks:
        @convsim.patched(seed=2)
        def test_it(self, sim: Emulator) -> tuple[Emulator, str]:
            return sim, create()

    sim, made = Talks().test_it()  # type: ignore[call-arg]
    assert repr(sim) == "Emulator(seed=2, ids='live', conversations=1)"
    assert made in sim.state


class Inherited:
    def test_it(self, sim: Emulator) -> str:
        create()
        return repr(sim)


def test_the_decorator_of_a_class_is_nearer_than_that_of_its_base() -> None:
    base = convsim.patched(seed=1)(type("Base", (Inherited,), {}))
    near = convsim.patched(seed=2)(type("Near", (base,), {}))
    assert base().test_it() == "Emulator(seed=1, ids='live', conversations=1)"
    assert near().test_it() == "Emulator(seed=2, ids='live', conversations=1)"


def test_methods_with_arguments_filled_in_are_decorated() -> None:
    @convsim.patched(ids="sequential")
    class Talks:
        def check(self, sim: Emulator, number: int) -> tuple[str, int]:
            return create(), number

        @staticmethod
        def made(number: int) -> tuple[str, int]:
            return create(), number

        test_two = functools.partialmethod(check, number=2)
        test_static = functools.partialmethod(made, 3)
        test_of_another_kind = functools.partialmethod(functools.partial(print), "")
        test_number = staticmethod(len)

    talks: Any = Talks()
    assert (talks.test_two(), talks.test_two()) == (("conv_1", 2), ("conv_1", 2))
    assert talks.test_static() == ("conv_1", 3)
    assert talks.test_number("ab") == 2


@convsim.patched(seed=1)
class FarCase(unittest.TestCase):
    sim: Emulator

    def run(self, result: Any = None) -> Any:
        return super().run(result)

    def test_seed(self) -> None:
        create()
        assert "conversations=1" in repr(self.sim)
        assert f"seed={self.wanted}," in repr(self.sim)

    wanted = 1


@convsim.patched(seed=2)
class NearCase(FarCase):
    wanted = 2

    def run(self, result: Any = None) -> Any:
        return super().run(result)


@pytest.mark.parametrize("case", [FarCase, NearCase])
def test_of_test_cases_too_the_nearer_decorator_wins(case: type[unittest.TestCase]) -> None:
    assert results_of(case) == (1, [])
    case("test_seed").debug()


def test_debug_is_patched_too() -> None:
    @convsim.patched(ids="sequential")
    class Case(unittest.TestCase):
        sim: Emulator

        def test_it(self) -> None:
            assert create() == "conv_1"
            assert len(self.sim.state) == 1
            raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        Case("test_it").debug()


@convsim.patched(ids="sequential", faults=[])
class SetUpOnce(unittest.TestCase):
    sim: Emulator
    made: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = create()
        assert list(cls.sim.state) == ["conv_1"]
        assert os.environ["OPENAI_API_KEY"] == cls.sim.api_key

    def test_one(self) -> None:
        assert [*self.sim.state, create()] == ["conv_1", "conv_2"]

    def test_two(self) -> None:
        assert self.sim.conversations.retrieve(self.made).id == "conv_1"
        assert create() == "conv_2"

    @classmethod
    def tearDownClass(cls) -> None:
        assert create() == "conv_2"


@convsim.patched(ids="sequential")
class SetUpOnceMore(SetUpOnce):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        assert list(cls.sim.state) == ["conv_1"]


class SetUpByAnother(SetUpOnce):
    """Not decorated itself."""


@pytest.mark.parametrize("case", [SetUpOnce, SetUpByAnother])
def test_each_test_begins_with_what_set_up_class_left(case: type[SetUpOnce]) -> None:
    before = patched_methods()
    assert results_of(case) == (2, [])
    assert patched_methods() == before
    assert not hasattr(case, "sim")
    assert "OPENAI_API_KEY" not in os.environ


def test_faults_are_for_the_tests_and_not_for_set_up_class(monkeypatch: pytest.MonkeyPatch) -> None:
    @convsim.patched(faults=[RateLimited()])
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            create()

        def test_it(self) -> None:
            with pytest.raises(openai.RateLimitError):
                create()

    assert results_of(Case) == (1, [])


def test_an_error_in_set_up_class_leaves_nothing_patched() -> None:
    @convsim.patched()
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise ValueError("as it was")

        def test_it(self) -> None: ...

    before = patched_methods()
    number, told = results_of(Case)
    assert (number, len(told)) == (0, 1)
    assert "as it was" in told[0]
    assert patched_methods() == before


def test_unused_faults_are_told_at_the_line_of_the_test() -> None:
    @convsim.patched(faults=[RateLimited()])
    class Case(unittest.TestCase):
        def test_it(self) -> None: ...

    with pytest.warns(UnusedFaultWarning, match="RateLimited") as caught:
        assert results_of(Case) == (1, [])
    assert [(one.filename, one.lineno) for one in caught] == [(__file__, Case.test_it.__code__.co_firstlineno)]
