from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from convsim.core.behavior import Behavior
from convsim.errors import UsageError
from convsim.realtime import Call, Frame, Session, Speech, Text
from convsim.realtime.fields import Dialect
from convsim.responses.vocabulary import Failure, Reasoning, Refusal
from tests.realtime.talking import DIALECTS, Client, parsed, types, user

TEXT_IN_GA = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
TEXT_IN_BETA = [
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
    "response.text.delta",
    "response.text.delta",
    "response.text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
]


@pytest.mark.parametrize(("dialect", "expected"), [("ga", TEXT_IN_GA), ("beta", TEXT_IN_BETA)])
def test_text_is_told_in_the_live_order(dialect: Dialect, expected: list[str]) -> None:
    client = Client(dialect)
    client.session.script(Text("Hello there"))

    assert types(client.send("response.create")) == expected
    assert client.session.active_response is None


def test_speech_is_told_in_the_live_order() -> None:
    client = Client()
    client.session.script(Speech(bytes(4800), "Oh"))

    assert types(client.send("response.create"))[4:8] == [
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
    ]


def test_a_call_is_told_without_parts() -> None:
    client = Client()
    client.session.script(Call("f", "{}", call_id="call_1"))
    events = client.send("response.create")

    assert types(events) == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert list(events[1]["item"]) == ["id", "type", "status", "name", "call_id", "arguments"]
    assert list(events[4]) == [
        "type", "event_id", "response_id", "item_id", "output_index", "call_id", "name", "arguments"
    ]  # fmt: skip
    assert events[1]["item"]["arguments"] == ""
    assert events[5]["item"]["arguments"] == "{}"


def test_events_of_a_response_have_the_captured_keys() -> None:
    client = Client()
    client.session.script(Text("Sure"))
    created, item, added, part, delta, *_, done = client.send("response.create")

    assert list(created["response"]) == [
        "object", "id", "status", "status_details", "output", "conversation_id", "output_modalities",
        "max_output_tokens", "audio", "usage", "metadata",
    ]  # fmt: skip
    assert created["response"]["status"] == "in_progress"
    assert list(item) == ["type", "event_id", "response_id", "output_index", "item"]
    assert list(item["item"]) == ["id", "type", "status", "role", "content"]
    assert added["item"] == item["item"]
    assert list(part) == ["type", "event_id", "response_id", "item_id", "output_index", "content_index", "part"]
    assert list(delta) == [
        "type", "event_id", "response_id", "item_id", "output_index", "content_index", "delta", "obfuscation"
    ]  # fmt: skip
    assert done["response"] == created["response"] | {
        "status": "completed",
        "output": [item["item"] | {"status": "completed", "content": [{"type": "output_text", "text": "Sure"}]}],
        "usage": done["response"]["usage"],
    }
    assert done["response"]["usage"]["total_tokens"] == 0


@pytest.mark.parametrize(("word", "padding"), [("Sure", 12), ("The", 13), ("1234567890123456", 0)])
def test_deltas_are_padded_to_sixteen_characters(word: str, padding: int) -> None:
    client = Client()
    client.session.script(Text(word))

    assert len(client.send("response.create")[4]["obfuscation"]) == padding


def test_the_beta_has_no_obfuscation() -> None:
    client = Client("beta")
    client.session.script(Text("Sure"))

    assert "obfuscation" not in client.send("response.create")[4]


def test_several_replies_are_items_of_one_response() -> None:
    client = Client()
    client.session.script(Text("Let me see"), Call("f"))
    done = client.send("response.create")[-1]["response"]

    assert [item["type"] for item in done["output"]] == ["message", "function_call"]
    assert client.session.order == tuple(item["id"] for item in done["output"])


def test_several_items_begin_in_turn_and_end_in_turn() -> None:
    client = Client()
    client.session.script(Text("Hm"), Call("f"))
    events = client.send("response.create")
    ends = [(event["type"], event["output_index"]) for event in events if event["type"].startswith("response.output_i")]
    assert ends == [
        ("response.output_item.added", 0),
        ("response.output_item.added", 1),
        ("response.output_item.done", 0),
        ("response.output_item.done", 1),
    ]
    assert types(events).index("response.output_text.done") > types(events).index(
        "response.function_call_arguments.delta"
    )


def test_messages_of_some_models_end_with_a_phase() -> None:
    session = Session(model="gpt-realtime-2.1-mini")
    session.script(Text("Let me see"), Call("f"))
    session.script(Text("Done"), Speech(b"", "and said"))
    session.receive('{"type":"response.create"}')
    session.receive('{"type":"response.create"}')
    session.add(Text("By the way"))
    items = session.items

    assert [item.get("phase") for item in items] == ["commentary", None, *["final_answer"] * 3]
    assert list(items[0]) == ["id", "type", "status", "role", "content", "phase"]
    events = [json.loads(sent.text) for sent in session.events_to_send() if isinstance(sent, Frame)]
    begun = next(event["item"] for event in events if event["type"] == "response.output_item.added")
    assert list(begun) == list(items[0])


@pytest.mark.parametrize(("choice", "expected"), [("repeat", 0), ("null", None)])
def test_the_done_event_of_the_second_item_can_be_recorded_as_null(choice: Any, expected: int | None) -> None:
    client = Client(behavior=Behavior(realtime_done_previous_item_id=choice))
    client.create(user())
    for text in ("second", "third"):
        client.session.script(Text(text))
    done = [
        event["previous_item_id"]
        for _ in range(2)
        for event in client.send("response.create")
        if event["type"] == "conversation.item.done"
    ]
    first, second, _ = client.session.order
    assert done == [first if expected == 0 else None, second]


def test_a_script_may_be_empty() -> None:
    client = Client()
    client.session.script()

    assert types(client.send("response.create")) == ["response.created", "response.done"]


def test_scripts_are_used_one_after_the_other() -> None:
    client = Client()
    client.session.script(Text("one"))
    client.session.script(Text("two"))
    said = [client.send("response.create")[-1]["response"]["output"][0]["content"][0]["text"] for _ in range(2)]

    assert said == ["one", "two"]
    assert client.refused("response.create", event_id="mine") == {
        "type": "convsim_error",
        "code": "convsim_unscripted_turn",
        "message": "No script answers this response.create, whose user says ''."
        ' Write, before it: sim.realtime.script("..."), or session.script("...")',
        "param": None,
        "event_id": "mine",
    }


def test_sessions_share_scripts_behind_their_own() -> None:
    common = Session()
    common.script(Text("one"))
    common.script(Text("two"))
    sessions = [Session(scripts=common.scripts) for _ in range(2)]
    sessions[0].script(Text("own"))
    said = []
    for session in (sessions[0], sessions[1], sessions[0]):
        session.receive('{"type": "response.create"}')
        said.append(parsed(session.events_to_send())[-1]["response"]["output"][0]["content"][0]["text"])

    assert (said, len(common.scripts)) == (["own", "one", "two"], 0)


def test_an_unscripted_or_second_response_uses_up_no_script() -> None:
    client = Client()
    client.session.script(Text("one"), hold=True)
    client.session.script(Text("two"))
    client.send("response.create")
    client.refused("response.create")
    client.session.finish()
    client.frames()

    assert client.send("response.create")[-1]["type"] == "response.done"


def test_a_held_response_ends_when_the_test_says_so() -> None:
    client = Client()
    client.session.script(Text("Sure"), hold=True)
    begun = client.send("response.create")
    assert types(begun)[-1] == "response.output_text.delta"
    assert client.session.active_response == begun[0]["response"]["id"]
    assert client.session.items[0]["status"] == "in_progress"

    client.session.finish()
    assert types(client.frames()) == TEXT_IN_GA[-5:]
    assert client.session.items[0]["status"] == "completed"
    client.session.finish()
    assert client.frames() == []


@pytest.mark.parametrize("named", [False, True])
def test_a_client_can_cancel_a_held_response(named: bool) -> None:
    client = Client()
    client.session.script(Text("one"), Text("two"), hold=True)
    response_id = client.send("response.create")[0]["response"]["id"]
    ended = client.send("response.cancel", **({"response_id": response_id} if named else {}))
    response = ended[-1]["response"]

    assert types(ended) == TEXT_IN_GA[-5:]
    assert "phase" not in response["output"][0]
    assert response["status"] == "cancelled"
    assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert [item["status"] for item in response["output"]] == ["completed", "incomplete"]
    assert client.refused("response.cancel")["code"] == "response_cancel_not_active"


def test_another_response_than_the_active_one_cannot_be_cancelled() -> None:
    client = Client()
    client.session.script(Text("one"), hold=True)
    client.send("response.create")

    assert client.refused("response.cancel", response_id="resp_x")["code"] == "response_cancel_not_active"
    assert client.session.active_response is not None


def test_an_item_deleted_while_its_response_is_held_is_not_done_in_the_conversation() -> None:
    client = Client()
    client.session.script(Text("one"), hold=True)
    client.send("response.create")
    client.send("conversation.item.delete", item_id=client.session.order[0])
    client.session.finish()

    assert types(client.frames()) == [kind for kind in TEXT_IN_GA[-5:] if kind != "conversation.item.done"]
    assert client.session.order == ()


def test_an_item_inserted_before_an_open_one_shows_when_it_is_done() -> None:
    client = Client()
    client.session.script(Text("one"), hold=True)
    added = client.send("response.create")[2]
    client.create(user(id="first"), previous_item_id="root")
    client.session.finish()
    done = next(event for event in client.frames() if event["type"] == "conversation.item.done")

    assert (added["previous_item_id"], done["previous_item_id"]) == (None, "first")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_response_takes_what_its_event_gives(dialect: Dialect) -> None:
    client = Client(dialect)
    client.session.script(Text("one"))
    given = {
        "ga": {"output_modalities": ["text"], "max_output_tokens": 9, "audio": {"output": {"voice": "marin"}}},
        "beta": {"modalities": ["text"], "max_response_output_tokens": 9, "voice": "verse"},
    }[dialect]
    params = given | {"metadata": {"topic": "demo"}, "conversation": "auto", "instructions": "Be brief."}
    response = client.send("response.create", response=params)[0]["response"]

    assert response["metadata"] == {"topic": "demo"}
    assert response["max_output_tokens"] == 9
    assert response["output_modalities" if dialect == "ga" else "modalities"] == ["text"]
    if dialect == "ga":
        assert response["audio"] == {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}}
    assert "instructions" not in response


def test_item_acknowledgements_stand_before_the_response() -> None:
    client = Client()
    client.session.script(Text("one"), delay=0.25)
    assert types(client.create(user())) == ["conversation.item.added", "conversation.item.done"]

    client.session.receive('{"type":"response.create"}')
    first, second, *_ = client.session.events_to_send()
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.delay, second.delay) == (0.25, 0.0)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (1, "session.script(1): write a string, Text(...), Speech(...) or Call(...)"),
        (
            Refusal("No."),
            "session.script(Refusal(refusal='No.')): Refusal is for the Responses API; write a string, Text",
        ),
        (Reasoning("Hm."), "Reasoning is for the Responses API; write a string, Text(...), Speech(...) or Call(...)"),
        (Text("Hi", annotations=[{}]), "annotations and logprobs are for the Responses API; leave them out"),
        (Failure("a", "b"), "Failure is for the Responses API; write a string, Text(...), Speech(...) or Call(...)"),
    ],
)
def test_what_is_no_reply_cannot_be_scripted(reply: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Client().session.script(reply)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hold": "yes"}, "session.script(hold='yes'): write True or False"),
        ({"delay": True}, "delay=True: write seconds, 0 to 86400, which is a day"),
    ],
)
def test_a_script_is_checked_where_it_is_given(options: Any, words: str) -> None:
    client = Client()
    with pytest.raises(UsageError) as caught:
        client.session.script("Hello", **options)
    assert str(caught.value) == words
    assert list(client.session.scripts) == []


def test_a_phase_that_the_test_gives_is_shown_with_every_model() -> None:
    client = Client()
    client.session.script(Text("Let me see", phase="commentary"), "Done")
    output = client.send("response.create")[-1]["response"]["output"]
    assert [item.get("phase") for item in output] == ["commentary", None]


def test_a_string_is_a_text() -> None:
    client, other = Client(), Client()
    client.session.script("Hello")
    other.session.script(Text("Hello"))
    assert client.send("response.create") == other.send("response.create")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_model_is_still_saying_can_be_truncated_and_retrieved(dialect: Dialect) -> None:
    client = Client(dialect)
    client.session.script(Speech(bytes(4800), "As I was saying"), hold=True)
    client.send("response.create")
    (item_id,) = client.session.order
    begun = client.retrieve(item_id)
    assert (begun["status"], begun["content"]) == ("in_progress", [])

    (truncated,) = client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=40)
    assert truncated["type"] == "conversation.item.truncated"
    refused = client.refused("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=50)
    assert refused["message"] == "Audio content of 40ms is already shorter than 50ms"

    (done,) = [event for event in client.send("response.cancel") if event["type"] == "response.done"]
    (part,) = client.session.items[0]["content"]
    assert part["transcript"] is None
    assert done["response"]["output"][0]["content"] == [part]
    assert client.retrieve(item_id)["content"][0]["audio"] == b64encode(bytes(48 * 40)).decode()
