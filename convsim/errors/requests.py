"""Sentences about a request as a whole."""

from __future__ import annotations

from convsim.errors.tree import APIStatusError, AuthenticationError, BadRequestError, NotFoundError


def unknown_route(method: str, path: str) -> NotFoundError:
    return NotFoundError(f"Invalid URL ({method} {path})")


def method_not_allowed(method: str, path: str) -> APIStatusError:
    return APIStatusError(
        f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
        status_code=405,
    )


def missing_key() -> AuthenticationError:
    return AuthenticationError("Missing bearer or basic authentication in header")


def wrong_key(key: str) -> AuthenticationError:
    masked = key if len(key) <= 12 else f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
    return AuthenticationError(
        f"Incorrect API key provided: {masked}."
        " You can find your API key at https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def unsupported_content_type(content_type: str) -> BadRequestError:
    return BadRequestError(
        f"Unsupported content type: '{content_type}'. This API method only accepts 'application/json' requests, but"
        f" you specified the header 'Content-Type: {content_type}'. Please try again with a supported content type.",
        code="unsupported_content_type",
    )


def invalid_json() -> BadRequestError:
    return BadRequestError(
        "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors"
        " include trailing commas, missing closing brackets, missing quotation marks, etc.)",
        code="invalid_json",
    )


def missing_model() -> BadRequestError:
    """Return the refusal of a connection without a model.

    The code is observed live as a reason for closing; the sentence is inferred from the other APIs'.
    """
    return BadRequestError("you must provide a model parameter", code="missing_model")


def connection_not_emulated(parameter: str) -> BadRequestError:
    """Return convsim's own refusal, not a sentence of the live API: the service answers here, convsim does not."""
    return BadRequestError(
        f"convsim does not emulate Realtime connections with the parameter '{parameter}'.",
        code="convsim_not_emulated",
        param=parameter,
    )


def realtime_beta_disabled() -> BadRequestError:
    return BadRequestError(
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        code="beta_api_shape_disabled",
    )
