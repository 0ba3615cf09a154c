"""Text for people, cut to a line where needed, without characters that steer a terminal or turn the reading."""

from __future__ import annotations

import re

WIDTH = 100

# The characters that steer: control characters but tab and newline, separators of lines, marks and overrides of
# direction; and half characters, which no terminal can be sent.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return the text with the characters that steer escaped; newlines and tabs stay."""
    return _STEERING.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def cut(line: str, width: int) -> str:
    """Return the line, made visible and cut to ``width`` characters; its white space stays."""
    # Contents may be megabytes, so only a little more than the line can show is read.
    line = visible(line[: width + 1])
    return line if len(line) <= width else f"{line[: width - 3]}..."


def number_of(count: int, one: str, several: str = "") -> str:
    """Return ``1 item``, or ``2 items``; ``several`` is the plural that is not made by an s."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def shortened(text: str, width: int = WIDTH) -> str:
    """Return the text on one line of at most ``width`` visible characters; white space becomes single spaces."""
    return cut(" ".join(text.split()), width)


# Only ids of the live shapes are shortened: OpenAI's, and those of Azure AI Foundry.
_LONG_ID = re.compile(r"\b([a-z]{1,8}_)([0-9a-f]{40,64}|[0-9a-f]{16}0[01][0-9A-Za-z]{32})\b")
_KEPT = 6
_LAST = 4
_MOST = 30


def short_ids(*texts: str) -> dict[str, str]:
    """Return a short form for each long id in the texts, ``conv_67d348...470e``, that no other id shares."""
    found = dict.fromkeys(match.groups() for text in texts for match in _LONG_ID.finditer(text))
    short: dict[str, str] = {}
    for last in (_LAST, 2 * _LAST, 4 * _LAST, _MOST):
        forms: dict[str, list[str]] = {}
        for prefix, digits in found:
            if prefix + digits not in short:
                forms.setdefault(f"{prefix}{digits[:_KEPT]}...{digits[-last:]}", []).append(prefix + digits)
        short |= {ids[0]: form for form, ids in forms.items() if len(ids) == 1}
    return short


def with_short_ids(text: str) -> str:
    """Return the whole text, with each long id shortened whose short form is unique in it."""
    short = short_ids(text)
    return _LONG_ID.sub(lambda found: short.get(found[0], found[0]), text) if short else text


def split_at_ids(text: str) -> list[str]:
    """Split the text into pieces, of which every second one is a long id."""
    pieces = _LONG_ID.split(text)
    return [
        piece if place % 3 == 0 else piece + pieces[place + 1] for place, piece in enumerate(pieces) if place % 3 != 2
    ]
