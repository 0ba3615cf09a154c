"""With virtual time the SDK's waits before its retries pass on the emulator's clock, and no test waits for them.

In whatever version of the SDK is installed.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from types import ModuleType
from typing import Any

import httpx
import httpx2
import openai
import pytest
from openai import _base_client

from convsim import Emulator
from convsim.adapters.sdk_sleep import POINTS
from convsim.core.clock import DEFAULT_NOW
from convsim.faults import ConnectionReset, RateLimited, Rule, ServerError

HTTP: Any = httpx2 if issubclass(openai.DefaultHttpxClient, httpx2.Client) else httpx
LOST_TWICE = [Rule(ConnectionReset(), times=2)]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds for which somebody slept, in a thread or in a task."""
    import anyio

    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(time, "sleep", found.append)
    monkeypatch.setattr(anyio, "sleep", sleep)
    return found


def create(**options: Any) -> None:
    with openai.OpenAI(api_key="sk-x", **options) as client:
        client.conversations.create()


async def create_async() -> None:
    async with openai.AsyncOpenAI(api_key="sk-x") as client:
        await client.conversations.create()


CASES = pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        (Rule(ConnectionReset(), times=2), 0.5 + 1),
        (Rule(RateLimited(retry_after=2)), 2),
        (Rule(ServerError(), times=2), 0.5 + 1),
    ],
    ids=["lost", "retry-after", "500"],
)


@CASES
@pytest.mark.parametrize("turn", [1, 2])
def test_the_clock_moves_instead(slept: list[float], rule: Rule, seconds: float, turn: int) -> None:
    with Emulator(virtual_time=True, faults=[rule]).patch() as sim:
        create()
    assert sim.clock.now() == DEFAULT_NOW + seconds
    assert slept == []


@CASES
def test_of_asynchronous_clients_too(slept: list[float], rule: Rule, seconds: float) -> None:
    with Emulator(virtual_time=True, faults=[rule]).patch() as sim:
        asyncio.run(create_async())
    assert sim.clock.now() == DEFAULT_NOW + seconds
    assert slept == []


def test_without_virtual_time_the_sdk_waits(slept: list[float]) -> None:
    with Emulator(faults=LOST_TWICE).patch() as sim:
        create()
    with Emulator(faults=LOST_TWICE).patch() as other:
        asyncio.run(create_async())
    assert (sim.clock.now(), other.clock.now()) == (DEFAULT_NOW, DEFAULT_NOW)
    assert len(slept) == 4


@CASES
def test_behind_a_transport_of_the_emulator_its_clock_moves(slept: list[float], rule: Rule, seconds: float) -> None:
    sim = Emulator(virtual_time=True, faults=[rule])
    with Emulator().patch():
        sim.openai().conversations.create()
    assert sim.clock.now() == DEFAULT_NOW + seconds
    assert slept == []


def failing(request: Any) -> Any:
    return HTTP.Response(500)


def test_behind_a_transport_of_its_own_the_sdk_waits(slept: list[float]) -> None:
    outer = Emulator(virtual_time=True)
    with outer.patch():
        with suppress(openai.InternalServerError):
            create(http_client=HTTP.Client(transport=HTTP.MockTransport(failing)))
        own = Emulator(faults=LOST_TWICE)
        own.openai().conversations.create()
    assert len(slept) == 4
    assert outer.clock.now() == DEFAULT_NOW


class Elsewhere(HTTP.BaseTransport):  # type: ignore[misc]
    """Not one of the library's own kinds."""

    def handle_request(self, request: Any) -> Any:
        return failing(request)


def test_after_an_answer_of_another_host_the_sdk_waits(slept: list[float]) -> None:
    with Emulator(virtual_time=True, other_hosts="pass").patch() as sim, suppress(openai.InternalServerError):
        create(http_client=HTTP.Client(transport=Elsewhere()), base_url="https://elsewhere.test/v1")
    assert len(slept) == 2
    assert sim.clock.now() == DEFAULT_NOW


def test_only_while_it_is_patched_in() -> None:
    methods = [vars(kind)["_sleep_for_retry"] for kind in (_base_client.SyncAPIClient, _base_client.AsyncAPIClient)]
    with Emulator().patch():
        now = [vars(kind)["_sleep_for_retry"] for kind in (_base_client.SyncAPIClient, _base_client.AsyncAPIClient)]
        assert not any(one is other for one, other in zip(methods, now, strict=True))
    after = [vars(kind)["_sleep_for_retry"] for kind in (_base_client.SyncAPIClient, _base_client.AsyncAPIClient)]
    assert all(one is other for one, other in zip(methods, after, strict=True))


def test_an_sdk_without_such_a_method_waits_as_it_does() -> None:
    (points,) = POINTS.values()
    assert points(ModuleType("openai._base_client")) == []
