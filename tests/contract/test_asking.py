"""Steps as requests, and what came of them held against their answers."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from pydantic_core import to_json

from convsim.contract.asking import Reply, compared, recalled, reply, request
from convsim.contract.scenario import Answer, Anything, Call, Id, Raw

NONE = Answer(200, {})


@pytest.mark.parametrize(
    ("step", "line", "body"),
    [
        (Call("conversations.create", {"items": []}, NONE), "POST /conversations", b'{"items": []}'),
        (Call("conversations.retrieve", {"conversation_id": "a/b"}, NONE), "GET /conversations/a%2Fb", b""),
        (
            Call("conversations.items.list", {"conversation_id": "c", "limit": 2, "include": ["x", "y"]}, NONE),
            "GET /conversations/c/items?include%5B%5D=x&include%5B%5D=y&limit=2",
            b"",
        ),
        (Call("responses.retrieve", {"response_id": "r", "stream": True}, NONE), "GET /responses/r?stream=true", b""),
        (Call("responses.create", {"include": ["x"]}, NONE), "POST /responses", b'{"include": ["x"]}'),
        (Raw("PATCH", "/x?y", NONE, "{}"), "PATCH /x?y", b"{}"),
    ],
)
def test_a_step_is_one_request(step: Call | Raw, line: str, body: bytes) -> None:
    asked = request(step, "sk-own")
    assert (f"{asked.method} {asked.path}", asked.body) == (line, body)
    content_type = {"Content-Type": "application/json"} if body else {}
    assert asked.headers == {"Authorization": "Bearer sk-own"} | content_type


def test_the_headers_of_a_raw_request_win_and_empty_ones_are_left_out() -> None:
    asked = request(Raw("POST", "/x", NONE, "{}", {"Authorization": "", "Content-Type": "text/plain", "api-key": "x"}))
    assert asked.headers == {"Content-Type": "text/plain", "api-key": "x"}


def test_ids_are_put_into_arguments_paths_and_bodies() -> None:
    memory = {"conv": "conv_1"}
    call = recalled(Call("responses.create", {"conversation": "{conv}"}, NONE), memory)
    raw = recalled(Raw("POST", "/x/{conv}", NONE, '{"conversation": "{conv}", "a": "{b}"}'), memory)
    assert isinstance(call, Call)
    assert call.arguments == {"conversation": "conv_1"}
    assert raw == Raw("POST", "/x/conv_1", NONE, '{"conversation": "conv_1", "a": "{b}"}')


SSE = {"content-type": "Text/Event-Stream; charset=utf-8"}


@pytest.mark.parametrize(
    ("headers", "content", "body", "as_rendered"),
    [
        ({}, to_json({"a": 1}, indent=2), {"a": 1}, True),
        ({}, b'{"a":1}', {"a": 1}, False),
        ({}, b"<html>\xff", "<html>\ufffd", False),
        (SSE, b'event: x\ndata: {"type":"x"}\n\n', [{"type": "x"}], True),
        (SSE, b'data: {"type":"x"}\n\ndata: [DONE]\n\n', [{"type": "x"}, "[DONE]"], False),
        (SSE, b'data: {"type":7}\n\n', [{"type": 7}], False),
        (SSE, b"data: 7\n\n", [7], False),
        (SSE, b': ping\r\n\r\nevent: x\r\ndata: {"type":\r\ndata: "x"}\r\n\r\n', [{"type": "x"}], False),
        (SSE, b'data: {"type":"x"}\r\r', [{"type": "x"}], False),
    ],
)
def test_what_came_is_read_whatever_it_is(headers: Any, content: bytes, body: Any, as_rendered: bool) -> None:
    heard = reply(200, httpx2.Headers(headers), content)
    assert (heard.body, heard.as_rendered) == (body, as_rendered)
    assert heard.length == (None if headers else len(content))


def test_bytes_and_shapes_are_compared_only_exactly() -> None:
    expected = Answer(200, {"id": Id("a", "conv"), "b": Anything()}, {"X-A": "1"}, length=7)
    got = Reply(404, {"id": "conv_1", "b": [1]}, httpx2.Headers({"x-a": "2"}), 9, as_rendered=False)
    loose = ["status: expected 200, got 404", "header X-A: expected '1', got '2'"]
    assert compared(expected, got, {}, exactly=False) == loose
    assert compared(expected, got, {}) == [
        loose[0],
        "body.id: expected a fresh conv id, got 'conv_1'",
        loose[1],
        "length: expected 7, got 9",
        "the bytes are not those of the live API for this JSON",
    ]
    assert compared(expected, Reply(200, {"id": "thread-1", "b": None}), {}, exactly=False) == [
        "body.id: expected a fresh conv id, got 'thread-1'"
    ]
