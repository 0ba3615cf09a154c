"""Stored items: the exact bytes, and what ``include`` hides and reveals of them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from pydantic_core import from_json

from convsim.core.behavior import Behavior
from convsim.items.catalogue import CATALOGUE, read_item
from convsim.items.fields import OMITTED, Item
from convsim.items.stored import INCLUDES, Reveal, StoredItem, alone, view
from convsim.items.stored import stored as made_of

REVEALS = CATALOGUE["message"].reveals
IMAGE_URL, LOGPROBS = "message.input_image.image_url", "message.output_text.logprobs"
LOGPROB = {"token": "a", "bytes": [97], "logprob": -0.1, "top_logprobs": []}


def stored(item: dict[str, Any]) -> StoredItem:
    given = read_item(item, Behavior())
    return made_of(given.document("msg_1"), CATALOGUE[given.type].reveals)


def content(data: bytes) -> Any:
    return from_json(data)["content"]


def test_a_message_is_stored_as_it_stands_in_a_page() -> None:
    item = stored({"role": "user", "content": "second item"})
    assert (item.id, item.type, item.full) == ("msg_1", "message", None)
    assert item.wire.decode() == (
        "{\n"
        '      "id": "msg_1",\n'
        '      "type": "message",\n'
        '      "status": "completed",\n'
        '      "content": [\n'
        "        {\n"
        '          "type": "input_text",\n'
        '          "text": "second item"\n'
        "        }\n"
        "      ],\n"
        '      "role": "user"\n'
        "    }"
    )


def test_alone_it_has_the_218_recorded_bytes() -> None:
    given = read_item({"role": "user", "content": "second item"}, Behavior())
    item = made_of(given.document("msg_6a64d61300bc8197b2ee13bee46a49890f2c9ddbc598f953"), REVEALS)
    data = alone(item.wire)
    assert len(data) == 218
    assert data.decode() == (
        "{\n"
        '  "id": "msg_6a64d61300bc8197b2ee13bee46a49890f2c9ddbc598f953",\n'
        '  "type": "message",\n'
        '  "status": "completed",\n'
        '  "content": [\n'
        "    {\n"
        '      "type": "input_text",\n'
        '      "text": "second item"\n'
        "    }\n"
        "  ],\n"
        '  "role": "user"\n'
        "}"
    )


def test_newlines_within_a_text_are_not_touched() -> None:
    text = "a\n    b\r\n\u2028\x00\\n é 😀"
    item = stored({"role": "user", "content": text})
    assert '"text": "a\\n    b\\r\\n\u2028\\u0000\\\\n é 😀"'.encode() in item.wire
    assert content(item.wire) == content(alone(item.wire)) == [{"type": "input_text", "text": text}]


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "x"},
        {"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "x", "logprobs": []}]},
        {"role": "user", "content": "image_url"},
        {"role": "user", "content": '{"image_url": "u", "logprobs": [1]}'},
        {"type": "function_call", "arguments": '{"image_url": 1}', "call_id": "c", "name": "logprobs"},
        {"type": "function_call_output", "output": [{"type": "input_image", "image_url": "https://x"}]},
    ],
)
def test_where_nothing_is_hidden_there_is_nothing_to_reveal(item: dict[str, Any]) -> None:
    found = stored(item)
    assert found.full is None
    assert view(found, INCLUDES, CATALOGUE[found.type].reveals) is found.wire


# --- images --------------------------------------------------------------------------------------------------------

IMAGES = {
    "role": "user",
    "content": [
        {"type": "input_image", "image_url": "https://x/a.png"},
        {"type": "input_text", "text": "and"},
        {"type": "input_image", "image_url": "https://x/b.png", "detail": "low"},
    ],
}


def images(first: str | None, second: str | None) -> list[dict[str, Any]]:
    return [
        {"type": "input_image", "detail": "auto", "file_id": None, "image_url": first},
        {"type": "input_text", "text": "and"},
        {"type": "input_image", "detail": "low", "file_id": None, "image_url": second},
    ]


def test_image_urls_are_null_until_included() -> None:
    item = stored(IMAGES)
    assert item.full is not None
    assert item.wire == item.full.replace(b'"https://x/a.png"', b"null").replace(b'"https://x/b.png"', b"null")
    assert content(item.wire) == images(None, None)
    assert content(item.full) == images("https://x/a.png", "https://x/b.png")


@pytest.mark.parametrize("include", [[IMAGE_URL], [LOGPROBS, IMAGE_URL], INCLUDES])
def test_image_urls_are_revealed_by_name(include: list[str]) -> None:
    item = stored(IMAGES)
    assert view(item, include, REVEALS) == item.full


@pytest.mark.parametrize("include", [[], [LOGPROBS], ["computer_call_output.output.image_url"]])
def test_image_urls_are_not_revealed_by_another_name(include: list[str]) -> None:
    item = stored(IMAGES)
    assert view(item, include, REVEALS) == item.wire


# --- log probabilities ---------------------------------------------------------------------------------------------

SPOKEN = {
    "role": "assistant",
    "content": [
        {"type": "output_text", "text": "a", "logprobs": [LOGPROB]},
        {"type": "refusal", "refusal": "b"},
        {"type": "output_text", "text": "c"},
    ],
}


def spoken(logprobs: list[Any]) -> list[dict[str, Any]]:
    return [
        {"type": "output_text", "annotations": [], "logprobs": logprobs, "text": "a"},
        {"type": "refusal", "refusal": "b"},
        {"type": "output_text", "annotations": [], "logprobs": [], "text": "c"},
    ]


def test_logprobs_are_empty_until_included() -> None:
    item = stored(SPOKEN)
    assert content(item.wire) == spoken([])
    assert b'"logprobs": [],' in item.wire
    assert content(item.full or b"") == spoken([LOGPROB])


@pytest.mark.parametrize(
    ("include", "revealed"), [([LOGPROBS], True), (INCLUDES, True), ([IMAGE_URL], False), ([], False)]
)
def test_logprobs_are_revealed_by_name(include: list[str], revealed: bool) -> None:
    item = stored(SPOKEN)
    assert view(item, include, REVEALS) == (item.full if revealed else item.wire)


def test_views_are_indented_alike_and_in_the_same_order() -> None:
    for item in (stored(IMAGES), stored(SPOKEN)):
        for include in ([], [IMAGE_URL], [LOGPROBS], INCLUDES):
            data = view(item, include, REVEALS)
            assert data.startswith(b'{\n      "id": "msg_1",\n      "type": "message",\n')
            assert data.endswith(b"\n    }")
            assert list(from_json(data)) == ["id", "type", "status", "content", "role"]


# --- rows of any shape ---------------------------------------------------------------------------------------------


class Search(Item):
    results: Any = None
    action: Any = None


@pytest.mark.parametrize(
    ("path", "hidden", "expected"),
    [
        (("results",), None, {"results": None, "action": {"sources": [1], "query": "q"}}),
        (("action", "sources"), (), {"results": [{"text": "x"}, {}], "action": {"sources": [], "query": "q"}}),
        (("results", "*", "text"), "", {"results": [{"text": ""}, {}], "action": {"sources": [1], "query": "q"}}),
        (("action", "text"), "", {"results": [{"text": "x"}, {}], "action": {"sources": [1], "query": "q"}}),
        (("results",), OMITTED, {"action": {"sources": [1], "query": "q"}}),
        (("action", "sources"), OMITTED, {"results": [{"text": "x"}, {}], "action": {"query": "q"}}),
        (("results", "*", "text"), OMITTED, {"results": [{}, {}], "action": {"sources": [1], "query": "q"}}),
    ],
)
def test_a_reveal_may_be_a_member_at_any_depth(path: tuple[str, ...], hidden: object, expected: dict[str, Any]) -> None:
    members = {"results": [{"text": "x"}, {}], "action": {"sources": [1], "query": "q"}}
    reveal = Reveal("it", path, hidden)
    item = made_of(Search.read({"id": "x", "type": "s"} | members, Behavior()).document("ws_1"), [reveal])
    assert from_json(item.wire) == {"id": "ws_1", "type": "s"} | expected
    assert from_json(view(item, ["it"], [reveal])) == {"id": "ws_1", "type": "s"} | members


def test_an_item_may_hide_two_members_and_reveal_one() -> None:
    reveals = [Reveal("results", ("results",)), Reveal("action", ("action",))]
    given = Search.read({"id": "x", "type": "s", "results": [1], "action": {"q": 2}}, Behavior())
    item = made_of(given.document("ws_1"), reveals)
    both = {"id": "ws_1", "type": "s", "results": [1], "action": {"q": 2}}
    assert from_json(view(item, [], reveals)) == both | {"results": None, "action": None}
    assert from_json(view(item, ["results"], reveals)) == both | {"action": None}
    assert from_json(view(item, ["action"], reveals)) == both | {"results": None}
    assert from_json(view(item, ["action", "results"], reveals)) == both


def test_a_reveal_looks_for_its_last_step_as_json_writes_it() -> None:
    reveal = Reveal("x", ("content", "*", "image_url"))
    assert (reveal.key, reveal.hidden) == (b'"image_url"', None)
    assert repr(reveal) == "Reveal(include='x', path=('content', '*', 'image_url'), hidden=None)"
    with pytest.raises(FrozenInstanceError):
        reveal.include = "y"  # type: ignore[misc]


def test_the_values_of_include_are_those_of_the_live_sentence() -> None:
    assert INCLUDES == (
        "file_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    )


def test_stored_items_are_told_apart_by_identity() -> None:
    one, other = stored({"role": "user", "content": "x"}), stored({"role": "user", "content": "x"})
    assert one.wire == other.wire
    assert one != other


DOCUMENTS: list[dict[str, Any]] = [
    {"role": "user", "content": "a\nb \u2028 é"},
    {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.org/a.png"}]},
    {"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]},
    {"type": "function_call", "arguments": '{"image_url": 1}', "call_id": "call_1", "name": "f"},
]


@pytest.mark.parametrize("item", DOCUMENTS, ids=str)
def test_an_item_made_again_from_its_document_has_the_same_bytes(item: dict[str, Any]) -> None:
    made = stored(item)
    document = from_json(made.full or made.wire)
    again = made_of(document, CATALOGUE[made.type].reveals)

    assert (again.id, again.type, again.wire, again.full) == (made.id, made.type, made.wire, made.full)
    assert document == from_json(made.full or made.wire)
