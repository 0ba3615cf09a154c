from __future__ import annotations

import pytest

from convsim.realtime.audio import PCM16, Audio
from convsim.realtime.errors import EventError
from convsim.realtime.session_item import SessionItem, quoted, spoken_by_user


def spoken(milliseconds: int) -> SessionItem:
    content = [{"type": "output_audio", "transcript": "Oh well"}]
    document = {"id": "a", "type": "message", "status": "completed", "role": "assistant", "content": content}
    return SessionItem(document, {0: Audio(bytes(48 * milliseconds), PCM16)})


def test_an_id_is_quoted_as_json_and_nothing_is_null() -> None:
    assert quoted(SessionItem({"id": "a", "type": "message"})) == '"a"'
    assert quoted(None) == "null"


def test_a_document_can_be_changed_without_harm() -> None:
    entry = spoken(1)
    entry.document["content"].clear()

    assert len(entry.document["content"]) == 1


def test_what_was_truncated_can_be_truncated_again_and_not_be_lengthened() -> None:
    entry = spoken(20)
    entry.truncate(0, 20, "ga")
    entry.truncate(0, 5, "ga")

    assert entry.audio is not None
    assert entry.audio[0].milliseconds == 5
    assert entry.document["content"] == [{"type": "output_audio", "transcript": None}]
    with pytest.raises(EventError, match="Audio content of 5ms is already shorter than 6ms"):
        entry.truncate(0, 6, "ga")


def test_what_the_user_said_shows_no_audio() -> None:
    entry = spoken_by_user("a", Audio(bytes(48), PCM16), "beta")

    assert list(entry.document) == ["id", "object", "type", "status", "role", "content"]
    assert entry.document["content"] == [{"type": "input_audio", "transcript": None}]
    assert "audio" in entry.retrieved()["content"][0]


def test_an_item_that_is_no_message_is_retrieved_as_it_is() -> None:
    document = {"id": "a", "type": "function_call", "call_id": "c"}

    assert SessionItem(document).retrieved() == {
        "id": "a",
        "object": "realtime.item",
        "type": "function_call",
        "call_id": "c",
    }
