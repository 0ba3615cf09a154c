"""Code under test that builds clients of its own, with the network forbidden."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.adapters.conftest import no_network, patched_methods


@pytest.fixture(autouse=True)
def offline() -> Iterator[None]:
    before = patched_methods()
    with no_network():
        yield
    assert patched_methods() == before


def create(**metadata: str) -> str:
    """As code under test does it: with a client of its own."""
    with openai.OpenAI(api_key="sk-x", max_retries=0) as client:
        return client.conversations.create(metadata=metadata).id


async def create_async() -> str:
    async with openai.AsyncOpenAI(api_key="sk-x", max_retries=0) as client:
        return (await client.conversations.create()).id
