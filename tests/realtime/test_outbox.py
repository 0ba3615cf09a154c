from __future__ import annotations

import json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.realtime import Close, Frame, Ping
from convsim.realtime.errors import not_emulated, unknown_item_to_delete
from convsim.realtime.fields import Dialect
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.outbox import Outbox, json_text


def outbox(dialect: Dialect = "ga", **behavior: str) -> Outbox:
    return Outbox(RealtimeIds(), Clock(), dialect, Behavior(**behavior))  # type: ignore[arg-type]


def texts(out: Outbox) -> list[str]:
    return [one.text for one in out.take() if isinstance(one, Frame)]


def test_json_is_compact_and_raw() -> None:
    assert json_text({"b": [1, None], "a": "éü"}) == '{"b":[1,null],"a":"éü"}'


def test_an_event_begins_with_its_type_and_id() -> None:
    out = outbox()
    out.event("conversation.item.deleted", item_id="a")

    (text,) = texts(out)
    assert list(json.loads(text)) == ["type", "event_id", "item_id"]


def test_what_was_taken_is_gone() -> None:
    out = outbox()
    out.ping(b"x")

    assert out.take() == [Ping(b"x")]
    assert out.take() == []


def test_a_delay_goes_to_what_comes_next_only() -> None:
    out = outbox()
    out.wait(1.5)
    out.wait(0.5)
    out.ping(b"")
    out.ping(b"")
    out.wait(3)
    out.close(1000, "bye")

    assert out.take() == [Ping(b"", 2.0), Ping(), Close(1000, "bye", 3.0)]


def test_nothing_follows_a_close() -> None:
    out = outbox()
    out.close(1006, "")
    out.ping(b"")
    out.event("x")
    out.acknowledge("null", "{}")

    assert out.take() == [Close(1006)]
    assert out.closed


def test_an_item_is_added_and_done_in_ga_and_created_in_beta() -> None:
    told: dict[Dialect, list[str]] = {
        "ga": ["conversation.item.added", "conversation.item.done"],
        "beta": ["conversation.item.created"],
    }
    for dialect, kinds in told.items():
        out = outbox(dialect)
        out.item_added("null", "{}")
        out.item_done("null", "{}")
        assert [json.loads(text)["type"] for text in texts(out)] == kinds


def test_an_acknowledgement_is_both_and_takes_the_delay_once() -> None:
    for dialect in ("ga", "beta"):
        one, other = outbox(dialect), outbox(dialect)
        for out in (one, other):
            out.wait(2.0)
        one.acknowledge('"a"', '{"id":"b"}')
        other.item_added('"a"', '{"id":"b"}')
        other.item_done('"a"', '{"id":"b"}')
        assert one.take() == other.take()


def test_the_frame_of_an_item_has_the_live_keys() -> None:
    out = outbox()
    out.item_added('"a"', '{"id":"b"}')

    (text,) = texts(out)
    event_id = json.loads(text)["event_id"]
    assert (
        text
        == f'{{"type":"conversation.item.added","event_id":"{event_id}","previous_item_id":"a","item":{{"id":"b"}}}}'
    )


def test_the_echo_of_an_event_id_follows_the_rules_or_the_switch() -> None:
    for echo, of_schema, of_state in (("rules", "e", None), ("always", "e", "e"), ("never", None, None)):
        out = outbox(realtime_event_id_echo=echo)
        out.error(not_emulated("schema"), "e")
        out.error(unknown_item_to_delete("x"), "e")
        assert [json.loads(text)["error"]["event_id"] for text in texts(out)] == [of_schema, of_state]
