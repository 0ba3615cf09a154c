"""The errors that convsim raises, and every sentence of the live API's error grammar, once.

::

    ConvsimError
    ├── UsageError                 convsim was asked for something that it does not have
    ├── RefusedError               a request was neither answered nor let out (an AssertionError, too)
    │   ├── RefusedHostError       no emulator answers the host, or the library
    │   ├── RefusedRouteError      the live API has the path, and convsim does not
    │   └── UnscriptedTurnError    no script answers the turn
    └── APIStatusError             the live API's answer to a bad request; status_code says which
        ├── BadRequestError        400
        ├── AuthenticationError    401
        ├── NotFoundError          404
        ├── RateLimitError         429
        └── InternalServerError    500 and above

The API errors carry the official SDK's class and attribute names. Over HTTP they become the live envelope; the Direct
API raises them. The functions below make them: ``param`` is always the full path of the offending value, and the
evidence of each sentence stands in docs/fidelity.md.
"""

from __future__ import annotations

from convsim.errors.requests import (
    connection_not_emulated,
    invalid_json,
    method_not_allowed,
    missing_key,
    missing_model,
    realtime_beta_disabled,
    unknown_route,
    unsupported_content_type,
    wrong_key,
)
from convsim.errors.responses import (
    call_missing,
    choice_without_tools,
    chosen_tool_missing,
    context_length_exceeded,
    duplicate_item,
    follower_missing,
    invalid_format_schema,
    invalid_function_schema,
    item_not_persisted,
    json_unmentioned,
    model_not_found,
    moved_parameter,
    no_input,
    not_cancellable,
    not_streamable,
    output_missing,
    previous_response_not_found,
    prompt_not_found,
    reasoning_missing,
    response_not_found,
)
from convsim.errors.service import (
    conversation_locked,
    overloaded,
    permission_denied,
    quota_exceeded,
    rate_limit_reached,
    server_error,
)
from convsim.errors.state import (
    conversation_not_found,
    cursor_not_found,
    invalid_item,
    item_already_in_conversation,
    item_not_found,
    item_type_not_emulated,
    referenced_item_not_found,
)
from convsim.errors.tree import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConvsimError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    RefusedHostError,
    RefusedRouteError,
    ReviewWarning,
    UnscriptedTurnError,
    UnusedFaultWarning,
    UnusedScriptWarning,
    UsageError,
)
from convsim.errors.values import (
    array_too_long,
    decimal_too_large,
    decimal_too_small,
    duplicate_parameter,
    empty_array,
    empty_string,
    id_with_wrong_characters,
    id_with_wrong_prefix,
    integer_too_large,
    integer_too_small,
    invalid,
    invalid_image_data,
    invalid_url,
    missing,
    mutually_exclusive,
    none_of_exclusive,
    only_value,
    pattern_mismatch,
    property_name_too_long,
    string_too_long,
    too_many_properties,
    unknown_parameter,
    unsupported_modalities,
    unsupported_value,
    wrong_type,
)
from convsim.errors.words import (
    elided,
    enumeration,
    type_word,
)

__all__ = [
    "APIStatusError",
    "AuthenticationError",
    "BadRequestError",
    "ConvsimError",
    "InternalServerError",
    "NotFoundError",
    "RateLimitError",
    "RefusedError",
    "RefusedHostError",
    "RefusedRouteError",
    "ReviewWarning",
    "UnscriptedTurnError",
    "UnusedFaultWarning",
    "UnusedScriptWarning",
    "UsageError",
    "array_too_long",
    "call_missing",
    "choice_without_tools",
    "chosen_tool_missing",
    "connection_not_emulated",
    "context_length_exceeded",
    "conversation_locked",
    "conversation_not_found",
    "cursor_not_found",
    "decimal_too_large",
    "decimal_too_small",
    "duplicate_item",
    "duplicate_parameter",
    "elided",
    "empty_array",
    "empty_string",
    "enumeration",
    "follower_missing",
    "id_with_wrong_characters",
    "id_with_wrong_prefix",
    "integer_too_large",
    "integer_too_small",
    "invalid",
    "invalid_format_schema",
    "invalid_function_schema",
    "invalid_image_data",
    "invalid_item",
    "invalid_json",
    "invalid_url",
    "item_already_in_conversation",
    "item_not_found",
    "item_not_persisted",
    "item_type_not_emulated",
    "json_unmentioned",
    "method_not_allowed",
    "missing",
    "missing_key",
    "missing_model",
    "model_not_found",
    "moved_parameter",
    "mutually_exclusive",
    "no_input",
    "none_of_exclusive",
    "not_cancellable",
    "not_streamable",
    "only_value",
    "output_missing",
    "overloaded",
    "pattern_mismatch",
    "permission_denied",
    "previous_response_not_found",
    "prompt_not_found",
    "property_name_too_long",
    "quota_exceeded",
    "rate_limit_reached",
    "realtime_beta_disabled",
    "reasoning_missing",
    "referenced_item_not_found",
    "response_not_found",
    "server_error",
    "string_too_long",
    "too_many_properties",
    "type_word",
    "unknown_parameter",
    "unknown_route",
    "unsupported_content_type",
    "unsupported_modalities",
    "unsupported_value",
    "wrong_key",
    "wrong_type",
]

# Tracebacks show the name by which users import the error.
for _error in (
    ConvsimError,
    UsageError,
    UnscriptedTurnError,
    UnusedFaultWarning,
    UnusedScriptWarning,
    RefusedError,
    RefusedHostError,
    RefusedRouteError,
    ReviewWarning,
    APIStatusError,
    BadRequestError,
    AuthenticationError,
    NotFoundError,
    RateLimitError,
    InternalServerError,
):
    _error.__module__ = __name__
