"""The ways of bare clients to an emulator: explicit transports, patched in (at both points), on a respx router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
import httpx2
import openai
import pytest
import respx

from convsim import Emulator

URL = "https://api.openai.com/v1/conversations"
HEADERS = {"Authorization": "Bearer sk-x"}


@dataclass(frozen=True)
class Front:
    """A way to the emulator: ``way`` gives the arguments of the library's clients while it is open."""

    module: Any
    way: Callable[[Emulator], AbstractContextManager[dict[str, Any]]]
    client: Callable[..., Any]
    asynchronous: bool
    backend: str = "asyncio"

    def __str__(self) -> str:
        call = f"async on {self.backend}" if self.asynchronous else "sync"
        return f"{self.client.__module__.partition('.')[0]}.{self.client.__name__} {self.way.__name__} {call}"

    def each(self, sim: Emulator, use: Callable[[Any], Any], use_async: Callable[[Any], Any]) -> Any:
        """Return the result of ``use`` with a client, or of ``use_async`` with an asynchronous one."""

        async def used(arguments: dict[str, Any]) -> Any:
            async with self.client(headers=HEADERS, **arguments) as client:
                return await use_async(client)

        with self.way(sim) as arguments:
            if self.asynchronous:
                return anyio.run(used, arguments, backend=self.backend)
            with self.client(headers=HEADERS, **arguments) as client:
                return use(client)

    def post(self, sim: Emulator, **options: Any) -> Any:
        def use(client: Any) -> Any:
            return client.post(URL, **options)

        return self.each(sim, use, use)


@contextmanager
def on_transport(sim: Emulator) -> Iterator[dict[str, Any]]:
    yield {"transport": sim.httpx_transport()}


@contextmanager
def on_transport2(sim: Emulator) -> Iterator[dict[str, Any]]:
    yield {"transport": sim.httpx2_transport()}


@contextmanager
def patched(sim: Emulator) -> Iterator[dict[str, Any]]:
    with sim.patch():
        yield {}


def kept_methods(module: Any) -> Any:
    """Return a transport that has taken the methods of the network's own, as instrumentation of one client does."""

    class Kept(module.BaseTransport, module.AsyncBaseTransport):  # type: ignore[misc]
        def __init__(self) -> None:
            self.handle_request = module.HTTPTransport().handle_request
            self.handle_async_request = module.AsyncHTTPTransport().handle_async_request

    return Kept()


@contextmanager
def kept(sim: Emulator) -> Iterator[dict[str, Any]]:
    transport = kept_methods(httpx)
    with sim.patch():
        yield {"transport": transport}


@contextmanager
def kept2(sim: Emulator) -> Iterator[dict[str, Any]]:
    transport = kept_methods(httpx2)
    with sim.patch():
        yield {"transport": transport}


@contextmanager
def routed(sim: Emulator) -> Iterator[dict[str, Any]]:
    with respx.mock(using="httpcore") as router:
        sim.add_routes(router)
        yield {}


FRONTS = [
    Front(httpx, on_transport, httpx.Client, asynchronous=False),
    Front(httpx, on_transport, httpx.AsyncClient, asynchronous=True),
    Front(httpx, on_transport, httpx.AsyncClient, asynchronous=True, backend="trio"),
    Front(httpx2, on_transport2, httpx2.Client, asynchronous=False),
    Front(httpx2, on_transport2, httpx2.AsyncClient, asynchronous=True),
    Front(httpx2, on_transport2, httpx2.AsyncClient, asynchronous=True, backend="trio"),
    Front(httpx, patched, httpx.Client, asynchronous=False),
    Front(httpx, patched, httpx.AsyncClient, asynchronous=True),
    Front(httpx2, patched, httpx2.Client, asynchronous=False),
    Front(httpx2, patched, httpx2.AsyncClient, asynchronous=True),
    Front(httpx2, patched, openai.DefaultAioHttpClient, asynchronous=True),
    Front(httpx, kept, httpx.Client, asynchronous=False),
    Front(httpx, kept, httpx.AsyncClient, asynchronous=True),
    Front(httpx2, kept2, httpx2.Client, asynchronous=False),
    Front(httpx2, kept2, httpx2.AsyncClient, asynchronous=True),
    Front(httpx2, kept2, httpx2.AsyncClient, asynchronous=True, backend="trio"),
    Front(httpx, routed, httpx.Client, asynchronous=False),
    Front(httpx, routed, httpx.AsyncClient, asynchronous=True),
]
ON_EVERY_FRONT = pytest.mark.parametrize("front", FRONTS, ids=str)
ASYNCHRONOUS = pytest.mark.parametrize("front", [front for front in FRONTS if front.asynchronous], ids=str)
