"""How ``patched`` is written, and where it puts ``sim`` among the arguments that others give by position."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any
from unittest import mock

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convsim
from convsim import Clock, Emulator, UnusedFaultWarning, UsageError
from convsim.decorator import failed_in
from convsim.faults import RateLimited, Rule
from tests.decorator.conftest import create


@convsim.patched
def without_parentheses(sim: Emulator) -> tuple[str, int]:
    return create(), len(sim.state)


def test_parentheses_may_be_left_out() -> None:
    assert without_parentheses() == (convsim.patched()(create)(), 1)  # type: ignore[call-arg]

    @convsim.patched
    class Talks:
        def test_it(self, sim: Emulator) -> int:
            create()
            return len(sim.state)

    assert Talks().test_it() == 1  # type: ignore[call-arg]


@pytest.mark.parametrize("target", [{"seed": 1}, 7, "conv_1"])
def test_what_cannot_be_decorated_is_refused(target: Any) -> None:
    with pytest.raises(UsageError, match=r"decorate a function or a class, or write options: patched\(seed=1\)"):
        convsim.patched(target)


@mock.patch("os.getcwd")
@convsim.patched()
def below_a_mock(sim: Emulator, getcwd: mock.Mock) -> bool:
    return isinstance(sim, Emulator) and os.getcwd is getcwd


@convsim.patched()
@mock.patch("os.getcwd")
def above_a_mock(sim: Emulator, getcwd: mock.Mock) -> bool:
    return isinstance(sim, Emulator) and os.getcwd is getcwd


@convsim.patched()
@mock.patch("os.getcwd")
def sim_comes_last(getcwd: mock.Mock, sim: Emulator) -> bool:
    return isinstance(sim, Emulator) and os.getcwd is getcwd


@mock.patch("os.getcwd")
@convsim.patched()
def by_keyword_only(getcwd: mock.Mock, *, sim: Emulator) -> bool:
    return isinstance(sim, Emulator) and os.getcwd is getcwd


@pytest.mark.parametrize("decorated", [below_a_mock, above_a_mock, sim_comes_last, by_keyword_only])
def test_beside_mock_patch(decorated: Callable[[], bool]) -> None:
    assert decorated()


class Methods:
    @mock.patch("os.getcwd")
    @convsim.patched()
    def below_a_mock(self, sim: Emulator, getcwd: mock.Mock) -> bool:
        return isinstance(self, Methods) and isinstance(sim, Emulator) and os.getcwd is getcwd


def test_methods_beside_mock_patch() -> None:
    assert Methods().below_a_mock()


@settings(max_examples=5)
@given(st.integers())
@convsim.patched(ids="sequential")
def test_beside_given(sim: Emulator, number: int) -> None:
    assert (create(), list(sim.state), type(number)) == ("conv_1", ["conv_1"], int)


def test_sim_goes_into_its_place() -> None:
    @convsim.patched()
    def talk(a: int, sim: Emulator, b: int = 0, *rest: int) -> tuple[int, type, int, tuple[int, ...]]:
        return a, type(sim), b, rest

    called: Any = talk
    assert called(1) == called(a=1) == (1, Emulator, 0, ())
    assert called(1, 2) == called(1, b=2) == (1, Emulator, 2, ())
    assert called(1, 2, 3) == (1, Emulator, 2, (3,))
    assert str(inspect.signature(talk)).startswith("(a: 'int', b: 'int' = 0, *rest: 'int')")


def test_options_are_taken_once_and_serve_every_call() -> None:
    keys = {"sk-a": "proj_a"}

    @convsim.patched(
        faults=map(Rule, [RateLimited()]), api_keys=MappingProxyType(keys), base_urls={"https://x.test/v1": 1}.keys()
    )
    def talk(sim: Emulator) -> tuple[int, str]:
        armed = len(sim.faults)
        sim.faults.clear()
        return armed, sim.api_key

    keys.clear()
    called: Any = talk
    assert called() == called() == (1, "sk-a")


def test_a_clock_is_copied_for_each_call() -> None:
    @convsim.patched(now=Clock(5))
    def talk(sim: Emulator) -> float:
        sim.clock.advance(60)
        return sim.clock.now()

    called: Any = talk
    assert called() == called() == 65


@pytest.mark.parametrize("found", [None, "sk-mine"])
def test_clients_have_a_key_meanwhile(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    names = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")
    for name in names:
        monkeypatch.delenv(name, raising=False)
        if found:
            monkeypatch.setenv(name, found)

    @convsim.patched(api_keys=["sk-first", "sk-second"])
    def talk() -> list[str]:
        with openai.OpenAI() as client:
            client.conversations.create()
        return [os.environ[name] for name in names]

    assert talk() == ["sk-first", "sk-first"]
    assert [os.environ.get(name) for name in names] == [found, found]


def test_unused_faults_are_told_at_the_line_of_the_function() -> None:
    @convsim.patched(faults=[RateLimited()])
    def talk() -> None: ...

    with pytest.warns(UnusedFaultWarning, match="RateLimited") as caught:
        talk()
    (warning,) = caught
    assert (warning.filename, warning.lineno) == (__file__, inspect.unwrap(talk).__code__.co_firstlineno)


def test_a_failing_call_warns_of_nothing_and_its_error_leads_to_the_emulator() -> None:
    seen: list[Emulator] = []

    @convsim.patched(faults=[RateLimited()])
    def inner(sim: Emulator) -> None:
        seen.append(sim)
        raise ValueError("mine")

    @convsim.patched()
    def outer() -> None:
        inner()  # type: ignore[call-arg]

    with pytest.raises(ValueError, match="mine") as caught:
        outer()
    assert failed_in(caught.value) is seen[0]
    assert failed_in(ValueError()) is None


def test_a_generator_is_handed_on_what_comes_and_closed() -> None:
    heard: list[Any] = []

    @convsim.patched()
    def talk() -> Iterator[int]:
        try:
            heard.append((yield 1))
            yield 2
        except KeyError:
            heard.append("KeyError")
            yield 3
        finally:
            heard.append("closed")

    generator: Any = talk()
    assert (next(generator), generator.send("sent"), generator.throw(KeyError())) == (1, 2, 3)
    generator.close()
    assert heard == ["sent", "KeyError", "closed"]
