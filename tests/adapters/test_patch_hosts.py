"""Which hosts a patch answers for, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import aiohttp
import httpx
import httpx2
import pytest
import pytest_httpx2  # noqa: F401 - it brings respx's mocker for httpcore2
import respx
from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, DefaultAioHttpClient, OpenAI

from convsim import Emulator, RefusedHostError
from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.errors import RefusedError
from convsim.http import urls
from convsim.http.urls import BaseUrls
from convsim.journal.entries import Exchange

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
        " add 'https://other.test/v1' to base_urls=[...]; to let this host through, write"
        " other_hosts={'other.test': 'pass'}, and 'offline' to let it find no network (both are options of"
        " Emulator(...) and of @pytest.mark.convsim(...))."
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


# --- paths of a claimed host that no base URL contains ---------------------------------------------------------------

RESOURCE = "https://mine.openai.azure.com"


@pytest.mark.parametrize(
    ("base_url", "url", "line"),
    [
        (f"{RESOURCE}/openai/v1", f"{RESOURCE}/openai/conversations?api-version=v1", f"{RESOURCE}/openai"),
        (
            "https://gw.test:8443/v1",
            "wss://gw.test:8443/gateway/v9/realtime?model=m",
            "https://gw.test:8443/gateway/v9",
        ),
        ("https://*.test/api/projects/*", "https://x.test/openai/v1/responses", "https://x.test/openai/v1"),
        ("https://x.test", "https://x.test/gateway/conversations/conv_1/items", "https://x.test/gateway"),
        ("https://x.test", "https://x.test/v1/account/openai/responses", "https://x.test/v1/account/openai"),
        ("https://x.test/v1", "https://x.test/v1/account/openai/responses", "https://x.test/v1/account/openai"),
    ],
)
@pytest.mark.parametrize("library", [httpx, httpx2, "aiohttp"])
def test_another_prefix_of_a_claimed_host_is_refused_with_the_line_to_write(
    base_url: str, url: str, line: str, library: Any
) -> None:
    async def by_aiohttp() -> None:
        async with aiohttp.ClientSession() as session, session.get(url):
            raise AssertionError

    if library != "aiohttp":
        url = url.replace("wss", "https")
    with Emulator(base_urls=[base_url], other_hosts="pass").patch() as sim, pytest.raises(RefusedHostError) as caught:
        asyncio.run(by_aiohttp()) if library == "aiohttp" else status(url, library)
    assert sim.refused == (caught.value,)
    host = line.split("/")[2]
    assert str(caught.value) == (
        f"GET {url.partition('?')[0]} was not sent: {host} is one of the emulator's hosts, and this path is below none"
        f" of its base URLs. It answers for {', '.join(sorted([base_url, 'https://api.openai.com/v1']))}. To make it"
        f" answer here too, add '{line}' to base_urls=[...] (an option of Emulator(...) and of"
        " @pytest.mark.convsim(...)); the URL of the host without a path stands for all prefixes that clients are known"
        " to send."
    )
    sim = Emulator(base_urls=[base_url, line])
    with sim.patch(), httpx2.Client() as http:
        assert http.post(f"{line}/conversations", headers={"api-key": KEY}).status_code == 200


def test_a_path_of_a_claimed_host_that_is_none_of_the_api_s_is_refused_or_mocked() -> None:
    with Emulator(base_urls=["https://gateway.test"]).patch() as sim:
        with pytest.raises(RefusedHostError, match="no path of the API is seen in this one"):
            status("https://gateway.test/health")
        with respx.mock(using="httpcore2") as router:
            router.get("https://gateway.test/health").respond(204)
            assert status("https://gateway.test/health") == 204
    assert len(sim.refused) == 1


def test_on_this_machine_such_a_path_is_that_of_a_server_of_the_test_s_own() -> None:
    with Emulator(base_urls=["http://localhost:8000"]).patch() as sim:
        assert status("http://localhost:8000/v1/conversations/conv_1") == 404
        with pytest.raises(NetworkReachedError):
            status("http://localhost:8000/health")
    assert sim.refused == ()


def test_a_port_at_which_a_server_of_this_process_begins_to_listen_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(base_urls=["http://localhost:8000"]).patch():
        assert status("http://localhost:8000/v1/conversations/conv_1") == 404
        monkeypatch.setattr(urls, "own_ports", {8000})
        with pytest.raises(NetworkReachedError):
            status("http://localhost:8000/v1/conversations/conv_1")


@pytest.mark.parametrize(
    ("base_url", "make", "path"),
    [
        (RESOURCE, {"azure_endpoint": RESOURCE}, "/openai/conversations"),
        (RESOURCE, {"azure_endpoint": RESOURCE, "azure_deployment": "d"}, "/openai/conversations"),
        (RESOURCE, {"base_url": f"{RESOURCE}/openai/deployments/d"}, "/openai/deployments/d/conversations"),
        (RESOURCE, {"base_url": f"{RESOURCE}/openai/v1"}, "/openai/v1/conversations"),
        ("https://*.openai.azure.com/openai", {"azure_endpoint": RESOURCE}, "/openai/conversations"),
        (f"{RESOURCE}/openai/v1", {"base_url": f"{RESOURCE}/openai/v1"}, "/openai/v1/conversations"),
        (None, {}, "/openai/conversations"),
    ],
)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_azure_s_client_is_answered_in_each_of_its_forms(
    base_url: str | None, make: dict[str, Any], path: str, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if base_url is None:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{RESOURCE}/")

    turn: Any = {"model": "gpt-5.5", "input": "Hi"}

    async def talk() -> str:
        async with AsyncAzureOpenAI(api_key=KEY, api_version="preview", **make) as client:
            made = await client.conversations.create()
            await client.responses.create(conversation=made.id, **turn)
            return made.id

    with Emulator(base_urls=[base_url] if base_url else [], replies=["Ho"]).patch() as sim:
        if asynchronous:
            made = asyncio.run(talk())
        else:
            with AzureOpenAI(api_key=KEY, api_version="preview", **make) as client:
                made = client.conversations.create().id
                client.responses.create(conversation=made, **turn)
    asked = [entry.request for entry in sim.journal if isinstance(entry, Exchange)]
    paths = [path, path.replace("conversations", "responses")]
    assert [(request.full_path, request.query) for request in asked] == [(one, "api-version=preview") for one in paths]
    sim.assert_items(made, [("user", "Hi"), ("assistant", "Ho")])


# --- projects by URL -------------------------------------------------------------------------------------------------


def test_a_mapping_names_the_project_of_each_base_url() -> None:
    sim = Emulator(base_urls={"https://eu.test/v1": "proj_eu", "https://us.test": "proj_us"})
    with sim.patch(), httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}) as http:
        for url in ("https://eu.test/v1", "https://us.test/openai/v1", "https://api.openai.com/v1"):
            answer = http.post(f"{url}/conversations")
            assert answer.status_code == 200
    names = ("proj_eu", "proj_us", "proj_default")
    assert [len(sim.project(name).state) for name in names] == [1, 1, 1]
    assert [entry.project for entry in sim.journal] == list(names)
    copied = sim.copy()
    assert [len(copied.project(name).state) for name in names] == [1, 1, 1]


def test_a_listed_key_wins_over_the_url() -> None:
    sim = Emulator(base_urls={"https://eu.test/v1": "proj_eu"}, api_keys={"sk-a": "proj_a"}, auth="any")
    url = "https://eu.test/v1/conversations"
    with sim.patch():
        assert httpx.post(url, headers={"api-key": "sk-a"}).status_code == 200
        assert httpx.post(url, headers={"api-key": "sk-b"}).status_code == 401
        assert httpx.post(url).status_code == 200
    assert (len(sim.project("proj_a").state), len(sim.project("proj_eu").state)) == (1, 1)


def test_a_websocket_belongs_to_the_project_of_its_url() -> None:
    sim = Emulator(base_urls={"wss://eu.test/v1": "proj_eu"})
    own = OpenAI(api_key=KEY, base_url="https://eu.test/v1")
    with sim.patch(), own, own.realtime.connect(model="m") as connection:
        assert connection.recv().type == "session.created"
    assert [connection.project for connection in sim.realtime.connections] == ["proj_eu"]


# --- two services ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", [0, 1])
def test_two_emulators_patched_in_together_answer_each_for_its_own(inner: int) -> None:
    """Of one host, too, where their base URLs differ."""
    sims = [Emulator(base_urls=[f"https://x.test/api/projects/{name}"]) for name in "ab"]
    with sims[1 - inner].patch(), sims[inner].patch(), httpx2.Client(headers={"api-key": KEY}) as http:
        for name, form in (("a", "openai/v1"), ("b", "openai"), ("b", "openai/v1")):
            assert http.post(f"https://x.test/api/projects/{name}/{form}/conversations").status_code == 200
        assert http.post("https://api.openai.com/v1/conversations").status_code == 200
        with pytest.raises(RefusedHostError, match=r"add 'https://x\.test/api/projects/c/openai/v1' to"):
            http.post("https://x.test/api/projects/c/openai/v1/conversations")
    assert [len(sim.state) for sim in sims] == [1 + (inner == 0), 2 + (inner == 1)]
    assert [len(sim.refused) for sim in sims] == [int(inner == 0), int(inner == 1)]


@pytest.mark.parametrize("outer", ["openai", "foundry"])
def test_an_emulator_of_each_service_is_patched_in_beside_the_other(
    outer: Literal["openai", "foundry"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOUNDRY_PROJECT_ENDPOINT", "https://x.services.ai.azure.com/api/projects/p")
    sims = {"openai": Emulator(), "foundry": Emulator(service="foundry")}
    inner = "foundry" if outer == "openai" else "openai"
    with sims[outer].patch(), sims[inner].patch(), httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}) as http:
        http.post("https://api.openai.com/v1/conversations")
        http.post("https://x.services.ai.azure.com/api/projects/p/openai/v1/conversations")
    assert [len(sim.state) for sim in sims.values()] == [1, 1]


@pytest.mark.parametrize(("service", "claimed"), [("foundry", "no URL"), ("openai", "https://api.openai.com/v1")])
def test_no_url_of_a_project_is_claimed_until_the_emulator_is_told(
    service: Literal["openai", "foundry"], claimed: str
) -> None:
    url = "https://x.services.ai.azure.com/api/projects/p/openai/v1/conversations"
    with Emulator(service=service).patch(), pytest.raises(RefusedHostError) as caught:
        status(url)
    sentence = str(caught.value)
    wanted = f"It answers for {claimed}. To make it answer here too, add '{url.removesuffix('/conversations')}'"
    assert wanted in sentence
    advice = " This is a project of Azure AI Foundry: write service='foundry', too."
    assert sentence.endswith(advice) == (service == "openai")


def test_lines_of_the_journal_name_the_host_where_there_are_several() -> None:
    sim = Emulator(base_urls=["https://eu.test:8443/v1"], ids="sequential")
    with sim.patch():
        status("https://api.openai.com/v1/conversations/conv_1")
        assert str(sim.journal) == "  1  conversations.retrieve  conv_1  404 invalid_request_error"
        status("https://eu.test:8443/v1/conversations/conv_1")
    sim.seed("conv_2")
    lines = [
        "  1  conversations.retrieve  api.openai.com  conv_1  404 invalid_request_error",
        "  2  conversations.retrieve  eu.test:8443  conv_1  404 invalid_request_error",
        "  3  seed (direct)  conv_2  200",
    ]
    assert str(sim.journal).split("\n") == lines
    assert [entry.host for entry in sim.journal] == ["api.openai.com", "eu.test:8443", ""]
    assert [line for line in lines if line in sim.story() and line in sim.page()] == lines


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


def test_a_guard_refuses_every_path_of_its_hosts() -> None:
    kept: list[RefusedError] = []
    with patched_in(Patch(BaseUrls(["https://gateway.test/v1"]), None, None, kept.append)):
        for path in ("/v1/conversations", "/v2/conversations", "/health"):
            with pytest.raises(RefusedHostError, match="convsim_guard is on"):
                status(f"https://gateway.test{path}")
    assert len(kept) == 3
