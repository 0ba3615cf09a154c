"""Every refusal of the evidence table, by its exact frame."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from convsim.realtime import Close, Frame, Session, Speech, Text
from convsim.realtime.errors import ECHO
from convsim.realtime.fields import Dialect
from tests.realtime.talking import DIALECTS, Client, call, output, user

STATE: list[tuple[str, str, dict[str, Any], str | None, str, bool]] = [
    # case, event, members, code, message, whether the event_id is repeated
    (
        "unknown previous item",
        "conversation.item.create",
        {"item": user(), "previous_item_id": "X"},
        "item_create_invalid_previous_item_id",
        "Error adding item: the previous item with id 'X' does not exist.",
        False,
    ),
    (
        "deleted previous item",
        "conversation.item.create",
        {"item": user(), "previous_item_id": "gone"},
        "item_create_invalid_previous_item_id",
        "Error adding item: the previous item with id 'gone' does not exist.",
        False,
    ),
    (
        "duplicate item",
        "conversation.item.create",
        {"item": user(id="here")},
        "item_create_duplicate_item_id",
        "Error adding item: an item with id 'here' already exists.",
        False,
    ),
    (
        "unknown call",
        "conversation.item.create",
        {"item": output("call_Xz0z4X8aSYDdkTf2")},
        "invalid_tool_call_id",
        "Tool call ID 'call_Xz0z4X8aSYDdkTf2' not found in conversation.",
        False,
    ),
    (
        "an item's id for that of a call",
        "conversation.item.create",
        {"item": output("here")},
        "invalid_tool_call_id",
        "Tool call ID 'here' not found in conversation.",
        False,
    ),
    (
        "delete unknown",
        "conversation.item.delete",
        {"item_id": "yo"},
        "item_delete_invalid_item_id",
        "Error deleting item: the item with id 'yo' does not exist.",
        False,
    ),
    (
        "retrieve unknown",
        "conversation.item.retrieve",
        {"item_id": "X"},
        "item_retrieve_invalid_item_id",
        "Error retrieving item: the item with id 'X' does not exist.",
        True,
    ),
    (
        "truncate unknown",
        "conversation.item.truncate",
        {"item_id": "X", "content_index": 0, "audio_end_ms": 10},
        "item_truncate_invalid_item_id",
        "Item with item_id not found: X",
        False,
    ),
    (
        "truncate beyond the audio",
        "conversation.item.truncate",
        {"item_id": "spoken", "content_index": 0, "audio_end_ms": 57340},
        "invalid_value",
        "Audio content of 9250ms is already shorter than 57340ms",
        False,
    ),
    (
        "cancel nothing",
        "response.cancel",
        {},
        "response_cancel_not_active",
        "Cancellation failed: no active response found",
        False,
    ),
    (
        "commit nothing",
        "input_audio_buffer.commit",
        {},
        "input_audio_buffer_commit_empty",
        (
            "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer"
            " only has 0.00ms of audio."
        ),
        False,
    ),
]


def client(dialect: Dialect) -> Client:
    """A session with the items ``here`` and one that the model spoke, and without ``gone``."""
    made = Client(dialect)
    made.create(user(id="here"))
    made.create(user(id="gone"))
    made.send("conversation.item.delete", item_id="gone")
    made.session.add(Speech(bytes(48 * 9250), "Once upon a time"))
    made.frames()
    return made


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("kind", "members", "code", "message", "echoed"), [row[1:] for row in STATE])
def test_a_fault_of_state_answers_its_exact_frame_and_changes_nothing(
    dialect: Dialect, kind: str, members: dict[str, Any], code: str | None, message: str, echoed: bool
) -> None:
    talking = client(dialect)
    before = talking.session.items
    if members.get("item_id") == "spoken":
        members = members | {"item_id": talking.session.order[-1]}
    talking.session.receive(json.dumps({"type": kind, "event_id": "event_mine", **members}))
    (sent,) = talking.session.events_to_send()

    assert isinstance(sent, Frame)
    event_id = json.loads(sent.text)["event_id"]
    inner = {
        "type": "invalid_request_error",
        "code": code,
        "message": message,
        "param": None,
        "event_id": "event_mine" if echoed else None,
    }
    whole = {"type": "error", "event_id": event_id, "error": inner}
    assert sent.text == json.dumps(whole, separators=(",", ":"))
    assert talking.session.items == before


@pytest.mark.parametrize(("dialect", "code"), [("ga", "unsupported_content_type"), ("beta", None)])
@pytest.mark.parametrize("target", ["of the user", "text", "0 ms", "another part"])
def test_only_model_audio_can_be_truncated(dialect: Dialect, code: str | None, target: str) -> None:
    talking = client(dialect)
    item_id = talking.session.order[-1]
    if target == "of the user":
        item_id = "here"
    elif target == "text":
        item_id = talking.session.add(Text("x"))
        talking.frames()
    error = talking.refused(
        "conversation.item.truncate",
        item_id=item_id,
        content_index=int(target == "another part"),
        audio_end_ms=0 if target == "0 ms" else 10,
    )

    assert error == {
        "type": "invalid_request_error",
        "code": code,
        "message": "Only model output audio messages can be truncated",
        "param": None,
        "event_id": None,
    }


def test_audio_of_the_user_cannot_be_truncated() -> None:
    talking = Client()
    part = {"type": "input_audio", "audio": b64encode(bytes(4800)).decode()}
    talking.create(user(id="a", content=[part]))

    error = talking.refused("conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=10)
    assert error["code"] == "unsupported_content_type"


def test_a_second_response_is_refused_while_one_is_active() -> None:
    talking = Client()
    talking.session.script(Text("x"), hold=True)
    talking.send("response.create")

    error = talking.refused("response.create", event_id="e")
    assert error == {
        "type": "invalid_request_error",
        "code": "conversation_already_has_active_response",
        "message": "Conversation already has an active response in progress: "
        f"{talking.session.active_response}. Wait until the response is finished before creating a new one.",
        "param": None,
        "event_id": "e",
    }


def test_a_session_expires_with_an_error_and_a_close() -> None:
    session = Session()
    session.events_to_send()
    session.expire(delay=2.0)
    error, close = session.events_to_send()

    assert isinstance(error, Frame)
    assert error.delay == 2.0
    assert json.loads(error.text)["error"] == {
        "type": "invalid_request_error",
        "code": "session_expired",
        "message": "Your session hit the maximum duration of 60 minutes.",
        "param": None,
        "event_id": None,
    }
    assert close == Close(1001, "Your session hit the maximum duration of 60 minutes.")


VOICES: dict[Dialect, list[dict[str, Any]]] = {
    "ga": [{"type": "realtime", "audio": {"output": {"voice": voice}}} for voice in ("cedar", "marin")],
    "beta": [{"voice": voice} for voice in ("echo", "sage")],
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_voice_is_settled_once_the_model_has_spoken(dialect: Dialect) -> None:
    talking = Client(dialect)
    one, other = VOICES[dialect]
    for session in (other, one):
        assert talking.send("session.update", session=session)[0]["type"] == "session.updated"
    item_id = talking.session.add(Speech(b"\0" * 48, "hello"))
    talking.frames()

    assert talking.refused("session.update", session=other, event_id="e") == {
        "type": "invalid_request_error",
        "code": "cannot_update_voice",
        "message": "Cannot update a conversation's voice if assistant audio is present.",
        "param": None,
        "event_id": None,
    }
    assert talking.send("session.update", session=one)[0]["type"] == "session.updated"
    talking.send("conversation.item.delete", item_id=item_id)
    assert talking.send("session.update", session=other)[0]["type"] == "session.updated"


def test_every_family_of_faults_has_its_rule() -> None:
    assert set(ECHO) == {
        "schema", "create", "delete", "retrieve", "truncate", "tool_call", "response", "cancel", "audio", "voice",
        "session",
    }  # fmt: skip


def test_call_ids_are_checked_in_the_whole_history() -> None:
    talking = Client()
    talking.create(call("call_1", id="c"))
    assert talking.create(output("call_1"), previous_item_id="root")[0]["type"] == "conversation.item.added"

    talking.send("conversation.item.delete", item_id="c")
    assert talking.refused_item(output("call_1"))["code"] == "invalid_tool_call_id"
