"""The members that ``session.update`` may change, in both dialects.

The session object itself, voices and modalities of the beta, and the sentence about an unknown member of a tool are
recorded; the bounds of the other members are documented, and their refusals are inferred from these.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from convsim.errors.validation import fault
from convsim.items.fields import (
    OMITTED,
    ByType,
    Either,
    FunctionName,
    Input,
    JsonObject,
    Number,
    Objects,
    StringMap,
    Strings,
    Text,
    between,
    dropped,
    omitted,
    one_of,
    worded,
)
from convsim.items.tools.hosted import Approvals, ToolFilter
from convsim.realtime.audio import BY_NAME

BETA_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
VOICES = (*BETA_VOICES, "marin", "cedar")


def _combination(*supported: tuple[str, ...]) -> AfterValidator:
    """Return an annotation for modalities, of which only some combinations are allowed, in any order."""

    def check(value: list[str]) -> list[str]:
        if not any(len(value) == len(one) and set(value) == set(one) for one in supported):
            raise fault("modalities", given=value, supported=[list(one) for one in supported])
        return value

    return AfterValidator(check)


_ModalityList = Annotated[list[Annotated[str, one_of("text", "audio")]], worded(list, "an array of strings")]
Modalities = Annotated[_ModalityList, _combination(("text",), ("audio",))]
BetaModalities = Annotated[_ModalityList, _combination(("text",), ("audio", "text"))]
MaxTokens = Annotated[
    Any,
    Either("an integer or 'inf'", {int: Annotated[int, Field(ge=1, le=4096)], str: Annotated[str, one_of("inf")]}),
]


class Merged(Input):
    """Part of a configuration: members that were given replace those of the document, one by one."""

    def over(self, document: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
        """Return a new document of validated values; ``defaults`` is the one with which the session began."""
        changed = dict(document)
        for name in type(self).__pydantic_fields__:
            value = getattr(self, name)
            if isinstance(value, Merged):
                changed[name] = value.over(document.get(name) or {}, defaults.get(name) or {})
            elif value is not OMITTED:
                changed[name] = value
        return changed


# --- tools ---------------------------------------------------------------------------------------------------------


class FunctionTool(Input):
    """A function; its members are sent back in this order, whatever theirs was (recorded)."""

    type: Literal["function"]
    name: FunctionName
    description: Text = omitted()
    parameters: JsonObject = omitted()


class McpTool(Input, exactly_one=("server_url", "connector_id", "tunnel_id")):
    """An MCP server; documented; that it is sent back in this order is inferred."""

    type: Literal["mcp"]
    server_label: Text
    server_url: Text = omitted()
    connector_id: Text = omitted()
    tunnel_id: Text = omitted()
    authorization: Text = omitted()
    server_description: Text = omitted()
    headers: StringMap | None = omitted()
    allowed_tools: (
        Annotated[Any, Either("one of an array of strings or an object", {list: list[Text], dict: ToolFilter})] | None
    ) = omitted()
    require_approval: (
        Annotated[
            Any,
            Either(
                "one of an object or 'always' or 'never'",
                {dict: Approvals, str: Annotated[str, one_of("always", "never")]},
            ),
        ]
        | None
    ) = omitted()
    defer_loading: bool = omitted()


Tools = Objects[Annotated[Any, ByType({"function": FunctionTool, "mcp": McpTool})]]
BetaTools = Objects[Annotated[Any, ByType({"function": FunctionTool})]]


class ChosenFunction(Input):
    type: Literal["function"]
    name: Text


class ChosenServer(Input):
    type: Literal["mcp"]
    server_label: Text
    name: Text | None = omitted()


_Mode = Annotated[str, one_of("none", "auto", "required")]
ToolChoice = Annotated[
    Any,
    Either(
        "a string or an object",
        {str: _Mode, dict: Annotated[Any, ByType({"function": ChosenFunction, "mcp": ChosenServer})]},
    ),
]
BetaToolChoice = Annotated[
    Any, Either("a string or an object", {str: _Mode, dict: Annotated[Any, ByType({"function": ChosenFunction})]})
]


# --- what both dialects have ---------------------------------------------------------------------------------------


class TracingOptions(Input):
    workflow_name: Text = omitted()
    group_id: Text = omitted()
    metadata: JsonObject = omitted()


Tracing = Annotated[
    Any,
    Either(
        "a string, an object or null", {str: Annotated[str, one_of("auto")], dict: TracingOptions, type(None): None}
    ),
]


class Transcription(Input):
    """A transcription; these three members are sent back, null if not given (recorded)."""

    model: Text | None = None
    language: Text | None = None
    prompt: Text | None = None
    languages: Annotated[Strings, Field(min_length=1)] = omitted()
    keywords: Strings = omitted()
    delay: Annotated[str, one_of("minimal", "low", "medium", "high", "xhigh")] = omitted()


class NoiseReduction(Merged):
    type: Annotated[str, one_of("near_field", "far_field")] = omitted()
    strength: Number = omitted()


class Vad(Merged):
    """A voice detection; omitted members keep their value, or take the default when the kind changes (inferred)."""

    type: str

    def over(self, document: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
        if document.get("type") != self.type:
            document = defaults if defaults.get("type") == self.type else _SEMANTIC_VAD
        return super().over(document, defaults)


_SEMANTIC_VAD = {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True}


class BetaServerVad(Vad):
    """The beta's server VAD, without the members that were added after the capture of 2024-12."""

    type: Literal["server_vad"]
    threshold: Annotated[Number, between(0, 1)] = omitted()
    prefix_padding_ms: Annotated[int, Field(ge=0)] = omitted()
    silence_duration_ms: Annotated[int, Field(ge=0)] = omitted()
    create_response: bool = omitted()


class ServerVad(Vad):
    type: Literal["server_vad"]
    threshold: Annotated[Number, between(0, 1)] = omitted()
    prefix_padding_ms: Annotated[int, Field(ge=0)] = omitted()
    silence_duration_ms: Annotated[int, Field(ge=0)] = omitted()
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30000)] | None = omitted()
    create_response: bool = omitted()
    interrupt_response: bool = omitted()


class SemanticVad(Vad):
    type: Literal["semantic_vad"]
    eagerness: Annotated[str, one_of("low", "medium", "high", "auto")] = omitted()
    create_response: bool = omitted()
    interrupt_response: bool = omitted()


# --- GA ------------------------------------------------------------------------------------------------------------


class Pcm(Input):
    type: Literal["audio/pcm"]
    rate: Annotated[int, Field(ge=24000, le=24000)] = 24000


class OtherFormat(Input):
    type: str


_AudioFormat = Annotated[Any, ByType({"audio/pcm": Pcm, "audio/pcmu": OtherFormat, "audio/pcma": OtherFormat})]


class CustomVoice(Input):
    id: Text


class AudioInput(Merged):
    format: _AudioFormat = omitted()
    transcription: Transcription | None = omitted()
    noise_reduction: NoiseReduction | None = omitted()
    turn_detection: Annotated[Any, ByType({"server_vad": ServerVad, "semantic_vad": SemanticVad})] | None = omitted()


class AudioOutput(Merged):
    format: _AudioFormat = omitted()
    voice: Annotated[
        Any, Either("a string or an object", {str: Annotated[str, one_of(*VOICES)], dict: CustomVoice})
    ] = omitted()
    speed: Annotated[Number, between(0.25, 1.5)] = omitted()


class SessionAudio(Merged):
    input: AudioInput = omitted()
    output: AudioOutput = omitted()


class TokenLimits(Input):
    post_instructions: Annotated[int, Field(ge=0)] = omitted()


class RetentionRatio(Input):
    type: Annotated[str, one_of("retention_ratio")]
    retention_ratio: Annotated[Number, between(0, 1)]
    token_limits: TokenLimits = omitted()


class Prompt(Input):
    id: Text
    version: Text | None = omitted()
    variables: JsonObject | None = omitted()


class Reasoning(Input):
    effort: Annotated[str, one_of("minimal", "low", "medium", "high", "xhigh")] = omitted()


class SessionChange(Merged):
    """A change of the session; ``model`` is silently ignored (observed live)."""

    type: Annotated[str, one_of("realtime", "transcription")]
    model: Annotated[str, dropped] = omitted()
    output_modalities: Modalities = omitted()
    instructions: Text = omitted()
    tools: Tools = omitted()
    tool_choice: ToolChoice = omitted()
    max_output_tokens: MaxTokens = omitted()
    tracing: Tracing = omitted()
    truncation: Annotated[
        Any, Either("a string or an object", {str: Annotated[str, one_of("auto", "disabled")], dict: RetentionRatio})
    ] = omitted()
    prompt: Prompt | None = omitted()
    audio: SessionAudio = omitted()
    include: (
        Annotated[
            list[Annotated[str, one_of("item.input_audio_transcription.logprobs")]],
            worded(list, "an array of strings"),
        ]
        | None
    ) = omitted()
    parallel_tool_calls: bool = omitted()
    reasoning: Reasoning = omitted()


# --- beta ----------------------------------------------------------------------------------------------------------

AudioName = Annotated[str, one_of(*BY_NAME)]


class BetaSessionChange(Merged):
    model: Annotated[str, dropped] = omitted()
    modalities: BetaModalities = omitted()
    instructions: Text = omitted()
    voice: Annotated[str, one_of(*BETA_VOICES)] = omitted()
    turn_detection: Annotated[Any, ByType({"server_vad": BetaServerVad, "semantic_vad": SemanticVad})] | None = (
        omitted()
    )
    input_audio_format: AudioName = omitted()
    output_audio_format: AudioName = omitted()
    input_audio_transcription: Transcription | None = omitted()
    tool_choice: BetaToolChoice = omitted()
    temperature: Annotated[Number, between(0.6, 1.2)] = omitted()
    max_response_output_tokens: MaxTokens = omitted()
    tools: BetaTools = omitted()
    input_audio_noise_reduction: NoiseReduction | None = omitted()
    speed: Annotated[Number, between(0.25, 1.5)] = omitted()
    tracing: Tracing = omitted()
