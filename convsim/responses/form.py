"""The JSON of a response object, written but for the members that change: most of it repeats the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

_BLANKS = {
    "id": b'"%b"',
    "created_at": b"%d",
    "status": b'"%b"',
    "completed_at": b"%b",
    "error": b"%b",
    "incomplete_details": b"%b",
    "output": b"%b",
    "previous_response_id": b"%b",
    "service_tier": b"%b",
    "usage": b"%b",
}
"""The members that differ between turns of the same settings, or change while one lasts, each with its blank.

One more is left out of turns without a conversation: ``conversation``.
"""


class Form:
    """A response object with blanks for the members that change; ``members`` are all of them, in their order."""

    __slots__ = ("_blank", "_conversation", "_indent", "_line")

    def __init__(self, members: Mapping[str, Any], *, indented: bool) -> None:
        self._indent = 2 if indented else None
        colon, gap, self._line = (b": ", b",\n  ", b"\n  ") if indented else (b":", b",", b"\n")
        begin, end = (b"{\n  ", b"\n}") if indented else (b"{", b"}")
        self._conversation = b'"conversation"%b%b%b' % (colon, self._json({"id": "%b"}), gap)
        pieces = []
        for name, value in members.items():
            json = _BLANKS.get(name) or self._json(value).replace(b"%", b"%%")
            pieces.append(b"%b" if name == "conversation" else b'"%b"%b%b%b' % (name.encode(), colon, json, gap))
        # The last member never changes.
        self._blank = begin + b"".join(pieces).removesuffix(gap) + end

    def filled(self, state: Mapping[str, Any], output: bytes) -> bytes:
        """Return the whole object; ``output`` is JSON already, and ids need no escapes."""
        completed_at, conversation, previous = (
            state["completed_at"],
            state["conversation"],
            state["previous_response_id"],
        )
        error, details, usage = state["error"], state["incomplete_details"], state["usage"]
        return self._blank % (
            state["id"].encode(),
            state["created_at"],
            state["status"].encode(),
            b"null" if completed_at is None else b"%d" % completed_at,
            b"" if conversation is None else self._conversation % conversation.encode(),
            b"null" if error is None else self._json(error),
            b"null" if details is None else self._json(details),
            output,
            b"null" if previous is None else b'"%b"' % previous.encode(),
            to_json(state["service_tier"], indent=self._indent),
            b"null" if usage is None else self._json(usage),
        )

    def _json(self, value: object) -> bytes:
        return to_json(value, indent=self._indent).replace(b"\n", self._line)
