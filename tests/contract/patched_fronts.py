"""The fronts that put the emulator in the way of clients that know nothing of it: ``sim.patch`` and respx routers.

The clients are built once, before any emulator is: building them costs more than the scenarios do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import httpx
import httpx2
import openai
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx

from convsim import Emulator

from .fronts import BASE, Front, asynchronously, awaited, over_http, over_sdk, synchronously

Open = Callable[[Emulator], AbstractContextManager[Front]]

built = cache(lambda build: build())


def sdk() -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-test", base_url=BASE, max_retries=0)


def sdk_async() -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="sk-test", base_url=BASE, max_retries=0)


def sdk_aiohttp() -> openai.AsyncOpenAI:
    http_client = openai.DefaultAioHttpClient()
    return openai.AsyncOpenAI(api_key="sk-test", base_url=BASE, max_retries=0, http_client=http_client)


@contextmanager
def patched_sdk_sync(sim: Emulator) -> Iterator[Front]:
    with sim.patch():
        yield over_sdk(built(sdk), lambda answer: answer)


@contextmanager
def patched_sdk_async(sim: Emulator) -> Iterator[Front]:
    with sim.patch():
        yield over_sdk(built(sdk_async), awaited)


@contextmanager
def patched_sdk_aiohttp(sim: Emulator) -> Iterator[Front]:
    with sim.patch():
        yield over_sdk(built(sdk_aiohttp), awaited)


@contextmanager
def respx_sdk_sync(sim: Emulator) -> Iterator[Front]:
    with routed(sim, "httpcore2"):
        yield over_sdk(built(sdk), lambda answer: answer)


@contextmanager
def routed(sim: Emulator, using: str) -> Iterator[None]:
    with respx.mock(using=using, assert_all_called=False) as router:
        sim.add_routes(router)
        yield


def over(name: str, way: Callable[[Emulator], Any], client: Callable[[], Any]) -> Open:
    """A bare client while ``way`` holds."""

    @contextmanager
    def opened(sim: Emulator) -> Iterator[Front]:
        with way(sim):
            if not client.__name__.startswith("Async"):
                yield over_http(synchronously(built(client)))
            else:
                yield over_http(asynchronously(built(client)))

    opened.__name__ = name
    return opened


PATCHED_HTTP_FRONTS = (
    over("patched_httpx2_sync", Emulator.patch, httpx2.Client),
    over("patched_httpx2_async", Emulator.patch, httpx2.AsyncClient),
    over("patched_httpx_sync", Emulator.patch, httpx.Client),
    over("patched_httpx_async", Emulator.patch, httpx.AsyncClient),
    over("respx_httpx2_sync", lambda sim: routed(sim, "httpcore2"), httpx2.Client),
    over("respx_httpx2_async", lambda sim: routed(sim, "httpcore2"), httpx2.AsyncClient),
    over("respx_httpx_sync", lambda sim: routed(sim, "httpcore"), httpx.Client),
    over("respx_httpx_async", lambda sim: routed(sim, "httpcore"), httpx.AsyncClient),
)
PATCHED_FRONTS = (
    *PATCHED_HTTP_FRONTS,
    patched_sdk_sync,
    patched_sdk_async,
    patched_sdk_aiohttp,
    respx_sdk_sync,
)
