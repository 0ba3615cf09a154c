"""Every refusal of the Realtime API outside the common error grammar, and the rule when a refusal names its event.

The sentences and codes are those of the evidence table; inferred ones are marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from convsim.core.text import cut
from convsim.errors import APIStatusError, ConvsimError, not_listed, only_value, wrong_type
from convsim.errors.validation import translate

ErrorGroup = Literal[
    "schema", "create", "delete", "retrieve", "truncate", "tool_call", "response", "cancel", "audio", "voice", "session"
]

ECHO: Mapping[ErrorGroup, bool] = {
    "schema": True,  # observed live, 9 of 9
    "create": False,  # observed live for a duplicate id
    "delete": False,  # second-hand
    "retrieve": True,  # second-hand: clients parse it
    "truncate": False,  # inferred from the other errors of state
    "tool_call": False,  # observed live
    "response": True,  # observed live (livekit/agents#2064)
    "cancel": False,  # inferred from the other errors of state
    "audio": False,  # inferred from the other errors of state
    "voice": False,  # inferred from the other errors of state
    "session": False,  # no client event is the cause
}
"""Whether an ``error`` repeats the ``event_id`` of the client event that caused it, by the group of the error."""


class EventError(ConvsimError):
    """The content of an ``error`` event: ``code`` and ``param`` are strings or None, ``kind`` is its ``type``."""

    def __init__(
        self,
        group: ErrorGroup,
        code: str | None,
        message: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.group = group
        self.kind = kind
        self.code = code
        self.message = message
        self.param = param

    def error(self, event_id: str | None) -> dict[str, Any]:
        """Return the inner ``error`` object: all five keys, in the live order."""
        return {
            "type": self.kind,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": event_id,
        }


def of_schema(error: APIStatusError) -> EventError:
    """Return an error that the common grammar words."""
    return EventError("schema", error.code, error.message, error.param)


def of_validation(error: ValidationError) -> EventError:
    """Return the error that the Realtime API answers for all that pydantic found."""
    return of_schema(translate(error, own_sentences=_SENTENCES))


def _not_listed(path: str, found: ErrorDetails) -> APIStatusError:
    """Word a list of one value, which has sentences of its own; longer lists have those of the other APIs."""
    value, values = found["input"], found["ctx"]["values"]
    if len(values) > 1:
        return not_listed(path, value, values)
    return only_value(path, value, values[0]) if isinstance(value, str) else wrong_type(path, "a string", value)


_SENTENCES = {"not_listed": _not_listed}


def not_emulated(message: str, param: str | None = None) -> EventError:
    """Return convsim's own refusal, not a sentence of the live API: the service does this, convsim does not."""
    return EventError("schema", "convsim_not_emulated", message, param)


# --- the frame as a whole ------------------------------------------------------------------------------------------


def invalid_json() -> EventError:
    """Return the refusal of invalid JSON.

    Observed live up to the second sentence, which is the one of the HTTP APIs (inferred).
    """
    return EventError(
        "schema",
        "invalid_json",
        "Invalid event: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
        " include trailing commas, missing closing brackets, missing quotation marks, etc.)",
    )


def binary_frame() -> EventError:
    return EventError("schema", "invalid_event", "Expected a text WebSocket message; binary frames are not supported.")


def missing_type() -> EventError:
    """Return the refusal of an event without a type: documented as an example; the live sentence is unknown."""
    return EventError("schema", "invalid_event", "The 'type' field is missing.")


def not_audio(path: str, found: str = "an invalid value") -> EventError:
    """Return the refusal of audio that is no base64; ``found`` may also be ``empty bytes`` (second-hand).

    Observed live, with this ``param`` for the input buffer.
    """
    return EventError(
        "schema",
        "invalid_value",
        f"Invalid '{path}'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got {found}.",
        "audio.audio" if path == "audio" else path,
    )


# --- items ---------------------------------------------------------------------------------------------------------


def unknown_previous_item(item_id: str) -> EventError:
    return EventError(
        "create",
        "item_create_invalid_previous_item_id",
        f"Error adding item: the previous item with id '{item_id}' does not exist.",
    )


def duplicate_item(item_id: str) -> EventError:
    return EventError(
        "create", "item_create_duplicate_item_id", f"Error adding item: an item with id '{item_id}' already exists."
    )


def unknown_call(call_id: str) -> EventError:
    return EventError("tool_call", "invalid_tool_call_id", f"Tool call ID '{call_id}' not found in conversation.")


def unknown_item_to_delete(item_id: str) -> EventError:
    return EventError(
        "delete",
        "item_delete_invalid_item_id",
        f"Error deleting item: the item with id '{item_id}' does not exist.",
    )


def unknown_item_to_retrieve(item_id: str) -> EventError:
    return EventError(
        "retrieve",
        "item_retrieve_invalid_item_id",
        f"Error retrieving item: the item with id '{item_id}' does not exist.",
    )


def unknown_item_to_truncate(item_id: str) -> EventError:
    return EventError("truncate", "item_truncate_invalid_item_id", f"Item with item_id not found: {item_id}")


def nothing_to_truncate(code: str | None) -> EventError:
    """Return the refusal; ``code`` is None in the beta dialect (observed live in both)."""
    return EventError("truncate", code, "Only model output audio messages can be truncated")


def audio_is_shorter(milliseconds: float, wanted: int) -> EventError:
    """Return the refusal, without a ``param``, which no capture shows."""
    return EventError(
        "truncate", "invalid_value", f"Audio content of {int(milliseconds)}ms is already shorter than {wanted}ms"
    )


# --- responses, audio, session -------------------------------------------------------------------------------------


UNSCRIPTED = "convsim_unscripted_turn"
"""The code of the error about a ``response.create`` that no script answers, the same as over HTTP."""


_WIDTH = 80  # of the user's words


def unscripted(said: str) -> EventError:
    """Return the error; ``said`` are the user's last words."""
    return EventError(
        "response",
        UNSCRIPTED,
        f"No script answers this response.create, whose user says {cut(repr(said), _WIDTH)}."
        ' Write, before it: sim.realtime.script("..."), or session.script("...")',
        kind="convsim_error",
    )


def response_is_active(response_id: str) -> EventError:
    return EventError(
        "response",
        "conversation_already_has_active_response",
        f"Conversation already has an active response in progress: {response_id}. Wait until the response is finished"
        " before creating a new one.",
    )


def no_active_response() -> EventError:
    return EventError("cancel", "response_cancel_not_active", "Cancellation failed: no active response found")


def too_little_audio(shortest: int, milliseconds: float) -> EventError:
    return EventError(
        "audio",
        "input_audio_buffer_commit_empty",
        f"Error committing input audio buffer: buffer too small. Expected at least {shortest}ms of audio, but buffer"
        f" only has {milliseconds:.2f}ms of audio.",
    )


def voice_is_settled() -> EventError:
    return EventError(
        "voice", "cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present."
    )


def transcription_update() -> EventError:
    """Return the refusal, without a ``param``, which no capture shows."""
    return EventError(
        "schema",
        "invalid_parameter",
        "Passing a transcription session update event to a realtime session is not allowed.",
    )


def session_expired() -> EventError:
    return EventError("session", "session_expired", "Your session hit the maximum duration of 60 minutes.")
