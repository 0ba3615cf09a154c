"""ogx-client: a server of its own, requests without a key, and arrays of a query with commas."""

from __future__ import annotations

import asyncio

import pytest
from ogx_client import AsyncOgxClient, AuthenticationError, BadRequestError, OgxClient

from convsim import Behavior, Emulator, RefusedHostError
from tests.clients.weather import ANSWERS, ITEMS, TOOL, bodies, script, talk, talk_async

URL = "http://localhost:8321"
OPTIONS = {"base_urls": [URL], "auth": "any", "behavior": Behavior(include_commas="split")}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool(sim: Emulator, streamed: bool) -> None:
    script(sim)
    assert talk(OgxClient(base_url=URL), "conv_1", streamed=streamed, model="gpt-5.5", tools=[TOOL]) == ANSWERS
    sim.assert_items("conv_1", ITEMS)
    assert [body["stream"] for body in bodies(sim)] == [streamed] * 4


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_three_turns_with_a_tool_asynchronously(sim: Emulator, streamed: bool) -> None:
    script(sim)
    client = AsyncOgxClient(base_url=URL)
    assert asyncio.run(talk_async(client, "conv_1", streamed=streamed, model="gpt-5.5", tools=[TOOL])) == ANSWERS
    sim.assert_items("conv_1", ITEMS)


def test_several_values_of_an_include_are_joined_by_commas(sim: Emulator) -> None:
    client = OgxClient(base_url=URL)
    made = client.conversations.create(items=[{"type": "message", "role": "user", "content": "Hi"}])
    values = ["message.output_text.logprobs", "reasoning.encrypted_content"]
    page = client.conversations.items.list(made.id, include=values)
    assert len(page.data) == 1
    assert sim.journal[-1].query == f"?include={values[0]}%2C{values[1]}"


def test_without_these_options_it_is_refused_as_live() -> None:
    with Emulator(base_urls=[URL]).patch() as sim:
        with pytest.raises(AuthenticationError, match="Missing bearer or basic authentication"):
            OgxClient(base_url=URL).conversations.create()
        client = OgxClient(base_url=URL, api_key="sk-test")
        made = client.conversations.create()
        with pytest.raises(BadRequestError, match="Invalid type for 'include'"):
            client.conversations.items.list(made.id, include=["reasoning.encrypted_content"])
    assert len(sim.state) == 1


def test_its_own_host_is_refused_with_the_line_to_write() -> None:
    with Emulator().patch() as sim, pytest.raises(Exception, match="Connection error"):
        OgxClient(max_retries=0).conversations.create()
    (refused,) = sim.refused
    assert isinstance(refused, RefusedHostError)
    assert "add 'http://any-hosted-ogx.com/v1' to base_urls=[...]" in str(refused)
