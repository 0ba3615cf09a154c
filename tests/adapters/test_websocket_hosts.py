"""Which WebSockets a patch answers, and what becomes of the others."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from openai import AsyncAzureOpenAI, AzureOpenAI, OpenAI
from websockets.asyncio.client import connect as connect_async
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidURI
from websockets.sync.client import connect, unix_connect

from convsim import Emulator, RefusedHostError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.errors import RefusedError
from convsim.http.urls import BaseUrls
from convsim.realtime import Close
from tests.waiting import PATIENCE

from .conftest import NetworkReachedError

KEY = {"Authorization": "Bearer sk-test"}


async def greeting(url: str, **options: Any) -> str:
    async with connect_async(url, additional_headers=KEY, **options) as connection:
        return str(await connection.recv())


def greeted(url: str, *, asynchronous: bool, **options: Any) -> bool:
    if asynchronous:
        first = asyncio.run(greeting(url, **options))
    else:
        with connect(url, additional_headers=KEY, **options) as connection:
            first = str(connection.recv())
    return first.startswith('{"type":"session.created"')


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "convsim-websocket"] == []


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("base_urls", "url"),
    [
        ([], "wss://api.openai.com/v1/realtime?model=m"),
        ([], "wss://api.openai.com:443/v1/realtime?model=m"),
        ([], "ws://api.openai.com/v1/realtime?model=m"),
        ([], "wss://API.openai.com/v1/realtime?model=m"),
        (["https://gateway.test/openai/v1/"], "wss://gateway.test/openai/v1/realtime?model=m"),
        (["https://gateway.test:8443/v1"], "wss://gateway.test:8443/v1/realtime?model=m"),
        (["http://localhost:8080/v1"], "ws://localhost:8080/v1/realtime?model=m"),
        (["http://[::1]:8080/v1"], "ws://[::1]:8080/v1/realtime?model=m"),
        (["https://*.openai.azure.com/openai/v1"], "wss://mine.openai.azure.com/openai/v1/realtime?model=m"),
        (["wss://mine.openai.azure.com"], "wss://mine.openai.azure.com/openai/realtime?api-version=v1&deployment=m"),
    ],
)
def test_a_base_url_is_answered(base_urls: list[str], url: str, asynchronous: bool) -> None:
    with Emulator(base_urls=base_urls).patch():
        assert greeted(url, asynchronous=asynchronous)


def test_the_host_header_is_what_the_url_says() -> None:
    seen = []
    for url in ("wss://api.openai.com:443/v1/realtime", "wss://gateway.test:8443/v1/realtime"):
        sim = Emulator(base_urls=["https://gateway.test:8443/v1"])
        opener = sim.realtime.open

        def noting(path: str, opener: Any = opener) -> Any:
            opening = opener(path)

            def noted(request: Any) -> Any:
                seen.append(request.header(b"host"))
                return opening(request)

            return noted

        with mock.patch.object(sim.realtime, "open", noting), sim.patch():
            assert greeted(f"{url}?model=m", asynchronous=False)
    assert seen == [b"api.openai.com", b"gateway.test:8443"]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_options_for_the_network_are_left_out(asynchronous: bool) -> None:
    import ssl

    url = "wss://api.openai.com/v1/realtime?model=m"
    with Emulator().patch():
        options = {"ssl": ssl.create_default_context(), "server_hostname": "other", "proxy": "http://proxy.test"}
        assert greeted(url, asynchronous=asynchronous, **options)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("url", ["wss://elsewhere.test/", "wss://api.openai.com:8443/v1/realtime", "ws://10.0.0.1/"])
def test_other_hosts_are_refused_or_let_through(url: str, asynchronous: bool) -> None:
    with (
        Emulator().patch() as sim,
        pytest.raises(RefusedHostError, match=r"^GET wss?://\S+ was not sent: the emulator"),
    ):
        greeted(url, asynchronous=asynchronous)
    assert len(sim.refused) == 1
    with Emulator(other_hosts="pass").patch() as sim, pytest.raises(NetworkReachedError):
        greeted(url, asynchronous=asynchronous, proxy=None)
    assert sim.refused == ()


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_another_prefix_of_a_claimed_host_is_refused_with_the_line_to_write(asynchronous: bool) -> None:
    with (
        Emulator(base_urls=["wss://gateway.test/v1"], other_hosts="pass").patch() as sim,
        pytest.raises(RefusedHostError, match=r"add 'https://gateway\.test/openai/v1' to base_urls=\[\.\.\.\]"),
    ):
        greeted("wss://gateway.test/openai/v1/realtime?model=m", asynchronous=asynchronous)
    assert len(sim.refused) == 1


def test_an_address_is_named_as_urls_write_it() -> None:
    with Emulator().patch(), pytest.raises(RefusedHostError, match=r"^GET ws://\[2001:db8::1\]:8080/x was not sent: "):
        greeted("ws://[2001:db8::1]:8080/x", asynchronous=False)


def test_the_innermost_of_several_answers_for_what_it_claims() -> None:
    inner, outer = Emulator(base_urls=["https://gateway.test/v1"]), Emulator()
    with outer.patch(), inner.patch():
        assert greeted("wss://gateway.test/v1/realtime?model=m", asynchronous=False)
        assert greeted("wss://api.openai.com/v1/realtime?model=m", asynchronous=True)
    assert (len(inner.realtime.connections), len(outer.realtime.connections)) == (2, 0)
    with pytest.raises(NetworkReachedError):
        greeted("wss://api.openai.com/v1/realtime?model=m", asynchronous=False, proxy=None)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_guard_refuses_its_hosts_and_no_others(asynchronous: bool) -> None:
    kept: list[RefusedError] = []
    with patched_in(Patch(BaseUrls(), None, None, kept.append)):
        with pytest.raises(RefusedHostError, match="convsim_guard is on"):
            greeted("wss://api.openai.com/v1/realtime?model=m", asynchronous=asynchronous)
        with pytest.raises(NetworkReachedError):
            greeted("wss://elsewhere.test/", asynchronous=asynchronous, proxy=None)
    assert len(kept) == 1


@pytest.mark.usefixtures("loopback")
def test_this_machine_s_own_servers_are_reached() -> None:
    async def echo(connection: Any) -> None:
        await connection.send(await connection.recv())

    async def ask() -> tuple[str, str]:
        async with serve(echo, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with connect_async(f"ws://127.0.0.1:{port}/v1/realtime", proxy=None) as own:
                await own.send("asynchronously")
                first = await own.recv()

            def talk() -> str:
                with connect(f"ws://127.0.0.1:{port}/", proxy=None) as connection:
                    connection.send("in a thread")
                    return str(connection.recv())

            second = await asyncio.to_thread(talk)
            # A client may name the host of the connection apart from that of the URL.
            async with connect_async("ws://api.openai.com/v1/", host="127.0.0.1", port=port, proxy=None) as own:
                await own.send("at another address")
                assert await own.recv() == "at another address"
            return str(first), second

    with Emulator().patch() as sim:
        assert asyncio.run(ask()) == ("asynchronously", "in a thread")
    assert (sim.refused, sim.realtime.connections) == ((), ())


def test_a_client_with_a_connection_of_its_own_keeps_it() -> None:
    url = "ws://api.openai.com/v1/realtime?model=m"

    def cut() -> socket.socket:
        one, other = socket.socketpair()
        other.close()
        return one

    with Emulator().patch() as sim:
        with pytest.raises(Exception, match="close frame"):
            connect(url, sock=cut(), unix=True)
        with pytest.raises(Exception, match="valid HTTP response"):
            asyncio.run(greeting(url, sock=cut(), unix=True))
        with pytest.raises(FileNotFoundError):
            unix_connect("/nowhere/socket", uri=url)
    assert sim.realtime.connections == ()


def test_a_mock_of_the_library_is_not_covered() -> None:
    with Emulator().patch(), mock.patch("websockets.sync.client.connect", return_value="mocked"):
        from websockets.sync import client

        found: object = client.connect("wss://elsewhere.test/")
        assert found == "mocked"


@pytest.mark.parametrize("url", ["https://api.openai.com/v1/realtime", "nonsense"])
def test_what_is_no_url_of_a_websocket_is_the_library_s_own_error(url: str) -> None:
    with Emulator().patch() as sim:
        for asynchronous in (False, True):
            with pytest.raises(InvalidURI):
                greeted(url, asynchronous=asynchronous)
    assert sim.refused == ()


@pytest.mark.parametrize("steps", range(6))
def test_an_attempt_that_is_cancelled_leaves_nothing_open(steps: int, request: pytest.FixtureRequest) -> None:
    async def cancelled() -> None:
        attempt = asyncio.ensure_future(greeting("wss://api.openai.com/v1/realtime?model=m"))
        for _ in range(steps):
            await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt

    # All that is made meanwhile stays in the youngest generation, and a look at that one is a quick one.
    gc.disable()
    request.addfinalizer(gc.enable)
    with Emulator().patch():
        asyncio.run(cancelled())
    gc.collect(0)  # an unclosed socket is an error


def test_azure_s_clients_are_caught_with_their_key() -> None:
    sim = Emulator(base_urls=["https://*.openai.azure.com/openai"], api_keys={"azure-key": "proj_azure"})

    async def greet() -> str:
        own = AsyncAzureOpenAI(api_key="azure-key", azure_endpoint="https://mine.openai.azure.com", api_version="v1")
        async with own, own.realtime.connect(model="gpt-realtime") as connection:
            return (await connection.recv()).type

    own = AzureOpenAI(api_key="azure-key", azure_endpoint="https://mine.openai.azure.com", api_version="v1")
    with sim.patch(), own, own.realtime.connect(model="gpt-realtime") as connection:
        assert (connection.recv().type, asyncio.run(greet())) == ("session.created", "session.created")
    assert {connection.project for connection in sim.realtime.connections} == {"proj_azure"}
    models = [connection.session.configuration["model"] for connection in sim.realtime.connections]
    assert models == ["gpt-realtime"] * 2


@pytest.mark.parametrize(
    ("url", "closed"),
    [
        ("wss://mine.openai.azure.com/openai/realtime?api-version=v1&deployment=d", None),
        ("wss://api.openai.com/v1/realtime?model=m", Close(4000, "invalid_request_error.beta_api_shape_disabled")),
    ],
)
def test_the_beta_is_over_but_on_azure(url: str, closed: Close | None) -> None:
    headers = {"Authorization": "Bearer sk-test", "OpenAI-Beta": "realtime=v1"}
    with Emulator(base_urls=["https://*.openai.azure.com/openai"]).patch() as sim:
        with connect(url, additional_headers=headers) as socket:
            told = json.loads(socket.recv(PATIENCE))
        (connection,) = sim.realtime.connections
        assert told["type"] == ("error" if closed else "session.created")
        assert closed in (None, connection.closed)


def test_the_sdk_s_own_base_url_of_websockets_is_claimed_like_any_other() -> None:
    own = OpenAI(api_key="sk-test", websocket_base_url="ws://gateway.test/v1")
    with Emulator(base_urls=["http://gateway.test/v1"]).patch(), own.realtime.connect(model="m") as connection:
        assert connection.recv().type == "session.created"
    with Emulator().patch(), pytest.raises(RefusedHostError), own.realtime.connect(model="m"):
        raise AssertionError
