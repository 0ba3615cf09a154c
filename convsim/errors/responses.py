"""Sentences of ``/v1/responses`` about responses, the history that a turn continues, and the tools that it names."""

from __future__ import annotations

from collections.abc import Sequence

from convsim.errors.tree import BadRequestError, InternalServerError, NotFoundError, named
from convsim.errors.words import enumeration


@named
def response_not_found(response_id: str) -> NotFoundError:
    return NotFoundError(f"Response with id '{response_id}' not found.")


@named
def previous_response_not_found(response_id: str) -> BadRequestError:
    """Return the 400 for a wrong id in the body; a wrong id in the path is a 404."""
    return BadRequestError(
        f"Previous response with id '{response_id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def prompt_not_found(prompt_id: str, version: str | None = None) -> NotFoundError:
    """Return the 404; the words about an unknown ``version`` of a known prompt are inferred."""
    which = f" and version '{version}'" if version is not None else ""
    return NotFoundError(f"Prompt with id '{prompt_id}'{which} not found.")


def prompt_variables(missing: Sequence[str], unknown: Sequence[str]) -> BadRequestError:
    """Return the refusal of variables that are not those of the prompt (inferred)."""
    said = f"Missing prompt variables: {enumeration(missing)}." if missing else ""
    said = said or f"Unknown prompt variables: {enumeration(unknown)}."
    return BadRequestError(said, param="prompt.variables")


@named
def model_not_found(model: str) -> BadRequestError:
    return BadRequestError(f"The requested model '{model}' does not exist.", param="model", code="model_not_found")


@named
def no_input() -> BadRequestError:
    return BadRequestError(
        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
        code="missing_required_parameter",
    )


@named
def context_length_exceeded() -> BadRequestError:
    return BadRequestError(
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        param="input",
        code="context_length_exceeded",
    )


def moved_parameter(name: str, place: str) -> BadRequestError:
    """Return the refusal of a parameter of chat completions."""
    return BadRequestError(
        f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{place}'. Try again with"
        " the new parameter. See the API documentation for more information:"
        " https://platform.openai.com/docs/api-reference/responses/create.",
        code="unsupported_parameter",
    )


# --- schemas and tools ---------------------------------------------------------------------------------------------


@named
def invalid_function_schema(path: str, name: str, objection: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid schema for function '{name}': {objection}", param=path, code="invalid_function_parameters"
    )


@named
def invalid_format_schema(path: str, name: str, objection: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid schema for response_format '{name}': {objection}", param=path, code="invalid_json_schema"
    )


@named
def chosen_tool_missing(tool: str) -> BadRequestError:
    return BadRequestError(f"Tool choice '{tool}' not found in 'tools' parameter.", param="tool_choice")


@named
def choice_without_tools(choice: str) -> BadRequestError:
    return BadRequestError(f"Tool choice '{choice}' must be specified with 'tools' parameter.", param="tool_choice")


@named
def json_unmentioned() -> BadRequestError:
    return BadRequestError(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        param="input",
    )


# --- the history of a turn -----------------------------------------------------------------------------------------


@named
def item_not_persisted(item_id: str) -> NotFoundError:
    return NotFoundError(
        f"Item with id '{item_id}' not found. Items are not persisted when `store` is set to false. Try again with"
        " `store` set to true, or remove this item from your input.",
        param="input",
    )


@named
def duplicate_item(item_id: str) -> BadRequestError:
    return _history(
        f"Duplicate item found with id {item_id}. Remove duplicate items from your input and try again.",
    )


@named
def output_missing(call: str, call_id: str) -> BadRequestError:
    """Return the refusal of a call without output; ``call`` is its type in words: function call, custom tool call."""
    return _history(f"No tool output found for {call} {call_id}.")


@named
def call_missing(output: str, call_id: str) -> BadRequestError:
    """Return the refusal of an output without call; ``output`` is its type in words, such as function call output."""
    return _history(f"No tool call found for {output} with call_id {call_id}.")


@named
def follower_missing(item_id: str) -> BadRequestError:
    return _history(f"Item '{item_id}' of type 'reasoning' was provided without its required following item.")


@named
def reasoning_missing(item_id: str, item_type: str, reasoning_id: str) -> BadRequestError:
    return _history(
        f"Item '{item_id}' of type '{item_type}' was provided without its required 'reasoning' item: '{reasoning_id}'."
    )


def _history(message: str) -> BadRequestError:
    return BadRequestError(message, param="input")


# --- over a WebSocket ----------------------------------------------------------------------------------------------


def invalid_stream_id() -> BadRequestError:
    return BadRequestError(
        "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters,"
        " numbers, underscores, hyphens, and periods.",
        param="stream_id",
        code="invalid_stream_id",
    )


def too_many_streams() -> BadRequestError:
    return BadRequestError(
        "This WebSocket connection has reached its maximum number of distinct stream IDs (32). Reuse an existing"
        " stream_id or open a new WebSocket connection.",
        param="stream_id",
        code="websocket_stream_limit_reached",
    )


def too_many_messages(most: int) -> BadRequestError:
    """Return convsim's own refusal: the live API documents no bound of the messages that wait."""
    return BadRequestError(
        f"More than {most} messages of this connection wait for their turns, and convsim keeps no more. Read the events"
        " of earlier turns first.",
        code="convsim_too_many_messages",
    )


def connection_too_old() -> BadRequestError:
    return BadRequestError(
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.",
        code="websocket_connection_limit_reached",
    )


def binary_frame() -> BadRequestError:
    """Return the refusal of a binary frame, in the words of the Realtime API (inferred)."""
    return BadRequestError("Expected a text WebSocket message; binary frames are not supported.")


def not_over_websocket(member: str) -> BadRequestError:
    """Return the refusal of a ``member`` that only HTTP supports (documented; the sentence is inferred)."""
    return BadRequestError(f"'{member}' is not supported over a WebSocket.", param=member)


def script_raised(error: Exception) -> InternalServerError:
    """Return convsim's own error: over a WebSocket, the exception cannot be raised in the client."""
    return InternalServerError(
        f"A function of a script raised {error!r}.",
        status_code=500,
        error_type="convsim_error",
        code="convsim_script_raised",
    )


# --- what can be done with a response ------------------------------------------------------------------------------


@named
def not_cancellable(objection: str) -> BadRequestError:
    """Return the refusal to cancel; ``objection`` is "a synchronous response", "a completed response", and so on."""
    return BadRequestError(f"Cannot cancel {objection}.", param="response_id")


@named
def not_streamable(member: str) -> BadRequestError:
    """Return the refusal to stream; ``member``, background or stream, was not true when it was created."""
    return BadRequestError(
        f"This response cannot be streamed because it was not created with {member}=true.", param="stream"
    )
