"""Which hosts a patch answers for, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
from openai import AsyncOpenAI, AzureOpenAI, DefaultAioHttpClient, OpenAI

from convsim import Emulator, RefusedHostError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.errors import RefusedError
from convsim.http.urls import BaseUrls

from .conftest import NetworkReachedError

KEY = "sk-secret"
AZURE = "https://*.openai.azure.com/openai/v1"


def status(url: str, library: Any = httpx2, **headers: str) -> int:
    return int(library.get(url, headers=headers or {"Authorization": f"Bearer {KEY}"}).status_code)


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("base_urls", "url"),
    [
        ([], "https://api.openai.com/v1/conversations/conv_1"),
        ([], "http://api.openai.com/v1/conversations/conv_1"),
        ([], "https://api.openai.com:443/v1/conversations/conv_1"),
        ([], "http://api.openai.com:80/v1/conversations/conv_1"),
        ([], "https://API.openai.com/v1/conversations/conv_1?include[]=x#part"),
        (["https://gateway.test/openai/v1/"], "https://gateway.test/openai/v1/conversations/conv_1"),
        (["https://gateway.test/openai/v1/"], "https://api.openai.com/v1/conversations/conv_1"),
        (["https://gateway.test"], "https://gateway.test/conversations/conv_1"),
        (["https://gateway.test:443/v1"], "https://gateway.test/v1/conversations/conv_1"),
        (["http://gateway.test:8080/v1"], "http://gateway.test:8080/v1/conversations/conv_1"),
        (["http://localhost:8080/v1"], "http://localhost:8080/v1/conversations/conv_1"),
        (["http://[::1]:8080/v1"], "http://[::1]:8080/v1/conversations/conv_1"),
        ([AZURE], "https://mine.openai.azure.com/openai/v1/conversations/conv_1"),
    ],
)
def test_a_base_url_is_answered(base_urls: list[str], url: str, library: Any) -> None:
    sim = Emulator(base_urls=base_urls)
    sim.seed("conv_1")
    with sim.patch():
        assert status(url, library) == 200


@pytest.mark.parametrize("url", ["https://api.openai.com/v2/none", "https://api.openai.com/", "http://api.openai.com"])
def test_an_unknown_path_on_our_host_is_the_live_404(url: str) -> None:
    with Emulator().patch() as sim:
        answer = httpx2.get(url)
    assert (answer.status_code, sim.refused) == (404, ())
    assert answer.json()["error"]["message"] == f"Invalid URL (GET {httpx2.URL(url).path})"


def test_azure_s_key_header_is_taken() -> None:
    sim = Emulator(base_urls=[AZURE], api_keys={KEY: "proj_azure"})
    with (
        sim.patch(),
        AzureOpenAI(api_key=KEY, base_url="https://a.openai.azure.com/openai/v1", api_version="v1") as own,
    ):
        created = own.conversations.create(metadata={"topic": "demo"})
        url = f"https://b.openai.azure.com/openai/v1/conversations/{created.id}"
        assert (status(url, **{"api-key": KEY}), status(url, **{"api-key": "sk-other"})) == (200, 401)
    assert sim.project("proj_azure").conversations.retrieve(created.id).metadata == {"topic": "demo"}


def test_the_environment_s_base_url_is_read_when_patching(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = Emulator()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/proxy")
    with sim.patch(), OpenAI(api_key=KEY, max_retries=0) as client:
        monkeypatch.delenv("OPENAI_BASE_URL")
        created = client.conversations.create()
        with pytest.raises(NetworkReachedError):  # not below the base URL: another server of the test's own
            status("http://127.0.0.1:9/elsewhere")
    with sim.patch(), pytest.raises(NetworkReachedError):
        status(f"http://127.0.0.1:9/proxy/conversations/{created.id}")


# --- other hosts ---------------------------------------------------------------------------------------------------

OTHER = "https://other.test/v1"


def by_sdk(url: str, http_client: Any = None) -> None:
    # The key goes with the request, and the query; neither may be told.
    query = {"secret": "q-secret"}
    with OpenAI(api_key=KEY, base_url=url, default_query=query, http_client=http_client) as client:
        client.conversations.create()


def by_sdk_async(url: str, http_client: Callable[[], Any]) -> None:
    async def talk() -> None:
        query = {"secret": "q-secret"}
        async with AsyncOpenAI(api_key=KEY, base_url=url, default_query=query, http_client=http_client()) as client:
            await client.conversations.create()

    asyncio.run(talk())


def by_http(url: str, library: Any) -> None:
    library.post(f"{url}/conversations?secret=q-secret#f-secret", headers={"Authorization": KEY}, content="b-secret")


def by_http_async(url: str, library: Any) -> None:
    async def talk() -> None:
        async with library.AsyncClient() as client:
            await client.post(f"{url}/conversations?secret=q-secret", headers={"Authorization": KEY})

    asyncio.run(talk())


CALLERS: dict[str, Callable[[str], None]] = {
    "OpenAI": by_sdk,
    "OpenAI on httpx": lambda url: by_sdk(url, httpx.Client()),
    "AsyncOpenAI": lambda url: by_sdk_async(url, lambda: None),
    "AsyncOpenAI on httpx": lambda url: by_sdk_async(url, httpx.AsyncClient),
    "AsyncOpenAI on aiohttp": lambda url: by_sdk_async(url, DefaultAioHttpClient),
    "httpx": lambda url: by_http(url, httpx),
    "httpx2": lambda url: by_http(url, httpx2),
    "httpx, async": lambda url: by_http_async(url, httpx),
    "httpx2, async": lambda url: by_http_async(url, httpx2),
}


@pytest.mark.parametrize("name", CALLERS)
def test_another_host_is_refused_by_name(name: str) -> None:
    call = CALLERS[name]
    with Emulator(base_urls=["https://gateway.test/v1"]).patch() as sim, pytest.raises(RefusedHostError) as caught:
        call(OTHER)
    assert sim.refused == (caught.value,)
    assert str(caught.value) == (
        "POST https://other.test/v1/conversations was not sent: the emulator is patched in, and other.test is not one"
        " of its hosts. It answers for https://api.openai.com/v1, https://gateway.test/v1. To make it answer here too,"
        " add to base_urls=[...]; to let this host through, write other_hosts={'other.test': 'pass'}, and 'offline' to"
        " let it find no network (both are options of Emulator(...) and of @pytest.mark.convsim(...))."
    )


@pytest.mark.parametrize(
    "url", ["http://api.openai.com:8080/v1", "https://eu.api.openai.com/v1", "https://10.0.0.1/v1"]
)
def test_a_host_that_looks_like_ours_is_refused(url: str) -> None:
    with Emulator().patch() as sim, pytest.raises(RefusedHostError, match="was not sent"):
        status(f"{url}/conversations")
    assert len(sim.refused) == 1


def test_a_refusal_does_not_tell_the_password_of_a_url() -> None:
    with Emulator().patch(), pytest.raises(RefusedHostError) as caught:
        httpx2.get("https://me:p-secret@other.test/v1")
    assert "p-secret" not in str(caught.value)
    assert "GET https://" in str(caught.value)


def test_refusals_are_kept_in_order_until_a_reset() -> None:
    with Emulator().patch() as sim:
        for host in ("a.test", "b.test"):
            with pytest.raises(RefusedHostError):
                httpx.get(f"https://{host}/")
    assert [str(error).split(" was")[0] for error in sim.refused] == ["GET https://a.test/", "GET https://b.test/"]
    sim.reset()
    assert sim.refused == ()


@pytest.mark.parametrize("name", CALLERS)
def test_other_hosts_pass_when_asked_for(name: str) -> None:
    call = CALLERS[name]
    with Emulator(other_hosts="pass").patch() as sim:
        call("https://api.openai.com/v1")
        with pytest.raises(NetworkReachedError):
            call(OTHER)
        with Emulator().patch() as inner, pytest.raises(RefusedHostError):
            call(OTHER)
    assert (sim.refused, len(inner.refused)) == ((), 1)


# --- the guard: a patch without an app -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLERS)
def test_a_guard_refuses_what_no_emulator_answers(name: str) -> None:
    call = CALLERS[name]
    kept: list[RefusedError] = []
    with patched_in(Patch(BaseUrls(), None, None, kept.append)):
        with pytest.raises(NetworkReachedError):
            call(OTHER)  # which is none of its business
        with pytest.raises(RefusedHostError) as caught:
            call("https://api.openai.com/v1")
        with Emulator().patch() as sim:
            call("https://api.openai.com/v1")
            with pytest.raises(RefusedHostError, match="the emulator is patched in"):
                call(OTHER)
    assert str(caught.value) == (
        "POST https://api.openai.com/v1/conversations was not sent: convsim_guard is on, and this test did not ask for"
        " an emulator. Add the fixture `convsim` to the test's arguments, or patch one in with"
        " `with Emulator().patch():`. To let a host out, mark the test with"
        ' @pytest.mark.convsim_allow_hosts(["..."]), or name it in the ini option convsim_allow_hosts.'
    )
    assert (kept, len(sim.refused)) == ([caught.value], 1)
