"""The tag of a verification's conversations goes out and is taken back."""

from __future__ import annotations

import httpx2
import pytest
from pydantic_core import from_json, to_json

from convsim.contract.asking import Reply, Request, reply
from convsim.contract.tagging import TAG, created_path, is_taggable, needed_behind, tagged, tagging, untagged


def post(body: object, path: str = "/conversations") -> Request:
    return Request("POST", path, {}, body if isinstance(body, bytes) else to_json(body))


def test_a_new_conversation_with_metadata_carries_it() -> None:
    given = post({"items": [], "metadata": {"a": "1"}})
    assert is_taggable(given)
    assert from_json(tagged(given, "now").body) == {"items": [], "metadata": {"a": "1", TAG: "now"}}


@pytest.mark.parametrize("given", [b"", b"{", b"[]", {}, {"metadata": None}, {"metadata": {}}, {"metadata": "x"}])
def test_one_without_is_made_as_it_is_and_tagged_behind(given: object) -> None:
    assert is_taggable(post(given))
    assert tagged(post(given), "now") == post(given)
    asked = tagging("/conversations/conv_1", "now", {"Authorization": "x"})
    assert (asked.method, asked.path, from_json(asked.body)) == (
        "POST",
        "/conversations/conv_1",
        {"metadata": {TAG: "now"}},
    )
    assert asked.headers == {"Authorization": "x", "Content-Type": "application/json"}


def test_one_that_is_full_cannot_carry_it() -> None:
    full = post({"metadata": {str(n): "" for n in range(16)}})
    assert not is_taggable(full)
    assert tagged(full, "now") == full


@pytest.mark.parametrize(
    "request_", [post({"metadata": {"a": "1"}}, "/responses"), Request("GET", "/conversations/conv_1", {}, b"")]
)
def test_what_makes_no_conversation_needs_none(request_: Request) -> None:
    assert is_taggable(request_)
    assert tagged(request_, "now") == request_


def test_what_is_made_takes_requests_to_tag_and_delete() -> None:
    assert needed_behind("POST", "/conversations") == 2
    assert needed_behind("POST", "/responses") == 1
    assert needed_behind("POST", "/conversations/conv_1/items") == 0
    assert needed_behind("GET", "/responses") == 0


def test_a_query_as_azure_wants_it_changes_nothing() -> None:
    path = "/conversations?api-version=preview"
    given = post({"metadata": {"a": "1"}}, path)
    assert needed_behind("POST", path) == 2
    assert from_json(tagged(given, "now").body) == {"metadata": {"a": "1", TAG: "now"}}
    assert created_path(path, "conv_1") == "/conversations/conv_1?api-version=preview"


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
