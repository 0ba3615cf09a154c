"""Answers that are late, as clients meet them: waited for without blocking, or absorbed by the emulator's clock."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anyio
import httpx2
import pytest

from convsim import Emulator
from convsim.faults import Latency, Rule
from tests.waiting import PATIENCE

from .faulty_fronts import ASYNCHRONOUS, HEADERS, ON_EVERY_FRONT, URL, Front


@ON_EVERY_FRONT
def test_a_late_answer_is_waited_for(front: Front) -> None:
    begun = time.monotonic()
    answer = front.post(Emulator(faults=[Latency(0.005)]), timeout=PATIENCE)

    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.005


@ASYNCHRONOUS
def test_other_tasks_run_while_an_answer_is_late(front: Front) -> None:
    order: list[str] = []

    async def other(asking: anyio.CancelScope) -> None:
        await anyio.sleep(0.001)
        order.append("other")
        asking.cancel()

    async def talk(client: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(other, group.cancel_scope)
            await client.post(URL, timeout=None)
            order.append("late")
        await client.post(URL)
        order.append("in time")

    front.each(Emulator(faults=[Latency(PATIENCE)]), print, talk)
    assert order == ["other", "in time"]


@ON_EVERY_FRONT
@pytest.mark.parametrize("virtual_time", [False, True], ids=["real", "virtual"])
def test_later_than_the_client_waits_is_the_clients_own_timeout(front: Front, virtual_time: bool) -> None:
    sim = Emulator(virtual_time=virtual_time, faults=[Latency(2 * PATIENCE)])
    start, begun = sim.clock.now(), time.monotonic()
    with pytest.raises(front.module.ReadTimeout) as caught:
        front.post(sim, timeout=0.01)

    assert str(caught.value.request.url) == URL
    assert len(sim.state) == 1
    assert sim.clock.now() == start + (0.01 if virtual_time else 0)
    assert (0 if virtual_time else 0.01) <= time.monotonic() - begun < PATIENCE


@ON_EVERY_FRONT
@pytest.mark.parametrize("timeout", [None, 1000])
def test_nobody_waits_in_virtual_time(front: Front, timeout: float | None) -> None:
    sim = Emulator(virtual_time=True, faults=[Latency(1000)])
    start, begun = sim.clock.now(), time.monotonic()

    assert front.post(sim, timeout=timeout).status_code == 200
    assert sim.clock.now() == start + 1000
    assert time.monotonic() - begun < PATIENCE


def test_several_late_answers_are_waited_for_at_the_same_time() -> None:
    sim = Emulator(faults=[Rule(Latency(0.02), times=20)])

    async def talk() -> list[tuple[int, int]]:
        async with httpx2.AsyncClient(transport=sim.httpx2_transport(), headers=HEADERS) as client:

            async def post() -> tuple[int, int]:
                return (await client.post(URL)).status_code, len(sim.state)

            return await asyncio.gather(*(post() for _ in range(20)))

    assert asyncio.run(talk()) == [(200, 20)] * 20  # all had been asked when the first was answered


def test_a_cancelled_wait_ends_at_once() -> None:
    sim = Emulator(faults=[Latency(2 * PATIENCE)])

    async def talk() -> None:
        async with httpx2.AsyncClient(transport=sim.httpx2_transport(), headers=HEADERS, timeout=None) as client:
            with anyio.move_on_after(0.01) as scope:
                await client.post(URL)
            assert scope.cancelled_caught

    asyncio.run(talk())
    assert len(sim.state) == 1
