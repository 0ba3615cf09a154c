"""The tree of errors, and every sentence of the live grammar word for word."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from convsim import errors
from convsim.errors import APIStatusError, ConvsimError, UsageError, enumeration
from convsim.errors.words import elided, type_word

# function: (its arguments, the status, the param, the code, the sentence)
SENTENCES: dict[str, tuple[tuple[Any, ...], int, str | None, str | None, str]] = {
    "missing": (
        ("items[0].id",),
        400,
        "items[0].id",
        "missing_required_parameter",
        "Missing required parameter: 'items[0].id'.",
    ),
    "unknown_parameter": (("zzz",), 400, "zzz", "unknown_parameter", "Unknown parameter: 'zzz'."),
    "duplicate_parameter": (
        ("limit",),
        400,
        "limit",
        "duplicate_parameter",
        (
            "Duplicate parameter: 'limit'. You provided multiple values for this parameter, whereas only one is"
            " allowed. If you are trying to provide a list of values, use the array syntax instead e.g."
            " 'limit[]=<value>'."
        ),
    ),
    "wrong_type": (
        ("metadata", "a metadata object", "x"),
        400,
        "metadata",
        "invalid_type",
        "Invalid type for 'metadata': expected a metadata object, but got a string instead.",
    ),
    "unsupported_value": (
        ("order", "bogus", ("asc", "desc")),
        400,
        "order",
        "invalid_value",
        "Invalid value: 'bogus'. Supported values are: 'asc' and 'desc'.",
    ),
    "not_listed": (
        ("order", 1, ("asc", "desc")),
        400,
        "order",
        "invalid_type",
        "Invalid type for 'order': expected one of 'asc' or 'desc', but got an integer instead.",
    ),
    "only_value": (
        ("item.content[0].type", "text", "input_text"),
        400,
        "item.content[0].type",
        "invalid_value",
        "Invalid value: 'text'. Value must be 'input_text'.",
    ),
    "integer_too_small": (
        ("limit", 0, -1),
        400,
        "limit",
        "integer_below_min_value",
        "Invalid 'limit': integer below minimum value. Expected a value >= 0, but got -1 instead.",
    ),
    "integer_too_large": (
        ("limit", 100, 1000),
        400,
        "limit",
        "integer_above_max_value",
        "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead.",
    ),
    "string_too_long": (
        ("metadata.k", 512, 513),
        400,
        "metadata.k",
        "string_above_max_length",
        (
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string with"
            " length 513 instead."
        ),
    ),
    "empty_string": (
        ("items[0].name",),
        400,
        "items[0].name",
        "empty_string",
        (
            "Invalid 'items[0].name': empty string. Expected a string with minimum length 1, but got an empty string"
            " instead."
        ),
    ),
    "pattern_mismatch": (
        ("items[0].name", "^a+$"),
        400,
        "items[0].name",
        "invalid_value",
        "Invalid 'items[0].name': string does not match pattern. Expected a string that matches the pattern '^a+$'.",
    ),
    "array_too_long": (
        ("items", 20, 21),
        400,
        "items",
        "array_above_max_length",
        (
            "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length 21"
            " instead."
        ),
    ),
    "empty_array": (
        ("items",),
        400,
        "items",
        "empty_array",
        "Invalid 'items': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    ),
    "too_many_properties": (
        ("metadata", 16, 17),
        400,
        "metadata",
        "object_above_max_properties",
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object"
            " with 17 properties instead."
        ),
    ),
    "property_name_too_long": (
        ("metadata", "k" * 65, 64),
        400,
        "metadata." + "k" * 65,
        "property_name_above_max_length",
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length 64,"
            " but got a string with length 65 instead."
        ),
    ),
    "id_with_wrong_prefix": (
        ("conversation_id", "notaconvid", "conv"),
        400,
        "conversation_id",
        "invalid_value",
        "Invalid 'conversation_id': 'notaconvid'. Expected an ID that begins with 'conv'.",
    ),
    "id_with_wrong_characters": (
        ("items[2].id", ""),
        400,
        "items[2].id",
        "invalid_value",
        (
            "Invalid 'items[2].id': ''. Expected an ID that contains letters, numbers, underscores, or dashes, but this"
            " value contained additional characters."
        ),
    ),
    "invalid_url": (
        ("items[0].content[0].image_url",),
        400,
        "items[0].content[0].image_url",
        "invalid_value",
        ("Invalid 'items[0].content[0].image_url'. Expected a valid URL, but got a value with an invalid format."),
    ),
    "invalid_image_data": (
        ("items[0].content[1].image_url", "empty base64-encoded bytes"),
        400,
        "items[0].content[1].image_url",
        "invalid_value",
        (
            "Invalid 'items[0].content[1].image_url'. Expected a base64-encoded data URL with an image MIME type (e.g."
            " 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got empty base64-encoded bytes."
        ),
    ),
    "invalid": (
        ("items[0].content[0].file_data",),
        400,
        "items[0].content[0].file_data",
        "invalid_value",
        "Invalid 'items[0].content[0].file_data'.",
    ),
    "none_of_exclusive": (
        ("items[0].content[0]", ("file_id", "image_url")),
        400,
        "items[0].content[0]",
        "missing_mutually_exclusive_parameters",
        (
            "Missing mutually exclusive parameters: 'items[0].content[0]'. Ensure you are providing exactly one of:"
            " 'file_id' or 'image_url'."
        ),
    ),
    "mutually_exclusive": (
        ("items[0].content[0]", ("file_id", "image_url")),
        400,
        "items[0].content[0]",
        "mutually_exclusive_parameters",
        (
            "Mutually exclusive parameters: 'items[0].content[0]'. Ensure you are only providing one of: 'file_id' or"
            " 'image_url'."
        ),
    ),
    "conversation_not_found": (
        ("conv_nonexistent123",),
        404,
        None,
        None,
        "Conversation with id 'conv_nonexistent123' not found.",
    ),
    "item_not_found": (("msg_1",), 404, None, None, "Item with id 'msg_1' not found in conversation."),
    "referenced_item_not_found": (("msg_1",), 404, None, None, "Item with id 'msg_1' not found."),
    "cursor_not_found": (("msg_1",), 404, "after", None, "No item found with id 'msg_1'"),
    "item_already_in_conversation": (
        (),
        400,
        "items",
        "item_already_in_conversation",
        "Item already in conversation",
    ),
    "invalid_item": ((), 400, "item", "invalid_item", "Invalid item"),
    "item_type_not_emulated": (
        ("items[0].type", "agent_message", ("function_call", "message")),
        400,
        "items[0].type",
        "convsim_not_emulated",
        "convsim does not emulate items of type 'agent_message'. It emulates 'function_call' and 'message'.",
    ),
    "conversation_locked": (
        (),
        400,
        "conversation",
        "conversation_locked",
        "Another process is currently operating on this conversation. Please retry in a few seconds.",
    ),
    "rate_limit_reached": (
        ("tokens", 0.174),
        429,
        None,
        "rate_limit_exceeded",
        (
            "Rate limit reached for gpt-4.1 in organization convsim on tokens per min (TPM): Limit 30000, Used 29900,"
            " Requested 200. Please try again in 174ms. Visit https://platform.openai.com/account/rate-limits to learn"
            " more."
        ),
    ),
    "quota_exceeded": (
        (),
        429,
        None,
        "insufficient_quota",
        (
            "You exceeded your current quota, please check your plan and billing details. For more information on this"
            " error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
        ),
    ),
    "server_error": (
        ("req_1",),
        500,
        None,
        "server_error",
        (
            "An error occurred while processing your request. You can retry your request, or contact us through our"
            " help center at help.openai.com if the error persists. Please include the request ID req_1 in your"
            " message."
        ),
    ),
    "overloaded": (
        (),
        503,
        None,
        "server_is_overloaded",
        "Our servers are currently overloaded. Please try again later.",
    ),
    "permission_denied": (
        ("GET",),
        401,
        None,
        "PermissionDenied",
        (
            "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action"
            " `Microsoft.CognitiveServices/accounts/AIServices/agents/read` to perform"
            " `GET /api/projects/{projectName}/openai/*` operation. For instructions on granting the necessary"
            " permissions, see https://aka.ms/FoundryPermissions."
        ),
    ),
    "unknown_route": (
        ("POST", "/v1/conversations/conv_1/messages"),
        404,
        None,
        None,
        "Invalid URL (POST /v1/conversations/conv_1/messages)",
    ),
    "method_not_allowed": (
        ("GET", "/v1/conversations"),
        405,
        None,
        None,
        "Not allowed to GET on /v1/conversations. (HINT: Perhaps you meant to use a different HTTP method?)",
    ),
    "missing_key": ((), 401, None, None, "Missing bearer or basic authentication in header"),
    "wrong_key": (
        ("not-a-real-key-at-all-but-sanitized",),
        401,
        None,
        "invalid_api_key",
        (
            "Incorrect API key provided: not-a-re***********************ized."
            " You can find your API key at https://platform.openai.com/account/api-keys."
        ),
    ),
    "unsupported_content_type": (
        ("multipart/form-data",),
        400,
        None,
        "unsupported_content_type",
        (
            "Unsupported content type: 'multipart/form-data'. This API method only accepts 'application/json' requests,"
            " but you specified the header 'Content-Type: multipart/form-data'. Please try again with a supported"
            " content type."
        ),
    ),
    "invalid_json": (
        (),
        400,
        None,
        "invalid_json",
        (
            "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common"
            " errors include trailing commas, missing closing brackets, missing quotation marks, etc.)"
        ),
    ),
    "missing_model": ((), 400, None, "missing_model", "you must provide a model parameter"),
    "connection_not_emulated": (
        ("intent",),
        400,
        "intent",
        "convsim_not_emulated",
        "convsim does not emulate Realtime connections with the parameter 'intent'.",
    ),
    "decimal_too_small": (
        ("temperature", 0, -1),
        400,
        "temperature",
        "decimal_below_min_value",
        "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
    ),
    "decimal_too_large": (
        ("temperature", 2, 2.5),
        400,
        "temperature",
        "decimal_above_max_value",
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
    ),
    "response_not_found": (("resp_1",), 404, None, None, "Response with id 'resp_1' not found."),
    "previous_response_not_found": (
        ("resp_1",),
        400,
        "previous_response_id",
        "previous_response_not_found",
        "Previous response with id 'resp_1' not found.",
    ),
    "prompt_not_found": (("pmpt_1",), 404, None, None, "Prompt with id 'pmpt_1' not found."),
    "prompt_variables": (
        ((), ("nam",)),
        400,
        "prompt.variables",
        None,
        "Unknown prompt variables: 'nam'.",
    ),
    "model_not_found": (("",), 400, "model", "model_not_found", "The requested model '' does not exist."),
    "no_input": (
        (),
        400,
        None,
        "missing_required_parameter",
        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
    ),
    "context_length_exceeded": (
        (),
        400,
        "input",
        "context_length_exceeded",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
    ),
    "binary_frame": ((), 400, None, None, "Expected a text WebSocket message; binary frames are not supported."),
    "connection_too_old": (
        (),
        400,
        None,
        "websocket_connection_limit_reached",
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.",
    ),
    "invalid_stream_id": (
        (),
        400,
        "stream_id",
        "invalid_stream_id",
        (
            "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters,"
            " numbers, underscores, hyphens, and periods."
        ),
    ),
    "too_many_messages": (
        (1000,),
        400,
        None,
        "convsim_too_many_messages",
        (
            "More than 1000 messages of this connection wait for their turns, and convsim keeps no more. Read the"
            " events of earlier turns first."
        ),
    ),
    "too_many_streams": (
        (),
        400,
        "stream_id",
        "websocket_stream_limit_reached",
        (
            "This WebSocket connection has reached its maximum number of distinct stream IDs (32). Reuse an existing"
            " stream_id or open a new WebSocket connection."
        ),
    ),
    "not_over_websocket": (("background",), 400, "background", None, "'background' is not supported over a WebSocket."),
    "script_raised": (
        (LookupError("x"),),
        500,
        None,
        "convsim_script_raised",
        "A function of a script raised LookupError('x').",
    ),
    "moved_parameter": (
        ("messages", "input"),
        400,
        None,
        "unsupported_parameter",
        (
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again"
            " with the new parameter. See the API documentation for more information:"
            " https://platform.openai.com/docs/api-reference/responses/create."
        ),
    ),
    "invalid_function_schema": (
        ("tools[0].parameters", "f", "In context=(), 'oneOf' is not permitted."),
        400,
        "tools[0].parameters",
        "invalid_function_parameters",
        "Invalid schema for function 'f': In context=(), 'oneOf' is not permitted.",
    ),
    "invalid_format_schema": (
        ("text.format.schema", "f", "In context=(), 'oneOf' is not permitted."),
        400,
        "text.format.schema",
        "invalid_json_schema",
        "Invalid schema for response_format 'f': In context=(), 'oneOf' is not permitted.",
    ),
    "chosen_tool_missing": (
        ("function",),
        400,
        "tool_choice",
        None,
        "Tool choice 'function' not found in 'tools' parameter.",
    ),
    "choice_without_tools": (
        ("required",),
        400,
        "tool_choice",
        None,
        "Tool choice 'required' must be specified with 'tools' parameter.",
    ),
    "json_unmentioned": (
        (),
        400,
        "input",
        None,
        (
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type"
            " 'json_object'."
        ),
    ),
    "item_not_persisted": (
        ("rs_1",),
        404,
        "input",
        None,
        (
            "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try again with"
            " `store` set to true, or remove this item from your input."
        ),
    ),
    "duplicate_item": (
        ("rs_1",),
        400,
        "input",
        None,
        "Duplicate item found with id rs_1. Remove duplicate items from your input and try again.",
    ),
    "output_missing": (
        ("custom tool call", "call_1"),
        400,
        "input",
        None,
        "No tool output found for custom tool call call_1.",
    ),
    "call_missing": (
        ("function call output", "call_1"),
        400,
        "input",
        None,
        "No tool call found for function call output with call_id call_1.",
    ),
    "follower_missing": (
        ("rs_1",),
        400,
        "input",
        None,
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ),
    "reasoning_missing": (
        ("msg_1", "message", "rs_1"),
        400,
        "input",
        None,
        "Item 'msg_1' of type 'message' was provided without its required 'reasoning' item: 'rs_1'.",
    ),
    "not_cancellable": (
        ("a completed response",),
        400,
        "response_id",
        None,
        "Cannot cancel a completed response.",
    ),
    "realtime_beta_disabled": (
        (),
        400,
        None,
        "beta_api_shape_disabled",
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    ),
    "unsupported_modalities": (
        ("session.output_modalities", ["text", "audio"], [["text"], ["audio"]]),
        400,
        "session.output_modalities",
        "invalid_value",
        "Invalid modalities: ['text', 'audio']. Supported combinations are: ['text'] and ['audio'].",
    ),
    "not_streamable": (
        ("background",),
        400,
        "stream",
        None,
        "This response cannot be streamed because it was not created with background=true.",
    ),
}

CLASSES: dict[int, type[APIStatusError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    404: errors.NotFoundError,
    405: errors.APIStatusError,
    429: errors.RateLimitError,
    500: errors.InternalServerError,
    503: errors.InternalServerError,
}
TYPES = {
    "rate_limit_reached": "tokens",
    "quota_exceeded": "insufficient_quota",
    "server_error": "server_error",
    "overloaded": "service_unavailable_error",
    "script_raised": "convsim_error",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_each_sentence_is_the_live_one(name: str) -> None:
    arguments, status, param, code, message = SENTENCES[name]
    error = getattr(errors, name)(*arguments)
    assert type(error) is CLASSES[status]
    assert (error.message, error.status_code, error.param, error.code) == (message, status, param, code)
    assert str(error) == message
    assert error.type == TYPES.get(name, "invalid_request_error")


def test_the_table_above_holds_every_sentence() -> None:
    words = {"enumeration", "one_of_words"}
    public = {name for name, _ in inspect.getmembers(errors, inspect.isfunction) if not name.startswith("_")}
    assert public - words == set(SENTENCES)


def test_the_body_is_the_live_error_object_in_its_order() -> None:
    assert list(errors.cursor_not_found("msg_1").body.items()) == [
        ("message", "No item found with id 'msg_1'"),
        ("type", "invalid_request_error"),
        ("param", "after"),
        ("code", None),
    ]


def test_the_tree_is_the_one_of_the_docstring() -> None:
    assert UsageError.__bases__ == (ConvsimError, ValueError)
    assert APIStatusError.__bases__ == (ConvsimError,)
    for name in ("BadRequestError", "AuthenticationError", "NotFoundError", "RateLimitError", "InternalServerError"):
        assert getattr(errors, name).__bases__ == (APIStatusError,)
    assert errors.UnusedFaultWarning.__bases__ == (UserWarning,)
    assert errors.UnusedScriptWarning.__bases__ == (UserWarning,)
    assert errors.ReviewWarning.__bases__ == (UserWarning,)
    assert errors.RefusedError.__bases__ == (ConvsimError, AssertionError)
    for name in ("RefusedHostError", "RefusedRouteError", "UnscriptedTurnError"):
        assert getattr(errors, name).__bases__ == (errors.RefusedError,)


# --- variants of a sentence ----------------------------------------------------------------------------------------


def test_a_near_miss_is_hinted_at() -> None:
    error = errors.unknown_parameter("stre", ["store", "stream"])
    assert error.message == "Unknown parameter: 'stre'. Did you mean 'store' or 'stream'?"
    assert (error.param, error.code) == ("stre", "unknown_parameter")


def test_exclusive_parameters_of_the_whole_body_have_no_path() -> None:
    error = errors.mutually_exclusive("", ("previous_response_id", "conversation"))
    assert error.message == (
        "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'."
    )
    assert error.param is None


def test_a_wrong_type_of_the_whole_body_has_no_path() -> None:
    error = errors.wrong_type("", "an object", [])
    assert error.message == "Invalid type: expected an object, but got an array instead."
    assert error.param is None


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("k", "k"),
        ("123456789012", "123456789012"),
        ("12345678x0123", "12345678*0123"),
        ("12345678xx0123", "12345678**0123"),
    ],
)
def test_only_the_middle_of_a_key_is_masked(key: str, shown: str) -> None:
    assert errors.wrong_key(key).message.startswith(f"Incorrect API key provided: {shown}. You can")


@pytest.mark.parametrize(
    ("kind", "seconds", "words"),
    [
        ("requests", 0, "requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 0ms."),
        ("requests", 0.0125, "requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 12ms."),
        ("tokens", 0.999, "tokens per min (TPM): Limit 30000, Used 29900, Requested 200. Please try again in 999ms."),
        ("tokens", 1, "tokens per min (TPM): Limit 30000, Used 29900, Requested 200. Please try again in 1s."),
        ("tokens", 20.5, "tokens per min (TPM): Limit 30000, Used 29900, Requested 200. Please try again in 20.5s."),
    ],
)
def test_a_rate_limit_says_of_what_and_for_how_long(kind: str, seconds: float, words: str) -> None:
    error = errors.rate_limit_reached(kind, seconds)
    assert error.message.startswith(f"Rate limit reached for gpt-4.1 in organization convsim on {words} Visit")
    assert error.type == kind


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("a",), "'a'"),
        (("a", "b"), "'a' and 'b'"),
        (("a", "b", "c"), "'a', 'b', and 'c'"),
        (["a", "b", "c", "d"], "'a', 'b', 'c', and 'd'"),
    ],
)
def test_values_are_listed_with_the_serial_comma(values: list[str], words: str) -> None:
    assert enumeration(values) == words


def test_names_are_elided_in_sentences_about_types_only() -> None:
    names = ("input_text", "computer_screenshot")
    assert enumeration(names, "or") == "'input_text' or 'computer_screenshot'"
    assert enumeration(names, "or", short=True) == "'input_text' or 'com...hot'"


@pytest.mark.parametrize(
    ("name", "shown"), [("", ""), ("final_answer", "final_answer"), ("final_answers", "fin...ers")]
)
def test_a_name_is_elided_beyond_twelve_characters(name: str, shown: str) -> None:
    assert elided(name) == shown


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "null"),
        (True, "a boolean"),
        (False, "a boolean"),
        (0, "an integer"),
        (0.5, "a decimal number"),
        ("", "a string"),
        ([], "an array"),
        ((), "an array"),
        ({}, "an object"),
    ],
)
def test_types_have_the_live_names(value: object, word: str) -> None:
    assert type_word(value) == word
