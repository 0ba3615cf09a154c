from __future__ import annotations

from typing import Any

import pytest

from convsim.core.clock import Clock
from convsim.realtime import Session, Speech
from tests.realtime.talking import Client, Json, parsed, schema_error

TOOL: Json = {
    "type": "function",
    "name": "get_weather",
    "description": "Look up the weather for a city.",
    "parameters": {"type": "object", "properties": {}},
}
INPUT = {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}, "turn_detection": None}}}


def session_of(event: Json) -> Json:
    session: Json = event["session"]
    return session


def test_the_first_session_object_has_the_captured_keys() -> None:
    (created,) = parsed(Session(model="gpt-realtime-2.1", clock=Clock(1_767_229_435)).events_to_send())
    session = session_of(created)

    assert list(created) == ["type", "event_id", "session"]
    assert list(session) == [
        "type", "object", "id", "model", "output_modalities", "instructions", "tools", "tool_choice",
        "max_output_tokens", "tracing", "truncation", "prompt", "expires_at", "audio", "include",
    ]  # fmt: skip
    assert session["model"] == "gpt-realtime-2.1"
    assert session["id"].startswith("sess_Ct1OV")
    assert session["expires_at"] == 1_767_233_035
    assert session["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "voice": "marin",
        "speed": 1.0,
    }
    assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500


def test_the_first_session_object_of_the_beta_is_flat() -> None:
    (created,) = parsed(Session(dialect="beta").events_to_send())

    assert list(session_of(created)) == [
        "id", "object", "model", "expires_at", "modalities", "instructions", "voice", "turn_detection",
        "input_audio_format", "output_audio_format", "input_audio_transcription", "tool_choice", "temperature",
        "max_response_output_tokens", "tools",
    ]  # fmt: skip


def test_an_update_is_laid_over_member_by_member() -> None:
    client = Client()
    before = client.session.configuration
    (updated,) = client.send(
        "session.update", session=INPUT | {"instructions": "Be brief.", "parallel_tool_calls": True}
    )
    session = session_of(updated)

    assert updated["type"] == "session.updated"
    assert session["audio"]["input"] == before["audio"]["input"] | {
        "format": {"type": "audio/pcmu"},
        "turn_detection": None,
    }
    changed = {"audio": session["audio"], "instructions": "Be brief.", "parallel_tool_calls": True}
    assert session == before | changed
    assert session["audio"]["output"] == before["audio"]["output"]
    assert client.session.configuration == session


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"type": "server_vad", "threshold": 1},
            {
                "type": "server_vad",
                "threshold": 1,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        ),
        (
            {"type": "semantic_vad"},
            {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True},
        ),
    ],
)
def test_turn_detection_is_filled_with_its_defaults(given: Json, expected: Json) -> None:
    session = {"type": "realtime", "audio": {"input": {"turn_detection": given}}}
    (updated,) = Client().send("session.update", session=session)

    assert session_of(updated)["audio"]["input"]["turn_detection"] == expected


def test_the_model_cannot_be_changed() -> None:
    (updated,) = Client().send("session.update", session={"type": "realtime", "model": "gpt-x"})

    assert session_of(updated)["model"] == "gpt-realtime"


@pytest.mark.parametrize(
    ("session", "code", "message", "param"),
    [
        (
            {"instructions": "x"},
            "missing_required_parameter",
            "Missing required parameter: 'session.type'.",
            "session.type",
        ),
        (
            {"type": "realtime", "instructions": "x", "totally_made_up_field": 1},
            "unknown_parameter",
            "Unknown parameter: 'session.totally_made_up_field'.",
            "session.totally_made_up_field",
        ),
        (
            {"type": "transcription", "audio": {"input": {}}},
            "invalid_parameter",
            "Passing a transcription session update event to a realtime session is not allowed.",
            None,
        ),
        (
            {"type": "realtime", "output_modalities": ["text", "audio"]},
            "invalid_value",
            "Invalid modalities: ['text', 'audio']. Supported combinations are: ['text'] and ['audio'].",
            "session.output_modalities",
        ),
        (
            {"type": "realtime", "output_modalities": []},
            "invalid_value",
            "Invalid modalities: []. Supported combinations are: ['text'] and ['audio'].",
            "session.output_modalities",
        ),
        (
            {"type": "realtime", "audio": {"output": {"voice": "fable"}}},
            "invalid_value",
            (
                "Invalid value: 'fable'. Supported values are: 'alloy', 'ash', 'ballad', 'coral', 'echo', 'sage',"
                " 'shimmer', 'verse', 'marin', and 'cedar'."
            ),
            "session.audio.output.voice",
        ),
        (
            {"type": "realtime", "tools": [TOOL | {"meta": None}]},
            "unknown_parameter",
            "Unknown parameter: 'session.tools[0].meta'.",
            "session.tools[0].meta",
        ),
        (
            {"type": "realtime", "tools": [TOOL, {"type": "function"}]},
            "missing_required_parameter",
            "Missing required parameter: 'session.tools[1].name'.",
            "session.tools[1].name",
        ),
        (
            {"type": "realtime", "tools": [{"type": "web_search"}]},
            "invalid_value",
            "Invalid value: 'web_search'. Supported values are: 'function' and 'mcp'.",
            "session.tools[0].type",
        ),
        (
            {"type": "realtime", "tool_choice": "maybe"},
            "invalid_value",
            "Invalid value: 'maybe'. Supported values are: 'none', 'auto', and 'required'.",
            "session.tool_choice",
        ),
        (
            {"type": "realtime", "audio": {"input": {"noise_reduction": {"type": "no_field"}}}},
            "invalid_value",
            "Invalid value: 'no_field'. Supported values are: 'near_field' and 'far_field'.",
            "session.audio.input.noise_reduction.type",
        ),
        (
            {"type": "realtime", "audio": {"output": {"speed": 2}}},
            "decimal_above_max_value",
            (
                "Invalid 'session.audio.output.speed': decimal above maximum value. Expected a value <= 1.5, but got 2"
                " instead."
            ),
            "session.audio.output.speed",
        ),
        (
            {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
            "integer_below_min_value",
            (
                "Invalid 'session.audio.input.format.rate': integer below minimum value. Expected a value >= 24000, but"
                " got 16000 instead."
            ),
            "session.audio.input.format.rate",
        ),
        (
            {"type": "realtime", "output_modalities": ["smell"]},
            "invalid_value",
            "Invalid value: 'smell'. Supported values are: 'text' and 'audio'.",
            "session.output_modalities[0]",
        ),
        (
            {"type": "realtime", "max_output_tokens": "x"},
            "invalid_value",
            "Invalid value: 'x'. Value must be 'inf'.",
            "session.max_output_tokens",
        ),
    ],
)
def test_a_refused_update_is_discarded_whole(session: Json, code: str, message: str, param: str | None) -> None:
    client = Client()
    before = client.session.configuration

    assert client.refused("session.update", session=session, event_id="e") == schema_error(code, message, param, "e")
    assert client.session.configuration == before


@pytest.mark.parametrize(
    ("session", "message", "param"),
    [
        (
            {"modalities": ["audio"]},
            "Invalid modalities: ['audio']. Supported combinations are: ['text'] and ['audio', 'text'].",
            "session.modalities",
        ),
        (
            {"voice": "fable"},
            (
                "Invalid value: 'fable'. Supported values are: 'alloy', 'ash', 'ballad', 'coral', 'echo', 'sage',"
                " 'shimmer', and 'verse'."
            ),
            "session.voice",
        ),
        (
            {"tools": [{"type": "mcp", "server_label": "s", "server_url": "https://a.test"}]},
            "Invalid value: 'mcp'. Value must be 'function'.",
            "session.tools[0].type",
        ),
    ],
)
def test_an_update_of_the_beta_that_is_refused(session: Json, message: str, param: str) -> None:
    client = Client("beta")
    error = client.refused("session.update", session=session, event_id="e")
    assert error == schema_error("invalid_value", message, param, "e")


def test_the_beta_may_speak_and_write_in_either_order() -> None:
    for modalities in (["text", "audio"], ["audio", "text"], ["text"]):
        (updated,) = Client("beta").send("session.update", session={"modalities": modalities})
        assert session_of(updated)["modalities"] == modalities


def test_tools_and_transcriptions_come_back_in_the_recorded_order() -> None:
    server = {"server_url": "https://a.test/sse", "type": "mcp", "require_approval": "never", "server_label": "s"}
    given = {
        "type": "realtime",
        "tools": [dict(reversed(TOOL.items())), server],
        "audio": {"input": {"transcription": {"model": "gpt-realtime-whisper"}}},
    }
    (updated,) = Client().send("session.update", session=given)
    function, mcp = session_of(updated)["tools"]

    assert list(function.items()) == list(TOOL.items())
    assert list(mcp) == ["type", "server_label", "server_url", "require_approval"]
    assert list(session_of(updated)["audio"]["input"]["transcription"].items()) == [
        ("model", "gpt-realtime-whisper"),
        ("language", None),
        ("prompt", None),
    ]


def test_empty_instructions_give_the_first_ones_back() -> None:
    client = Client()
    first = client.session.configuration["instructions"]
    for given, expected in (("Be brief.", "Be brief."), ("", first)):
        (updated,) = client.send("session.update", session={"type": "realtime", "instructions": given})
        assert session_of(updated)["instructions"] == expected


def test_turn_detection_keeps_what_an_update_leaves_out() -> None:
    session = Session(model="gpt-realtime-2.1")
    client = Client()
    client.session = session

    def update(**turn_detection: Any) -> Any:
        change = {"type": "realtime", "audio": {"input": {"turn_detection": turn_detection or None}}}
        client.frames()
        return session_of(client.send("session.update", session=change)[0])["audio"]["input"]["turn_detection"]

    assert update(type="server_vad", threshold=0.25)["silence_duration_ms"] == 500
    assert update(type="server_vad", prefix_padding_ms=1)["threshold"] == 0.25
    assert update() is None
    assert update(type="server_vad")["threshold"] == 0.5
    assert update(type="semantic_vad", eagerness="low")["create_response"] is True
    assert update(type="semantic_vad")["eagerness"] == "low"


def test_a_custom_voice_is_an_object() -> None:
    session = {"type": "realtime", "audio": {"output": {"voice": {"id": "voice_1"}}}}
    (updated,) = Client().send("session.update", session=session)
    assert session_of(updated)["audio"]["output"]["voice"] == {"id": "voice_1"}


def test_the_beta_is_updated_flat_and_without_a_type() -> None:
    client = Client("beta")
    (updated,) = client.send(
        "session.update",
        session={"voice": "sage", "turn_detection": {"type": "server_vad"}, "input_audio_format": "g711_ulaw"},
    )

    assert session_of(updated)["voice"] == "sage"
    assert session_of(updated)["turn_detection"]["silence_duration_ms"] == 200
    assert client.refused("session.update", session={"type": "realtime"})["param"] == "session.type"


@pytest.mark.parametrize(
    ("dialect", "session"),
    [
        ("ga", {"type": "realtime", "audio": {"output": {"format": {"type": "audio/pcma"}}}}),
        ("beta", {"output_audio_format": "g711_alaw"}),
    ],
)
def test_audio_has_the_format_of_the_session(dialect: str, session: Json) -> None:
    client = Client(dialect)  # type: ignore[arg-type]
    client.send("session.update", session=session)
    item_id = client.session.add(Speech(bytes(800), "Oh"))
    client.frames()

    assert client.retrieve(item_id)["content"][0]["format"] == "g711_alaw"
    at = {"item_id": item_id, "content_index": 0}
    assert client.refused("conversation.item.truncate", **at, audio_end_ms=101)["message"].startswith(
        "Audio content of 100ms"
    )


def test_the_configuration_is_a_copy() -> None:
    session = Session()
    session.configuration["tools"].append(1)

    assert session.configuration["tools"] == []
