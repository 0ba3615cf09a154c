"""Misuse of convsim: the check of an argument, and the sentence about a value that does not fit."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from convsim.errors.tree import UsageError

_LONGEST = 300


def shown(value: object) -> str:
    """Return the value as Python writes it, cut to one line that people read; never raises.

    Lists may be nested too deep for a ``repr``, integers may have too many digits, and classes of a test may fail.
    """
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class Kind(NamedTuple):
    """The values that an argument takes: ``fits`` tests a value, ``words`` tell a test what to write."""

    fits: Callable[[Any], bool]
    words: str


def require(owner: str, value: object, kind: Kind) -> None:
    """Raise :class:`~convsim.errors.UsageError` unless the value fits.

    ``owner`` is the user's call up to the value: ``Text(text``, ``Latency(`` for the only argument, or the name alone.
    """
    if kind.fits(value):
        return
    equals, end = "" if owner.endswith("(") else "=", ")" if "(" in owner else ""
    raise UsageError(f"{owner}{equals}{shown(value)}{end}: write {kind.words}")


def require_fields(made: object, kinds: Mapping[str, Kind], call: str = "") -> None:
    """Raise :class:`~convsim.errors.UsageError` for the first field of a new object that does not fit its kind.

    ``call`` is the name that a test calls, if it is not that of the class.
    """
    for name, kind in kinds.items():
        if not kind.fits(value := getattr(made, name)):
            require(f"{call or type(made).__name__}({name}", value, kind)


# --- the kinds -----------------------------------------------------------------------------------------------------


def is_text(value: object) -> TypeGuard[str]:
    """Return whether it is a string that UTF-8 can carry: one without lone surrogates."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_number(value: object) -> bool:
    """Return whether it is a number and not a truth value, which Python takes for one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_header(value: object) -> bool:
    """Return whether a header can have it as its value."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def is_list(value: object) -> bool:
    """Return whether it has elements to iterate over, and is neither a text nor a mapping."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _is_path(value: object) -> bool:
    try:
        path = os.fsencode(value) if isinstance(value, (str, os.PathLike)) else b""
    except (TypeError, UnicodeEncodeError):
        return False
    return path != b"" and b"\0" not in path


INTEGER = Kind(lambda value: type(value) is int, "an integer")
TEXT = Kind(is_text, "a string that UTF-8 can carry")
STRING = Kind(lambda value: isinstance(value, str), "a string")
FLAG = Kind(lambda value: isinstance(value, bool), "True or False")
PATH = Kind(_is_path, "the path of a file")


def optional(kind: Kind) -> Kind:
    """Return the kind that takes None, too."""
    return Kind(lambda value: value is None or kind.fits(value), f"{kind.words}, or None")


MAYBE_TEXT = optional(TEXT)


def instance(of: type) -> Kind:
    """Return the kind of the objects of a class."""
    return Kind(lambda value: isinstance(value, of), f"{of.__name__}(...)")


def choice(*choices: object) -> Kind:
    """Return the kind of these values; 0 is not False, and 1.0 is not 1."""
    typed = tuple((type(one), one) for one in choices)
    return Kind(
        lambda value: (type(value), value) in typed,
        " or ".join(filter(None, (", ".join(map(repr, choices[:-1])), repr(choices[-1])))),
    )


def count(least: int, most: float = math.inf) -> Kind:
    """Return the kind of integers from ``least`` to ``most``."""
    bounds = f"{least} or more" if most == math.inf else f"{least} to {most}"
    return Kind(lambda value: type(value) is int and least <= value <= most, f"an integer, {bounds}")


def number(words: str, most: float) -> Kind:
    """Return the kind of numbers from 0 to ``most``; ``words`` say so."""
    return Kind(lambda value: is_number(value) and 0 <= value <= most, words)


SECONDS = number("seconds, 0 to 86400, which is a day", most=86_400)
