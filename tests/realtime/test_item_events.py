"""Edits of the conversation: where items go, and the edge cases that users hit."""

from __future__ import annotations

from base64 import b64encode

import pytest

from convsim.core.behavior import Behavior
from convsim.realtime import Speech, Text
from convsim.realtime.fields import Dialect
from tests.realtime.talking import DIALECTS, Client, call, output, types, user


def predecessor(client: Client, item_id: str, **members: object) -> str | None:
    events = client.create(user(id=item_id), **members)
    assert {event["previous_item_id"] for event in events} == {events[0]["previous_item_id"]}
    before: str | None = events[0]["previous_item_id"]
    return before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_items_go_where_they_are_sent_and_the_acknowledgement_names_the_item_before(dialect: Dialect) -> None:
    client = Client(dialect)

    assert predecessor(client, "10") is None
    assert predecessor(client, "40", previous_item_id=None) == "10"
    assert predecessor(client, "-20", previous_item_id="root") is None
    assert predecessor(client, "20", previous_item_id="10") == "10"
    assert predecessor(client, "30", previous_item_id="20") == "20"
    assert predecessor(client, "50", previous_item_id="") == "40"
    assert client.session.order == ("-20", "10", "20", "30", "40", "50")


def test_a_later_insert_at_one_point_stands_nearer() -> None:
    client = Client()
    predecessor(client, "A")
    predecessor(client, "B", previous_item_id="A")
    predecessor(client, "C", previous_item_id="A")

    assert client.session.order == ("A", "C", "B")


def test_delete_the_tail_then_create_chains_to_the_remaining_tail() -> None:
    client = Client()
    predecessor(client, "a")
    predecessor(client, "b")
    (deleted,) = client.send("conversation.item.delete", item_id="b")

    assert list(deleted) == ["type", "event_id", "item_id"]
    assert deleted["item_id"] == "b"
    assert predecessor(client, "c") == "a"
    assert client.refused("conversation.item.delete", item_id="b")["code"] == "item_delete_invalid_item_id"


def test_delete_then_create_under_the_same_id_succeeds() -> None:
    client = Client()
    predecessor(client, "a")
    client.send("conversation.item.delete", item_id="a")

    assert predecessor(client, "a") is None


def test_a_storm_of_duplicates_is_refused_one_by_one() -> None:
    client = Client()
    predecessor(client, "a")
    codes = {client.refused_item(user(id="a"))["code"] for _ in range(9)}

    assert codes == {"item_create_duplicate_item_id"}
    assert client.session.order == ("a",)


def test_a_duplicate_can_be_acknowledged_as_its_own_predecessor() -> None:
    client = Client(behavior=Behavior(realtime_duplicate_ids="ignore"))
    predecessor(client, "a")
    predecessor(client, "b")
    added, done = client.create(user("other", id="a"))

    assert added["previous_item_id"] == done["previous_item_id"] == "a"
    assert added["item"]["content"][0]["text"] == "hi"
    assert client.session.order == ("a", "b")
    assert client.refused_item(user(id="a"), previous_item_id="no")["code"] == "item_create_invalid_previous_item_id"


def test_a_duplicate_can_be_put_in_once_more() -> None:
    client = Client(behavior=Behavior(realtime_duplicate_ids="append"))
    predecessor(client, "a")

    assert predecessor(client, "a") == "a"
    assert client.session.order == ("a", "a")


def test_a_refused_item_takes_no_id() -> None:
    quiet, busy = Client(), Client()
    busy.refused_item(user(), previous_item_id="no")
    busy.refused_item(user(content=[{"type": "input_audio", "audio": "?"}]))
    busy.refused_item(output())

    assert quiet.create(user())[0]["item"]["id"] == busy.create(user())[0]["item"]["id"]


def test_a_minted_id_avoids_those_that_clients_brought() -> None:
    (first, _), client = Client().create(user()), Client()
    predecessor(client, first["item"]["id"])

    assert client.create(user())[0]["item"]["id"] != first["item"]["id"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_audio_comes_back_by_retrieve_only(dialect: Dialect) -> None:
    client = Client(dialect)
    audio = b64encode(bytes(480)).decode()
    for event in client.create(user(id="a", content=[{"type": "input_audio", "audio": audio}])):
        assert "audio" not in event["item"]["content"][0]

    retrieved = client.retrieve("a")
    assert list(retrieved) == ["id", "object", "type", "status", "role", "content"]
    assert retrieved["content"] == [{"type": "input_audio", "transcript": None, "audio": audio, "format": "pcm16"}]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_spoken_audio_is_retrieved_under_the_name_of_the_beta(dialect: Dialect) -> None:
    client = Client(dialect)
    item_id = client.session.add(Speech(b"\0\1", "Oh"))
    client.frames()
    (part,) = client.retrieve(item_id)["content"]

    assert list(part.items()) == [("type", "audio"), ("transcript", "Oh"), ("audio", "AAE="), ("format", "pcm16")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_text_is_retrieved_as_it_is(dialect: Dialect) -> None:
    client = Client(dialect)
    item_id = client.session.add(Text("Oh"))
    client.frames()

    assert client.retrieve(item_id) == {"id": item_id, "object": "realtime.item"} | client.session.items[0]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_truncate_cuts_the_audio_and_drops_the_transcript(dialect: Dialect) -> None:
    client = Client(dialect)
    item_id = client.session.add(Speech(bytes(48 * 2000), "Once upon a time"))
    client.frames()
    (truncated,) = client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=1500)

    assert next(iter(truncated.items())) == ("type", "conversation.item.truncated")
    assert list(truncated.items())[2:] == [("item_id", item_id), ("content_index", 0), ("audio_end_ms", 1500)]
    (part,) = client.retrieve(item_id)["content"]
    assert part["transcript"] is None
    assert part["audio"] == b64encode(bytes(48 * 1500)).decode()
    assert client.session.items[0]["content"][0]["transcript"] is None


def test_truncate_races_are_told_apart() -> None:
    client = Client()
    item_id = client.session.add(Speech(bytes(480), ""))
    client.frames()
    at = {"item_id": item_id, "content_index": 0}

    assert client.refused("conversation.item.truncate", **at, audio_end_ms=11)["message"] == (
        "Audio content of 10ms is already shorter than 11ms"
    )
    assert client.send("conversation.item.truncate", **at, audio_end_ms=10)[0]["type"] == "conversation.item.truncated"
    client.send("conversation.item.delete", item_id=item_id)
    assert client.refused("conversation.item.truncate", **at, audio_end_ms=5)["code"] == (
        "item_truncate_invalid_item_id"
    )


@pytest.mark.parametrize(
    ("dialect", "kinds"),
    [
        ("ga", ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]),
        ("beta", ["input_audio_buffer.committed", "conversation.item.created"]),
    ],
)
def test_committed_audio_becomes_an_item_of_the_user(dialect: Dialect, kinds: list[str]) -> None:
    client = Client(dialect)
    predecessors = []
    for _ in range(2):
        assert client.send("input_audio_buffer.append", audio=b64encode(bytes(4800)).decode()) == []
        events = client.send("input_audio_buffer.commit")
        assert types(events) == kinds
        assert list(events[0]) == ["type", "event_id", "previous_item_id", "item_id"]
        assert events[1]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert events[0]["item_id"] == events[1]["item"]["id"]
        predecessors.append((events[0]["previous_item_id"], events[1]["previous_item_id"]))

    assert predecessors == [(None, None), (client.session.order[0], client.session.order[0])]


def test_a_call_of_the_model_can_be_answered() -> None:
    client = Client()
    client.session.add(call("call_9"))
    client.frames()

    assert types(client.create(output("call_9"))) == ["conversation.item.added", "conversation.item.done"]
