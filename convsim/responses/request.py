"""The inputs of the operations of ``/v1/responses``, and the further checks of a turn.

The order of the fields is the measured order in which errors are reported (docs/evidence.md). A turn is checked in
three phases, and the first error of the first phase is the answer:

1. the schema: :class:`CreateResponse`, read as every other input is;
2. the references, in this order: the conversation, the prompt, the previous response;
3. :func:`require_answerable`, and :func:`convsim.responses.history.require_whole` with the past.

Refusals that depend on the model, such as a temperature for a reasoning model, are left out: see docs/limits.md.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_json

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors.validation import fault, fault_at, unsupported_value, wrong_type
from convsim.items.catalogue import ItemInput
from convsim.items.content import InputFile, InputImage, InputText
from convsim.items.fields import (
    MAX_TEXT,
    ByType,
    Either,
    Input,
    Item,
    JsonObject,
    Number,
    Objects,
    between,
    omitted,
    one_of,
    worded,
)
from convsim.items.id_rules import conversation_id, id_schema, response_id
from convsim.items.parameters import Limit, Metadata, Order
from convsim.responses import schemas
from convsim.responses.history import Past
from convsim.responses.texts import UserText
from convsim.responses.tools import ToolChoice, Tools, require_chosen

INCLUDES = (
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
"""Every value of ``include`` here, in the order of the live sentence."""

# --- members -------------------------------------------------------------------------------------------------------


def _not_null(value: object) -> object:
    """Return a null of a required member as an object: the live sentence calls it so (measured for model and input)."""
    if value is None:
        raise fault_at((), wrong_type("a string"), {})
    return value


ConversationId = Annotated[str, AfterValidator(conversation_id), id_schema("conv")]


class ConversationObject(Input):
    id: ConversationId


class Prompt(Input):
    id: str
    variables: (
        dict[
            str,
            Annotated[
                Any,
                Either(
                    "one of a string or an object",
                    {
                        str: str,
                        dict: Annotated[
                            Any, ByType({"input_text": InputText, "input_image": InputImage, "input_file": InputFile})
                        ],
                    },
                ),
            ],
        ]
        | None
    ) = None
    version: str | None = None


_Mode = Annotated[str, one_of("score", "block")]


class ModerationRule(Input):
    mode: _Mode


class ModerationPolicy(Input):
    input: ModerationRule | None = None
    output: ModerationRule | None = None


class Moderation(Input):
    model: str
    policy: ModerationPolicy | None = None


class PlainFormat(Input):
    type: Literal["text", "json_object"]


class SchemaFormat(Input):
    type: Literal["json_schema"]
    description: str | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]
    schema_: JsonObject = Field(alias="schema")
    strict: bool | None = None

    @model_validator(mode="after")
    def _takes_its_schema(self) -> Self:
        objection = schemas.settled(self.schema_, strict=self.strict).objection
        if objection is not None:
            raise fault_at(("schema",), fault("format_schema", name=self.name, objection=objection), self.schema_)
        return self


class Text(Input):
    format: Annotated[Any, ByType({"json_object": PlainFormat, "text": PlainFormat, "json_schema": SchemaFormat})] = (
        omitted()
    )
    verbosity: Annotated[str, one_of("low", "medium", "high")] | None = None


class StreamOptions(Input):
    include_obfuscation: bool = True


_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def _effort(value: object) -> object:
    """Check the effort: an integer has a shorter list in its sentence than other values that are no string."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong_type(errors.one_of_words(("minimal", "low", "medium", "high")))
    if not isinstance(value, str):
        raise wrong_type(f"one of {errors.one_of_words(_EFFORTS)} or integer")
    if value not in _EFFORTS:
        raise unsupported_value(value, _EFFORTS)
    return value


class Reasoning(Input):
    """Reasoning without ``generate_summary``, which the live API no longer takes (measured)."""

    context: Annotated[str, one_of("auto", "current_turn", "all_turns")] | None = None
    effort: Annotated[str, BeforeValidator(_effort)] | None = None
    mode: str | None = None
    summary: Annotated[str, one_of("concise", "detailed", "auto")] | None = None


class PromptCacheOptions(Input):
    comparison_response_id: str | None = None
    mode: Annotated[str, one_of("implicit", "explicit")] = omitted()
    prewarm: bool = omitted()
    ttl: Annotated[str, one_of("30m", "12h")] = omitted()


class ContextManagement(Input):
    type: Annotated[str, one_of("compaction")]
    compact_threshold: Annotated[int, Field(ge=1000)] | None = None


class AccessPrograms(Input):
    cyber: Annotated[str, one_of("standard", "daybreak_blue", "daybreak_red")] = omitted()


class BackgroundOptions(Input):
    completion_window: Annotated[str, one_of("soonest", "2h", "8h")] = omitted()
    continuation_id: str = omitted()


class ImageOptions(Input):
    context_compression: Annotated[str, one_of("auto", "enabled", "disabled")] = omitted()


Given = Annotated[
    Any,
    Either(
        "one of a string or array of input items",
        {str: Annotated[str, Field(max_length=MAX_TEXT)], list: list[ItemInput]},
    ),
]
Conversation = Annotated[
    Any,
    Either(
        "one of a string or an object",
        {str: ConversationId, dict: ConversationObject},
    ),
]
ResponseId = Annotated[str, AfterValidator(response_id), id_schema("resp")]
Retention = Annotated[str, one_of("in_memory", "24h")]
ServiceTier = Annotated[str, one_of("auto", "default", "fast", "flex", "priority")]
Truncation = Annotated[str, one_of("auto", "disabled")]
Include = Annotated[
    list[Annotated[str, one_of(*INCLUDES)]], worded(list, f"an array of {errors.one_of_words(INCLUDES)}")
]
_Identifier = Annotated[str, StringConstraints(max_length=64)]

# --- bodies --------------------------------------------------------------------------------------------------------

_MOVED = {
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "max_completion_tokens": "max_output_tokens",
}
"""Parameters of chat completions, and where they are here."""

_PASTS = ("previous_response_id", "conversation")


class _Body(Input):
    """The members of a turn, or of a question about one; null counts as omitted.

    A prompt may bring the ``_wanted`` members (recorded); without one, a missing member is reported before all other
    errors except that of a parameter which has moved.
    """

    _wanted: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the wanted members as required: convsim knows no prompt that could bring them."""
        described = super().__get_pydantic_json_schema__(schema, handler)
        if cls._wanted:
            body = handler.resolve_ref_schema(described)
            body["required"] = list(cls._wanted)
            for name in cls._wanted:
                body["properties"][name]["anyOf"].remove({"type": "null"})
                del body["properties"][name]["default"]
        return described

    @model_validator(mode="before")
    @classmethod
    def _nothing_moved_or_missing(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name, place in _MOVED.items():
                if name in value:
                    raise fault("moved_parameter", name=name, place=place)
            for name in cls._wanted if value.get("prompt") is None else ():
                if name not in value:
                    raise fault_at((name,), "missing", value)
        return value

    @model_validator(mode="after")
    def _one_past(self) -> Self:
        if all(getattr(self, name, None) is not None for name in _PASTS):
            raise fault("mutually_exclusive", names=_PASTS)
        return self


class CreateResponseBody(_Body):
    _wanted: ClassVar[tuple[str, ...]] = ("model", "input")

    model: Annotated[str | None, BeforeValidator(_not_null)] = None
    input: Annotated[Given | None, BeforeValidator(_not_null)] = None
    previous_response_id: ResponseId | None = None
    conversation: Conversation | None = None
    prompt: Prompt | None = None
    moderation: Moderation | None = None
    include: Include | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    metadata: Metadata | None = None
    text: Text | None = None
    temperature: Annotated[Number, between(0, 2)] | None = None
    top_p: Annotated[Number, between(0, 1)] | None = None
    presence_penalty: Annotated[Number, between(-2, 2)] | None = None
    frequency_penalty: Annotated[Number, between(-2, 2)] | None = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    background: bool | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    max_tool_calls: Annotated[int, Field(ge=1)] | None = None
    reasoning: Reasoning | None = None
    user: str | None = None
    safety_identifier: _Identifier | None = None
    prompt_cache_options: PromptCacheOptions | None = None
    prompt_cache_key: _Identifier | None = None
    prompt_cache_retention: Retention | None = None
    truncation: Truncation | None = None
    instructions: str | None = None
    store: bool | None = None
    service_tier: ServiceTier | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    context_management: Annotated[Objects[ContextManagement], Field(min_length=1)] | None = None
    # The places of the later ones are not known.
    access_programs: AccessPrograms | None = None
    background_options: BackgroundOptions | None = None
    client_metadata: JsonObject | None = None
    image: ImageOptions | None = None


class CompactBody(_Body):
    model: str | None
    input: Given | None = None
    previous_response_id: ResponseId | None = None
    prompt_cache_options: PromptCacheOptions | None = None
    prompt_cache_key: _Identifier | None = None
    prompt_cache_retention: Retention | None = None
    instructions: str | None = None
    service_tier: ServiceTier | None = None
    image: ImageOptions | None = None


class CountTokensBody(_Body):
    model: str | None = None
    input: Given | None = None
    previous_response_id: ResponseId | None = None
    conversation: Conversation | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    text: Text | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    truncation: Truncation | None = None
    instructions: str | None = None
    personality: str | None = None


def _id_of(conversation: str | ConversationObject | None) -> str | None:
    return conversation.id if isinstance(conversation, ConversationObject) else conversation


# --- operations ----------------------------------------------------------------------------------------------------


class _WithBody(Input):
    _sent: dict[str, Any] = PrivateAttr()

    @classmethod
    def read(cls, value: Any, behavior: Behavior) -> Self:
        given = super().read(value, behavior)
        given._sent = value["body"]
        return given

    @property
    def sent(self) -> dict[str, Any]:
        """The body as it was sent: for the echoes of an answer, and for a script."""
        return self._sent


class CreateResponse(_WithBody):
    body: CreateResponseBody

    @property
    def conversation_id(self) -> str | None:
        """The conversation of the turn, by which faults find it."""
        return _id_of(self.body.conversation)

    def completed(self, sent: dict[str, Any], behavior: Behavior) -> Self:
        """Return the request as completed by its prompt; its ``instructions`` are messages, and checked already."""
        body = {name: value for name, value in sent.items() if name not in ("instructions", "generate")}
        made = self.read({"body": body | {"prompt": self.sent["prompt"]}}, behavior)
        made._sent = sent
        return made


class CompactResponse(_WithBody):
    body: CompactBody


class CountInputTokens(_WithBody):
    body: CountTokensBody

    @property
    def conversation_id(self) -> str | None:
        return _id_of(self.body.conversation)


class RetrieveResponse(Input):
    response_id: ResponseId
    include: Include = Field(default_factory=list)
    include_obfuscation: bool = True
    starting_after: Annotated[int | None, Field(ge=0)] = None
    stream: bool = False


class DeleteResponse(Input):
    response_id: ResponseId


class CancelResponse(Input):
    response_id: ResponseId


class ListInputItems(Input):
    response_id: ResponseId
    limit: Limit = 20
    order: Order = "desc"
    after: str | None = None
    include: Include = Field(default_factory=list)


# --- what is checked behind the lookups ----------------------------------------------------------------------------


def input_items(given: str | list[Item] | None, behavior: Behavior) -> Sequence[Item | UserText]:
    """Return the input as items: a string is a message of the user."""
    if isinstance(given, str):
        return [UserText(given, behavior)] if given else []
    return given or []


def require_answerable(body: CreateResponseBody, past: Past, prompted: Sequence[dict[str, Any]] = ()) -> None:
    """Raise the service's refusal, after all lookups, of a turn without input, or with one that does not fit.

    ``past`` is the context of the turn; it is walked only for a JSON answer. ``prompted`` are the messages of the
    prompt.
    """
    if body.model is None:
        raise errors.missing("model")
    if not body.input and body.previous_response_id is None and body.conversation is None and body.prompt is None:
        raise errors.no_input()
    require_chosen(body.tool_choice, body.tools or ())
    if body.text is not None and getattr(body.text.format, "type", None) == "json_object":
        _require_json_mentioned(body, past, prompted)
    if body.model == "":
        raise errors.model_not_found(body.model)


def depends_on_input_alone(body: CreateResponseBody) -> bool:
    """Return whether :func:`require_answerable` accepts the body's other members with any input that is not empty."""
    form = getattr(body.text.format, "type", None) if body.text is not None else None
    chosen = body.tool_choice in (None, "none", "auto")
    return bool(body.model) and body.prompt is None and chosen and form != "json_object"


def _require_json_mentioned(body: CreateResponseBody, past: Past, prompted: Sequence[dict[str, Any]]) -> None:
    """Require the word in any message and any spelling.

    Instructions do not count (second-hand), the messages of a prompt do (inferred).
    """
    said = [body.input.encode()] if isinstance(body.input, str) else [_wire(item) for item in body.input or ()]
    said += map(to_json, prompted)
    said += (item.wire for item in past.items() if item.type == "message")
    if not any(b"json" in message.lower() for message in said):
        raise errors.json_unmentioned()


def _wire(item: Item) -> bytes:
    return to_json(item.document("")) if item.type == "message" else b""
