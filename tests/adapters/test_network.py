"""The last net: no library resolves the name of a claimed host or connects to it, and each refusal says which did."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import trio
import urllib3
import uvloop
import websocket

from convsim import Emulator, RefusedHostError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.http.urls import BaseUrls
from tests.waiting import PATIENCE

from .conftest import NetworkReachedError

HOST = "api.openai.com"
imported_before = socket.getaddrinfo
URL = f"https://{HOST}/v1/models"


def by_aiohttp(url: str, **options: Any) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(url, **options)

    asyncio.run(get())


def by_streams(loop_factory: Callable[[], Any] | None = None, host: str = HOST) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(asyncio.open_connection(host, 443))


def by_loop(loop_factory: Callable[[], Any] | None = None) -> None:
    async def resolve() -> None:
        await asyncio.get_running_loop().getaddrinfo(HOST, 443)

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(resolve())


def by_socket(host: str = HOST) -> None:
    with socket.socket() as own:
        own.connect((host, 443))


def by_trio() -> None:
    with pytest.RaisesGroup(RefusedHostError, allow_unwrapped=True, flatten_subgroups=True) as caught:
        trio.run(trio.open_tcp_stream, HOST, 443)
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    raise error


WAYS: dict[str, tuple[Callable[[], Any], str]] = {
    "requests": (lambda: requests.get(URL, timeout=5), "requests (through urllib3) was kept from looking up"),
    "urllib3": (lambda: urllib3.PoolManager(retries=False).request("GET", URL), "urllib3 was kept from looking up"),
    "urllib": (lambda: urllib.request.urlopen(URL), "urllib.request was kept from connecting to"),
    "http.client": (
        lambda: http.client.HTTPSConnection(HOST).request("GET", "/v1/models"),
        "http.client was kept from connecting to",
    ),
    "websocket-client": (
        lambda: websocket.create_connection(f"wss://{HOST}/v1/realtime"),
        "websocket was kept from looking up",
    ),
    "aiohttp": (lambda: by_aiohttp(URL), "aiohttp was kept from connecting to"),
    "a socket": (lambda: socket.create_connection((HOST, 443)), "a library was kept from connecting to"),
    "a name": (lambda: socket.getaddrinfo(HOST.encode(), b"https"), "a library was kept from looking up"),
    "a name, whatever port": (lambda: socket.getaddrinfo(f"{HOST}.", None), "a library was kept from looking up"),
    "a function imported before": (
        lambda: imported_before(HOST, 443),
        "a library was kept from looking up",
    ),
    "a host's address": (lambda: socket.gethostbyname(HOST), "a library was kept from looking up"),
    "a host's addresses": (lambda: socket.gethostbyname_ex(HOST), "a library was kept from looking up"),
    "a socket's connect": (by_socket, "a library was kept from connecting to"),
    "asyncio's streams": (by_streams, "a library was kept from connecting to"),
    "asyncio's loop": (by_loop, "a library was kept from looking up"),
    "uvloop's streams": (lambda: by_streams(uvloop.new_event_loop), "a library was kept from connecting to"),
    "uvloop's loop": (lambda: by_loop(uvloop.new_event_loop), "a library was kept from looking up"),
    "trio": (by_trio, "trio was kept from looking up"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_library_that_is_not_answered_is_refused_by_name(way: str) -> None:
    call, begin = WAYS[way]
    with Emulator().patch() as sim, pytest.raises(RefusedHostError) as caught:
        call()
    assert str(caught.value) in map(str, sim.refused)
    assert str(caught.value).rstrip(".").startswith(f"{begin} api.openai.com")
    assert str(caught.value).endswith(
        ": the emulator is patched in, and it answers httpx, httpx2, websockets and the openai SDK, but not this"
        " library. Make this call with the SDK, give the code a client on httpx, replace the function that makes it, or"
        " let it reach a port: add the fixture `convsim_server` to the test, which sets OPENAI_BASE_URL (outside"
        " pytest: `convsim serve`)."
    )


@pytest.mark.parametrize("way", [way for way in WAYS if way != "uvloop's loop"])
def test_a_guard_refuses_it_in_its_own_words(way: str) -> None:
    kept: list[Any] = []
    with patched_in(Patch(BaseUrls(), None, None, kept.append)), pytest.raises(RefusedHostError) as caught:
        WAYS[way][0]()
    assert str(caught.value) in map(str, kept)
    assert "convsim_guard is on" in str(caught.value)


UNCLAIMED: dict[str, Callable[[], Any]] = {
    "requests": lambda: requests.get("https://other.test/", timeout=5),
    "aiohttp": lambda: by_aiohttp("https://other.test/"),
    "a name": lambda: socket.getaddrinfo("other.test", "443"),
    "a numeric address": lambda: by_aiohttp("http://192.0.2.1/"),
    "another port": lambda: socket.create_connection((HOST, 8443)),
    "a loop": lambda: by_streams(host="other.test"),
    "a socket's connect": lambda: by_socket("other.test"),
}


@pytest.mark.parametrize("way", UNCLAIMED)
def test_hosts_that_nobody_claims_are_left_alone(way: str) -> None:
    with Emulator().patch() as sim, pytest.raises(NetworkReachedError):
        UNCLAIMED[way]()
    assert sim.refused == ()


@pytest.mark.parametrize("call", [by_aiohttp, requests.get, urllib.request.urlopen])
def test_a_numeric_address_is_refused_where_it_is_claimed(call: Callable[[str], Any]) -> None:
    sim = Emulator(base_urls=["http://192.0.2.1:8080/v1"])
    with sim.patch(), pytest.raises(RefusedHostError, match=r"192\.0\.2\.1"):
        call("http://192.0.2.1:8080/v1/models")


@pytest.fixture
def server(loopback: None) -> Iterator[int]:
    """A server that says 200 to every request, and what it was asked goes nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_unix_sockets_and_this_machine_s_own_name_are_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as own, Emulator().patch() as sim:
        listening.bind(path)
        listening.listen()
        own.connect(path)
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    assert sim.refused == ()


def test_this_machine_is_reached_also_where_its_base_url_is_claimed(server: int) -> None:
    url = f"http://127.0.0.1:{server}/other"
    with Emulator(base_urls=[f"http://127.0.0.1:{server}/v1", f"http://localhost:{server}/v1"]).patch() as sim:
        assert requests.get(url, timeout=PATIENCE).text == "ok"
        by_aiohttp(url)
        by_aiohttp(f"http://127.0.0.1:{server}/v1/conversations")
        assert urllib.request.urlopen(f"http://localhost:{server}/other").read() == b"ok"
    assert sim.refused == ()


THROUGH_A_PROXY: dict[str, tuple[Callable[[str], Any], str]] = {
    "requests": (
        lambda proxy: requests.get(URL, proxies={"https": proxy}, timeout=5),
        "requests (through urllib3) was kept from connecting through a proxy to api.openai.com",
    ),
    "aiohttp": (lambda proxy: by_aiohttp(URL, proxy=proxy), "aiohttp was kept from connecting to api.openai.com"),
    "urllib": (
        lambda proxy: urllib.request.build_opener(urllib.request.ProxyHandler({"https": proxy})).open(URL),
        "urllib.request was kept from connecting through a proxy to api.openai.com",
    ),
}


@pytest.mark.parametrize("way", THROUGH_A_PROXY)
def test_a_proxy_is_not_asked_to_connect(server: int, way: str) -> None:
    call, begin = THROUGH_A_PROXY[way]
    with Emulator().patch(), pytest.raises(RefusedHostError) as caught:
        call(f"http://127.0.0.1:{server}")
    assert str(caught.value).startswith(begin)


def test_a_proxy_is_asked_for_other_hosts(server: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server)
    with Emulator().patch():
        connection.set_tunnel("other.test:443")
        connection.connect()
    connection.close()


def test_nothing_is_left_of_uvloop_s_methods() -> None:
    with Emulator().patch():
        assert "getaddrinfo" in vars(uvloop.Loop)
    assert not {"getaddrinfo", "create_connection"} & vars(uvloop.Loop).keys()


def test_in_a_thread_of_its_own_a_library_is_named_too() -> None:
    told: list[str] = []

    def get() -> None:
        try:
            requests.get(URL, timeout=5)
        except RefusedHostError as error:
            told.append(str(error))

    with Emulator().patch():
        thread = threading.Thread(target=get)
        thread.start()
        thread.join()
    assert told[0].startswith("requests (through urllib3) was kept")
