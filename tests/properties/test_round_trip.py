"""Valid items of every type: accepted over HTTP, read back member by member, and strictly typed by the official SDK."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convsim import Emulator
from convsim.items.catalogue import CATALOGUE, REFERENCE
from convsim.items.stored import INCLUDES
from convsim.strategies import items
from tests.profiles import examples

Json = dict[str, Any]
TYPES = [name for name, row in CATALOGUE.items() if row.models and row.stored and name != REFERENCE]

CHANGED = {
    ".id": "the service mints ids of its own",
    "message.status": "every stored message is completed",
    "message.phase": "is dropped",
    "message.content[].file_data": "is dropped",
    "function_call_output.output[].file_data": "is dropped",
    "custom_tool_call_output.output[].file_data": "is dropped",
    "shell_call.environment": "comes back as null",
}
"""Members that the live API changes or drops, besides a message's string, which becomes a part."""


def differences(sent: Any, read: Any, path: str) -> Iterator[str]:
    """Where what was sent is not what is read."""
    if path in CHANGED or (path.endswith(".id") and path.count(".") == 1):
        return
    if path == "message.content" and isinstance(sent, str):
        read = "".join(part["text"] for part in read)
    if isinstance(sent, dict) and isinstance(read, dict):
        for key, value in sent.items():
            if key in read:
                yield from differences(value, read[key], f"{path}.{key}")
            elif f"{path}.{key}" not in CHANGED:
                yield f"{path}.{key} is gone"
    elif isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        for one, other in zip(sent, read, strict=True):
            yield from differences(one, other, f"{path}[]")
    elif sent != read or type(sent) is not type(read):
        yield f"{path}: sent {sent!r}, read {read!r}"


def hidden(read: Json) -> Iterator[str]:
    """The members that show although no ``include`` named them."""
    for reveal in CATALOGUE[read["type"]].reveals:
        for value in _at(read, reveal.path):
            if value not in (None, []):
                yield f"{reveal.include}: {value!r}"


def _at(node: Any, path: tuple[str, ...]) -> list[Any]:
    if not path:
        return [node]
    step, *rest = path
    inside = node if step == "*" else [node[step]] if step in node else []
    return [found for member in inside for found in _at(member, tuple(rest))]


@pytest.mark.parametrize("name", TYPES)
def test_every_member_that_was_sent_is_read_back(name: str) -> None:
    client = httpx2.Client(
        transport=Emulator().httpx2_transport(), base_url="https://api.openai.com/v1", headers={"api-key": "x"}
    )
    url = f"/conversations/{client.post('/conversations').json()['id']}/items"

    @given(st.lists(items(name), min_size=1, max_size=3))
    @settings(max_examples=examples(25))
    def round_trip(sent: list[Json]) -> None:
        plain = client.post(url, json={"items": sent})
        assert plain.status_code == 200, plain.text
        for item, read in zip(sent, plain.json()["data"], strict=True):
            assert list(hidden(read)) == []
            full = client.get(f"{url}/{read['id']}", params={"include[]": INCLUDES}).json()
            assert list(differences({"type": name, **item}, full, name)) == []
            assert read["id"].startswith(f"{CATALOGUE[name].prefix}_")

    round_trip()


def _typed_by_the_sdk(item: Json) -> bool:
    """Audio is named by the live sentence about user messages, and by no type of the SDK."""
    content = item.get("content")
    return not isinstance(content, list) or all(part.get("type") != "input_audio" for part in content)


@pytest.mark.parametrize("name", TYPES)
def test_the_sdk_takes_every_read_for_what_it_is(name: str) -> None:
    sim = Emulator()
    client = openai.OpenAI(
        api_key="x",
        http_client=openai.DefaultHttpxClient(transport=sim.httpx2_transport()),
        _strict_response_validation=True,
        max_retries=0,
    )
    conversation = client.conversations.create().id

    @given(items(name).filter(_typed_by_the_sdk), st.sampled_from([[], list(INCLUDES)]))
    @settings(max_examples=examples(25))
    def read(sent: Any, include: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            created = client.conversations.items.create(conversation, items=[sent], include=include)
            (listed,) = client.conversations.items.list(conversation, limit=1, include=include).data
            item = client.conversations.items.retrieve(str(listed.id), conversation_id=conversation, include=include)
            assert created.data[0].to_dict() == listed.to_dict() == item.to_dict()
            assert item.type == name

    read()
