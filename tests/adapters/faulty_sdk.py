"""The ways of the official SDK to an emulator: each talks to a client as it is told, and gives what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import openai
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx

from convsim import Emulator

T = TypeVar("T")
HI: Any = {"type": "message", "role": "user", "content": "hi"}
Talk = Callable[..., Any]


def sync(sim: Emulator, use: Callable[[Any], T], **options: Any) -> T:
    with sim.openai(**options) as client:
        return use(client)


def asynchronous(sim: Emulator, use: Callable[[Any], Awaitable[T]], **options: Any) -> T:
    return asyncio.run(_used(sim.async_openai(**options), use))


def on_aiohttp(sim: Emulator, use: Callable[[Any], Awaitable[T]], **options: Any) -> T:
    async def talk() -> T:
        http_client = openai.DefaultAioHttpClient()
        return await _used(openai.AsyncOpenAI(api_key="sk-x", http_client=http_client, **options), use)

    with sim.patch():
        return asyncio.run(talk())


def patched(sim: Emulator, use: Callable[[Any], T], **options: Any) -> T:
    with sim.patch(), openai.OpenAI(api_key="sk-x", **options) as client:
        return use(client)


def routed(sim: Emulator, use: Callable[[Any], T], **options: Any) -> T:
    with respx.mock(using="httpcore2") as router, openai.OpenAI(api_key="sk-x", **options) as client:
        sim.add_routes(router)
        return use(client)


def routed_async(sim: Emulator, use: Callable[[Any], Awaitable[T]], **options: Any) -> T:
    with respx.mock(using="httpcore2") as router:
        sim.add_routes(router)
        return asyncio.run(_used(openai.AsyncOpenAI(api_key="sk-x", **options), use))


async def _used(client: Any, use: Callable[[Any], Awaitable[T]]) -> T:
    async with client:
        return await use(client)


ALL: list[Talk] = [sync, asynchronous, on_aiohttp, patched, routed, routed_async]
ON_ALL = pytest.mark.parametrize("talk", ALL, ids=lambda talk: talk.__name__)
ON_BOTH = pytest.mark.parametrize("talk", ALL[:2], ids=lambda talk: talk.__name__)


def create(client: Any) -> Any:
    return client.conversations.create()
