"""aiohttp's WebSockets are answered by a socket pair; its other requests to a claimed host are refused."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
import uvloop

from convsim import Emulator, RefusedHostError, RefusedRouteError
from convsim.realtime import Close, Text

from .conftest import NetworkReachedError

URL = "wss://api.openai.com/v1/realtime?model=gpt-realtime"
KEY = {"Authorization": "Bearer sk-test"}
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "convsim-websocket"] == []


def run(use: Callable[[aiohttp.ClientSession], Any], loop: Callable[[], Any] = asyncio.new_event_loop) -> Any:
    async def used() -> Any:
        async with aiohttp.ClientSession(headers=KEY) as session:
            return await use(session)

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(used())


@LOOPS
@pytest.mark.parametrize(
    "begin", ["wss://api.openai.com", "wss://api.openai.com:443", "ws://API.openai.com", "https://api.openai.com"]
)
def test_a_session_is_opened_edited_and_closed(begin: str, loop: Callable[[], Any]) -> None:
    async def edit(session: aiohttp.ClientSession) -> list[str]:
        async with session.ws_connect(f"{begin}/v1/realtime?model=gpt-realtime", heartbeat=30) as socket:
            created = await socket.receive_json()
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}], "id": "one"}
            await socket.send_json({"type": "conversation.item.create", "item": item})
            return [created["type"], *[(await socket.receive_json())["type"] for _ in range(2)]]

    with Emulator().patch() as sim:
        told = run(edit, loop)
        assert sim.realtime.connections[0].session.order == ("one",)
    assert told == ["session.created", "conversation.item.added", "conversation.item.done"]
    assert sim.realtime.connections[0].closed == Close(1000)


def test_several_in_one_client_and_the_service_s_own_closing() -> None:
    async def both(session: aiohttp.ClientSession) -> list[Any]:
        async with session.ws_connect(URL) as first, session.ws_connect(URL) as second:
            await first.receive(), await second.receive()
            sim.realtime.connections[0].session.add(Text("from the test"))
            told = json.loads((await first.receive()).data)["type"]
            sim.realtime.connections[1].session.drop(4001, "enough")
            closing = await second.receive()
            return [told, closing.type, closing.data]

    with Emulator().patch() as sim:
        assert run(both)[1:] == [aiohttp.WSMsgType.CLOSE, 4001]


def test_a_wrong_path_is_the_live_404() -> None:
    async def connect(session: aiohttp.ClientSession) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(URL.replace("realtime?", "nothing?"))
        return caught.value.status

    with Emulator().patch():
        assert run(connect) == 404


def test_a_path_that_only_the_live_api_has_is_refused() -> None:
    refused = pytest.raises(RefusedRouteError, match=r"^The WebSocket to /v1/live/sessions was not opened")
    with Emulator().patch() as sim, refused:
        run(lambda session: session.ws_connect("wss://api.openai.com/v1/live/sessions"))
    assert len(sim.refused) == 1


@LOOPS
def test_other_requests_to_the_host_are_refused(loop: Callable[[], Any]) -> None:
    with Emulator().patch() as sim, pytest.raises(RefusedHostError, match=r"^aiohttp was kept from connecting to api"):
        run(lambda session: session.post("https://api.openai.com/v1/conversations", json={}), loop)
    assert len(sim.refused) == 1


def test_without_the_library_websockets_a_connection_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither aiohttp nor livekit-agents brings it: each attempt failed in the client's background task."""
    monkeypatch.setitem(sys.modules, "websockets.server", None)
    with Emulator().patch() as sim, pytest.raises(RefusedHostError, match="websockets, which is not installed: python"):
        run(lambda session: session.ws_connect(URL))
    assert len(sim.refused) == 1
    assert sim.realtime.connections == ()
    assert len(sim.journal) == 0


def test_other_hosts_are_none_of_ours() -> None:
    with Emulator().patch() as sim, pytest.raises(NetworkReachedError):
        run(lambda session: session.ws_connect("wss://elsewhere.test/v1/realtime"))
    assert sim.refused == ()


@pytest.mark.parametrize("steps", range(6))
def test_an_attempt_that_is_cancelled_leaves_nothing_open(steps: int) -> None:
    async def cancelled(session: aiohttp.ClientSession) -> None:
        attempt = asyncio.ensure_future(session.ws_connect(URL)._coro)
        for _ in range(steps):
            await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt

    with Emulator().patch():
        run(cancelled)
