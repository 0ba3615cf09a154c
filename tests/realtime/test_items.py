"""Items by type and role in both dialects: what is taken, and the exact document that comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.realtime import Frame
from convsim.realtime.fields import Dialect
from tests.realtime.talking import DIALECTS, Client, call, output, schema_error, user

TEXT = {"type": "input_text", "text": "hi"}

DOCUMENTS: list[tuple[dict[str, Any], str]] = [
    (
        {"role": "user", "content": [TEXT], "type": "message", "id": "a"},
        '{"id":"a","type":"message","status":"completed","role":"user","content":[{"type":"input_text","text":"hi"}]}',
    ),
    (
        {"id": "a", "type": "message", "role": "system", "content": [TEXT], "object": "realtime.item"},
        (
            '{"id":"a","type":"message","status":"completed","role":"system",'
            '"content":[{"type":"input_text","text":"hi"}]}'
        ),
    ),
    (
        {"id": "a", "type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
        (
            '{"id":"a","type":"message","status":"completed","role":"user",'
            '"content":[{"type":"input_audio","transcript":null}]}'
        ),
    ),
    (
        user(id="a", content=[{"type": "input_audio", "transcript": "é", "audio": "AAAA"}]),
        (
            '{"id":"a","type":"message","status":"completed","role":"user",'
            '"content":[{"type":"input_audio","transcript":"é"}]}'
        ),
    ),
]

CALL = {"type": "function_call", "arguments": "{}", "name": "f", "call_id": "call_1", "id": "a"}

GA_DOCUMENTS: list[tuple[dict[str, Any], str]] = [
    (
        CALL,
        '{"id":"a","type":"function_call","status":"completed","name":"f","call_id":"call_1","arguments":"{}"}',
    ),
    (
        {"id": "a", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
        ('{"id":"a","type":"message","status":"completed","role":"assistant",'
        '"content":[{"type":"output_text","text":"hi"}]}'),
    ),
    (
        user(id="a", content=[{"type": "input_image", "image_url": "data:image/png;base64,AA"}]),
        ('{"id":"a","type":"message","status":"completed","role":"user",'
        '"content":[{"type":"input_image","image_url":"data:image/png;base64,AA","detail":"auto"}]}'),
    ),
    (
        {"id": "a", "type": "mcp_list_tools", "server_label": "s",
         "tools": [{"input_schema": {"b": 1, "a": 2}, "name": "t"}]},
        '{"id":"a","type":"mcp_list_tools","server_label":"s","tools":[{"name":"t","input_schema":{"b":1,"a":2}}]}',
    ),
    (
        {"id": "a", "type": "mcp_call", "server_label": "s", "name": "t", "arguments": "{}",
         "error": {"type": "http_error", "code": 500, "message": "m"}},
        ('{"id":"a","type":"mcp_call","server_label":"s","name":"t","arguments":"{}","approval_request_id":null,'
        '"output":null,"error":{"type":"http_error","message":"m","code":500}}'),
    ),
    (
        {"id": "a", "type": "mcp_approval_request", "server_label": "s", "name": "t", "arguments": "{}"},
        '{"id":"a","type":"mcp_approval_request","server_label":"s","name":"t","arguments":"{}"}',
    ),
    (
        {"id": "a", "type": "mcp_approval_response", "approval_request_id": "r", "approve": True},
        '{"id":"a","type":"mcp_approval_response","approval_request_id":"r","approve":true}',
    ),
]  # fmt: skip


def acknowledged(client: Client, item: dict[str, Any]) -> list[str]:
    client.session.receive(json.dumps({"type": "conversation.item.create", "item": item}))
    return [sent.text for sent in client.session.events_to_send() if isinstance(sent, Frame)]


@pytest.mark.parametrize(("item", "document"), DOCUMENTS + GA_DOCUMENTS)
def test_in_ga_an_item_comes_back_twice_in_live_key_order_without_object(item: dict[str, Any], document: str) -> None:
    texts = acknowledged(Client(), item)

    assert len(texts) == 2
    for text, kind in zip(texts, ("added", "done"), strict=True):
        event_id = json.loads(text)["event_id"]
        assert text == (
            f'{{"type":"conversation.item.{kind}","event_id":"{event_id}","previous_item_id":null,"item":{document}}}'
        )


BETA_DOCUMENTS = [
    (CALL, '{"id":"a","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{}"}')
]


@pytest.mark.parametrize(("item", "document"), DOCUMENTS + BETA_DOCUMENTS)
def test_in_beta_an_item_comes_back_once_with_object(item: dict[str, Any], document: str) -> None:
    (text,) = acknowledged(Client("beta"), item)

    event_id = json.loads(text)["event_id"]
    document = document.replace('{"id":"a",', '{"id":"a","object":"realtime.item",')
    assert text == (
        f'{{"type":"conversation.item.created","event_id":"{event_id}","previous_item_id":null,"item":{document}}}'
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_tool_output_comes_back_behind_its_call(dialect: Dialect) -> None:
    client = Client(dialect)
    client.create(call(id="c"))
    event = client.create(output(id="o"))[-1]

    assert event["previous_item_id"] == "c"
    status = ["status"] if dialect == "beta" else []
    assert list(event["item"])[-3 - len(status) :] == ["type", *status, "call_id", "output"]


def test_the_assistant_speaks_text_in_beta() -> None:
    client = Client("beta")
    item = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "hi"}]}

    assert client.create(item)[0]["item"]["content"] == [{"type": "text", "text": "hi"}]


def test_a_call_without_a_call_id_is_given_one() -> None:
    client = Client()
    given = client.create({"type": "function_call", "name": "f", "arguments": "{}"})[0]["item"]["call_id"]

    assert given.startswith("call_")
    assert len(client.create(output(given))) == 2


def test_an_item_without_an_id_is_given_one() -> None:
    client = Client()
    first, second = (client.create(user())[0]["item"]["id"] for _ in range(2))

    assert first != second
    assert client.session.order == (first, second)


@pytest.mark.parametrize(
    ("status", "in_ga", "in_beta"),
    [("completed", True, True), ("incomplete", True, True), ("in_progress", True, False), ("done", False, False)],
)
def test_a_status_is_taken_as_documented(status: str, in_ga: bool, in_beta: bool) -> None:
    for client, taken in ((Client("ga"), in_ga), (Client("beta"), in_beta)):
        events = client.create(user(status=status))
        assert (events[0]["type"] != "error") is taken


@pytest.mark.parametrize(("choice", "expected"), [("ignore", "completed"), ("keep", "incomplete")])
def test_the_status_of_a_client_counts_as_the_switch_says(choice: Any, expected: str) -> None:
    client = Client(behavior=Behavior(realtime_client_status=choice))

    assert client.create(user(status="incomplete"))[0]["item"]["status"] == expected
    assert client.create(user())[0]["item"]["status"] == "completed"


def test_the_status_of_a_client_can_be_an_unknown_parameter() -> None:
    client = Client(behavior=Behavior(realtime_client_status="refuse"))

    assert client.refused_item(user(status="completed"), event_id="e") == schema_error(
        "unknown_parameter", "Unknown parameter: 'item.status'.", "item.status", "e"
    )
    assert len(client.create(user())) == 2


LIST = "'message', 'function_call', 'function_call_output',"
REFUSED: list[tuple[Dialect, dict[str, Any], str, str, str]] = [
    ("beta", {"type": "text"}, "invalid_value",
     f"Invalid value: 'text'. Supported values are: {LIST} and 'item_reference'.", "item.type"),
    ("ga", {"type": "text"}, "invalid_value",
     (f"Invalid value: 'text'. Supported values are: {LIST} 'mcp_list_tools', 'mcp_call', 'mcp_approval_request',"
     " 'mcp_approval_response', and 'item_reference'."), "item.type"),
    ("ga", user(content=[{"type": "text", "text": "x"}]), "invalid_value",
     "Invalid value: 'text'. Supported values are: 'input_text' and 'input_audio'.", "item.content[0].type"),
    ("ga", user(role="system", content=[{"type": "text", "text": "x"}]), "invalid_value",
     "Invalid value: 'text'. Value must be 'input_text'.", "item.content[0].type"),
    ("ga", user(role="assistant"), "invalid_value",
     "Invalid value: 'input_text'. Value must be 'output_text'.", "item.content[0].type"),
    ("beta", user(role="assistant"), "invalid_value",
     "Invalid value: 'input_text'. Value must be 'text'.", "item.content[0].type"),
    ("ga", user(role="assistant", content=[{"type": "output_audio", "transcript": "x"}]), "missing_required_parameter",
     "Missing required parameter: 'item.content[0].text'.", "item.content[0].text"),
    ("ga", user(role="assistant", content=[{"type": "output_audio", "text": "x"}]), "invalid_value",
     "Invalid value: 'output_audio'. Value must be 'output_text'.", "item.content[0].type"),
    ("ga", user(content=[{"type": "input_text"}]), "missing_required_parameter",
     "Missing required parameter: 'item.content[0].text'.", "item.content[0].text"),
    ("ga", user(content=[TEXT, {"type": "input_audio"}]), "missing_required_parameter",
     "Missing required parameter: 'item.content[1].audio'.", "item.content[1].audio"),
    ("ga", user(content=[{"type": "input_audio", "audio": "?"}]), "invalid_value",
     ("Invalid 'item.content[0].audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got an invalid"
     " value."), "item.content[0].audio"),
    ("ga", user(content=[{"type": "input_image", "image_url": "https://example.com/a.png"}]), "invalid_value",
     "Invalid 'item.content[0].image_url'. Expected a valid URL, but got a value with an invalid format.",
     "item.content[0].image_url"),
    ("beta", user(content=[{"type": "input_image", "image_url": "data:x"}]), "invalid_value",
     "Invalid value: 'input_image'. Supported values are: 'input_text' and 'input_audio'.", "item.content[0].type"),
    ("ga", user(content="hi"), "invalid_type",
     "Invalid type for 'item.content': expected an array of objects, but got a string instead.", "item.content"),
    ("ga", user(content=[]), "empty_array",
     "Invalid 'item.content': empty array. Expected an array with minimum length 1, but got an empty array instead.",
     "item.content"),
    ("ga", {"type": "message", "content": [TEXT]}, "missing_required_parameter",
     "Missing required parameter: 'item.role'.", "item.role"),
    ("ga", user(role="developer"), "invalid_value",
     "Invalid value: 'developer'. Supported values are: 'user', 'assistant', and 'system'.", "item.role"),
    ("ga", user(name="x"), "unknown_parameter", "Unknown parameter: 'item.name'.", "item.name"),
    ("ga", user(object="item"), "invalid_value",
     "Invalid value: 'item'. Value must be 'realtime.item'.", "item.object"),
    ("ga", user(object=1), "invalid_type",
     "Invalid type for 'item.object': expected a string, but got an integer instead.", "item.object"),
    ("ga", user(id="x" * 39), "string_above_max_length",
     ("Invalid 'item.id': string too long. Expected a string with maximum length 32, but got a string with length 39"
     " instead."), "item.id"),
    ("ga", user(id="root"), "convsim_not_emulated", "convsim does not emulate an item with the id 'root'.", "item.id"),
    ("ga", {"type": "item_reference", "id": "a"}, "convsim_not_emulated",
     "convsim does not emulate items of type 'item_reference'.", "item.type"),
    ("ga", {"type": "function_call_output", "output": "x"}, "missing_required_parameter",
     "Missing required parameter: 'item.call_id'.", "item.call_id"),
    ("ga", {"type": "function_call_output", "call_id": "x"}, "missing_required_parameter",
     "Missing required parameter: 'item.output'.", "item.output"),
    ("ga", {"type": "mcp_call"}, "missing_required_parameter", "Missing required parameter: 'item.id'.", "item.id"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "item", "code", "message", "param"), REFUSED)
def test_an_item_that_breaks_the_rules_is_refused_by_its_exact_sentence(
    dialect: Dialect, item: dict[str, Any], code: str, message: str, param: str
) -> None:
    client = Client(dialect)

    assert client.refused_item(item, event_id="e") == schema_error(code, message, param, "e")
    assert client.session.order == ()


def test_an_id_may_have_32_characters_of_a_pattern() -> None:
    client = Client()
    longest = "item_OK-1" + "x" * 23
    client.create(user(id=longest))
    assert client.create(user())[0]["previous_item_id"] == longest

    for name in ("item 1", "tool~1", "item.1", "id\u00e9", "line\n"):
        assert client.refused_item(user(id=name), event_id="e") == schema_error(
            "invalid_value",
            "Invalid 'item.id': string does not match pattern. Expected a string that matches the pattern"
            " '^[a-zA-Z0-9_-]+$'.",
            "item.id",
            "e",
        )


def test_the_error_of_an_mcp_call_needs_a_type_that_exists() -> None:
    item = {"id": "a", "type": "mcp_call", "server_label": "s", "name": "t", "arguments": "{}", "error": {"type": "x"}}

    assert Client().refused_item(item)["param"] == "item.error.type"
