"""The calls that the official reference shows in Python, against seeded literal ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import openai
import pytest

from convsim import Emulator


def on_a_transport(sim: Emulator, monkeypatch: pytest.MonkeyPatch) -> openai.OpenAI:
    return sim.openai(max_retries=0)


def with_a_key(sim: Emulator, monkeypatch: pytest.MonkeyPatch) -> openai.OpenAI:
    return openai.OpenAI(api_key="My API Key")


def with_the_environment_s_key(sim: Emulator, monkeypatch: pytest.MonkeyPatch) -> openai.OpenAI:
    monkeypatch.setenv("OPENAI_API_KEY", "My API Key")
    return openai.OpenAI()


@pytest.fixture(params=[on_a_transport, with_a_key, with_the_environment_s_key])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[openai.OpenAI]:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    sim = Emulator()
    sim.seed(
        "conv_123",
        metadata={"topic": "demo"},
        items=[
            {"type": "message", "role": "user", "content": "Hello!", "id": "msg_abc"},
            {"type": "message", "role": "user", "content": "How are you?", "id": "msg_def"},
        ],
    )
    interception = nullcontext() if request.param is on_a_transport else sim.patch()
    with interception, request.param(sim, monkeypatch) as client:
        yield client


def texts(items: object) -> list[str]:
    return [item.content[0].text for item in items]  # type: ignore[attr-defined]


def test_create_a_conversation(client: openai.OpenAI) -> None:
    conversation = client.conversations.create(
        metadata={"topic": "demo"}, items=[{"type": "message", "role": "user", "content": "Hello!"}]
    )
    assert conversation.to_dict() == {
        "id": conversation.id,
        "object": "conversation",
        "created_at": 1741900000,
        "metadata": {"topic": "demo"},
    }


def test_create_a_conversation_of_nothing(client: openai.OpenAI) -> None:
    assert client.conversations.create().id.startswith("conv_")


def test_create_items(client: openai.OpenAI) -> None:
    items = client.conversations.items.create(
        "conv_123",
        items=[
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello!"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How are you?"}]},
        ],
    )
    assert texts(items.data) == ["Hello!", "How are you?"]
    assert (items.first_id, items.last_id) == (items.data[0].id, items.data[1].id)
    assert items.has_more is False


def test_create_items_by_keyword(client: openai.OpenAI) -> None:
    conversation_item_list = client.conversations.items.create(
        conversation_id="conv_123", items=[{"content": "string", "role": "user", "type": "message"}]
    )
    assert conversation_item_list.first_id.startswith("msg_")


def test_list_items(client: openai.OpenAI) -> None:
    page = client.conversations.items.list(conversation_id="conv_123")
    assert page.data[0].id == "msg_def"


def test_list_items_with_a_limit(client: openai.OpenAI) -> None:
    assert texts(client.conversations.items.list("conv_123", limit=10).data) == ["How are you?", "Hello!"]


def test_list_items_goes_on_by_itself(client: openai.OpenAI) -> None:
    assert texts(client.conversations.items.list("conv_123", limit=1, order="asc")) == ["Hello!", "How are you?"]


def test_list_items_with_every_argument(client: openai.OpenAI) -> None:
    page = client.conversations.items.list(
        conversation_id="conv_123", after="msg_abc", include=["file_search_call.results"], limit=1, order="asc"
    )
    assert texts(page.data) == ["How are you?"]


def test_retrieve_an_item(client: openai.OpenAI) -> None:
    conversation_item = client.conversations.items.retrieve(item_id="msg_abc", conversation_id="conv_123")
    assert conversation_item.to_dict() == {
        "id": "msg_abc",
        "type": "message",
        "status": "completed",
        "content": [{"type": "input_text", "text": "Hello!"}],
        "role": "user",
    }


def test_delete_an_item(client: openai.OpenAI) -> None:
    conversation = client.conversations.items.delete(item_id="msg_abc", conversation_id="conv_123")
    assert conversation.id == "conv_123"
    assert texts(client.conversations.items.list("conv_123")) == ["How are you?"]


def test_retrieve_a_conversation(client: openai.OpenAI) -> None:
    conversation = client.conversations.retrieve("conv_123")
    assert (conversation.id, conversation.metadata) == ("conv_123", {"topic": "demo"})


def test_update_a_conversation(client: openai.OpenAI) -> None:
    conversation = client.conversations.update(conversation_id="conv_123", metadata={"foo": "string"})
    assert conversation.id == "conv_123"
    assert conversation.metadata == {"topic": "demo", "foo": "string"}


def test_update_as_the_curl_example_does(client: openai.OpenAI) -> None:
    conversation = client.conversations.update("conv_123", metadata={"topic": "project-x"})
    assert conversation.metadata == {"topic": "project-x"}


def test_delete_a_conversation(client: openai.OpenAI) -> None:
    deleted = client.conversations.delete("conv_123")
    assert deleted.to_dict() == {"id": "conv_123", "object": "conversation.deleted", "deleted": True}
