from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import httpx2
import openai
import pytest

from convsim import ConvsimError, Emulator
from convsim.adapters.clients import api_status_error

HELLO: Any = {"type": "message", "role": "user", "content": "hello"}


def test_the_official_client_talks_to_the_emulator() -> None:
    sim = Emulator(ids="sequential")
    client = sim.openai()
    made = client.conversations.create(metadata={"topic": "demo"}, items=[HELLO])
    client.conversations.items.create(made.id, items=[HELLO, HELLO])

    assert (made.id, made.metadata) == ("conv_1", {"topic": "demo"})
    assert [item.id for item in client.conversations.items.list("conv_1", limit=2)] == ["msg_3", "msg_2", "msg_1"]
    assert [item.id for item in sim.state["conv_1"].items] == ["msg_1", "msg_2", "msg_3"]
    assert client.conversations.items.delete("msg_1", conversation_id="conv_1").id == "conv_1"
    assert client.conversations.delete("conv_1").deleted is True


def test_the_asynchronous_client_does_too() -> None:
    sim = Emulator(ids="sequential")

    async def talk() -> list[str]:
        async with sim.async_openai() as client:
            made = await client.conversations.create(items=[HELLO])
            await client.conversations.items.create(made.id, items=[HELLO, HELLO])
            return [item.id async for item in client.conversations.items.list(made.id, limit=2)]  # type: ignore[misc]

    assert asyncio.run(talk()) == ["msg_3", "msg_2", "msg_1"]
    assert list(sim.state) == ["conv_1"]


def test_errors_are_the_official_ones_with_the_live_request_id() -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        Emulator().openai(max_retries=0).conversations.retrieve("conv_x")
    error = caught.value

    assert error.body == {
        "message": "Conversation with id 'conv_x' not found.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert (error.status_code, error.code, error.param, error.type) == (404, None, None, "invalid_request_error")
    assert error.request_id == error.response.headers["x-request-id"]
    assert str(error.request_id).startswith("req_")


def test_options_are_the_clients_own() -> None:
    client = Emulator().openai(max_retries=7, timeout=3, base_url="https://other.test/v1", api_key="sk-mine")

    assert (client.max_retries, client.timeout, client.api_key) == (7, 3, "sk-mine")
    assert client.conversations.create().object == "conversation"


@pytest.mark.parametrize("base_url", ["https://any.test", "https://any.test/gateway/v9", "http://localhost/openai/v1"])
def test_any_base_url_of_a_client_is_answered(base_url: str) -> None:
    sim = Emulator()

    assert sim.openai(base_url=base_url).conversations.create().id in sim.state


def test_the_base_url_of_a_client_names_its_project() -> None:
    sim = Emulator(base_urls={"https://eu.test": "proj_eu"})

    made = sim.openai(base_url="https://eu.test/openai/v1").conversations.create()
    assert made.id in sim.project("proj_eu").state


def test_a_client_ignores_the_base_url_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost/gateway")
    client = Emulator().openai()

    assert str(client.base_url) == "https://api.openai.com/v1/"
    assert client.conversations.create().object == "conversation"


@pytest.mark.parametrize(
    ("api_keys", "key", "project"),
    [
        (None, "sk-convsim-0", "proj_default"),
        (["sk-one", "sk-two"], "sk-one", "proj_default"),
        ({"sk-a": "proj_a"}, "sk-a", "proj_a"),
    ],
    ids=["any", "several", "mapped"],
)
def test_a_client_has_a_key_that_is_accepted(api_keys: Any, key: str, project: str) -> None:
    client = Emulator(api_keys=api_keys).openai()

    assert client.api_key == key
    answer = client.conversations.with_raw_response.create()
    assert answer.headers["openai-project"] == project


@pytest.mark.parametrize("make", [Emulator.openai, Emulator.async_openai], ids=["sync", "async"])
def test_without_the_sdk_a_client_says_what_to_install(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConvsimError) as caught:
        make(Emulator())

    assert str(caught.value) == (
        "the official SDK is not installed, and convsim does not bring it: python -m pip install openai"
    )
    assert caught.value.__suppress_context__


def test_the_class_of_refusals_is_the_installed_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert api_status_error() is openai.APIStatusError
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConvsimError, match="the official SDK is not installed"):
        api_status_error()


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize("name", ["openai", "async_openai"])
def test_a_client_uses_the_http_library_of_the_installed_sdk(
    name: str, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SDK 2 is built on httpx and SDK 3 on httpx2: an SDK of each kind that only keeps what it is given."""
    sdk = ModuleType("openai")
    vars(sdk).update(
        DefaultHttpxClient=type("DefaultHttpxClient", (library.Client,), {}),
        DefaultAsyncHttpxClient=type("DefaultAsyncHttpxClient", (library.AsyncClient,), {}),
        OpenAI=SimpleNamespace,
        AsyncOpenAI=SimpleNamespace,
    )
    monkeypatch.setitem(sys.modules, "openai", sdk)
    client: Any = getattr(Emulator(), name)()

    expected = library.Client if name == "openai" else library.AsyncClient
    assert type(client.http_client) is expected
    headers = {"Authorization": f"Bearer {client.api_key}"}
    answer = client.http_client.post(f"{client.base_url}/conversations", headers=headers)
    if name == "async_openai":
        answer = asyncio.run(answer)
    assert answer.status_code == 200
