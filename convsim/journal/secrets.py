"""What must not get into the journal: keys in headers, in parameters, and in events of Realtime."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_plus

# Too many are better than one too few: what a proxy or a gateway calls its key is not known here.
_SECRET = re.compile("key|token|auth|secret|cookie", re.IGNORECASE)
_HARMLESS = frozenset(("idempotency-key",))
_REDACTED = "[redacted]"
# Browsers, which can set no header, offer their key as a subprotocol (documented).
_SUBPROTOCOLS = b"sec-websocket-protocol"
_OFFERED_KEY = re.compile(rb"(?<=openai-insecure-api-key\.)[^,\s]+")


def without_secrets(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with the values of those that hold secrets redacted."""
    return [pair if pair[0] in _PUBLIC else _redacted(pair) for pair in headers]


# Names that were looked at before, as they are spelt: every request has some fifteen of them.
_PUBLIC: set[bytes] = set()
_MOST_NAMES = 1000


def _redacted(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    if _names_secret(pair[0].decode("latin-1")):
        return pair[0], _REDACTED.encode()
    if pair[0].lower() == _SUBPROTOCOLS:
        return pair[0], _OFFERED_KEY.sub(_REDACTED.encode(), pair[1])
    if len(_PUBLIC) < _MOST_NAMES:
        _PUBLIC.add(pair[0])
    return pair


def query_without_secrets(query: str) -> str:
    """The query, with the values of parameters that hold secrets redacted."""
    if "%" not in query and not _SECRET.search(query):
        return query  # as nearly all are
    return "&".join(_redacted_parameter(pair) for pair in query.split("&"))


def _redacted_parameter(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f"{name}={_REDACTED}" if value and _names_secret(unquote_plus(name)) else pair


def _names_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and name.lower() not in _HARMLESS


# --- events --------------------------------------------------------------------------------------------------------

# Of members: a body may well speak of tokens and authors.
_CREDENTIALS = re.compile("authorization|api[_-]?key|client[_-]?secret|headers", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u00([2-7][0-9a-f])", re.IGNORECASE)


def frame_without_secrets(frame: str | bytes) -> str | bytes:
    """The text or the bytes of a frame, with the values of members that hold credentials redacted.

    Of what is no JSON text, nothing is kept behind the first such name.
    """
    text = frame if isinstance(frame, str) else frame.decode("latin-1")
    seen = text.lower()
    # Several times faster than an expression, and nearly all frames go by here. A name may be spelt in escapes.
    if not ("authorization" in seen or "headers" in seen or "secret" in seen or "key" in seen or "\\u00" in seen):
        return frame
    if isinstance(frame, bytes):
        return _cut(text).encode("latin-1")
    try:
        return _without_members(text)
    except (ValueError, RecursionError):
        return _cut(text)


def _without_members(text: str) -> str:
    found = False

    def redacted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        secret = {name for name, _ in pairs if _CREDENTIALS.search(name)}
        found = found or bool(secret)
        return {name: _REDACTED if name in secret else value for name, value in pairs}

    # Sees every member, also one that another of the same name takes the place of.
    value = json.loads(text, object_pairs_hook=redacted)
    return json.dumps(value, separators=(",", ":")) if found else text


def _cut(text: str) -> str:
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    name = _CREDENTIALS.search(plain)
    return f"{plain[: name.end()]} {_REDACTED}" if name else text
