"""``sim.add_routes``: the emulator on a user's own respx router."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import openai
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx

from convsim import Emulator, RefusedHostError, UsageError

URL = "https://api.openai.com/v1/conversations"
HEADERS = {"Authorization": "Bearer sk-x"}
LIBRARIES = pytest.mark.parametrize(("library", "using"), [(httpx, "httpcore"), (httpx2, "httpcore2")])


def request(library: Any, method: str, url: str, **options: Any) -> Any:
    return library.request(method, url, headers=HEADERS, **options)


def request_async(library: Any, method: str, url: str, **options: Any) -> Any:
    async def talk() -> Any:
        async with library.AsyncClient() as client:
            return await client.request(method, url, headers=HEADERS, **options)

    return asyncio.run(talk())


WAYS = pytest.mark.parametrize("way", [request, request_async])


@LIBRARIES
@WAYS
def test_a_router_s_requests_are_answered(library: Any, using: str, way: Callable[..., Any]) -> None:
    sim = Emulator()
    with respx.mock(using=using) as router:
        route = sim.add_routes(router)
        created = way(library, "POST", URL, json={"metadata": {"topic": "demo"}})
        missing = way(library, "GET", f"{URL}/conv_none/items?limit=2&include[]=x")
        assert (created.status_code, missing.status_code, route.call_count) == (200, 400, 2)
    assert sim.conversations.retrieve(created.json()["id"]).to_dict() == created.json()


@LIBRARIES
@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://gateway.test/openai/v1", "https://gateway.test/openai/v1/conversations/conv_1"),
        ("https://gateway.test:443/v1", "https://gateway.test/v1/conversations/conv_1"),
        ("http://gateway.test:8080/v1", "http://gateway.test:8080/v1/conversations/conv_1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1/conversations/conv_1"),
        ("http://gateway.test", "http://api.openai.com/v1/conversations/conv_1"),
        ("http://gateway.test", "http://gateway.test/openai/conversations/conv_1"),
        ("https://*.openai.azure.com/openai/v1", "https://mine.openai.azure.com/openai/v1/conversations/conv_1"),
    ],
)
def test_its_hosts_are_the_base_urls(library: Any, using: str, base_url: str, url: str) -> None:
    sim = Emulator(base_urls=[base_url])
    sim.seed("conv_1")
    with respx.mock(using=using) as router:
        sim.add_routes(router)
        assert request(library, "GET", url).status_code == 200


@LIBRARIES
def test_an_unknown_path_on_our_host_is_the_live_404(library: Any, using: str) -> None:
    with respx.mock(using=using) as router:
        Emulator().add_routes(router)
        answer = request(library, "GET", "https://api.openai.com/v2/none")
    assert answer.json()["error"]["message"] == "Invalid URL (GET /v2/none)"


@LIBRARIES
@pytest.mark.parametrize(
    "url",
    [
        "https://other.test/v1/conversations",
        "https://api.openai.com.test/v1/conversations",
        "https://api.openai.com:8080/v1/conversations",
        "https://other.test/a.openai.azure.com/openai/v1",
        "https://other.test/?to=a.openai.azure.com/openai/v1",
    ],
)
def test_other_hosts_stay_the_router_s(library: Any, using: str, url: str) -> None:
    sim = Emulator(base_urls=["https://*.openai.azure.com/openai/v1"])
    with respx.mock(using=using, assert_all_called=False) as router:
        route = sim.add_routes(router)
        with pytest.raises(AssertionError, match="not mocked"):
            request(library, "GET", url)
        router.get(url__startswith=url).respond(418)
        assert request(library, "GET", url).status_code == 418
        assert route.call_count == 0


def test_a_user_s_earlier_route_on_our_host_comes_first() -> None:
    with respx.mock(using="httpcore2") as router, openai.OpenAI(api_key="sk-x", max_retries=0) as client:
        router.post(URL).respond(429, json={"error": {"message": "slow down"}})
        route = Emulator().add_routes(router)
        with pytest.raises(openai.RateLimitError, match="slow down"):
            client.conversations.create()
        with pytest.raises(openai.NotFoundError):
            client.conversations.retrieve("conv_" + "0" * 48)
        assert route.call_count == 1


@LIBRARIES
@WAYS
def test_a_path_below_no_base_url_is_refused_with_the_line_to_write(
    library: Any, using: str, way: Callable[..., Any]
) -> None:
    url = "https://mine.openai.azure.com/openai/conversations"
    sim = Emulator(base_urls=["https://*.openai.azure.com/openai/v1"])
    with respx.mock(using=using) as router:
        sim.add_routes(router)
        router.get("https://weather.example/").respond(text="sunny")
        assert way(library, "GET", "https://weather.example/").text == "sunny"
        with pytest.raises(RefusedHostError, match="this path is below none of its base URLs") as raised:
            way(library, "GET", url)
        assert "add 'https://mine.openai.azure.com/openai' to base_urls=[...]" in str(raised.value)
        assert sim.refused == (raised.value,)


def test_other_routes_answer_a_path_below_no_base_url() -> None:
    url = "https://gateway.test/v2/conversations"
    sim = Emulator(base_urls=["https://gateway.test/v1"])
    with respx.mock(assert_all_called=False) as router:
        sim.add_routes(router)
        router.get("https://gateway.test/v2/conversations").respond(418)
        assert httpx.get(url).status_code == 418
    with respx.mock(assert_all_called=False) as router:
        sim.add_routes(router)
        router.route().respond(418)
        assert httpx.get(url).status_code == 418
    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        sim.add_routes(router)
        assert httpx.get(url).status_code == 200
    assert sim.refused == ()


def test_this_machine_s_own_hosts_stay_the_router_s() -> None:
    sim = Emulator(base_urls=["http://localhost:8080/v1"])
    with respx.mock(assert_all_called=False) as router:
        sim.add_routes(router)
        with pytest.raises(AssertionError, match="not mocked"):
            httpx.get("http://localhost:8080/health")


@pytest.mark.parametrize("wrong", [None, "respx", respx.mock.routes])
def test_what_is_no_router_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"^sim\.add_routes\(.*\): write a router of respx"):
        Emulator().add_routes(wrong)
