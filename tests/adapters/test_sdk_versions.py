"""The SDK as it builds its own clients, in whatever version is installed: .ci/run has it twice, openai 3 and 2."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from convsim import Call, Emulator

KEY = "sk-test"


TOOL: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
ASKED: Any = {"model": "gpt-5.5", "conversation": "conv_1", "tools": [TOOL]}
ITEMS: list[Any] = [
    ("user", "How warm is Paris?"),
    {"type": "function_call", "call_id": "call_1"},
    {"type": "function_call_output", "call_id": "call_1", "output": "25 C"},
    ("assistant", "It is 25 C."),
    ("user", "And Rome?"),
    ("assistant", "The same."),
]


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


# --- turns ---------------------------------------------------------------------------------------------------------


def scripted() -> Emulator:
    sim = Emulator(ids="sequential", replies=[Call("get_weather", {"city": "Paris"}), "It is 25 C.", "The same."])
    sim.seed("conv_1")
    return sim


def output_of(response: Any) -> Any:
    """Return the output of the tool that the response calls, as the input of the next turn."""
    (call,) = response.output
    assert json.loads(call.arguments) == {"city": "Paris"}
    return [{"type": "function_call_output", "call_id": call.call_id, "output": "25 C"}]


@pytest.mark.parametrize("way", ["create", "create(stream=True)", "stream"])
def test_three_turns_with_a_tool(way: str) -> None:
    def ask(said: Any) -> Any:
        if way == "create":
            return sdk.responses.create(input=said, **ASKED)
        if way == "stream":
            with sdk.responses.stream(input=said, **ASKED) as stream:
                return stream.get_final_response()
        *_, last = sdk.responses.create(input=said, stream=True, **ASKED)
        assert last.type == "response.completed"
        return last.response

    with scripted().patch() as sim, client() as sdk:
        assert ask(output_of(ask("How warm is Paris?"))).output_text == "It is 25 C."
        assert ask("And Rome?").output_text == "The same."
        sim.assert_items("conv_1", ITEMS)


@pytest.mark.parametrize("way", ["create", "create(stream=True)", "stream"])
def test_three_turns_with_a_tool_without_blocking(way: str) -> None:
    async def talk() -> list[str]:
        async with async_client() as sdk:

            async def ask(said: Any) -> Any:
                if way == "create":
                    return await sdk.responses.create(input=said, **ASKED)
                if way == "stream":
                    async with sdk.responses.stream(input=said, **ASKED) as stream:
                        return await stream.get_final_response()
                events = [event async for event in await sdk.responses.create(input=said, stream=True, **ASKED)]
                assert events[-1].type == "response.completed"
                return events[-1].response

            first = await ask(output_of(await ask("How warm is Paris?")))
            return [first.output_text, (await ask("And Rome?")).output_text]

    with scripted().patch() as sim:
        assert asyncio.run(talk()) == ["It is 25 C.", "The same."]
        sim.assert_items("conv_1", ITEMS)


class Place(BaseModel):
    city: str


def test_what_is_parsed_is_the_scripted_object() -> None:
    async def parse() -> Any:
        async with async_client() as sdk:
            return (await sdk.responses.parse(model="gpt-5.5", input="Where?", text_format=Place)).output_parsed

    sim = Emulator(replies=[Place(city="Paris"), '{"city": "Rome"}'])
    with sim.patch(), client() as sdk:
        assert sdk.responses.parse(model="gpt-5.5", input="Where?", text_format=Place).output_parsed == Place(
            city="Paris"
        )
        assert asyncio.run(parse()) == Place(city="Rome")
