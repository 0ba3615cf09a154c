"""The tag of a verification's conversations goes out and is taken back."""

from __future__ import annotations

import httpx2
import pytest
from pydantic_core import from_json, to_json

from convsim.contract.asking import Reply, Request, reply
from convsim.contract.tagging import TAG, creates, is_taggable, tagged, untagged


def post(body: object, path: str = "/conversations") -> Request:
    return Request("POST", path, {}, body if isinstance(body, bytes) else to_json(body))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"metadata": {TAG: "now"}}),
        ({"items": []}, {"items": [], "metadata": {TAG: "now"}}),
        ({"metadata": {"a": "1"}}, {"metadata": {"a": "1", TAG: "now"}}),
    ],
)
def test_a_new_conversation_carries_it(given: object, expected: object) -> None:
    assert is_taggable(post(given))
    assert from_json(tagged(post(given), "now").body) == expected


@pytest.mark.parametrize(
    "given", [b"", b"{", b"[]", {"metadata": None}, {"metadata": "x"}, {"metadata": {str(n): "" for n in range(16)}}]
)
def test_where_there_is_no_room_the_request_stays_what_it_is(given: object) -> None:
    assert not is_taggable(post(given))
    assert tagged(post(given), "now") == post(given)


@pytest.mark.parametrize("request_", [post({}, "/responses"), Request("GET", "/conversations/conv_1", {}, b"")])
def test_what_makes_no_conversation_needs_none(request_: Request) -> None:
    assert is_taggable(request_)
    assert tagged(request_, "now") == request_


def test_what_is_made_is_known_by_its_request() -> None:
    assert creates("POST", "/conversations")
    assert creates("POST", "/responses")
    assert not creates("POST", "/conversations/conv_1/items")
    assert not creates("GET", "/responses")


def test_an_answer_is_what_it_would_be_without() -> None:
    body = {"id": "conv_1", "metadata": {"a": "1"}}
    content = to_json({"id": "conv_1", "metadata": {"a": "1", TAG: "now"}}, indent=2)
    headers = httpx2.Headers({"Content-Length": str(len(content))})
    taken = untagged(reply(200, headers, content))
    length = len(to_json(body, indent=2))
    assert (taken.body, taken.length, dict(taken.headers or {})) == (body, length, {"content-length": str(length)})
    assert headers["content-length"] == str(len(content))
    assert untagged(Reply(200, {"metadata": {TAG: "now"}})) == Reply(200, {"metadata": {}})


@pytest.mark.parametrize("body", [[], "x", {}, {"metadata": None}])
def test_an_answer_without_metadata_stays_what_it_is(body: object) -> None:
    assert untagged(Reply(200, body)) == Reply(200, body)
