"""The events of a session: the client's, a row each with its models and what carries it out, and the server's names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import ConfigDict, Field, ValidationError

from convsim.core.behavior import Behavior
from convsim.errors import unsupported_value, wrong_type
from convsim.items.fields import OMITTED, Input, Json, Number, StringMap, Text, between, omitted, one_of
from convsim.realtime import errors
from convsim.realtime.audio import InputBuffer, decoded
from convsim.realtime.configuration import Configuration
from convsim.realtime.fields import Dialect, EventId
from convsim.realtime.item_events import ItemEvents
from convsim.realtime.items import ITEMS, ItemInput
from convsim.realtime.outbox import Outbox
from convsim.realtime.responses import Responder
from convsim.realtime.settings import (
    BETA_VOICES,
    AudioName,
    AudioOutput,
    BetaModalities,
    BetaSessionChange,
    BetaToolChoice,
    BetaTools,
    MaxTokens,
    Merged,
    Modalities,
    Prompt,
    Reasoning,
    SessionChange,
    ToolChoice,
    Tools,
)

# Event models read no Behavior field.
_NO_CHOICES = Behavior()


class Event(Input):
    """The members of every client event; an ``event_id`` has at most 512 characters (documented)."""

    type: str
    event_id: EventId = omitted()


class NotEmulated(Event):
    """An event that the live API knows and convsim refuses, whatever its members."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")


# --- items ---------------------------------------------------------------------------------------------------------


class ItemCreate(Event):
    """Adds an item; ``previous_item_id`` absent, null and "" mean the same (observed live)."""

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

_Conversation = Annotated[str, one_of("auto", "none")]


class ResponseAudio(Merged):
    output: AudioOutput = omitted()


class ResponseParams(Merged):
    """The members by which an event overrides the session for its response."""

    output_modalities: Modalities = omitted()
    max_output_tokens: MaxTokens = omitted()
    audio: ResponseAudio = omitted()
    metadata: StringMap | None = omitted()
    conversation: _Conversation = omitted()
    input: Json = omitted()
    instructions: Text = omitted()
    tools: Tools = omitted()
    tool_choice: ToolChoice = omitted()
    parallel_tool_calls: bool = omitted()
    prompt: Prompt | None = omitted()
    reasoning: Reasoning = omitted()


class BetaResponseParams(Merged):
    modalities: BetaModalities = omitted()
    voice: Annotated[str, one_of(*BETA_VOICES)] = omitted()
    output_audio_format: AudioName = omitted()
    temperature: Annotated[Number, between(0.6, 1.2)] = omitted()
    max_output_tokens: MaxTokens = omitted(alias="max_response_output_tokens")
    metadata: StringMap | None = omitted()
    conversation: _Conversation = omitted()
    input: Json = omitted()
    instructions: Text = omitted()
    tools: BetaTools = omitted()
    tool_choice: BetaToolChoice = omitted()


class ResponseCreate(Event):
    response: ResponseParams = omitted()


class BetaResponseCreate(Event):
    response: BetaResponseParams = omitted()


class ResponseCancel(Event):
    response_id: str = omitted()


# --- what carries them out -----------------------------------------------------------------------------------------


@dataclass
class Parts:
    """The parts of a session that its events change.

    Each function below carries out one event, or raises the error before it changes anything.
    """

    out: Outbox
    configuration: Configuration
    items: ItemEvents
    responder: Responder
    buffer: InputBuffer = field(default_factory=InputBuffer)


def _update(parts: Parts, event: SessionUpdate | BetaSessionUpdate) -> None:
    if isinstance(event.session, SessionChange) and event.session.type != "realtime":
        raise errors.transcription_update()
    parts.configuration.change(event.session, has_spoken=parts.items.has_assistant_audio())
    parts.out.event("session.updated", session=parts.configuration.document)


def _append_audio(parts: Parts, event: AudioAppend) -> None:
    """Append to the buffer, without an acknowledgement (documented)."""
    parts.buffer.append(decoded("audio", event.audio))


def _commit_audio(parts: Parts, _: AudioCommit) -> None:
    parts.items.commit(parts.buffer.commit(parts.configuration.audio_format("input")))


def _clear_audio(parts: Parts, _: AudioClear) -> None:
    parts.buffer.clear()
    parts.out.event("input_audio_buffer.cleared")


def _respond(parts: Parts, event: ResponseCreate | BetaResponseCreate) -> None:
    parts.responder.create(None if event.response is OMITTED else event.response)


def _cancel(parts: Parts, event: ResponseCancel) -> None:
    parts.responder.cancel(None if event.response_id is OMITTED else event.response_id)


def _not_emulated(_: Parts, event: NotEmulated) -> None:
    raise errors.not_emulated(f"convsim does not emulate the event '{event.type}'.", "type")


# --- the table -----------------------------------------------------------------------------------------------------


class ClientEvent(NamedTuple):
    """A row of the table; ``beta_model`` is None if the beta does not know the event.

    ``error_group`` is the group of errors that have no other reason than the event.
    """

    name: str
    model: type[Event]
    beta_model: type[Event] | None
    error_group: errors.ErrorGroup
    carry_out: Callable[[Parts, Any], None]


CLIENT_EVENTS = {
    event.name: event
    # In the order of the live sentence about an unknown type. The beta's list was shorter (observed live); which events
    # were on it is inferred.
    for event in (
        ClientEvent("session.update", SessionUpdate, BetaSessionUpdate, "schema", _update),
        ClientEvent("session.close", NotEmulated, None, "schema", _not_emulated),
        ClientEvent("input_audio_buffer.append", AudioAppend, AudioAppend, "audio", _append_audio),
        ClientEvent("session.input_audio_buffer.append", NotEmulated, None, "schema", _not_emulated),
        ClientEvent("input_audio_buffer.commit", AudioCommit, AudioCommit, "audio", _commit_audio),
        ClientEvent("input_audio_buffer.clear", AudioClear, AudioClear, "audio", _clear_audio),
        ClientEvent(
            "conversation.item.create",
            ItemCreate,
            BetaItemCreate,
            "create",
            lambda parts, event: parts.items.create(event.item, event.previous_item_id),
        ),
        ClientEvent(
            "conversation.item.truncate",
            ItemTruncate,
            ItemTruncate,
            "truncate",
            lambda parts, event: parts.items.truncate(event.item_id, event.content_index, event.audio_end_ms),
        ),
        ClientEvent(
            "conversation.item.delete",
            ItemDelete,
            ItemDelete,
            "delete",
            lambda parts, event: parts.items.delete(event.item_id),
        ),
        ClientEvent(
            "conversation.item.retrieve",
            ItemRetrieve,
            ItemRetrieve,
            "retrieve",
            lambda parts, event: parts.items.retrieve(event.item_id),
        ),
        ClientEvent("response.create", ResponseCreate, BetaResponseCreate, "response", _respond),
        ClientEvent("response.cancel", ResponseCancel, ResponseCancel, "cancel", _cancel),
    )
}

EMULATED: tuple[str, ...] = tuple(name for name, event in CLIENT_EVENTS.items() if event.model is not NotEmulated)
"""The client events that a session carries out, in both dialects."""

SERVER_EVENTS: tuple[str, ...] = (
    "error",
    "session.created",
    "session.updated",
    "conversation.created",
    "conversation.item.added",
    "conversation.item.created",
    "conversation.item.done",
    "conversation.item.deleted",
    "conversation.item.retrieved",
    "conversation.item.truncated",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.text.delta",
    "response.text.done",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.audio.delta",
    "response.audio.done",
    "response.output_audio_transcript.delta",
    "response.output_audio_transcript.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
)
"""The server events of a session, in one dialect or in both."""

_MODELS: Mapping[Dialect, Mapping[str, type[Event]]] = {
    "ga": {name: event.model for name, event in CLIENT_EVENTS.items()},
    "beta": {name: event.beta_model for name, event in CLIENT_EVENTS.items() if event.beta_model is not None},
}

_CREATE = "conversation.item.create"


def read_json(text: str, dialect: Dialect) -> Event | None:
    """Read the most frequent event in one step; return None for all others and for errors, left to :func:`read`.

    The first event of a process is left to it, too: it builds the models, those inside them included.
    """
    model = _MODELS[dialect][_CREATE]
    if _CREATE not in text or not model.built:
        return None
    try:
        event = model.__pydantic_validator__.validate_json(text)
    except ValueError:
        return None
    return event if event.type == _CREATE else None


def read(value: object, dialect: Dialect) -> Event:
    """Return the event in parsed JSON; raise the error for anything else."""
    if not isinstance(value, dict):
        raise errors.of_schema(wrong_type("", "an object", value))
    if "type" not in value:
        raise errors.missing_type()
    kind, models = value["type"], _MODELS[dialect]
    if not isinstance(kind, str):
        raise errors.of_schema(wrong_type("type", "a string", kind))
    if kind not in models:
        raise errors.of_schema(unsupported_value("type", kind, tuple(models)))
    try:
        return models[kind].read(value, _NO_CHOICES)
    except ValidationError as error:
        raise errors.of_validation(error) from None


def read_item(value: object, dialect: Dialect) -> ItemInput:
    """Return the item in parsed JSON, as in ``conversation.item.create``; raise the error for anything else."""
    event = read({"type": _CREATE, "item": value}, dialect)
    assert isinstance(event, ItemCreate)
    item: ItemInput = event.item
    return item
