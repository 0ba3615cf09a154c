"""What must not get into the journal: the values of headers and parameters that hold keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus

# Too many are better than one too few: what a proxy or a gateway calls its key is not known here.
_SECRET = re.compile("key|token|auth|secret|cookie", re.IGNORECASE)
_HARMLESS = frozenset(("idempotency-key",))
_REDACTED = "[redacted]"


def without_secrets(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with the values of those that hold secrets redacted."""
    return [pair if pair[0] in _PUBLIC else _redacted(pair) for pair in headers]


# Names that were looked at before, as they are spelt: every request has some fifteen of them.
_PUBLIC: set[bytes] = set()
_MOST_NAMES = 1000


def _redacted(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    if _names_secret(pair[0].decode("latin-1")):
        return pair[0], _REDACTED.encode()
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
