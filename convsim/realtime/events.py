"""The events of a client, one model each, in both dialects."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors.validation import translate
from convsim.items.fields import Input, Json, JsonObject, Number, StringMap, omitted
from convsim.realtime import errors as faults
from convsim.realtime.fields import Dialect, EventId, either
from convsim.realtime.items import ITEMS, ItemInput
from convsim.realtime.settings import (
    AudioOutput,
    BetaSessionChange,
    MaxTokens,
    Merged,
    Modalities,
    SessionChange,
    ToolChoice,
    Tools,
)

# What HTTP leaves open plays no part here.
_NO_CHOICES = Behavior()


class Event(Input):
    """What every client event may carry; an ``event_id`` has at most 512 characters (documented)."""

    type: str
    event_id: EventId = omitted()


# --- items ---------------------------------------------------------------------------------------------------------


class ItemCreate(Event):
    """``previous_item_id`` absent, null and "" are one (observed live)."""

    previous_item_id: str | None = None
    item: Annotated[Any, ITEMS["ga"]]


class BetaItemCreate(ItemCreate):
    item: Annotated[Any, ITEMS["beta"]]


class ItemDelete(Event):
    item_id: str


class ItemRetrieve(Event):
    item_id: str


class ItemTruncate(Event):
    item_id: str
    content_index: Annotated[int, Field(ge=0)]
    audio_end_ms: Annotated[int, Field(ge=0)]


# --- session and audio ---------------------------------------------------------------------------------------------


class SessionUpdate(Event):
    session: SessionChange


class BetaSessionUpdate(Event):
    session: BetaSessionChange


class AudioAppend(Event):
    audio: str


class AudioCommit(Event):
    pass


class AudioClear(Event):
    pass


# --- responses -----------------------------------------------------------------------------------------------------

_Conversation = Annotated[str, either("auto", "none")]


class ResponseAudio(Merged):
    output: AudioOutput = omitted()


class ResponseParams(Merged):
    """What a response takes from its event instead of from the session."""

    output_modalities: Modalities = omitted()
    max_output_tokens: MaxTokens = omitted()
    audio: ResponseAudio = omitted()
    metadata: StringMap | None = omitted()
    conversation: _Conversation = omitted()
    input: Json = omitted()
    instructions: str = omitted()
    tools: Tools = omitted()
    tool_choice: ToolChoice = omitted()
    parallel_tool_calls: bool = omitted()
    prompt: JsonObject | None = omitted()
    reasoning: JsonObject = omitted()


class BetaResponseParams(Merged):
    modalities: Modalities = omitted()
    voice: str = omitted()
    output_audio_format: str = omitted()
    temperature: Number = omitted()
    max_output_tokens: MaxTokens = omitted(alias="max_response_output_tokens")
    metadata: StringMap | None = omitted()
    conversation: _Conversation = omitted()
    input: Json = omitted()
    instructions: str = omitted()
    tools: Tools = omitted()
    tool_choice: str = omitted()


class ResponseCreate(Event):
    response: ResponseParams = omitted()


class BetaResponseCreate(Event):
    response: BetaResponseParams = omitted()


class ResponseCancel(Event):
    response_id: str = omitted()


# --- the tables ----------------------------------------------------------------------------------------------------

# In the order of the live sentence about an unknown type; None is known to the service and not to convsim.
_GA: dict[str, type[Event] | None] = {
    "session.update": SessionUpdate,
    "session.close": None,
    "input_audio_buffer.append": AudioAppend,
    "session.input_audio_buffer.append": None,
    "input_audio_buffer.commit": AudioCommit,
    "input_audio_buffer.clear": AudioClear,
    "conversation.item.create": ItemCreate,
    "conversation.item.truncate": ItemTruncate,
    "conversation.item.delete": ItemDelete,
    "conversation.item.retrieve": ItemRetrieve,
    "response.create": ResponseCreate,
    "response.cancel": ResponseCancel,
}

EVENTS: Mapping[Dialect, Mapping[str, type[Event] | None]] = {
    "ga": _GA,
    # The live list of the beta was shorter (observed live); which were on it is inferred.
    "beta": {kind: model for kind, model in _GA.items() if model}
    | {
        "session.update": BetaSessionUpdate,
        "conversation.item.create": BetaItemCreate,
        "response.create": BetaResponseCreate,
    },
}
"""The model of a client event by its type."""


def read(value: object, dialect: Dialect) -> Event:
    """The event in parsed JSON; raises the refusal for what is none."""
    if not isinstance(value, dict):
        raise faults.of_schema(errors.wrong_type("", "an object", value))
    if "type" not in value:
        raise faults.missing_type()
    kind, known = value["type"], EVENTS[dialect]
    if not isinstance(kind, str):
        raise faults.of_schema(errors.wrong_type("type", "a string", kind))
    if kind not in known:
        raise faults.of_schema(errors.unsupported_value("type", kind, tuple(known)))
    model = known[kind]
    if model is None:
        raise faults.not_emulated(f"convsim does not emulate the event '{kind}'.", "type")
    try:
        return model.read(value, _NO_CHOICES)
    except ValidationError as error:
        raise faults.of_schema(translate(error)) from None


def read_item(value: object, dialect: Dialect) -> ItemInput:
    """The item in parsed JSON, as one of ``conversation.item.create``; raises the refusal for what is none."""
    event = read({"type": "conversation.item.create", "item": value}, dialect)
    assert isinstance(event, ItemCreate)
    item: ItemInput = event.item
    return item
