"""Every client that a user may bring is answered by the emulator while it is patched in."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import httpx
import httpx2
import openai
import pytest
import trio
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAI

from convsim import Emulator
from convsim.adapters import active
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in, stop
from convsim.http.urls import BaseUrls
from tests.profiles import first_unless_in_full

KEY = "sk-secret"
URL = "https://api.openai.com/v1/conversations"
HEADERS = {"Authorization": f"Bearer {KEY}"}
METADATA = {"topic": "demo"}


def module_level() -> Any:
    """``openai.conversations`` is a proxy to a client that the module makes of its own settings."""
    return nullcontext(openai)


def by_http(client: Any) -> str:
    """Creates a conversation, and reads it back with every way of asking; gives its id."""
    created = client.post(URL, json={"metadata": METADATA}, headers=HEADERS)
    assert created.status_code == 200
    url = f"{URL}/{created.json()['id']}"
    again = client.request("GET", url, headers=HEADERS).json()
    with client.stream("GET", url, headers=HEADERS) as streamed:
        assert client.get(url, headers=HEADERS).content == streamed.read()
    assert again == created.json()
    return str(again["id"])


def by_sdk(client: Any) -> str:
    created = client.conversations.create(metadata=METADATA)
    raw = client.conversations.with_raw_response.retrieve(created.id)
    assert (raw.http_response.status_code, raw.parse()) == (200, created)
    with client.conversations.with_streaming_response.retrieve(created.id) as streamed:
        assert streamed.parse() == created
    assert client.conversations.items.list(created.id).data == []
    return str(created.id)


async def by_http_async(client: Any) -> str:
    created = await client.post(URL, json={"metadata": METADATA}, headers=HEADERS)
    assert created.status_code == 200
    url = f"{URL}/{created.json()['id']}"
    async with client.stream("GET", url, headers=HEADERS) as streamed:
        assert (await client.get(url, headers=HEADERS)).content == await streamed.aread()
    return str(created.json()["id"])


async def by_sdk_async(client: Any) -> str:
    created = await client.conversations.create(metadata=METADATA)
    raw = await client.conversations.with_raw_response.retrieve(created.id)
    assert (raw.http_response.status_code, raw.parse()) == (200, created)
    async with client.conversations.with_streaming_response.retrieve(created.id) as streamed:
        assert await streamed.parse() == created
    assert [item async for item in client.conversations.items.list(created.id)] == []
    return str(created.id)


def sdk(http_client: Callable[[], Any] = lambda: None) -> OpenAI:
    return OpenAI(api_key=KEY, max_retries=0, http_client=http_client())


def sdk_async(http_client: Callable[[], Any] = lambda: None) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=KEY, max_retries=0, http_client=http_client())


Build = Callable[[], Any]

SYNC: dict[str, tuple[Build, Callable[[Any], str]]] = {
    "OpenAI": (sdk, by_sdk),
    "OpenAI on httpx": (lambda: sdk(httpx.Client), by_sdk),
    "OpenAI through a proxy": (lambda: sdk(lambda: httpx2.Client(proxy="http://proxy.test:8080")), by_sdk),
    "openai.conversations": (module_level, by_sdk),
    "httpx": (httpx.Client, by_http),
    "httpx2": (httpx2.Client, by_http),
    "httpx's functions": (lambda: nullcontext(httpx), by_http),
    "httpx2's functions": (lambda: nullcontext(httpx2), by_http),
}
ASYNC: dict[str, tuple[Build, Callable[[Any], Any]]] = {
    "AsyncOpenAI": (sdk_async, by_sdk_async),
    "AsyncOpenAI on httpx": (lambda: sdk_async(httpx.AsyncClient), by_sdk_async),
    "AsyncOpenAI on aiohttp": (lambda: sdk_async(DefaultAioHttpClient), by_sdk_async),
    "httpx": (httpx.AsyncClient, by_http_async),
    "httpx2": (httpx2.AsyncClient, by_http_async),
}


@pytest.fixture(autouse=True)
def module_level_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "api_key", KEY)
    monkeypatch.setattr(openai, "_client", None)


def require_answered(sim: Emulator, conversation_id: str) -> None:
    assert sim.conversations.retrieve(conversation_id).metadata == METADATA
    assert sim.refused == ()


@pytest.mark.parametrize("built", ["before", "after"])
@pytest.mark.parametrize("name", SYNC)
def test_a_sync_client_is_answered(name: str, built: str) -> None:
    build, call = SYNC[name]
    early = build() if built == "before" else None
    with Emulator().patch() as sim, early or build() as client:
        require_answered(sim, call(client))


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("built", ["before", "after"])
@pytest.mark.parametrize("name", ASYNC)
def test_an_async_client_is_answered(name: str, built: str, run: Callable[[Any], Any]) -> None:
    build, call = ASYNC[name]

    async def talk() -> None:
        early = build() if built == "before" else None
        with Emulator().patch() as sim:
            async with early or build() as client:
                require_answered(sim, await call(client))

    asyncio.run(talk()) if run is asyncio.run else run(talk)


@pytest.mark.parametrize("outside", [None, "sk-mine"])
def test_the_environment_is_left_as_it_is(outside: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is what the plugin's fixture sets; one who patches gives a key to the client."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if outside:
        monkeypatch.setenv("OPENAI_API_KEY", outside)
    before = dict(os.environ)
    with Emulator(api_keys=["sk-ours"]).patch():
        assert dict(os.environ) == before
    assert dict(os.environ) == before


def test_the_aiohttp_transport_is_found_when_it_is_imported_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not be there when the patch begins, and the next patch finds it there."""
    package = "openai._vendor.httpx_aiohttp"
    name = f"{package}.transport"
    monkeypatch.setattr(package, sys.modules[package])  # the import sets it anew
    for known in [known for known in sys.modules if known.startswith(package)]:
        monkeypatch.delitem(sys.modules, known)

    async def create() -> str:
        imported = import_module(name).AiohttpTransport()
        async with httpx2.AsyncClient(transport=imported) as client:
            return str((await client.post(URL, json={"metadata": METADATA}, headers=HEADERS)).json()["id"])

    before = list(sys.meta_path)
    for is_there in (False, True):
        with Emulator().patch() as sim:
            assert (name in sys.modules) == is_there
            require_answered(sim, asyncio.run(create()))
        assert sys.modules[name].AiohttpTransport.handle_async_request.__module__ == name
        assert sys.meta_path == before


def wrapper(library: Any, seen: list[str]) -> Any:
    """Return a user's own transport around the network's: it notes the request, and the answer's status."""

    class Noting(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        def __init__(self) -> None:
            self.sync, self.asynchronous = library.HTTPTransport(), library.AsyncHTTPTransport()

        def handle_request(self, request: Any) -> Any:
            response = self.sync.handle_request(request)
            seen.append(f"{request.method} {response.status_code}")
            return response

        async def handle_async_request(self, request: Any) -> Any:
            response = await self.asynchronous.handle_async_request(request)
            seen.append(f"{request.method} {response.status_code}")
            return response

    return Noting()


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_wrapper_around_the_network_transport_still_runs(library: Any) -> None:
    seen: list[str] = []

    async def talk() -> str:
        async with sdk_async(lambda: library.AsyncClient(transport=wrapper(library, seen))) as client:
            return str((await client.conversations.create(metadata=METADATA)).id)

    with Emulator().patch() as sim:
        with sdk(lambda: library.Client(transport=wrapper(library, seen))) as client:
            require_answered(sim, client.conversations.create(metadata=METADATA).id)
            with pytest.raises(openai.NotFoundError):
                client.conversations.retrieve("conv_none")
        require_answered(sim, asyncio.run(talk()))
    assert seen == ["POST 200", "GET 404", "POST 200"]


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_subclass_of_the_network_transport_still_runs(library: Any) -> None:
    class Retrying(library.HTTPTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return [super(Retrying, self).handle_request(request) for _ in range(2)][-1]

    with Emulator().patch() as sim, library.Client(transport=Retrying()) as client:
        assert client.post(URL, json={}, headers=HEADERS).status_code == 200
        assert len(sim.state) == 2


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_body_that_is_streamed_arrives_whole(library: Any) -> None:
    pieces = [b'{"metadata":', b'{"topic": "demo"}}']
    headers = {**HEADERS, "Content-Type": "application/json"}

    async def streamed() -> Any:
        for piece in pieces:
            yield piece

    async def talk() -> Any:
        async with library.AsyncClient() as client:
            return await client.post(URL, content=streamed(), headers=headers)

    with Emulator().patch() as sim, library.Client() as client:
        for answer in (client.post(URL, content=iter(pieces), headers=headers), asyncio.run(talk())):
            require_answered(sim, answer.json()["id"])


@pytest.mark.parametrize(
    "more", first_unless_in_full("sim.faults.add(__import__('convsim.faults').faults.RateLimited())", "")
)
def test_a_patch_that_is_never_left_ends_with_the_process_and_says_nothing(more: str) -> None:
    program = f"from convsim import Emulator\npatch = Emulator().patch()\nsim = patch.__enter__()\n{more}\nprint('end')"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_what_is_patched_when_the_interpreter_ends_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules are being taken apart by then."""
    ends = [False]
    monkeypatch.setattr(sys, "is_finalizing", lambda: ends[0])
    patch = Patch(BaseUrls(), None, None, lambda error: None)
    with patched_in(patch):
        ends[0] = True
    assert active.stack == [patch]
    stop(patch)
    assert active.stack == []
