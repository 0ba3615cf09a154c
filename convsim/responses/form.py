"""The JSON of a response object, written but for the members that change: most of it repeats the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

CHANGING = (
    "id",
    "created_at",
    "status",
    "billing",
    "completed_at",
    "conversation",
    "error",
    "incomplete_details",
    "output",
    "previous_response_id",
    "service_tier",
    "usage",
)
"""The members that differ between turns of the same settings, or change while one lasts; in the object's order."""


class Form:
    """A response object with blanks for the members that change; ``members`` are all of them, in their order."""

    __slots__ = ("_blank", "_blanks", "_gap", "_indent", "_line")

    def __init__(self, members: Mapping[str, Any], *, indented: bool) -> None:
        self._indent = 2 if indented else None
        colon, self._gap, self._line = (b": ", b",\n  ", b"\n  ") if indented else (b":", b",", b"\n")
        begin, end = (b"{\n  ", b"\n}") if indented else (b"{", b"}")
        self._blanks = [(name, b'"%b"%b' % (name.encode(), colon)) for name in CHANGING]
        pieces = []
        for name, value in members.items():
            if name in CHANGING:
                pieces.append(b"%b")
            else:
                json = to_json(value, indent=self._indent).replace(b"\n", self._line)
                pieces.append((b'"%b"%b%b%b' % (name.encode(), colon, json, self._gap)).replace(b"%", b"%%"))
        # The last member never changes.
        self._blank = begin + b"".join(pieces).removesuffix(self._gap) + end

    def filled(self, changing: Mapping[str, Any], output: bytes) -> bytes:
        """Return the whole object; ``output`` is JSON already, and members that are not given are left out."""
        indent, line, gap = self._indent, self._line, self._gap
        made = []
        for name, begin in self._blanks:
            if name == "output":
                made.append(begin + output + gap)
            elif name in changing:
                made.append(begin + to_json(changing[name], indent=indent).replace(b"\n", line) + gap)
            else:
                made.append(b"")
        return self._blank % tuple(made)
