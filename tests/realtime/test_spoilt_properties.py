"""Any JSON anywhere in an event is taken or refused: a session raises nothing and keeps its invariants."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convsim.realtime import Frame, Session, Speech, Text
from convsim.realtime.events import read, read_json
from convsim.realtime.fields import Dialect
from tests.asking import check
from tests.profiles import examples
from tests.realtime.talking import call, output, user
from tests.realtime.test_items import DOCUMENTS, GA_DOCUMENTS

ITEMS = [item for item, _ in DOCUMENTS + GA_DOCUMENTS] + [call(), output(), user(role="assistant")]
EVENTS: list[dict[str, Any]] = [
    *({"type": "conversation.item.create", "event_id": "e", "previous_item_id": None, "item": item} for item in ITEMS),
    {"type": "conversation.item.delete", "item_id": "a"},
    {"type": "conversation.item.retrieve", "item_id": "a"},
    {"type": "conversation.item.truncate", "item_id": "said", "content_index": 0, "audio_end_ms": 5},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
    {"type": "input_audio_buffer.commit"},
    {"type": "response.create", "response": {"metadata": {}, "audio": {"output": {"voice": "x"}}, "tools": []}},
    {"type": "response.cancel", "response_id": "x"},
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "tools": [{"type": "function"}],
            "tool_choice": "auto",
            "max_output_tokens": 9,
            "audio": {
                "input": {"format": {"type": "audio/pcm", "rate": 24000}, "turn_detection": {"type": "server_vad"}},
                "output": {"voice": "marin", "speed": 1.0},
            },
        },
    },
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member below ``value``: what holds it, and its key."""
    found: list[tuple[Any, Any]] = []
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *places(value[key])]
    return found


@pytest.mark.parametrize("dialect", ["ga", "beta"])
@settings(max_examples=examples(300))
@given(data=st.data())
def test_a_spoilt_event_is_answered_and_harms_nothing(dialect: Dialect, data: st.DataObject) -> None:
    session = Session(dialect=dialect)
    session.add(Speech(bytes(480), "Oh"))
    session.script(Text("Hello"), hold=True)
    for _ in range(3):
        event = json.loads(json.dumps(data.draw(st.sampled_from(EVENTS))))
        holder, key = data.draw(st.sampled_from(places(event)))
        holder[key] = data.draw(anything)
        text = json.dumps(event)
        if (at_once := read_json(text, dialect)) is not None:
            assert at_once == read(json.loads(text), dialect)
        session.receive(text)

    for sent in session.events_to_send():
        assert isinstance(sent, Frame)
        assert json.loads(sent.text)["event_id"].startswith("event_")
    check(session)
    assert len(session.items) == len(session.order)
