"""The lowest point of httpx and httpx2: clients that go round the transports, and requests that are about to leave."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpcore
import httpcore2
import httpx
import httpx2
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx
from openai import OpenAI

from convsim import ConvsimError, Emulator, RefusedHostError
from convsim.adapters import pools
from tests.asking import FOUND_LAST

from .conftest import NetworkReachedError

URL = "https://api.openai.com/v1/conversations"
OTHER = "https://other.test/v1"
HEADERS = {"Authorization": "Bearer sk-x"}
CORES = {httpx: httpcore, httpx2: httpcore2}
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])


def bound(client: Any, name: str) -> None:
    """As a wrapper that keeps the method it found."""
    setattr(client._transport, name, getattr(client._transport, name))


def partial(client: Any, name: str) -> None:
    transport = client._transport
    setattr(transport, name, functools.partial(getattr(type(transport), name), transport))


def closure(client: Any, name: str) -> None:
    method = getattr(client._transport, name)

    def handle(request: Any) -> Any:
        return method(request)

    setattr(client._transport, name, handle)


def asked(library: Any, keep: Callable[[Any, str], None], *, asynchronous: bool, **options: Any) -> Callable[..., Any]:
    """Asks with one client, which was built and wrapped before."""
    if not asynchronous:
        client = library.Client(headers=HEADERS, **options)
        keep(client, "handle_request")
        asking: Callable[..., Any] = client.request
        return asking
    own = library.AsyncClient(headers=HEADERS, **options)
    keep(own, "handle_async_request")

    async def ask(method: str, url: str, **more: Any) -> Any:
        return await own.request(method, url, **more)

    return lambda *arguments, **more: asyncio.run(ask(*arguments, **more))


@LIBRARIES
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("keep", [bound, partial, closure])
def test_a_client_that_kept_its_transport_s_method_is_answered_and_refused(
    library: Any, keep: Callable[[Any, str], None], asynchronous: bool
) -> None:
    ask = asked(library, keep, asynchronous=asynchronous)
    with Emulator().patch() as sim:
        made = ask("POST", URL, json={"metadata": {"topic": "demo"}})
        again = ask("GET", f"{URL}/{made.json()['id']}?include[]=x", headers={"X-Own": "1"})
        with pytest.raises(RefusedHostError) as caught:
            ask("GET", f"{OTHER}/x?q=secret")
        with pytest.raises(RefusedHostError, match=r"^GET http://\[2001:db8::1\]:8080/x was not sent"):
            ask("GET", "http://[2001:db8::1]:8080/x")
    assert (made.status_code, again.json(), list(sim.state)) == (200, made.json(), [made.json()["id"]])
    assert made.json()["metadata"] == {"topic": "demo"}
    assert dict(made.headers.raw)[b"Content-Type"] == b"application/json"
    assert str(caught.value).startswith("GET https://other.test/v1/x was not sent: the emulator is patched in")
    passed = keep is closure and not asynchronous  # a function that is on the stack
    assert ("On its way the request passed tests" in str(caught.value)) is passed
    with pytest.raises(NetworkReachedError):
        ask("GET", URL)


@LIBRARIES
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_proxy_s_pool_is_answered_too(library: Any, asynchronous: bool) -> None:
    ask = asked(library, bound, asynchronous=asynchronous, proxy="http://proxy.test:8080")
    with Emulator().patch() as sim:
        assert ask("POST", URL, json={}).status_code == 200
        with pytest.raises(RefusedHostError, match=r"^GET https://other\.test/v1 was not sent"):
            ask("GET", OTHER)
    assert (len(sim.state), len(sim.refused)) == (1, 1)


@LIBRARIES
def test_a_pool_by_itself_is_answered_and_refused(library: Any) -> None:
    core = CORES[library]

    async def post() -> tuple[int, bytes]:
        async with core.AsyncConnectionPool() as pool:
            answer = await pool.request("POST", URL, headers=HEADERS | {"Content-Length": "0"})
            return answer.status, answer.content

    with Emulator().patch() as sim, core.ConnectionPool() as pool:
        answer = pool.request("POST", URL, headers=HEADERS | {"Content-Length": "0"})
        assert (answer.status, asyncio.run(post())[0], len(sim.state)) == (200, 200, 2)
        with pytest.raises(RefusedHostError):
            pool.request("GET", OTHER)


@LIBRARIES
def test_a_body_that_is_streamed_arrives_whole(library: Any) -> None:
    pieces = [b'{"metadata":', b'{"topic": "demo"}}']
    ask = asked(library, bound, asynchronous=False)
    with Emulator().patch() as sim:
        ask("POST", URL, content=iter(pieces), headers={"Content-Type": "application/json"})
    assert next(iter(sim.state.values())).metadata == {"topic": "demo"}


def test_the_sdk_on_such_a_client_is_answered() -> None:
    own = httpx2.Client()
    bound(own, "handle_request")
    with (
        Emulator().patch() as sim,
        OpenAI(api_key="sk-x", http_client=own) as client,
        client.conversations.with_streaming_response.create() as streamed,
    ):
        assert streamed.parse().id in sim.state


# --- what stands between the transport and the pool ----------------------------------------------------------------


@LIBRARIES
def test_what_a_mock_lets_through_is_refused_and_the_mock_is_named(library: Any) -> None:
    using = CORES[library].__name__
    with respx.mock(using=using) as router, Emulator().patch() as sim:
        router.get(OTHER).pass_through()
        with pytest.raises(RefusedHostError) as caught:
            library.get(OTHER)
    assert sim.refused == (caught.value,)
    assert str(caught.value).endswith(" On its way the request passed respx, which did not answer it.")


@pytest.mark.parametrize("frozen", [False, True])
def test_the_pool_s_own_function_is_found_below_a_mock_that_was_there_first(
    frozen: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where convsim is imported inside a test that a mock decorates, also after the program called ``gc.freeze``."""
    monkeypatch.setattr(FOUND_LAST, {})
    request.addfinalizer(gc.freeze if gc.get_freeze_count() else gc.unfreeze)
    (gc.freeze if frozen else gc.unfreeze)()
    module = sys.modules["httpcore2._sync.connection_pool"]
    own = vars(httpcore2.ConnectionPool)["handle_request"]
    with respx.mock(using="httpcore2"):
        (point,) = pools.POINTS[module.__name__](module)
        patch = point.apply()
        assert own.__code__ is not patch.original.__code__
        patch.undo()
    assert own.__code__ is patch.original.__code__


def test_it_is_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["httpcore2._sync.connection_pool"]
    with respx.mock(using="httpcore2"):
        (point,) = pools.POINTS[module.__name__](module)
        monkeypatch.setattr(gc, "get_referrers", None)
        (again,) = pools.POINTS[module.__name__](module)
    assert again.place == point.place


@pytest.mark.parametrize("content", [{}, {"ConnectionPool": type("ConnectionPool", (), {})}])
def test_a_version_without_the_pool_is_said_in_words(content: dict[str, Any]) -> None:
    module = ModuleType("httpcore._sync.connection_pool")
    vars(module).update(content)
    with pytest.raises(ConvsimError, match=r"^convsim patches httpcore\._sync\.connection_pool\.ConnectionPool"):
        pools.POINTS[module.__name__](module)
