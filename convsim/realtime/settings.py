"""What ``session.update`` may change, in both dialects: documented members, and what is inside of most as it comes."""

from typing import Annotated, Any, Literal

from pydantic import Field

from convsim.items.fields import OMITTED, Input, JsonObject, Number, Objects, Strings, dropped, omitted, worded
from convsim.items.unions import Either
from convsim.realtime.audio import BY_NAME
from convsim.realtime.fields import By, either

Modalities = Annotated[list[Annotated[str, either("text", "audio")]], worded(list, "an array of strings")]
MaxTokens = Annotated[
    Any,
    Either("an integer or 'inf'", {int: Annotated[int, Field(ge=1)], str: Annotated[str, either("inf")]}),
]
ToolChoice = Annotated[Any, Either("a string or an object", {str: str, dict: JsonObject})]
Tools = Objects[JsonObject]
Tracing = Annotated[Any, Either("a string, an object or null", {str: str, dict: JsonObject, type(None): None})]


class Merged(Input):
    """Part of a configuration: what is given is laid over what is there, member by member."""

    def over(self, document: dict[str, Any]) -> dict[str, Any]:
        """A new document; raises nothing, since all was validated before."""
        changed = dict(document)
        for name in type(self).__pydantic_fields__:
            value = getattr(self, name)
            if isinstance(value, Merged):
                changed[name] = value.over(document.get(name) or {})
            elif value is not OMITTED:
                changed[name] = value
        return changed


# --- GA ------------------------------------------------------------------------------------------------------------


class Pcm(Input):
    type: Literal["audio/pcm"]
    rate: int = 24000


class OtherFormat(Input):
    type: str


_AudioFormat = Annotated[Any, By("type", {"audio/pcm": Pcm, "audio/pcmu": OtherFormat, "audio/pcma": OtherFormat})]


class ServerVad(Input):
    type: Literal["server_vad"]
    threshold: Number = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 200
    idle_timeout_ms: int | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Input):
    type: Literal["semantic_vad"]
    eagerness: Annotated[str, either("low", "medium", "high", "auto")] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


_TurnDetection = Annotated[Any, By("type", {"server_vad": ServerVad, "semantic_vad": SemanticVad})]


class AudioInput(Merged):
    format: _AudioFormat = omitted()
    transcription: JsonObject | None = omitted()
    noise_reduction: JsonObject | None = omitted()
    turn_detection: _TurnDetection | None = omitted()


class AudioOutput(Merged):
    format: _AudioFormat = omitted()
    voice: Annotated[Any, Either("a string or an object", {str: str, dict: JsonObject})] = omitted()
    speed: Number = omitted()


class SessionAudio(Merged):
    input: AudioInput = omitted()
    output: AudioOutput = omitted()


class SessionChange(Merged):
    """``model`` is silently ignored (observed live)."""

    type: Annotated[str, either("realtime", "transcription")]
    model: Annotated[str, dropped] = omitted()
    output_modalities: Modalities = omitted()
    instructions: str = omitted()
    tools: Tools = omitted()
    tool_choice: ToolChoice = omitted()
    max_output_tokens: MaxTokens = omitted()
    tracing: Tracing = omitted()
    truncation: Annotated[Any, Either("a string or an object", {str: str, dict: JsonObject})] = omitted()
    prompt: JsonObject | None = omitted()
    audio: SessionAudio = omitted()
    include: Strings | None = omitted()
    parallel_tool_calls: bool = omitted()
    reasoning: JsonObject = omitted()


# --- beta ----------------------------------------------------------------------------------------------------------


class BetaServerVad(Input):
    """Without the members that came after the capture of 2024-12."""

    type: Literal["server_vad"]
    threshold: Number = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 200
    create_response: bool = True


_AudioName = Annotated[str, either(*BY_NAME)]


class BetaSessionChange(Merged):
    model: Annotated[str, dropped] = omitted()
    modalities: Modalities = omitted()
    instructions: str = omitted()
    voice: str = omitted()
    turn_detection: Annotated[Any, By("type", {"server_vad": BetaServerVad, "semantic_vad": SemanticVad})] | None = (
        omitted()
    )
    input_audio_format: _AudioName = omitted()
    output_audio_format: _AudioName = omitted()
    input_audio_transcription: JsonObject | None = omitted()
    tool_choice: str = omitted()
    temperature: Number = omitted()
    max_response_output_tokens: MaxTokens = omitted()
    tools: Tools = omitted()
    input_audio_noise_reduction: JsonObject | None = omitted()
    speed: Number = omitted()
    tracing: Tracing = omitted()
