"""The words from which the sentences are made."""

from __future__ import annotations

from collections.abc import Sequence


def enumeration(values: Sequence[str], conjunction: str = "and", *, short: bool = False) -> str:
    """Join to ``'a'``, ``'a' and 'b'``, ``'a', 'b', and 'c'``; ``short`` elides names as sentences about types do."""
    quoted = [f"'{elided(value) if short else value}'" for value in values]
    if len(quoted) < 3:
        return f" {conjunction} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {conjunction} {quoted[-1]}"


def one_of_words(values: Sequence[str]) -> str:
    """Return the words for a closed list in the sentence about a wrong type; long names are elided."""
    return f"one of {enumeration(values, 'or', short=True)}"


def elided(name: str) -> str:
    """Shorten a name of more than twelve characters to its first and last three."""
    return name if len(name) <= 12 else f"{name[:3]}...{name[-3:]}"


def type_word(value: object) -> str:
    """Return the live API's name for the JSON type of ``value``."""
    for kinds, word in _TYPE_WORDS:
        if isinstance(value, kinds):
            return word
    return "an object"


_TYPE_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),  # before int: bool is a subclass
    (int, "an integer"),
    (float, "a decimal number"),
    (str, "a string"),
    ((list, tuple), "an array"),
)
