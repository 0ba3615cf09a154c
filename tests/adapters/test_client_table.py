"""Every row of the table in docs/network.md: requests to a claimed host, by client or library."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpcore
import httpcore2
import httpx
import httpx2
import openai
import pytest
import requests
import trio
import urllib3
import uvloop
import websocket
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAI
from websockets.asyncio.client import connect as connect_async

from convsim import Emulator, RefusedHostError

from .conftest import NetworkReachedError
from .faulty_fronts import kept_methods

PAGE = Path(__file__).parents[2] / "docs" / "network.md"
HOST = "api.openai.com"
URL = f"https://{HOST}/v1/conversations"
REALTIME = f"wss://{HOST}/v1/realtime?model=gpt-realtime"
HEADERS = {"Authorization": "Bearer sk-x"}
PROXY = "http://127.0.0.1:9"

Call = Callable[[], Any]


def sdk(**options: Any) -> str:
    return OpenAI(api_key="sk-x", max_retries=0, **options).conversations.create().id


def sdk_async(build: Callable[[], Any] = lambda: None) -> str:
    async def create() -> str:
        async with AsyncOpenAI(api_key="sk-x", max_retries=0, http_client=build()) as client:
            return (await client.conversations.create()).id

    return asyncio.run(create())


def module_level() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openai, "api_key", "sk-x")
        patch.setattr(openai, "_client", None)
        openai.conversations.create()


def posted(library: Any) -> None:
    assert library.post(URL, headers=HEADERS).status_code == 200


def posted_async(library: Any, run: Callable[..., Any]) -> None:
    async def post() -> None:
        async with library.AsyncClient(headers=HEADERS) as client:
            assert (await client.post(URL)).status_code == 200

    run(post)


class Wrapper(httpx2.BaseTransport):
    def __init__(self) -> None:
        self.network = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.network.handle_request(request)


class Subclass(httpx.HTTPTransport):
    pass


EARLY = httpx2.Client()
KEPT = {library: library.Client(transport=kept_methods(library), headers=HEADERS) for library in (httpx, httpx2)}


def pooled(core: Any) -> None:
    with core.ConnectionPool() as pool:
        assert pool.request("POST", URL, headers=HEADERS | {"Content-Length": "0"}).status == 200


def by_websockets() -> None:
    async def greet() -> None:
        async with connect_async(REALTIME, additional_headers=HEADERS) as connection:
            assert "session.created" in str(await connection.recv())

    asyncio.run(greet())
    with OpenAI(api_key="sk-x").realtime.connect(model="gpt-realtime") as connection:
        assert connection.recv().type == "session.created"


def by_aiohttp(use: Callable[[aiohttp.ClientSession], Any]) -> Any:
    async def used() -> Any:
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            return await use(session)

    return asyncio.run(used())


async def greeted(session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(REALTIME) as connection:
        assert (await connection.receive_json())["type"] == "session.created"


def in_a_thread() -> None:
    thread = threading.Thread(target=sdk)
    thread.start()
    thread.join()


def by_mock_transport() -> None:
    mock = httpx.MockTransport(lambda request: httpx.Response(200, text="mine"))
    assert httpx.Client(transport=mock).get(URL).text == "mine"


def by_streams(loop: Callable[[], Any] | None = None) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.open_connection(HOST, 443))


def by_proxy_of_urllib() -> None:
    urllib.request.build_opener(urllib.request.ProxyHandler({"https": PROXY})).open(URL)


def on_asyncio(function: Callable[..., Any]) -> Any:
    return asyncio.run(function())


# By the first cell of a row: its verdict, and the calls that it stands for.
ROWS: dict[str, tuple[str, list[Call]]] = {
    "`OpenAI()`, `AsyncOpenAI()`, `openai.conversations`, of openai 3 and 2": (
        "answered",
        [sdk, sdk_async, module_level],
    ),
    "the SDK with `http_client=` an httpx or httpx2 client of your own": (
        "answered",
        [
            lambda: sdk(http_client=httpx.Client()),
            lambda: sdk(http_client=httpx2.Client()),
            lambda: sdk_async(httpx.AsyncClient),
            lambda: sdk_async(httpx2.AsyncClient),
        ],
    ),
    "`AsyncOpenAI(http_client=DefaultAioHttpClient())`": ("answered", [lambda: sdk_async(DefaultAioHttpClient)]),
    "httpx and httpx2: clients and functions, on asyncio and trio": (
        "answered",
        [
            lambda: posted(httpx),
            lambda: posted(httpx2),
            lambda: posted(httpx.Client(headers=HEADERS)),
            lambda: posted(httpx2.Client(headers=HEADERS)),
            lambda: posted_async(httpx, on_asyncio),
            lambda: posted_async(httpx2, on_asyncio),
            lambda: posted_async(httpx, trio.run),
            lambda: posted_async(httpx2, trio.run),
        ],
    ),
    "a wrapper of your own around `HTTPTransport`, or a subclass of it": (
        "answered",
        [lambda: posted(httpx2.Client(transport=Wrapper())), lambda: posted(httpx.Client(transport=Subclass()))],
    ),
    "a client built before the patch": ("answered", [lambda: sdk(http_client=EARLY)]),
    "a client that was instrumented, or whose transport's method was kept, before the patch": (
        "answered",
        [lambda: posted(KEPT[httpx]), lambda: posted(KEPT[httpx2])],
    ),
    "httpcore and httpcore2": ("answered", [lambda: pooled(httpcore), lambda: pooled(httpcore2)]),
    (
        "websockets, and so `client.realtime.connect()`, `client.responses.connect()` and openai-agents:"
        " [Realtime](realtime.md), [turns](responses.md#over-a-websocket)"
    ): ("answered", [by_websockets]),
    "`ws_connect` of aiohttp, which livekit-agents uses": ("answered", [lambda: by_aiohttp(greeted)]),
    "another thread of this process": ("answered", [in_a_thread]),
    "`MockTransport`, `ASGITransport`, `TestClient`": ("left", [by_mock_transport]),
    "requests, urllib3": (
        "refused",
        [
            lambda: requests.post(URL, timeout=5),
            lambda: urllib3.PoolManager(retries=False).request("POST", URL),
        ],
    ),
    "urllib, http.client": ("refused", [lambda: urllib.request.urlopen(URL)]),
    "aiohttp on its own": ("refused", [lambda: by_aiohttp(lambda session: session.post(URL))]),
    "websocket-client": ("refused", [lambda: websocket.create_connection(REALTIME)]),
    "`socket`, asyncio, uvloop and trio, by the host's name": (
        "refused",
        [
            lambda: socket.create_connection((HOST, 443)),
            lambda: socket.getaddrinfo(HOST, 443),
            by_streams,
            lambda: by_streams(uvloop.new_event_loop),
            lambda: trio.run(trio.socket.getaddrinfo, HOST, 443),
        ],
    ),
    "a proxy that is asked to connect, by requests, urllib or aiohttp": (
        "refused",
        [
            lambda: requests.post(URL, proxies={"https": PROXY}, timeout=5),
            by_proxy_of_urllib,
            lambda: by_aiohttp(lambda session: session.post(URL, proxy=PROXY)),
        ],
    ),
    "this machine's own servers (`localhost`, `127.0.0.1`, `::1`)": (
        "passes",
        [
            lambda: httpx.get("http://localhost:9/"),
            lambda: httpx2.get("http://[::1]:9/"),
            lambda: requests.get("http://127.0.0.1:9/", timeout=5),
        ],
    ),
}
CALLS = [
    pytest.param(verdict, call, id=f"{name} {number}")
    for name, (verdict, calls) in ROWS.items()
    for number, call in enumerate(calls)
]


def test_these_are_the_rows_of_the_page() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| A request to a claimed host |\n| --- | --- |\n")[2]
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", table.partition("\n\n")[0], re.MULTILINE))
    assert list(rows) == list(ROWS)
    assert [cell for name, cell in rows.items() if ROWS[name][0] not in cell] == []


@pytest.mark.filterwarnings("ignore:connect\\(\\) must be used:DeprecationWarning")
@pytest.mark.parametrize(("verdict", "call"), CALLS)
def test_what_the_page_says_of_a_client_is_true(verdict: str, call: Call) -> None:
    with Emulator().patch() as sim:
        if verdict in ("answered", "left"):
            call()
            assert sim.refused == ()
            assert bool(len(sim.state) or sim.realtime.connections) is (verdict == "answered")
        else:
            with pytest.raises(RefusedHostError if verdict == "refused" else NetworkReachedError):
                call()
            assert bool(sim.refused) is (verdict == "refused")
