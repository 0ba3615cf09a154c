"""Content parts against the table of roles and dialects."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.realtime.fields import Dialect
from tests.realtime.talking import Client, user

PARTS: dict[str, dict[str, Any]] = {
    "input_text": {"text": "x"},
    "input_audio": {"audio": "AAAA"},
    "input_image": {"image_url": "data:image/png;base64,AA"},
    "output_text": {"text": "x"},
    "output_audio": {"text": "x"},
    "text": {"text": "x"},
    "item_reference": {"id": "x"},
}

TAKEN: dict[tuple[Dialect, str], set[str]] = {
    ("ga", "system"): {"input_text"},
    ("ga", "user"): {"input_text", "input_audio", "input_image"},
    ("ga", "assistant"): {"output_text"},
    ("beta", "system"): {"input_text"},
    ("beta", "user"): {"input_text", "input_audio"},
    ("beta", "assistant"): {"text"},
}


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(("dialect", "role"), TAKEN)
def test_a_role_takes_its_parts_and_no_others(dialect: Dialect, role: str, kind: str) -> None:
    events = Client(dialect).create(user(role=role, content=[{"type": kind, **PARTS[kind]}]))

    if kind in TAKEN[dialect, role]:
        assert events[0]["item"]["content"][0]["type"] == kind
    else:
        assert events[0]["error"]["param"] == "item.content[0].type"


def test_several_parts_stay_in_order() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_audio", "audio": "AAAA"}]
    events = Client().create(user(id="a", content=[*parts, *parts]))

    assert [part["type"] for part in events[0]["item"]["content"]] == ["input_text", "input_audio"] * 2


def test_every_part_keeps_its_own_audio() -> None:
    client = Client()
    parts = [{"type": "input_audio", "audio": audio} for audio in ("AAAA", "AQEB")]
    client.create(user(id="a", content=parts))

    assert [part["audio"] for part in client.retrieve("a")["content"]] == ["AAAA", "AQEB"]


def test_a_detail_of_an_image_is_one_of_three() -> None:
    part = {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "original"}
    error = Client().refused_item(user(content=[part]))

    assert error["message"] == "Invalid value: 'original'. Supported values are: 'auto', 'low', and 'high'."


@pytest.mark.parametrize("url", ["data:image/png;base64,AA", "DATA:image/jpeg;base64,AAAA"])
def test_an_image_is_a_data_url_of_an_image(url: str) -> None:
    part = {"type": "input_image", "image_url": url}
    assert Client().create(user(content=[part]))[0]["item"]["content"][0]["image_url"] == url


@pytest.mark.parametrize("url", ["https://example.org/a.png", "file:///a.png", "data:text/plain;base64,AA", "data:x"])
def test_another_url_is_no_image(url: str) -> None:
    error = Client().refused_item(user(content=[{"type": "input_image", "image_url": url}]))
    assert (error["code"], error["param"]) == ("invalid_value", "item.content[0].image_url")
