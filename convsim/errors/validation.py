"""The error grammar as an engine: it turns the errors that pydantic found into the one sentence of the live API.

Validators describe a fault by its kind (pydantic's own kinds, and the few that :func:`fault` makes); the table at the
end turns each kind into a sentence of :mod:`convsim.errors`. New inputs add fields, not sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from convsim import errors
from convsim.errors import APIStatusError

Location = tuple[int | str, ...]

Sentence = Callable[[str, ErrorDetails], APIStatusError]
"""Words an error: takes the path of the value, and what pydantic found there."""

DUPLICATE = object()
"""The value of a parameter that was given twice where one is allowed: it has no type, so every field refuses it."""


def fault(kind: str, **context: Any) -> PydanticCustomError:
    """Return an error of one of the kinds in the table below, for a validator to raise about its own value."""
    # The template is never shown: the table words the error.
    return PydanticCustomError(kind, "{kind}", {"kind": kind, **context})


def wrong_type(expected: str) -> PydanticCustomError:
    return fault("wrong_type", expected=expected)


def unsupported_value(value: object, supported: Sequence[str]) -> PydanticCustomError:
    """Return the error of a value outside its list; the live API names a value of another type as an empty one."""
    return fault("unsupported_value", value=value if isinstance(value, str) else "", supported=supported)


def not_listed(values: Sequence[str]) -> PydanticCustomError:
    """Return the error of a value outside a closed list, of whatever type."""
    return fault("not_listed", values=values)


def fault_at(location: Location, found: PydanticCustomError | str, value: object) -> ValidationError:
    """Return an error, of our own or of pydantic's kinds, about a value inside the one that the validator was given."""
    return ValidationError.from_exception_data("value", [InitErrorDetails(type=found, loc=location, input=value)])


def translate(
    error: ValidationError, known: Iterable[str] = (), own_sentences: Mapping[str, Sentence] | None = None
) -> APIStatusError:
    """Return the one error that the live API answers for all that pydantic found.

    Locations in the body begin with ``body``, which the sentence leaves out. ``known`` lists the names that the body
    could still take: the sentence suggests a near miss of one of them. ``own_sentences`` are those of an API that words
    some kinds otherwise.
    """
    found = _first(error.errors(include_url=False))
    path = _path(found["loc"])
    if found["input"] is DUPLICATE:
        return errors.duplicate_parameter(path)
    if found["type"] == "extra_forbidden" and path == found["loc"][-1]:
        return errors.unknown_parameter(path, _near_misses(path, known))
    sentence = (own_sentences or {}).get(found["type"]) or _SENTENCES[found["type"]]
    return sentence(path, found)


def _first(found: Sequence[ErrorDetails]) -> ErrorDetails:
    """Return the error that the live API reports first.

    At each level of the body: missing members, then unknown ones, then the members in their order (measured on
    /v1/responses: a missing ``input`` beats an unknown key, which beats a fault inside ``input``).
    """
    order: dict[Location, int] = {}
    for position, details in enumerate(found):
        for depth in range(1, len(details["loc"]) + 1):
            order.setdefault(details["loc"][:depth], position)

    def rank(details: ErrorDetails) -> list[tuple[int, int]]:
        location = details["loc"]
        ranks = [(2, order[location[:depth]]) for depth in range(1, len(location) + 1)]
        if details["type"] in _BEFORE_MEMBERS:
            ranks[-1] = (_BEFORE_MEMBERS.index(details["type"]), ranks[-1][1])
        return ranks

    return min(found, key=rank)


_BEFORE_MEMBERS = ("missing", "extra_forbidden")


def _path(location: Location) -> str:
    """Return the path of a location: ``items[0].content`` for ("body", "items", 0, "content")."""
    path = ""
    for step in location[location[:1] == ("body",) :]:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def _near_misses(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names at a distance of two edits or less, the nearest first."""
    # A name may be megabytes long; each edit changes its length by one at most.
    alike = [candidate for candidate in known if abs(len(name) - len(candidate)) <= 2]
    near = [(distance, candidate) for candidate in alike if (distance := _edits(name, candidate)) <= 2]
    return [candidate for _, candidate in sorted(near)]


def _edits(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    previous = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            current.append(
                min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (left != right)),
            )
        previous = current
    return previous[-1]


def _property_name(found: ErrorDetails) -> APIStatusError:
    """Return the error for a key that is too long.

    pydantic locates it as ``metadata.<key>.[key]`` (a member may have that very name).
    """
    *owner, name, _ = found["loc"]
    return errors.property_name_too_long(_path(tuple(owner)), str(name), found["ctx"]["max_length"])


def _string_too_long(path: str, found: ErrorDetails) -> APIStatusError:
    if found["loc"][-1] == "[key]" and found["loc"][-2] == found["input"]:
        return _property_name(found)
    return errors.string_too_long(path, found["ctx"]["max_length"], len(found["input"]))


def _too_long(path: str, found: ErrorDetails) -> APIStatusError:
    sentence = errors.too_many_properties if isinstance(found["input"], dict) else errors.array_too_long
    return sentence(path, found["ctx"]["max_length"], len(found["input"]))


def _expects(expected: str) -> Sentence:
    return lambda path, found: errors.wrong_type(path, expected, found["input"])


_SENTENCES: dict[str, Sentence] = {
    # pydantic's kinds
    "missing": lambda path, found: errors.missing(path),
    "extra_forbidden": lambda path, found: errors.unknown_parameter(path),
    "string_type": _expects("a string"),
    "int_type": _expects("an integer"),
    "finite_number": _expects("a decimal"),
    "bool_type": _expects("a boolean"),
    "list_type": _expects("an array"),
    "dict_type": _expects("an object"),
    "model_type": _expects("an object"),
    "string_too_long": _string_too_long,
    "string_too_short": lambda path, found: errors.empty_string(path),
    "string_pattern_mismatch": lambda path, found: errors.pattern_mismatch(path, found["ctx"]["pattern"]),
    "too_long": _too_long,
    "too_short": lambda path, found: errors.empty_array(path),
    "greater_than_equal": lambda path, found: errors.integer_too_small(path, found["ctx"]["ge"], found["input"]),
    "less_than_equal": lambda path, found: errors.integer_too_large(path, found["ctx"]["le"], found["input"]),
    # our own, made by fault()
    "decimal_too_small": lambda path, found: errors.decimal_too_small(path, found["ctx"]["bound"], found["input"]),
    "decimal_too_large": lambda path, found: errors.decimal_too_large(path, found["ctx"]["bound"], found["input"]),
    "moved_parameter": lambda path, found: errors.moved_parameter(found["ctx"]["name"], found["ctx"]["place"]),
    "function_schema": lambda path, found: errors.invalid_function_schema(
        path, found["ctx"]["name"], found["ctx"]["objection"]
    ),
    "format_schema": lambda path, found: errors.invalid_format_schema(
        path, found["ctx"]["name"], found["ctx"]["objection"]
    ),
    "wrong_type": lambda path, found: errors.wrong_type(path, found["ctx"]["expected"], found["input"]),
    "unsupported_value": lambda path, found: errors.unsupported_value(
        path, found["ctx"]["value"], found["ctx"]["supported"]
    ),
    "not_listed": lambda path, found: errors.not_listed(path, found["input"], found["ctx"]["values"]),
    "id_characters": lambda path, found: errors.id_with_wrong_characters(path, found["input"]),
    "id_prefix": lambda path, found: errors.id_with_wrong_prefix(path, found["input"], found["ctx"]["prefix"]),
    "id_too_long": lambda path, found: errors.string_too_long(path, found["ctx"]["bound"], len(found["input"])),
    "url": lambda path, found: errors.invalid_url(path),
    "modalities": lambda path, found: errors.unsupported_modalities(
        path, found["ctx"]["given"], found["ctx"]["supported"]
    ),
    "image_data": lambda path, found: errors.invalid_image_data(path, found["ctx"]["found"]),
    "invalid": lambda path, found: errors.invalid(path),
    # The sentence names the part that is incomplete, not the member that it lacks.
    "unnamed_file": lambda path, found: errors.missing(path),
    "none_of_exclusive": lambda path, found: errors.none_of_exclusive(path, found["ctx"]["names"]),
    "mutually_exclusive": lambda path, found: errors.mutually_exclusive(path, found["ctx"]["names"]),
    "not_emulated": lambda path, found: errors.item_type_not_emulated(path, found["input"], found["ctx"]["emulated"]),
}
