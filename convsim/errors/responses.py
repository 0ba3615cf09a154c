"""Sentences of ``/v1/responses`` about responses, the history that a turn continues, and the tools that it names."""

from __future__ import annotations

from convsim.errors.tree import BadRequestError, NotFoundError, named


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


def prompt_not_found(prompt_id: str) -> NotFoundError:
    return NotFoundError(f"Prompt with id '{prompt_id}' not found.")


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
