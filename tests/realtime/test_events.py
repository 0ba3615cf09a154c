"""Events: their names, and the errors of one itself: the sentence, the path, and the event_id that is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic_core import from_json

from convsim import Behavior
from convsim.realtime import Call, Session, Speech, Text
from convsim.realtime.events import CLIENT_EVENTS, EMULATED, SERVER_EVENTS, NotEmulated, read, read_json
from convsim.realtime.fields import Dialect
from tests.realtime.talking import DIALECTS, Client, only_error, parsed, schema_error, user

CREATE = "conversation.item.create"
GA_EVENTS = (
    "'session.update', 'session.close', 'input_audio_buffer.append', 'session.input_audio_buffer.append',"
    " 'input_audio_buffer.commit', 'input_audio_buffer.clear', 'conversation.item.create',"
    " 'conversation.item.truncate', 'conversation.item.delete', 'conversation.item.retrieve', 'response.create',"
    " and 'response.cancel'"
)

FAULTS: list[tuple[dict[str, Any], str, str, str | None]] = [
    ({"type": CREATE}, "missing_required_parameter", "Missing required parameter: 'item'.", "item"),
    (
        {"type": CREATE, "item": {}},
        "missing_required_parameter",
        "Missing required parameter: 'item.type'.",
        "item.type",
    ),
    (
        {"type": CREATE, "item": []},
        "invalid_type",
        "Invalid type for 'item': expected an object, but got an array instead.",
        "item",
    ),
    (
        {"type": CREATE, "item": {"type": 1}},
        "invalid_type",
        "Invalid type for 'item.type'",
        "item.type",
    ),
    (
        {"type": CREATE, "item": user(), "extra": 1},
        "unknown_parameter",
        "Unknown parameter: 'extra'.",
        "extra",
    ),
    (
        {"type": CREATE, "item": user(), "previous_item_id": 1},
        "invalid_type",
        "Invalid type for 'previous_item_id': expected a string, but got an integer instead.",
        "previous_item_id",
    ),
    (
        {"type": "conversation.item.delete"},
        "missing_required_parameter",
        "Missing required parameter: 'item_id'.",
        "item_id",
    ),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0},
        "missing_required_parameter",
        "Missing required parameter: 'audio_end_ms'.",
        "audio_end_ms",
    ),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": -1, "audio_end_ms": 0},
        "integer_below_min_value",
        "Invalid 'content_index': integer below minimum value. Expected a value >= 0, but got -1 instead.",
        "content_index",
    ),
    (
        {"type": "input_audio_buffer.append", "audio": "?"},
        "invalid_value",
        "Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got an invalid value.",
        "audio.audio",
    ),
    ({"type": ["x"]}, "invalid_type", "Invalid type for 'type': expected a string, but got an array instead.", "type"),
    ({}, "invalid_event", "The 'type' field is missing.", None),
    (
        {"type": "response.create", "response": {"conversation": "none"}},
        "convsim_not_emulated",
        "convsim does not emulate responses out of band.",
        "response.conversation",
    ),
    (
        {"type": "response.create", "response": {"input": []}},
        "convsim_not_emulated",
        "convsim does not emulate responses to an input.",
        "response.input",
    ),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("event", "code", "message", "param"), FAULTS)
def test_a_fault_of_schema_names_its_path_and_repeats_the_event_id(
    dialect: Dialect, event: dict[str, Any], code: str, message: str, param: str | None
) -> None:
    error = only_error(Client(dialect).send_raw(json.dumps(event | {"event_id": "event_mine"})))

    assert error == schema_error(code, error["message"], param, "event_mine")
    assert error["message"].startswith(message)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_an_event_id_null_stands_there(dialect: Dialect) -> None:
    assert Client(dialect).refused(CREATE)["event_id"] is None


def test_an_event_id_of_another_type_is_refused_and_not_repeated() -> None:
    error = Client().refused("response.cancel", event_id=1)

    assert error["code"] == "invalid_type"
    assert error["param"] == "event_id"
    assert error["event_id"] is None


def test_an_event_id_has_at_most_512_characters() -> None:
    assert Client().refused("response.cancel", event_id="x" * 512)["code"] == "response_cancel_not_active"
    assert Client().refused("response.cancel", event_id="x" * 513)["code"] == "string_above_max_length"


def test_an_unknown_event_is_answered_with_all_that_there_are() -> None:
    assert Client().refused("nope") == schema_error(
        "invalid_value", f"Invalid value: 'nope'. Supported values are: {GA_EVENTS}.", "type"
    )


def test_the_list_of_the_beta_is_shorter() -> None:
    message = Client("beta").refused("session.close")["message"]

    assert message.startswith("Invalid value: 'session.close'. Supported values are: 'session.update',")
    assert "'session.input_audio_buffer.append'" not in message


@pytest.mark.parametrize("kind", [name for name, event in CLIENT_EVENTS.items() if event.model is NotEmulated])
def test_an_event_that_only_the_service_knows_is_not_emulated(kind: str) -> None:
    assert Client().refused(kind) == schema_error(
        "convsim_not_emulated", f"convsim does not emulate the event '{kind}'.", "type"
    )


@pytest.mark.parametrize("text", ["", "{", "nope", '{"type":NaN}', '{"type":"\\ud800"}', "\ud800", "[" * 5000])
def test_what_is_not_json_is_refused(text: str) -> None:
    assert only_error(Client().send_raw(text)) == schema_error(
        "invalid_json",
        "Invalid event: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
        " include trailing commas, missing closing brackets, missing quotation marks, etc.)",
        None,
    )


@pytest.mark.parametrize(
    ("text", "word"), [("[]", "an array"), ('"x"', "a string"), ("null", "null"), ("1", "an integer")]
)
def test_json_that_is_no_object_is_refused(text: str, word: str) -> None:
    assert only_error(Client().send_raw(text)) == schema_error(
        "invalid_type", f"Invalid type: expected an object, but got {word} instead.", None
    )


def test_a_binary_frame_is_refused_and_the_session_goes_on() -> None:
    client = Client()

    assert only_error(client.send_raw(b"{}")) == schema_error(
        "invalid_event", "Expected a text WebSocket message; binary frames are not supported.", None
    )
    assert len(client.create(user())) == 2


def test_indented_events_with_their_type_last_are_read() -> None:
    text = json.dumps({"item": user(), "event_id": "e", "type": CREATE}, indent=2)

    assert len(Client().send_raw(text)) == 2


def test_four_faults_in_a_row_leave_the_session_usable() -> None:
    client = Client()
    for bad in ("{", '{"type":"nope"}', "[]", "{}"):
        only_error(client.send_raw(bad))

    assert len(client.create(user())) == 2


# --- the one step in which a create is read ------------------------------------------------------------------------

_ITEM = '{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}'
_TOOLS = '{"type":"mcp_list_tools","id":"a","server_label":"s","tools":[{"name":"t","input_schema":%s}]}'


@pytest.mark.parametrize(
    ("item", "is_read"),
    [
        (_ITEM, True),
        (_ITEM.replace('"role":"user"', '"role":"assistant","role":"user"'), True),
        (_ITEM.replace('"role":"user"', '"role":"user","role":"system"'), True),
        (_ITEM.replace('"role":"user"', '"role":"user","role":"nobody"'), False),
        (f'{_ITEM},"item":5', False),
        (f'5,"item":{_ITEM}', True),
        (f'{_ITEM},"type":"session.update"', False),
        (f'{_ITEM},"event_id":NaN', False),
        (_TOOLS % '{"a":1.0,"b":123456789012345678901234567890,"c":[null]}', True),
        (_TOOLS % '{"a":NaN}', False),
        (_TOOLS % '{"a":1e400}', False),
        ('"half \\ud800"', False),
        ("5}}", False),
    ],
)
def test_a_create_is_read_in_one_step_as_in_many(item: str, is_read: bool) -> None:
    text = f'{{"type":"{CREATE}","item":{item}}}'
    event = read_json(text, "ga")
    assert (event is not None) is is_read
    if event is not None:
        assert event == read(from_json(text), "ga")


def test_other_events_are_read_step_by_step() -> None:
    assert read_json('{"type":"conversation.item.delete","item_id":"a"}', "ga") is None


# --- the names -----------------------------------------------------------------------------------------------------


def test_both_dialects_carry_out_the_same_events() -> None:
    models = {name: event.beta_model for name, event in CLIENT_EVENTS.items()}
    assert tuple(name for name, model in models.items() if model is not None) == EMULATED


def sent(dialect: Dialect) -> set[str]:
    """The types of all events of a session that is asked for everything, and at last for what it refuses."""
    session = Session(dialect=dialect, behavior=Behavior(realtime_conversation_created=True))

    def send(kind: str, **members: Any) -> None:
        session.receive(json.dumps({"type": kind, **members}))

    speech = session.add(Speech(bytes(4800), "Oh"))
    send("session.update", session={"type": "realtime"} if dialect == "ga" else {"voice": "alloy"})
    send("input_audio_buffer.append", audio="AAAA" * 2000)
    send("input_audio_buffer.commit")
    send("input_audio_buffer.clear")
    send("conversation.item.create", item=user(id="item_a"))
    send("conversation.item.retrieve", item_id="item_a")
    send("conversation.item.truncate", item_id=speech, content_index=0, audio_end_ms=50)
    send("conversation.item.delete", item_id="item_a")
    session.script(Text("Hi"), Speech(bytes(4800), "Oh"), Call("f"))
    send("response.create")
    kinds = {event["type"] for event in parsed(session.events_to_send())}
    assert "error" not in kinds
    send("response.cancel")
    return kinds | {event["type"] for event in parsed(session.events_to_send())}


def test_the_events_of_the_service_are_those_that_sessions_send() -> None:
    assert set(SERVER_EVENTS) == sent("ga") | sent("beta")
