"""blockbuster, which finds blocking calls on an event loop: no way to an emulator makes one, whatever the client.

blockbuster sees sleeps, files, blocking sockets and the waits of ``Lock.acquire``; a ``with lock:`` it does not see.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
from blockbuster import BlockingError, blockbuster_ctx
from openai import AsyncOpenAI, DefaultAioHttpClient

import convsim
from convsim import Emulator
from convsim.faults import Latency
from convsim.server.admission import loopback_hosts
from convsim.server.runner import Port, ServerThread

HEADERS = {"Authorization": "Bearer sk-test"}
BASE = "https://api.openai.com/v1"
MODEL = "gpt-5.5"
LATE = 0.02


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note the blocking calls on every loop of the process, those too whose error a client swallows or tries again."""
    found: list[str] = []
    begin = BlockingError.__init__

    def noted(error: BlockingError, name: str) -> None:
        begin(error, name)
        found.append(f"{name}\n{''.join(traceback.format_stack()[:-1])}")

    monkeypatch.setattr(BlockingError, "__init__", noted)
    with blockbuster_ctx(convsim) as buster:
        # Documented: a patch that ends on the loop waits for the threads of its WebSockets, which end by themselves.
        buster.functions["threading.Lock.acquire"].can_block_in("convsim/adapters/websockets/thread.py", "close_all")
        yield found


@pytest.fixture
def never_blocks(blocked: list[str]) -> Iterator[None]:
    """Fail the test if a loop was blocked."""
    yield
    assert not blocked, "\n".join(blocked)


@asynccontextmanager
async def default_client(sim: Emulator) -> AsyncIterator[AsyncOpenAI]:
    with sim.patch():
        async with AsyncOpenAI(api_key="sk-test") as client:
            yield client


@asynccontextmanager
async def client_on_aiohttp(sim: Emulator) -> AsyncIterator[AsyncOpenAI]:
    with sim.patch():
        async with AsyncOpenAI(api_key="sk-test", http_client=DefaultAioHttpClient()) as client:
            yield client


@asynccontextmanager
async def client_of_the_emulator(sim: Emulator) -> AsyncIterator[AsyncOpenAI]:
    async with sim.async_openai() as client:
        yield client


@asynccontextmanager
async def client_of_the_application(sim: Emulator) -> AsyncIterator[AsyncOpenAI]:
    transport = httpx2.ASGITransport(sim.asgi())
    async with AsyncOpenAI(api_key="sk-test", http_client=httpx2.AsyncClient(transport=transport)) as client:
        yield client


@asynccontextmanager
async def client_of_the_server(sim: Emulator) -> AsyncIterator[AsyncOpenAI]:
    port = await asyncio.to_thread(Port)
    serving = await asyncio.to_thread(ServerThread, port, sim.asgi(allowed_hosts=loopback_hosts(port.number)))
    try:
        async with AsyncOpenAI(api_key="sk-test", base_url=f"{port.url}/v1") as client:
            yield client
    finally:
        await asyncio.to_thread(serving.stop)


async def items(sim: Emulator, client: AsyncOpenAI) -> None:
    made = await client.conversations.create(items=[{"type": "message", "role": "user", "content": "Hi"}])
    await client.conversations.items.create(
        made.id, items=[{"type": "message", "role": "user", "content": str(number)} for number in range(20)]
    )
    assert len([item async for item in client.conversations.items.list(made.id, limit=5)]) == 21
    await client.conversations.delete(made.id)


async def late_turns(sim: Emulator, client: AsyncOpenAI) -> None:
    sim.responses.script("Hello.", times=2, delay=LATE)
    made = await client.conversations.create()
    answer = await client.responses.create(model=MODEL, input="Hi", conversation=made.id)
    assert answer.output_text == "Hello."
    stream = await client.responses.create(model=MODEL, input="Hi", conversation=made.id, stream=True)
    assert [event.type async for event in stream][-1] == "response.completed"


@pytest.mark.usefixtures("never_blocks")
@pytest.mark.parametrize("program", [items, late_turns])
@pytest.mark.parametrize(
    "client",
    [default_client, client_on_aiohttp, client_of_the_emulator, client_of_the_application, client_of_the_server],
)
def test_clients_of_the_sdk(
    client: Callable[..., Any], program: Callable[[Emulator, AsyncOpenAI], Awaitable[None]]
) -> None:
    async def talk() -> None:
        sim = Emulator()
        async with client(sim) as opened:
            await program(sim, opened)

    asyncio.run(talk())


@pytest.mark.usefixtures("never_blocks")
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_clients_of_http(library: Any) -> None:
    async def talk() -> None:
        sim = Emulator()
        sim.faults.add(Latency(LATE), times="always")
        transport = sim.httpx_transport() if library is httpx else sim.httpx2_transport()
        async with library.AsyncClient(transport=transport, headers=HEADERS) as client:
            assert (await client.post(f"{BASE}/conversations")).status_code == 200
        with sim.patch():
            async with library.AsyncClient(headers=HEADERS) as client:
                assert (await client.post(f"{BASE}/conversations")).status_code == 200

    asyncio.run(talk())


@pytest.mark.usefixtures("never_blocks")
@pytest.mark.parametrize("client", [default_client, client_of_the_server])
def test_realtime_over_websockets(client: Callable[..., Any]) -> None:
    async def talk() -> None:
        sim = Emulator()
        sim.realtime.script("Hello.", delay=LATE)
        async with client(sim) as opened, opened.realtime.connect(model="gpt-realtime") as connection:
            assert (await connection.recv()).type == "session.created"
            await connection.response.create()
            async for event in connection:
                if event.type == "response.done":
                    break

    asyncio.run(talk())


@pytest.mark.usefixtures("never_blocks")
def test_realtime_over_aiohttp() -> None:
    async def talk() -> None:
        with Emulator().patch():
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect("wss://api.openai.com/v1/realtime?model=gpt-realtime", headers=HEADERS) as socket,
            ):
                assert (await socket.receive_json())["type"] == "session.created"

    asyncio.run(talk())


@pytest.mark.usefixtures("never_blocks")
def test_the_control_plane_writes_its_file_beside_the_loop(tmp_path: Path) -> None:
    sim = Emulator()
    app = sim.asgi(control=True)
    app.served.save = lambda: sim.dump(tmp_path / "state.json")

    async def ask() -> list[int]:
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {app.control_token}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://test/_convsim", headers=headers) as client:
            answers = [await client.post("/state", json={}), await client.get("/state"), await client.get("/page")]
        return [answer.status_code for answer in answers]

    assert asyncio.run(ask()) == [200, 200, 200]
    assert (tmp_path / "state.json").exists()


def test_a_blocking_call_is_found(blocked: list[str]) -> None:
    """A script of the test is run on the loop of its client; this one sleeps there."""

    def slow(turn: Any) -> str:
        time.sleep(0)
        return "Hello."

    async def talk() -> None:
        sim = Emulator()
        sim.responses.script(slow)
        async with sim.async_openai(max_retries=0) as client:
            await client.responses.create(model=MODEL, input="Hi")

    with pytest.raises(Exception):  # noqa: B017, PT011 - the SDK decides which error it makes of it
        asyncio.run(talk())
    assert [found.partition("\n")[0] for found in blocked] == ["time.sleep"]
