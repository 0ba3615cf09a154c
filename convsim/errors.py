"""Everything that convsim raises, and every sentence of the live API's error grammar, once.

::

    ConvsimError
    ├── UsageError                 convsim was asked for something that it does not have
    ├── RefusedHostError           a request was kept from the network (an AssertionError, too)
    └── APIStatusError             the live API's answer to a bad request; status_code says which
        ├── BadRequestError        400
        ├── AuthenticationError    401
        └── NotFoundError          404

The API errors carry the official SDK's class and attribute names. Over HTTP they become the live envelope; the Direct
API raises them. The functions below make them: ``param`` is always the full path of the offending value, and the
evidence of each sentence stands in docs/fidelity.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class ConvsimError(Exception):
    """The root of all that convsim raises on purpose."""


class UsageError(ConvsimError, ValueError):
    """convsim was misused: the message names what came, what exists and what to write."""


class RefusedHostError(ConvsimError, AssertionError):
    """A request that would have left for the network, kept back: the message names it and says what to write.

    An ``AssertionError``, because the newest SDK lets one through to the test instead of retrying.
    """


class APIStatusError(ConvsimError):
    """A refusal as the live API words it.

    ``message`` is the plain sentence, ``type``, ``param`` and ``code`` (each a string or None) the rest of the live
    ``error`` object, ``body`` that object as a dict in the live key order, ``status_code`` the HTTP status.
    """

    status_code: int
    type: ClassVar[str] = "invalid_request_error"

    def __init__(self, message: str, *, status_code: int, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, str | None]:
        """The live ``error`` object."""
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code}


class BadRequestError(APIStatusError):
    """400: the request itself is wrong, and nothing was changed."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, status_code=400, param=param, code=code)


class AuthenticationError(APIStatusError):
    """401: no key, or none that the emulator was told to accept."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, status_code=401, code=code)


class NotFoundError(APIStatusError):
    """404: no such route, conversation or item."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message, status_code=404, param=param)


# --- words ---------------------------------------------------------------------------------------------------------


def enumeration(values: Sequence[str], conjunction: str = "and", *, short: bool = False) -> str:
    """``'a'``, ``'a' and 'b'``, ``'a', 'b', and 'c'``; ``short`` elides names as sentences about types do."""
    quoted = [f"'{elided(value) if short else value}'" for value in values]
    if len(quoted) < 3:
        return f" {conjunction} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {conjunction} {quoted[-1]}"


def elided(name: str) -> str:
    """A name of more than twelve characters as its first and last three."""
    return name if len(name) <= 12 else f"{name[:3]}...{name[-3:]}"


def type_word(value: object) -> str:
    """How the live API names the JSON type of ``value``."""
    for kinds, word in _TYPE_WORDS:
        if isinstance(value, kinds):
            return word
    return "an object"


_TYPE_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),  # before int, of which bool is a kind
    (int, "an integer"),
    (float, "a decimal number"),
    (str, "a string"),
    ((list, tuple), "an array"),
)


# --- a value at a path ---------------------------------------------------------------------------------------------


def missing(path: str) -> BadRequestError:
    return BadRequestError(f"Missing required parameter: '{path}'.", param=path, code="missing_required_parameter")


def unknown_parameter(path: str, near_miss: str | None = None) -> BadRequestError:
    message = f"Unknown parameter: '{path}'."
    if near_miss is not None:
        message += f" Did you mean '{near_miss}'?"
    return BadRequestError(message, param=path, code="unknown_parameter")


def duplicate_parameter(name: str) -> BadRequestError:
    return BadRequestError(
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one is allowed."
        f" If you are trying to provide a list of values, use the array syntax instead e.g. '{name}[]=<value>'.",
        param=name,
        code="duplicate_parameter",
    )


def wrong_type(path: str, expected: str, value: object) -> BadRequestError:
    subject = f" for '{path}'" if path else ""
    return BadRequestError(
        f"Invalid type{subject}: expected {expected}, but got {type_word(value)} instead.",
        param=path or None,
        code="invalid_type",
    )


def unsupported_value(path: str, value: str, supported: Sequence[str]) -> BadRequestError:
    return BadRequestError(
        f"Invalid value: '{value}'. Supported values are: {enumeration(supported)}.", param=path, code="invalid_value"
    )


def integer_too_small(path: str, bound: int, value: int) -> BadRequestError:
    return _invalid(
        path,
        f"integer below minimum value. Expected a value >= {bound}, but got {value} instead.",
        "integer_below_min_value",
    )


def integer_too_large(path: str, bound: int, value: int) -> BadRequestError:
    return _invalid(
        path,
        f"integer above maximum value. Expected a value <= {bound}, but got {value} instead.",
        "integer_above_max_value",
    )


def string_too_long(path: str, bound: int, length: int) -> BadRequestError:
    return _invalid(
        path,
        f"string too long. Expected a string with maximum length {bound}, but got a string with length {length}"
        " instead.",
        "string_above_max_length",
    )


def empty_string(path: str) -> BadRequestError:
    return _invalid(
        path,
        "empty string. Expected a string with minimum length 1, but got an empty string instead.",
        "empty_string",
    )


def pattern_mismatch(path: str, pattern: str) -> BadRequestError:
    return _invalid(
        path,
        f"string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
        "invalid_value",
    )


def array_too_long(path: str, bound: int, length: int) -> BadRequestError:
    return _invalid(
        path,
        f"array too long. Expected an array with maximum length {bound}, but got an array with length {length}"
        " instead.",
        "array_above_max_length",
    )


def empty_array(path: str) -> BadRequestError:
    return _invalid(
        path,
        "empty array. Expected an array with minimum length 1, but got an empty array instead.",
        "empty_array",
    )


def too_many_properties(path: str, bound: int, length: int) -> BadRequestError:
    return _invalid(
        path,
        f"too many properties. Expected an object with at most {bound} properties, but got an object with {length}"
        " properties instead.",
        "object_above_max_properties",
    )


def property_name_too_long(path: str, name: str, bound: int) -> BadRequestError:
    return BadRequestError(
        f"Invalid property name in '{path}': '{elided(name)}' is too long. Expected a string with maximum length"
        f" {bound}, but got a string with length {len(name)} instead.",
        param=f"{path}.{name}",
        code="property_name_above_max_length",
    )


def id_with_wrong_prefix(path: str, value: str, prefix: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'.", param=path, code="invalid_value"
    )


def id_with_wrong_characters(path: str, value: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid '{path}': '{value}'. Expected an ID that contains letters, numbers, underscores, or dashes, but this"
        " value contained additional characters.",
        param=path,
        code="invalid_value",
    )


def invalid_url(path: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid '{path}'. Expected a valid URL, but got a value with an invalid format.",
        param=path,
        code="invalid_value",
    )


def none_of_exclusive(path: str, names: Sequence[str]) -> BadRequestError:
    return BadRequestError(
        f"Missing mutually exclusive parameters: '{path}'. Ensure you are providing exactly one of:"
        f" {enumeration(names, 'or', short=True)}.",
        param=path,
        code="missing_mutually_exclusive_parameters",
    )


def mutually_exclusive(path: str, names: Sequence[str]) -> BadRequestError:
    return BadRequestError(
        f"Mutually exclusive parameters: '{path}'. Ensure you are only providing one of:"
        f" {enumeration(names, 'or', short=True)}.",
        param=path,
        code="mutually_exclusive_parameters",
    )


def _invalid(path: str, fault: str, code: str) -> BadRequestError:
    return BadRequestError(f"Invalid '{path}': {fault}", param=path, code=code)


# --- state ---------------------------------------------------------------------------------------------------------


def conversation_not_found(conversation_id: str) -> NotFoundError:
    return NotFoundError(f"Conversation with id '{conversation_id}' not found.")


def item_not_found(item_id: str) -> NotFoundError:
    return NotFoundError(f"Item with id '{item_id}' not found in conversation.")


def referenced_item_not_found(item_id: str) -> NotFoundError:
    return NotFoundError(f"Item with id '{item_id}' not found.")


def cursor_not_found(item_id: str) -> NotFoundError:
    return NotFoundError(f"No item found with id '{item_id}'", param="after")


def item_already_in_conversation() -> BadRequestError:
    return BadRequestError("Item already in conversation", param="items", code="item_already_in_conversation")


def invalid_item() -> BadRequestError:
    return BadRequestError("Invalid item", param="item", code="invalid_item")


def item_type_not_emulated(path: str, item_type: str, emulated: Sequence[str]) -> BadRequestError:
    """Not a sentence of the live API: it knows this type, convsim does not."""
    return BadRequestError(
        f"convsim does not emulate items of type '{item_type}'. It emulates {enumeration(emulated)}.",
        param=path,
        code="convsim_not_emulated",
    )


# --- the request as a whole ----------------------------------------------------------------------------------------


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
