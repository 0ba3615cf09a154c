"""Neighbours that a patched emulator leaves alone: test clients, mocks, the test's own servers, respx routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import fastapi
import fastapi.testclient
import httpx
import httpx2
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from convsim import Emulator, RefusedHostError

OURS = "https://api.openai.com/v1/conversations/conv_1"
HEADERS = {"Authorization": "Bearer sk-x"}
USING = {httpx: "httpcore", httpx2: "httpcore2"}
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])


@pytest.fixture
def sim() -> Emulator:
    sim = Emulator()
    sim.seed("conv_1")
    return sim


def get(library: Any, url: str) -> tuple[int, str]:
    answer = library.get(url, headers=HEADERS)
    return answer.status_code, answer.text


def get_async(library: Any, url: str, **options: Any) -> tuple[int, str]:
    async def talk() -> tuple[int, str]:
        async with library.AsyncClient(**options) as client:
            answer = await client.get(url, headers=HEADERS)
            return answer.status_code, answer.text

    return asyncio.run(talk())


def get_aiohttp(library: None, url: str) -> tuple[int, str]:
    async def talk() -> tuple[int, str]:
        async with DefaultAioHttpClient() as client:
            answer = await client.get(url, headers=HEADERS)
            return answer.status_code, answer.text

    return asyncio.run(talk())


WAYS = pytest.mark.parametrize("way", [get, get_async])


# --- in-process transports -----------------------------------------------------------------------------------------


def starlette_app() -> Any:
    return Starlette(routes=[Route("/v1/conversations/conv_1", lambda request: PlainTextResponse("the app's own"))])


def fastapi_app() -> Any:
    app = fastapi.FastAPI()

    @app.get("/v1/conversations/conv_1", response_class=PlainTextResponse)
    def own() -> str:
        return "the app's own"

    return app


@pytest.mark.parametrize("url", [OURS, "http://testserver/v1/conversations/conv_1"])
@pytest.mark.parametrize(("app", "client"), [(starlette_app, TestClient), (fastapi_app, fastapi.testclient.TestClient)])
def test_a_test_client_reaches_its_app(sim: Emulator, app: Any, client: Any, url: str) -> None:
    with sim.patch(), client(app()) as opened:
        assert opened.get(url).text == "the app's own"
    assert sim.refused == ()


def test_an_app_that_calls_the_api_behind_its_test_client_is_answered(sim: Emulator) -> None:
    app = fastapi.FastAPI()

    @app.get("/sync")
    def create() -> str:
        with OpenAI(api_key="sk-x") as client:
            return client.conversations.create().id

    @app.get("/async")
    async def create_async() -> str:
        async with AsyncOpenAI(api_key="sk-x") as client:
            return (await client.conversations.create()).id

    with sim.patch(), TestClient(app) as opened:
        made = {opened.get(path).json() for path in ("/sync", "/async")}
    assert set(sim.state) == {"conv_1", *made}
    assert len(made) == 2


@LIBRARIES
def test_the_asgi_transport_reaches_its_app(sim: Emulator, library: Any) -> None:
    with sim.patch():
        transport = library.ASGITransport(starlette_app())
        assert get_async(library, OURS, transport=transport) == (200, "the app's own")


@LIBRARIES
def test_mock_transports_answer_themselves(sim: Emulator, library: Any) -> None:
    transport = library.MockTransport(lambda request: library.Response(418, text="teapot"))
    with sim.patch(), library.Client(transport=transport) as client:
        assert client.get(OURS).status_code == client.get("https://other.test").status_code == 418
        assert get_async(library, OURS, transport=transport) == (418, "teapot")


# --- servers on this machine ---------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        body = f"served {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


@pytest.fixture
def server(loopback: None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving.server_port
        serving.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("library", "way"), [(httpx, get), (httpx, get_async), (httpx2, get), (httpx2, get_async), (None, get_aiohttp)]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_of_the_test_is_reached(
    sim: Emulator, server: int, library: Any, way: Callable[..., Any], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://{host}:{server}/openai/v1")
    with sim.patch():
        assert way(library, f"http://{host}:{server}/v1/health?deep=1") == (200, "served /v1/health?deep=1")
        assert way(library, f"http://{host}:{server}/openai/v1/conversations/conv_1")[1].startswith(
            '{\n  "id": "conv_1"'
        )
    assert sim.refused == ()


# --- respx ---------------------------------------------------------------------------------------------------------


@LIBRARIES
@WAYS
@pytest.mark.parametrize("assert_all_mocked", [True, False])
@pytest.mark.parametrize("started", ["before", "after"])
def test_respx_routes_for_other_hosts_answer_and_ours_are_ours(
    sim: Emulator, library: Any, way: Callable[..., Any], assert_all_mocked: bool, started: str
) -> None:
    router = respx.mock(using=USING[library], assert_all_mocked=assert_all_mocked)
    contexts: list[Any] = [router, sim.patch()]
    with ExitStack() as stack:
        for context in contexts if started == "before" else reversed(contexts):
            stack.enter_context(context)
        route = router.get("https://other.test/things").respond(418, text="teapot")
        assert way(library, "https://other.test/things") == (418, "teapot")
        status, text = way(library, OURS)
        assert (status, text.startswith('{\n  "id": "conv_1"')) == (200, True)
        assert route.call_count == len(router.calls) == 1
        if assert_all_mocked:
            with pytest.raises(AssertionError, match=r"not mocked"):
                way(library, "https://third.test/")
        else:
            assert way(library, "https://third.test/") == (200, "")
    assert sim.refused == ()


@WAYS
@pytest.mark.parametrize(("mocked", "library"), [(httpx, httpx2), (httpx2, httpx)])
def test_a_respx_router_of_the_one_library_opens_no_way_for_the_other(
    sim: Emulator, mocked: Any, library: Any, way: Callable[..., Any]
) -> None:
    with respx.mock(using=USING[mocked]), sim.patch(), pytest.raises(RefusedHostError):
        way(library, "https://other.test/")


def test_a_respx_router_opens_no_way_for_aiohttp(sim: Emulator) -> None:
    """Which respx does not see: the request would go to the network."""
    with respx.mock(using="httpcore2"), sim.patch(), pytest.raises(RefusedHostError):
        get_aiohttp(None, "https://other.test/")


@LIBRARIES
def test_other_hosts_are_refused_again_when_respx_has_ended(sim: Emulator, library: Any) -> None:
    with sim.patch():
        with respx.mock(using=USING[library]) as router:
            router.get("https://other.test/").respond(418)
            assert get(library, "https://other.test/")[0] == 418
        with pytest.raises(RefusedHostError):
            get(library, "https://other.test/")
