"""Text for people: one line where one is wanted, with nothing in it that steers a terminal or turns the reading."""

from __future__ import annotations

import re

WIDTH = 100

# Control characters but tab and newline, separators of lines, marks and overrides of direction.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with what steers a terminal, or turns the direction of reading, as an escape; lines and tabs stay."""
    return _STEERING.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def cut(line: str, width: int) -> str:
    """The line, made visible, of at most so many characters; its white space stays."""
    # Far more than a line can show is not looked at: contents may be megabytes.
    line = visible(line[: width + 1])
    return line if len(line) <= width else f"{line[: width - 3]}..."


def shortened(text: str, width: int = WIDTH) -> str:
    """One line of at most so many characters, each of them visible; white space becomes single spaces."""
    return cut(" ".join(text.split()), width)
