"""``@convsim.patched()`` over asynchronous generators: what comes is handed on, and the end is inside the patch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import convsim
from convsim import Emulator
from tests.decorator.conftest import create_async

heard: list[Any] = []


@convsim.patched(ids="sequential")
async def talk(sim: Emulator) -> AsyncGenerator[Any, Any]:
    try:
        heard.append((yield 1))
        yield 2
    except KeyError:
        heard.append("KeyError")
        yield 3
    finally:
        heard.append(await create_async())


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    heard.clear()


def test_values_are_sent_and_errors_thrown() -> None:
    async def run() -> list[int]:
        generator: Any = talk()  # type: ignore[call-arg]
        got = [await anext(generator), await generator.asend("sent"), await generator.athrow(KeyError())]
        await generator.aclose()
        return got

    assert asyncio.run(run()) == [1, 2, 3]
    assert heard == ["sent", "KeyError", "conv_1"]


def test_it_ends_where_the_inner_one_ends() -> None:
    async def run() -> list[int]:
        return [value async for value in talk()]  # type: ignore[call-arg]

    assert asyncio.run(run()) == [1, 2]
    assert heard == [None, "conv_1"]


def test_an_error_that_it_does_not_catch_passes_through() -> None:
    async def run() -> None:
        generator: Any = talk()  # type: ignore[call-arg]
        await anext(generator)
        await generator.athrow(ValueError("mine"))

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(run())
    assert heard == ["conv_1"]


def test_as_a_context_manager_it_sees_the_error_of_the_block() -> None:
    @asynccontextmanager
    @convsim.patched()
    async def service(sim: Emulator) -> AsyncGenerator[Emulator, None]:
        try:
            yield sim
        except KeyError:
            heard.append(len(sim.state))

    async def run() -> None:
        async with service():  # type: ignore[call-arg]
            await create_async()
            raise KeyError

    asyncio.run(run())
    assert heard == [1]
