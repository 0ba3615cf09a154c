from __future__ import annotations

from convsim.core.behavior import Behavior
from convsim.realtime.settings import AudioInput, SessionChange, Transcription


def change(**members: object) -> SessionChange:
    return SessionChange.read({"type": "realtime", **members}, Behavior())


def test_members_that_were_given_replace_and_the_rest_stays() -> None:
    before = {"type": "realtime", "instructions": "a", "tools": [1]}

    assert change(instructions="b").over(before, {}) == {"type": "realtime", "instructions": "b", "tools": [1]}
    assert before["instructions"] == "a"


def test_audio_is_laid_over_at_every_depth() -> None:
    before = {"audio": {"input": {"transcription": None, "noise_reduction": {"type": "near_field"}}, "output": {}}}
    after = change(audio={"input": {"transcription": {"model": "whisper-1"}}}).over(before, {})

    assert after["audio"] == {
        "input": {"transcription": Transcription(model="whisper-1"), "noise_reduction": {"type": "near_field"}},
        "output": {},
    }


def test_null_is_a_value_where_the_service_sends_it() -> None:
    assert AudioInput.read({"turn_detection": None}, Behavior()).over({"turn_detection": {}}, {}) == {
        "turn_detection": None
    }


def test_what_is_not_there_yet_is_begun() -> None:
    assert change(audio={"output": {"voice": "marin"}}).over({}, {}) == {
        "type": "realtime",
        "audio": {"output": {"voice": "marin"}},
    }
