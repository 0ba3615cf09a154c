from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest

from convsim import Emulator
from convsim.errors import RefusedRouteError

BASE = "https://api.openai.com/v1"
Ask = Callable[..., Any]


def ask_synchronously(library: Any, transport: Any) -> Ask:
    def ask(method: str, url: str, **options: Any) -> Any:
        with library.Client(transport=transport, headers={"Authorization": "Bearer sk-test"}) as client:
            return client.request(method, url, **options)

    return ask


def ask_asynchronously(library: Any, transport: Any) -> Ask:
    async def asked(method: str, url: str, **options: Any) -> Any:
        async with library.AsyncClient(transport=transport, headers={"Authorization": "Bearer sk-test"}) as client:
            return await client.request(method, url, **options)

    return lambda *arguments, **options: asyncio.run(asked(*arguments, **options))


LIBRARIES: dict[str, Any] = {
    "httpx2": (httpx2, Emulator.httpx2_transport),
    "httpx": (httpx, Emulator.httpx_transport),
}
WAYS: dict[str, Any] = {"sync": ask_synchronously, "async": ask_asynchronously}
FRONTS = [(library, way) for library in LIBRARIES for way in WAYS]


@pytest.fixture(params=FRONTS, ids=[f"{library} {way}" for library, way in FRONTS])
def front(request: pytest.FixtureRequest) -> Callable[[Emulator], Ask]:
    """From an emulator to a function that asks it, through each library, synchronously and asynchronously."""
    library, way = request.param
    module, transport = LIBRARIES[library]
    return lambda sim: WAYS[way](module, transport(sim))


@pytest.fixture
def ask(front: Callable[[Emulator], Ask]) -> Ask:
    sim = Emulator(ids="sequential")
    sim.seed("conv_a", items=[{"role": "user", "content": "one"}, {"role": "user", "content": "two"}])
    return front(sim)


def test_a_conversation_is_made_and_read_over_http(ask: Ask) -> None:
    made = ask("POST", f"{BASE}/conversations", json={"metadata": {"topic": "Grüße"}})
    read = ask("GET", f"{BASE}/conversations/conv_1")

    assert made.status_code == read.status_code == 200
    assert made.content == read.content
    assert made.text == (
        '{\n  "id": "conv_1",\n  "object": "conversation",\n  "created_at": 1741900000,\n  "metadata": {\n'
        '    "topic": "Grüße"\n  }\n}'
    )


def test_all_fronts_give_the_same_bytes_and_headers(front: Callable[[Emulator], Ask]) -> None:
    def script(ask: Ask) -> list[Any]:
        answers = [
            ask("POST", f"{BASE}/conversations", json={"items": [{"role": "user", "content": "hi"}]}),
            ask("GET", f"{BASE}/conversations/conv_1/items"),
            ask("GET", f"{BASE}/conversations/conv_x"),
            ask("GET", f"{BASE}/nowhere"),
        ]
        return [(answer.status_code, answer.headers.raw, answer.content) for answer in answers]

    reference = ask_synchronously(httpx2, Emulator(ids="sequential").httpx2_transport())
    assert script(front(Emulator(ids="sequential"))) == script(reference)


def test_headers_keep_their_order_and_spelling(ask: Ask) -> None:
    raw = ask("GET", f"{BASE}/conversations/conv_a").headers.raw
    names = [name.decode() for name, _ in raw]

    assert names == [
        "Date",
        "Content-Type",
        "Connection",
        "Server",
        "cf-cache-status",
        "Access-Control-Expose-Headers",
        "Alt-Svc",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "openai-version",
        "openai-organization",
        "openai-project",
        "x-openai-proxy-wasm",
        "Content-Length",
        "X-Request-ID",
        "CF-RAY",
        "openai-processing-ms",
    ]
    assert dict(raw)[b"Content-Type"] == b"application/json"


def test_an_answer_has_no_cookies_and_no_rate_limits(ask: Ask) -> None:
    headers = ask("GET", f"{BASE}/conversations/conv_a").headers

    assert "set-cookie" not in headers
    assert not [name for name in headers if name.startswith("x-ratelimit")]


def test_an_answer_knows_how_long_it_took(ask: Ask) -> None:
    assert ask("GET", f"{BASE}/conversations/conv_a").elapsed.total_seconds() >= 0


def test_the_query_reaches_the_emulator_as_it_was_sent(ask: Ask) -> None:
    page = ask("GET", f"{BASE}/conversations/conv_a/items?order=asc&limit=1").json()
    assert (page["first_id"], page["has_more"]) == ("msg_1", True)

    page = ask("GET", f"{BASE}/conversations/conv_a/items", params={"after": "msg_é +&"})
    assert page.json()["error"]["message"] == "No item found with id 'msg_é +&'"


def test_a_path_reaches_the_emulator_as_it_was_sent(ask: Ask) -> None:
    assert ask("GET", f"{BASE}/conversations/conv%5Fa").json()["id"] == "conv_a"
    assert ask("GET", f"{BASE}/x%20y").json()["error"]["message"] == "Invalid URL (GET /v1/x%20y)"


def test_a_request_without_a_key_is_refused_with_a_challenge(ask: Ask) -> None:
    answer = ask("GET", f"{BASE}/conversations/conv_a", headers={"Authorization": ""})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="OpenAI API"'
    assert [name for name in answer.headers if "openai" in name] == ["openai-version", "openai-processing-ms"]


def test_head_is_answered_without_a_body(ask: Ask) -> None:
    answer = ask("HEAD", f"{BASE}/conversations/conv_a")

    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_body_can_be_streamed(library: str, chunk: int) -> None:
    module, transport = LIBRARIES[library]
    sim = Emulator()
    sim.seed("conv_a", metadata={"text": "é" * 100})
    url, headers = f"{BASE}/conversations/conv_a", {"Authorization": "Bearer sk-test"}

    async def streamed() -> bytes:
        async with module.AsyncClient(transport=transport(sim), headers=headers) as client:  # noqa: SIM117
            async with client.stream("GET", url) as answer:
                return b"".join([part async for part in answer.aiter_bytes(chunk)])

    with module.Client(transport=transport(sim), headers=headers) as client, client.stream("GET", url) as answer:
        parts = list(answer.iter_bytes(chunk))
    whole = b"".join(parts)
    assert len(parts) == -(-len(whole) // chunk)
    assert json.loads(whole)["metadata"] == {"text": "é" * 100}
    assert asyncio.run(streamed()) == whole


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_body_that_is_sent_in_parts_is_read_whole(library: str) -> None:
    module, transport = LIBRARIES[library]
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}

    async def parts() -> Any:
        yield b'{"metadata": '
        yield b'{"a": "1"}}'

    async def sent() -> Any:
        async with module.AsyncClient(transport=transport(Emulator()), headers=headers) as client:
            return await client.post(f"{BASE}/conversations", content=parts())

    assert asyncio.run(sent()).json()["metadata"] == {"a": "1"}


# --- base URLs -----------------------------------------------------------------------------------------------------

HERE = [
    ((), None, "https://api.openai.com/v1"),
    ((), None, "http://any-host.test:8080/v1"),
    (["https://proxy.test/openai/v1"], None, "https://proxy.test/openai/v1"),
    (["https://proxy.test/openai/v1/"], None, "https://api.openai.com/v1"),
    (["http://localhost:8080"], None, "http://localhost:8080"),
    ((), "http://localhost/gateway", "http://localhost/gateway"),
    (["https://a.test/a"], "http://localhost/b", "https://a.test/a"),
]


@pytest.mark.parametrize(("base_urls", "environment", "base"), HERE)
def test_a_base_url_is_answered_below_its_path(
    front: Callable[[Emulator], Ask],
    monkeypatch: pytest.MonkeyPatch,
    base_urls: Any,
    environment: str | None,
    base: str,
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    if environment is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", environment)
    sim = Emulator(base_urls=base_urls)
    sim.seed("conv_a")

    assert front(sim)("GET", f"{base}/conversations/conv_a").status_code == 200


ANYWHERE = ["", "/v2", "/openai", "/openai/v2", "/v1/v1", "/V1", "/gateway", "/api/projects/p/openai/v1", "/a/b/c/d/e"]


@pytest.mark.parametrize("path", ANYWHERE, ids=lambda path: path or "no path")
@pytest.mark.parametrize("host", ["https://a.test", "http://localhost:1", "https://api.openai.com"])
def test_any_host_and_any_prefix_do(front: Callable[[Emulator], Ask], path: str, host: str) -> None:
    ask = front(Emulator(base_urls=["https://proxy.test/openai/v1"]))

    made = ask("POST", f"{host}{path}/conversations?api-version=v1").json()["id"]
    assert ask("GET", f"{host}{path}/conversations/{made}/items").json()["data"] == []


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v2/embeddings", "/openai/deployments/d/embeddings"])
def test_a_path_that_only_the_live_api_has_is_refused_below_any_prefix(
    front: Callable[[Emulator], Ask], path: str
) -> None:
    with pytest.raises(RefusedRouteError, match="was not answered: the live API has this path"):
        front(Emulator())("POST", f"https://a.test{path}")


@pytest.mark.parametrize("path", ["/v1/nothing", "/nothing", "/gateway/v1", "/"])
def test_what_is_no_path_of_the_api_is_the_live_404(front: Callable[[Emulator], Ask], path: str) -> None:
    answer = front(Emulator())("POST", f"https://a.test{path}")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"Invalid URL (POST {path})"


def test_the_environment_is_read_when_a_transport_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    sim = Emulator()
    sim.seed("conv_a")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost/gateway")
    ask = ask_synchronously(httpx2, sim.httpx2_transport())
    monkeypatch.delenv("OPENAI_BASE_URL")

    assert ask("GET", "http://localhost/gateway/conversations/conv_a").status_code == 200
