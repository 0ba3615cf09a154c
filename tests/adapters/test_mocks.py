"""Mocks and cassettes below an emulator: they get what it does not answer, and it answers what it claims."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import httpx
import httpx2
import openai
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx
import vcr

from convsim import Emulator, RefusedHostError, RefusedRouteError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.http.urls import BaseUrls
from convsim.operations.matching import emulated

OURS = "https://api.openai.com/v1/conversations"
UNSERVED = "https://api.openai.com/v1/chat/completions"
OTHER = "https://other.test/things"
HEADERS = {"Authorization": "Bearer sk-x"}
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])
WAYS = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def status(library: Any, url: str, *, asynchronous: bool = False) -> int:
    async def talk() -> int:
        async with library.AsyncClient() as client:
            return int((await client.post(url, headers=HEADERS)).status_code)

    return asyncio.run(talk()) if asynchronous else int(library.post(url, headers=HEADERS).status_code)


@contextmanager
def respx_router(library: Any, folder: Path) -> Iterator[None]:
    with respx.mock(using="httpcore" if library is httpx else "httpcore2", assert_all_called=False) as router:
        for url in (UNSERVED, OTHER):
            router.post(url).respond(418)
        yield


@contextmanager
def replaced_methods(library: Any, folder: Path) -> Iterator[None]:
    """As pytest-httpx and httpx2-pytest: functions that answer, in the place of the transports' methods."""

    def answer(transport: Any, request: Any) -> Any:
        assert request.url in (UNSERVED, OTHER)
        return library.Response(418)

    async def answer_async(transport: Any, request: Any) -> Any:
        return answer(transport, request)

    with (
        mock.patch.object(library.HTTPTransport, "handle_request", answer),
        mock.patch.object(library.AsyncHTTPTransport, "handle_async_request", answer_async),
    ):
        yield


@contextmanager
def mock_objects(library: Any, folder: Path) -> Iterator[None]:
    with (
        mock.patch.object(library.HTTPTransport, "handle_request", return_value=library.Response(418)),
        mock.patch.object(library.AsyncHTTPTransport, "handle_async_request", return_value=library.Response(418)),
    ):
        yield


CASSETTE = """version: 1
interactions:
- request: {body: '', headers: {}, method: POST, uri: '%s'}
  response:
    body: {string: 'played'}
    headers: {}
    status: {code: 418, message: teapot}
- request: {body: '', headers: {}, method: POST, uri: '%s'}
  response:
    body: {string: 'played'}
    headers: {}
    status: {code: 418, message: teapot}
"""


@contextmanager
def cassette(library: Any, folder: Path) -> Iterator[None]:
    path = folder / "cassette.yaml"
    path.write_text(CASSETTE % (UNSERVED, OTHER))
    with vcr.use_cassette(str(path), record_mode="none", allow_playback_repeats=True):
        yield
    assert path.read_text() == CASSETTE % (UNSERVED, OTHER)


MOCKS = [respx_router, replaced_methods, mock_objects, cassette]


@LIBRARIES
@WAYS
@pytest.mark.parametrize("mocked", MOCKS)
@pytest.mark.parametrize("first", ["mock", "emulator"])
def test_a_mock_gets_what_the_emulator_does_not_answer(
    library: Any, asynchronous: bool, mocked: Callable[..., Any], first: str, tmp_path: Path
) -> None:
    def ask() -> None:
        assert status(library, OTHER, asynchronous=asynchronous) == 418
        assert status(library, UNSERVED, asynchronous=asynchronous) == 418

    if first == "mock":
        with mocked(library, tmp_path), Emulator().patch() as sim:
            ask()
            assert status(library, OURS, asynchronous=asynchronous) == 200
    else:
        with Emulator().patch() as sim, mocked(library, tmp_path):
            ask()
    assert sim.refused == ()


@LIBRARIES
@WAYS
@pytest.mark.parametrize("mocked", MOCKS)
@pytest.mark.parametrize("first", ["mock", "guard"])
def test_a_mock_answers_under_the_guard(
    library: Any, asynchronous: bool, mocked: Callable[..., Any], first: str, tmp_path: Path
) -> None:
    kept: list[Any] = []
    contexts = [mocked(library, tmp_path), patched_in(Patch(BaseUrls(), None, None, kept.append))]
    with contexts[0] if first == "mock" else contexts[1], contexts[1] if first == "mock" else contexts[0]:
        assert status(library, UNSERVED, asynchronous=asynchronous) == 418
    assert kept == []


@LIBRARIES
@WAYS
def test_what_a_cassette_cannot_play_is_refused_and_not_recorded(
    library: Any, asynchronous: bool, tmp_path: Path
) -> None:
    path = tmp_path / "cassette.yaml"
    with vcr.use_cassette(str(path), record_mode="new_episodes"), Emulator().patch() as sim:
        assert status(library, OURS, asynchronous=asynchronous) == 200
        with pytest.raises(RefusedHostError, match=r"On its way the request passed vcr, which did not answer it\.$"):
            status(library, OTHER, asynchronous=asynchronous)
    assert len(sim.state) == 1
    assert not path.exists()


@LIBRARIES
@WAYS
def test_a_copy_that_a_recorder_made_at_import_is_answered_at_the_pool(library: Any, asynchronous: bool) -> None:
    """A cassette that starts inside the patch asks its copy of the library's method."""
    cassette = vcr.use_cassette("never-written.yaml", record_mode="all")
    with Emulator().patch() as sim, cassette as tape:
        assert status(library, OURS, asynchronous=asynchronous) == 200
        tape.dirty = False
    assert len(sim.state) == 1


def test_aiohttp_s_mocks_come_first() -> None:
    async def post() -> int:
        async with openai.DefaultAioHttpClient() as client:
            return (await client.post(UNSERVED)).status_code

    async def answer(session: Any, method: str, url: Any, **options: Any) -> Any:
        raise aiohttp.ClientPayloadError("a mock's own")

    with (
        Emulator().patch() as sim,
        mock.patch.object(aiohttp.ClientSession, "_request", answer),
        pytest.raises(httpx2.ReadError, match="a mock's own"),
    ):
        asyncio.run(post())
    assert sim.refused == ()


# --- paths that only the live API has, without a mock --------------------------------------------------------------

SENTENCE = (
    "POST /v1/chat/completions was not answered: the live API has this path, and convsim does not emulate it. It"
    f" emulates {emulated()}. Mock the call in this test (where an emulator is patched in, a respx route, httpx_mock or"
    " a cassette gets it), or write unknown_routes='404' to answer it as a path that does not exist (an option of"
    " Emulator(...) and of @pytest.mark.convsim(...))."
)


@LIBRARIES
@WAYS
@pytest.mark.parametrize("options", [{}, {"other_hosts": "pass"}])
def test_such_a_path_is_refused_by_name(library: Any, asynchronous: bool, options: dict[str, Any]) -> None:
    with Emulator(**options).patch() as sim, pytest.raises(RefusedRouteError) as caught:
        status(library, UNSERVED, asynchronous=asynchronous)
    assert (sim.refused, str(caught.value)) == ((caught.value,), SENTENCE)


@LIBRARIES
@WAYS
def test_the_refusal_of_a_path_names_the_mock_that_let_it_pass(
    library: Any, asynchronous: bool, tmp_path: Path
) -> None:
    tape = vcr.use_cassette(str(tmp_path / "tape.yaml"), record_mode="new_episodes")
    with tape, Emulator().patch() as sim, pytest.raises(RefusedRouteError) as caught:
        status(library, UNSERVED, asynchronous=asynchronous)
    assert str(caught.value) == f"{SENTENCE} On its way the request passed vcr, which did not answer it."
    assert sim.refused == (caught.value,)


def test_such_a_path_is_refused_over_every_client_of_the_sdk() -> None:
    async def ask(http_client: Any) -> None:
        async with openai.AsyncOpenAI(api_key="sk-x", http_client=http_client) as client:
            await client.models.list()

    with Emulator().patch() as sim:
        for http_client in (None, httpx.AsyncClient(), openai.DefaultAioHttpClient()):
            with pytest.raises(RefusedRouteError, match=r"^GET /v1/models was not answered"):
                asyncio.run(ask(http_client))
        with pytest.raises(RefusedRouteError):
            openai.OpenAI(api_key="sk-x").embeddings.create(model="any", input="x")
        with pytest.raises(RefusedRouteError):
            sim.openai().files.list()
    assert len(sim.refused) == 5


def test_such_a_path_may_be_the_live_404() -> None:
    with Emulator(unknown_routes="404").patch() as sim:
        assert status(httpx, UNSERVED) == status(httpx2, UNSERVED) == 404
    assert sim.refused == ()


@LIBRARIES
def test_on_a_router_of_the_user_such_a_path_goes_to_the_other_routes(library: Any) -> None:
    sim = Emulator()
    with respx.mock(using="httpcore" if library is httpx else "httpcore2", assert_all_called=False) as router:
        sim.add_routes(router)
        with pytest.raises(RefusedRouteError):
            status(library, UNSERVED)
        router.post(UNSERVED).respond(418)
        assert (status(library, UNSERVED), status(library, OURS)) == (418, 200)
