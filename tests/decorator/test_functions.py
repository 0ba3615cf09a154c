"""``@convsim.patched()``: a fresh emulator around each call of a function or a coroutine."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import openai
import pytest

import convsim
from convsim import Emulator, UsageError
from tests.decorator.conftest import create, create_async


def untyped(decorated: Any) -> Any:
    """Called without ``sim``, which the decorator gives and the type of the function asks for."""
    return decorated


def test_a_function_is_answered_anew_on_each_call() -> None:
    @convsim.patched(seed=7)
    def talk(number: int, *, mark: str = "none") -> tuple[str, int, str]:
        """Talks."""
        return create(), number, mark

    assert talk(1) == talk(1)
    assert talk(2, mark="x")[1:] == (2, "x")
    assert (talk.__name__, talk.__doc__) == ("talk", "Talks.")
    assert talk(1)[0] != convsim.patched(seed=8)(create)()


def test_sim_is_the_emulator_of_the_call_and_no_fixture() -> None:
    seen: list[Emulator] = []

    @convsim.patched(ids="sequential")
    def talk(number: int, sim: Emulator, *, mark: str = "none") -> int:
        seen.append(sim)
        assert list(sim.state) == []
        assert create() == "conv_1"
        assert list(sim.state) == ["conv_1"]
        return number

    assert (untyped(talk)(1), untyped(talk)(number=2)) == (1, 2)
    assert seen[0] is not seen[1]
    assert list(inspect.signature(talk).parameters) == ["number", "mark"]
    assert inspect.signature(talk).return_annotation == "int"


def test_a_coroutine_is_answered_until_it_ends() -> None:
    @convsim.patched(ids="sequential")
    async def talk(sim: Emulator, number: int) -> int:
        await asyncio.sleep(0)
        assert [await create_async(), await create_async()] == list(sim.state) == ["conv_1", "conv_2"]
        return number

    @convsim.patched()
    async def talk_without() -> str:
        return await create_async()

    assert inspect.iscoroutinefunction(talk)
    assert list(inspect.signature(talk).parameters) == ["number"]
    assert asyncio.run(untyped(talk)(number=3)) == 3
    assert asyncio.run(talk_without()) == convsim.patched()(create)()


@pytest.mark.parametrize("number", [1, 2])
@convsim.patched(ids="sequential")
def test_pytest_gives_the_other_arguments(number: int, sim: Emulator, tmp_path: Any) -> None:
    assert (create(), number in (1, 2), tmp_path.exists()) == ("conv_1", True, True)


def test_a_generator_is_answered_while_it_runs() -> None:
    """As a pytest fixture that yields."""

    @convsim.patched(ids="sequential")
    def talk(sim: Emulator) -> Iterator[str]:
        yield create()
        assert len(sim.state) == 1

    assert list(untyped(talk)()) == ["conv_1"]


def test_an_asynchronous_generator_is_answered_while_it_runs() -> None:
    @convsim.patched(ids="sequential")
    async def talk(sim: Emulator) -> Any:
        yield await create_async()
        assert len(sim.state) == 1

    async def collect() -> list[str]:
        return [made async for made in untyped(talk)()]

    assert asyncio.run(collect()) == ["conv_1"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_passes_through(error: type[BaseException]) -> None:
    @convsim.patched()
    def fail() -> None:
        raise error("as it was")

    @convsim.patched()
    async def fail_async() -> None:
        raise error("as it was")

    with pytest.raises(error, match="as it was"):
        fail()
    with pytest.raises(error, match="as it was"):
        asyncio.run(fail_async())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ids": "pretty"}, r"Emulator\(ids='pretty'\): write 'live' or 'sequential'"),
        ({"base_urls": "https://x.test"}, "is one string"),
        (
            {"sed": 1},
            r"^Emulator\(sed=...\): there is no such option\. Did you mean seed=...\? There are seed, now, ids",
        ),
    ],
)
def test_a_wrong_option_is_blamed_where_it_is_written(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        convsim.patched(**options)


def test_a_clock_among_the_options_stands_where_it_stood_on_each_call() -> None:
    clock = convsim.Clock(5)

    @convsim.patched(now=clock)
    def wait(sim: Emulator) -> float:
        sim.clock.advance(60)
        return sim.clock.now()

    assert (untyped(wait)(), untyped(wait)(), clock.now()) == (65, 65, 5)


def test_options_are_the_emulator_s_on_each_call() -> None:
    @convsim.patched(base_urls=(url for url in ["https://gateway.test/v1"]))
    def talk() -> None:
        with openai.OpenAI(api_key="sk-x", max_retries=0, base_url="https://gateway.test/v1") as client:
            client.conversations.create()

    talk()
    talk()
