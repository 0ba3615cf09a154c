"""The SDK as it builds its own clients, in whatever version is installed: .ci/run has it twice, openai 3 and 2."""

from __future__ import annotations

import asyncio

import openai
import pytest

from convsim import Emulator

KEY = "sk-test"


def client(**options: object) -> openai.OpenAI:
    return openai.OpenAI(api_key=KEY, max_retries=0, **options)  # type: ignore[arg-type]


def async_client(**options: object) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=KEY, max_retries=0, **options)  # type: ignore[arg-type]


def test_a_default_client_is_caught() -> None:
    with Emulator().patch() as sim:
        conversation = client().conversations.create(metadata={"topic": "demo"})
        assert sim.state[conversation.id].metadata == {"topic": "demo"}


def test_a_client_built_before_the_patch_is_caught() -> None:
    early = client()
    with Emulator().patch() as sim:
        assert early.conversations.create().id in sim.state


def test_an_asynchronous_default_client_is_caught() -> None:
    async def create() -> str:
        async with async_client() as own:
            return (await own.conversations.create()).id

    with Emulator().patch() as sim:
        assert asyncio.run(create()) in sim.state


def test_a_client_on_aiohttp_is_caught() -> None:
    async def create() -> str:
        async with async_client(http_client=openai.DefaultAioHttpClient()) as own:
            return (await own.conversations.create()).id

    with Emulator().patch() as sim:
        assert asyncio.run(create()) in sim.state


def test_explicit_clients_use_the_installed_library() -> None:
    sim = Emulator()
    conversation = sim.openai().conversations.create()

    async def retrieve() -> str:
        async with sim.async_openai() as own:
            return (await own.conversations.retrieve(conversation.id)).id

    assert asyncio.run(retrieve()) == conversation.id


def test_another_host_is_refused_and_noted() -> None:
    elsewhere = client(base_url="https://elsewhere.test/v1")
    with Emulator().patch() as sim:
        # openai 2 wraps the refusal, openai 3 lets it through.
        with pytest.raises((AssertionError, openai.APIConnectionError)):
            elsewhere.conversations.create()
        assert [str(error).partition(" was not sent")[0] for error in sim.refused] == [
            "POST https://elsewhere.test/v1/conversations"
        ]


def test_refusals_of_the_api_are_the_sdks_own() -> None:
    with Emulator().patch(), pytest.raises(openai.NotFoundError) as caught:
        client().conversations.retrieve("conv_nonexistent123")
    assert caught.value.body == {
        "message": "Conversation with id 'conv_nonexistent123' not found.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_one_call_that_the_sdk_tries_again_is_refused_once() -> None:
    elsewhere = openai.OpenAI(api_key=KEY, base_url="https://elsewhere.test/v1", max_retries=2)
    with Emulator().patch() as sim:
        for own, path in ((elsewhere, "elsewhere.test/v1/conversations"), (openai.OpenAI(api_key=KEY), "/v1/chat")):
            # openai 2 tries a refused call again and wraps the refusal, openai 3 lets it through.
            with pytest.raises((AssertionError, openai.APIConnectionError)):
                own.post("/conversations" if own is elsewhere else "/chat/completions", cast_to=object)
            assert path in str(sim.refused[-1])
        assert len(sim.refused) == 2
