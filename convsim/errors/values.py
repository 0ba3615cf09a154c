"""Sentences about a value at a path. ``path`` is also the ``param``."""

from __future__ import annotations

from collections.abc import Sequence

from convsim.errors.tree import BadRequestError, named
from convsim.errors.words import elided, enumeration, one_of_words, type_word


def missing(path: str) -> BadRequestError:
    return BadRequestError(f"Missing required parameter: '{path}'.", param=path, code="missing_required_parameter")


def unknown_parameter(path: str, near_misses: Sequence[str] = ()) -> BadRequestError:
    message = f"Unknown parameter: '{path}'."
    if near_misses:
        message += f" Did you mean {enumeration(near_misses, 'or')}?"
    return BadRequestError(message, param=path, code="unknown_parameter")


def duplicate_parameter(name: str) -> BadRequestError:
    return BadRequestError(
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one is allowed."
        f" If you are trying to provide a list of values, use the array syntax instead e.g. '{name}[]=<value>'.",
        param=name,
        code="duplicate_parameter",
    )


@named
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


def not_listed(path: str, value: object, values: Sequence[str]) -> BadRequestError:
    """Return the refusal of a value outside a closed list, of whatever type."""
    if isinstance(value, str):
        return unsupported_value(path, value, values)
    return wrong_type(path, one_of_words(values), value)


def only_value(path: str, value: str, only: str) -> BadRequestError:
    """Return the Realtime API's sentence about a list of one value."""
    return BadRequestError(f"Invalid value: '{value}'. Value must be '{only}'.", param=path, code="invalid_value")


def unsupported_modalities(path: str, given: Sequence[str], supported: Sequence[Sequence[str]]) -> BadRequestError:
    """Return the Realtime API's refusal, which prints lists as Python does.

    Recorded for two supported combinations, without the code.
    """
    combinations = " and ".join(str(list(one)) for one in supported)
    return BadRequestError(
        f"Invalid modalities: {list(given)}. Supported combinations are: {combinations}.",
        param=path,
        code="invalid_value",
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


def decimal_too_small(path: str, bound: float, value: float) -> BadRequestError:
    return _invalid(
        path,
        f"decimal below minimum value. Expected a value >= {bound}, but got {value} instead.",
        "decimal_below_min_value",
    )


def decimal_too_large(path: str, bound: float, value: float) -> BadRequestError:
    return _invalid(
        path,
        f"decimal above maximum value. Expected a value <= {bound}, but got {value} instead.",
        "decimal_above_max_value",
    )


@named
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


@named
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


@named
def id_with_wrong_prefix(path: str, value: str, prefix: str) -> BadRequestError:
    return BadRequestError(
        f"Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'.", param=path, code="invalid_value"
    )


@named
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


def invalid_image_data(path: str, found: str) -> BadRequestError:
    """Return the refusal of image data; ``found`` names the value in its place."""
    return BadRequestError(
        f"Invalid '{path}'. Expected a base64-encoded data URL with an image MIME type (e.g."
        f" 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {found}.",
        param=path,
        code="invalid_value",
    )


def invalid(path: str) -> BadRequestError:
    """Return the refusal of file data that is no data URL: the sentence says no more."""
    return BadRequestError(f"Invalid '{path}'.", param=path, code="invalid_value")


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
        param=path or None,
        code="mutually_exclusive_parameters",
    )


def _invalid(path: str, fault: str, code: str) -> BadRequestError:
    return BadRequestError(f"Invalid '{path}': {fault}", param=path, code=code)
