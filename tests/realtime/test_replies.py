from __future__ import annotations

import pytest

from convsim.realtime.audio import PCM16, Audio
from convsim.realtime.fields import Dialect
from convsim.realtime.replies import Plan, Reply, plan
from convsim.responses.vocabulary import Call, Speech, Text


def planned(reply: Reply, dialect: Dialect = "ga") -> Plan:
    return plan(reply, dialect, PCM16, lambda: "call_minted")


@pytest.mark.parametrize(("dialect", "kind"), [("ga", "output_text"), ("beta", "text")])
def test_text_is_a_message_with_a_delta_for_each_word(dialect: Dialect, kind: str) -> None:
    told = planned(Text("Hello  there, you \n"), dialect)
    (stream,) = told.streams

    assert told.first == {"role": "assistant", "content": []}
    assert told.last == {"role": "assistant", "content": [{"type": kind, "text": "Hello  there, you \n"}]}
    assert told.part == ({"type": "text", "text": ""}, {"type": "text", "text": "Hello  there, you \n"})
    assert stream.kind == f"response.{kind}"
    assert stream.deltas == ["Hello", "  there,", " you", " \n"]
    assert stream.done == {"text": "Hello  there, you \n"}
    assert told.audio is None


def test_no_text_is_no_delta() -> None:
    assert planned(Text("")).streams[0].deltas == []


@pytest.mark.parametrize(("dialect", "kind"), [("ga", "output_audio"), ("beta", "audio")])
def test_speech_has_its_words_and_100_ms_of_audio_to_a_delta(dialect: Dialect, kind: str) -> None:
    told = planned(Speech(bytes(4801), "Oh well"), dialect)
    audio, words = told.streams

    assert told.last["content"] == [{"type": kind, "transcript": "Oh well"}]
    assert told.part == ({"type": "audio", "transcript": ""}, {"type": "audio", "transcript": "Oh well"})
    assert told.audio == Audio(bytes(4801), PCM16)
    assert (audio.kind, words.kind) == (f"response.{kind}", f"response.{kind}_transcript")
    assert [len(delta) for delta in audio.deltas] == [6400, 4]
    assert audio.done == {}
    assert words.deltas == ["Oh", " well"]


def test_a_call_is_an_item_of_its_own_without_parts() -> None:
    told = planned(Call("f", '{"a": 1}', call_id="call_x"))

    assert told.kind == "function_call"
    assert told.first == {"call_id": "call_x", "name": "f", "arguments": ""}
    assert told.last == {"call_id": "call_x", "name": "f", "arguments": '{"a": 1}'}
    assert told.part is None
    assert told.where == {"call_id": "call_x"}
    assert told.streams[0].done == {"name": "f", "arguments": '{"a": 1}'}


def test_a_call_without_an_id_is_given_one() -> None:
    assert planned(Call("f"), "beta").where == {"call_id": "call_minted"}


def test_the_name_of_a_call_ends_its_stream_in_ga_only() -> None:
    assert planned(Call("f"), "beta").streams[0].done == {"arguments": "{}"}
