"""The official SDK's typed events parse what a session of the GA dialect sends."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError

from convsim.core.behavior import Behavior
from convsim.realtime import Call, Frame, Session, Speech, Text
from tests.realtime.talking import Client, call, output, user
from tests.realtime.test_items import DOCUMENTS, GA_DOCUMENTS

EVENTS: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


def parse(client: Client, *sent: tuple[str, dict[str, Any]]) -> list[str]:
    """The types of the frames that answer, each read by the SDK's models."""
    for kind, members in sent:
        client.session.receive(TypeAdapter(dict[str, Any]).dump_json({"type": kind, **members}).decode())
    return [EVENTS.validate_json(one.text).type for one in client.session.events_to_send() if isinstance(one, Frame)]


def test_the_events_that_begin_a_session() -> None:
    session = Session(behavior=Behavior(realtime_conversation_created=True))
    kinds = [EVENTS.validate_json(one.text).type for one in session.events_to_send() if isinstance(one, Frame)]

    assert kinds == ["session.created", "conversation.created"]


@pytest.mark.parametrize("item", [item for item, _ in DOCUMENTS + GA_DOCUMENTS])
def test_every_type_of_item(item: dict[str, Any]) -> None:
    kinds = parse(
        Client(), ("conversation.item.create", {"item": item}), ("conversation.item.retrieve", {"item_id": "a"})
    )

    assert kinds == ["conversation.item.added", "conversation.item.done", "conversation.item.retrieved"]


def test_a_tool_output() -> None:
    create = "conversation.item.create"

    assert len(parse(Client(), (create, {"item": call()}), (create, {"item": output()}))) == 4


def test_responses_of_every_kind() -> None:
    client = Client()
    client.session.script(Text("Hello there"), Speech(bytes(4800), "Oh well"), Call("f"))
    client.session.script(Text("Hello"), hold=True)
    kinds = parse(client, ("response.create", {}), ("response.create", {}), ("response.cancel", {}))

    assert len(kinds) > 30
    assert kinds[-1] == "response.done"


def test_edits_updates_and_audio() -> None:
    client = Client()
    item_id = client.session.add(Speech(bytes(4800), "Oh"))
    kinds = parse(
        client,
        ("conversation.item.truncate", {"item_id": item_id, "content_index": 0, "audio_end_ms": 50}),
        ("conversation.item.delete", {"item_id": item_id}),
        ("session.update", {"session": {"type": "realtime", "tracing": "auto", "tools": []}}),
        ("input_audio_buffer.append", {"audio": b64encode(bytes(4800)).decode()}),
        ("input_audio_buffer.commit", {}),
        ("input_audio_buffer.clear", {}),
    )

    assert kinds == [
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.truncated",
        "conversation.item.deleted",
        "session.updated",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "input_audio_buffer.cleared",
    ]


def test_errors() -> None:
    client = Client()
    client.session.receive("{")
    client.session.receive(b"")
    client.session.expire()

    assert parse(client) == ["error"] * 3


def test_spoken_audio_retrieved_has_a_name_that_the_sdk_does_not_list() -> None:
    """The service's own example has it; the SDK reads events without validating them."""
    client = Client()
    item_id = client.session.add(Speech(bytes(48), "Oh"))
    client.frames()

    with pytest.raises(ValidationError, match="output_audio"):
        parse(client, ("conversation.item.retrieve", {"item_id": item_id}))


def test_a_user_message_stays_what_it_was() -> None:
    client = Client()
    client.session.receive(TypeAdapter(dict[str, Any]).dump_json(
        {"type": "conversation.item.create", "item": user("hello")}
    ).decode())  # fmt: skip
    added, _ = (EVENTS.validate_json(one.text) for one in client.session.events_to_send() if isinstance(one, Frame))

    assert added.item.content[0].text == "hello"
