from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.http import wire
from convsim.http.bodies import CutBody
from convsim.http.messages import Request
from convsim.items.catalogue import read_item
from convsim.items.stored import StoredItem, alone, stored
from convsim.store.store import KeptConversation

CONVERSATION = "conv_6a64d612d5048197a24e1c3dd2e0d2f00f2c9ddbc598f953"
MESSAGE = "msg_6a64d61300bc8197b2ee13bee46a49890f2c9ddbc598f953"


def message(**members: Any) -> StoredItem:
    given = read_item({"role": "user", "content": "second item"} | members, Behavior())
    return stored(given.document(MESSAGE), ())


def page(*items: StoredItem, has_more: bool = False) -> bytes:
    ids = [item.id for item in items]
    first, last = (ids[0], ids[-1]) if ids else (None, None)
    return wire.page([item.wire for item in items], first, last, has_more=has_more)


def conversation(conversation_id: str, created_at: int, metadata: dict[str, str]) -> bytes:
    return wire.conversation(KeptConversation(conversation_id, created_at, metadata, ()))


# --- bodies: the recorded lengths and bytes ------------------------------------------------------------------------

RECORDED_LENGTHS = {
    "conversation without metadata": (conversation(CONVERSATION, 1785000466, {}), 141),
    "deleted conversation": (wire.deleted(CONVERSATION, "conversation.deleted"), 122),
    "item alone": (alone(message().wire), 218),
    "list of that item": (page(message()), 466),
}


@pytest.mark.parametrize(("body", "length"), RECORDED_LENGTHS.values(), ids=RECORDED_LENGTHS)
def test_a_body_has_the_recorded_length(body: bytes, length: int) -> None:
    assert len(body) == length


def test_a_conversation_has_its_keys_in_live_order() -> None:
    assert conversation("conv_1", 1741900000, {"b": "2", "a": "1"}) == (
        b'{\n  "id": "conv_1",\n  "object": "conversation",\n  "created_at": 1741900000,\n'
        b'  "metadata": {\n    "b": "2",\n    "a": "1"\n  }\n}'
    )


def test_a_deletion_has_its_keys_in_live_order() -> None:
    assert wire.deleted("conv_1", "conversation.deleted") == (
        b'{\n  "id": "conv_1",\n  "object": "conversation.deleted",\n  "deleted": true\n}'
    )


def test_an_item_has_its_keys_in_live_order() -> None:
    assert alone(message().wire).decode() == (
        f'{{\n  "id": "{MESSAGE}",\n  "type": "message",\n  "status": "completed",\n  "content": [\n    {{\n'
        '      "type": "input_text",\n      "text": "second item"\n    }\n  ],\n  "role": "user"\n}'
    )


def test_an_empty_page_has_all_keys_in_live_order() -> None:
    assert (
        page()
        == b'{\n  "object": "list",\n  "data": [],\n  "first_id": null,\n  "has_more": false,\n  "last_id": null\n}'
    )


def test_a_page_indents_its_items_and_puts_has_more_between_the_ids() -> None:
    body = page(message(), message(content="x\n    y", role="developer"), has_more=True)

    parsed = json.loads(body)
    assert list(parsed) == ["object", "data", "first_id", "has_more", "last_id"]
    assert parsed["has_more"] is True
    assert parsed["data"][1]["content"][0]["text"] == "x\n    y"
    assert body == json.dumps(parsed, indent=2).encode()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_page_has_all_its_items_between_the_ids_of_the_first_and_the_last(count: int) -> None:
    items = [
        stored(read_item({"role": "user", "content": str(n)}, Behavior()).document(f"msg_{n}"), ())
        for n in range(count)
    ]

    parsed = json.loads(page(*items))
    assert [item["id"] for item in parsed["data"]] == [f"msg_{n}" for n in range(count)]
    assert (parsed["object"], parsed["first_id"], parsed["last_id"]) == ("list", "msg_0", f"msg_{count - 1}")


def test_an_error_has_all_four_keys_in_live_order() -> None:
    assert wire.error_body(errors.conversation_not_found("conv_1")) == (
        b'{\n  "error": {\n    "message": "Conversation with id \'conv_1\' not found.",\n'
        b'    "type": "invalid_request_error",\n    "param": null,\n    "code": null\n  }\n}'
    )


TEXT = 'Grüße \U0001f600 \u2028 "q" \\ \x7f'


@pytest.mark.parametrize(
    "body",
    [
        conversation("conv_1", 0, {"k": TEXT}),
        alone(message(content=TEXT).wire),
        page(message(content=TEXT)),
        wire.error_body(errors.unsupported_value("order", TEXT, ("asc", "desc"))),
    ],
    ids=["conversation", "item", "page", "error"],
)
def test_a_body_is_raw_utf8_without_a_newline_at_the_end(body: bytes) -> None:
    assert 'Grüße \U0001f600 \u2028 \\"q\\" \\\\ \x7f'.encode() in body
    assert body.endswith(b"}")


# --- bodies that come in -------------------------------------------------------------------------------------------


def request(body: bytes, content_type: bytes | None = b"application/json") -> Request:
    headers = () if content_type is None else ((b"Content-Type", content_type),)
    return Request("POST", "/conversations", "/v1/conversations", "", headers, body)


@pytest.mark.parametrize("content_type", [None, b"application/json", b"text/plain"], ids=["none", "json", "text"])
def test_an_empty_body_is_an_empty_object_of_any_content_type(content_type: bytes | None) -> None:
    assert wire.read_body(request(b"", content_type)) == {}


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b" application/json ;"],
)
def test_json_is_read_under_its_content_type(content_type: bytes) -> None:
    assert wire.read_body(request(' {"a": [1, "é"]}\n'.encode(), content_type)) == {"a": [1, "é"]}


@pytest.mark.parametrize(
    ("content_type", "named"),
    [
        (None, ""),
        (b"", ""),
        (b"text/plain", "text/plain"),
        (b"multipart/form-data; boundary=x", "multipart/form-data"),
        (b"application/jsonl", "application/jsonl"),
        (b"text/\xe9", "text/é"),
    ],
)
def test_another_content_type_is_refused(content_type: bytes | None, named: str) -> None:
    with pytest.raises(errors.BadRequestError) as caught:
        wire.read_body(request(b"{}", content_type))

    assert caught.value.body == {
        "message": (
            f"Unsupported content type: '{named}'. This API method only accepts 'application/json' requests, but you"
            f" specified the header 'Content-Type: {named}'. Please try again with a supported content type."
        ),
        "type": "invalid_request_error",
        "param": None,
        "code": "unsupported_content_type",
    }


NOT_JSON = [
    b"{",
    b" ",
    b"nope",
    b'{"a": 1,}',
    b"{'a': 1}",
    b"NaN",
    b"[Infinity]",
    b'{"a": -Infinity}',
    b'"\\ud800"',
    b'"\xff"',
    '{"a": 1}'.encode("utf-16"),
    b"{} {}",
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(errors.BadRequestError) as caught:
        wire.read_body(request(body))

    assert (caught.value.status_code, caught.value.code, caught.value.param) == (400, "invalid_json", None)
    assert caught.value.message == (
        "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
        " include trailing commas, missing closing brackets, missing quotation marks, etc.)"
    )


@pytest.mark.parametrize("text", NOT_JSON, ids=lambda text: repr(text[:12]))
def test_what_is_not_json_is_refused_of_any_text(text: bytes) -> None:
    assert wire.parse_json('{"a": [1, "é"]}') == {"a": [1, "é"]}
    with pytest.raises(errors.BadRequestError) as caught:
        wire.parse_json(text)

    assert caught.value.body == errors.invalid_json().body


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UnscriptedTurnError("no script"), "convsim_unscripted_turn"),
        (errors.RefusedRouteError("no script"), "convsim_unknown_route"),
        (errors.UsageError("no script"), "convsim_usage"),
    ],
)
def test_an_error_of_convsim_is_reported_under_its_code(error: errors.ConvsimError, code: str) -> None:
    assert wire.miss(error) == {"message": "no script", "type": "convsim_error", "param": None, "code": code}


# --- headers -------------------------------------------------------------------------------------------------------

REQUEST_ID = "req_0123456789abcdef0123456789abcdef"

RECORDED = {
    "Access-Control-Expose-Headers": "CF-Ray",
    "Alt-Svc": 'h3=":443"',
    "cf-cache-status": "DYNAMIC",
    "CF-RAY": "fedcba9876543210-SEA",
    "Connection": "keep-alive",
    "Content-Length": "2",
    "Content-Type": "application/json",
    "Date": "Thu, 13 Mar 2025 21:06:40 GMT",
    "Server": "cloudflare",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Request-ID": REQUEST_ID,
}
ABOUT_THE_ACCOUNT = {
    "openai-organization": "convsim",
    "openai-processing-ms": "122",
    "openai-project": "proj_a",
    "openai-version": "2020-10-01",
    "x-openai-proxy-wasm": "v0.1",
}
CHALLENGE = {
    "WWW-Authenticate": 'Bearer realm="OpenAI API"',
    "openai-processing-ms": "122",
    "openai-version": "2020-10-01",
}


@pytest.mark.parametrize(
    ("status", "project", "expected"),
    [
        (200, "proj_a", RECORDED | ABOUT_THE_ACCOUNT),
        (404, "proj_a", RECORDED | ABOUT_THE_ACCOUNT),
        (404, None, RECORDED),
        (401, None, RECORDED | CHALLENGE),
    ],
)
def test_an_answer_has_the_recorded_headers_in_their_spelling(
    status: int, project: str | None, expected: dict[str, str]
) -> None:
    answer = wire.response(status, b"{}", request_id=REQUEST_ID, now=1741900000.9, project=project)

    assert {name.decode(): value.decode() for name, value in answer.headers} == expected
    assert len(answer.headers) == len(expected)
    assert (answer.status, answer.body) == (status, b"{}")


def test_what_varies_in_headers_follows_from_the_request_id() -> None:
    one = wire.response(200, b"", request_id=REQUEST_ID, now=0, project="proj_a")
    same = wire.response(200, b"", request_id=REQUEST_ID, now=0, project="proj_a")
    other = wire.response(200, b"", request_id=REQUEST_ID[:-1] + "0", now=0, project="proj_a")

    assert one == same
    differing = [name for name, value in one.headers if dict(other.headers)[name] != value]
    assert differing == [b"X-Request-ID", b"CF-RAY", b"openai-processing-ms"]
    assert re.fullmatch(rb"[0-9a-f]{16}-[A-Z]{3}", dict(other.headers)[b"CF-RAY"])


def test_the_content_length_counts_bytes() -> None:
    answer = wire.response(200, "é".encode(), request_id=REQUEST_ID, now=0, project=None)

    assert dict(answer.headers)[b"Content-Length"] == b"2"


def test_a_stream_is_chunked_and_has_no_length() -> None:
    stream = CutBody(b"abc", 2)
    answer = wire.response(200, stream, request_id=REQUEST_ID, now=0, project=None)

    assert [pair for pair in answer.headers if pair[0].lower() in {b"content-length", b"transfer-encoding"}] == [
        (b"Transfer-Encoding", b"chunked")
    ]
    assert answer.body is stream


def test_further_headers_come_last() -> None:
    more = ((b"retry-after", b"1"), (b"retry-after-ms", b"10"))
    usual = wire.response(429, b"", request_id=REQUEST_ID, now=0, project="proj_a").headers
    answer = wire.response(429, b"", request_id=REQUEST_ID, now=0, project="proj_a", more=more)

    assert answer.headers == [*usual, *more]


def test_an_answer_is_not_late() -> None:
    assert wire.response(200, b"", request_id=REQUEST_ID, now=0, project=None).delay == 0


@pytest.mark.parametrize(
    "text", ["", "plain", "Pâris\u2019s", "e\u0301", "\U0001f600", "\x00", 'a "quote" \\ and \u2019']
)
def test_characters_beyond_ascii_are_escaped_where_bodies_are_ascii(text: str) -> None:
    body = wire.escaped(json.dumps({"text": text}, indent=2, ensure_ascii=False).encode())
    assert body == json.dumps({"text": text}, indent=2).encode()
