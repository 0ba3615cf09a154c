"""The one redactor: no key, password or token leaves memory.

It serves the ``repr`` of requests, refusals, the journal and its file, state files, stories, pages and reproductions.
It recognizes secrets by the name of their header, parameter or member, so it proves nothing: a key in the text of a
message is text to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any
from urllib.parse import unquote_plus

REDACTED = "[redacted]"

Pair = tuple[bytes, bytes]


# --- headers and queries -------------------------------------------------------------------------------------------

# Redact too many rather than one too few: how a proxy or a gateway calls its key is not known here.
# For names in lower case: an expression that ignores the case, or looks back first, takes several times as long.
_SECRET = re.compile(
    "key|token|auth|secret|cookie|passw|pwd|credential|signature|assertion|jwt|sig(?<![a-z]sig)(?![a-z])"
)
_HARMLESS = frozenset(("idempotency-key",))
# Browsers, which can set no header, offer their key as a subprotocol (documented).
_SUBPROTOCOLS = b"sec-websocket-protocol"
_OFFERED_KEY = re.compile(rb"(?<=openai-insecure-api-key\.)[^,\s]+")


def without_secrets(headers: Sequence[Pair]) -> list[Pair]:
    """Return the headers, with the values of those that hold secrets redacted."""
    kept = list(headers)
    for place in _secret_places(tuple(map(_NAME, kept))):
        name, value = kept[place]
        kept[place] = name, _OFFERED_KEY.sub(_REDACTED, value) if name.lower() == _SUBPROTOCOLS else _REDACTED
    return kept


@lru_cache(maxsize=256)  # every request of a client has the same names, some fifteen of them
def _secret_places(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Return the places of the headers that hold secrets."""
    secret = (name.lower() == _SUBPROTOCOLS or _names_secret(name.decode("latin-1")) for name in names)
    return tuple(place for place, found in enumerate(secret) if found)


_NAME = itemgetter(0)
_REDACTED = REDACTED.encode()


def query_without_secrets(query: str) -> str:
    """Return the query, with the values of parameters that hold secrets redacted."""
    if "%" not in query and not _SECRET.search(query.casefold()):
        return query  # as almost all queries do
    return "&".join(_redacted_parameter(pair) for pair in query.split("&"))


def _redacted_parameter(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f"{name}={REDACTED}" if value and _names_secret(unquote_plus(name)) else pair


def _names_secret(name: str) -> bool:
    return _SECRET.search(name.casefold()) is not None and name.lower() not in _HARMLESS


# --- URLs ----------------------------------------------------------------------------------------------------------

# In contents a name counts by its words: `keyword` and `author` name no secrets.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    (
        *("key", "apikey", "accesskey", "token", "accesstoken", "sastoken", "auth", "authorization", "secret"),
        *("cookie", "password", "passwd", "pwd", "sig", "signature", "credential", "credentials", "assertion", "jwt"),
    )
)
# JSON may write a slash as \/ and an ampersand as an escape.
_URL = re.compile(r"""[a-z][a-z0-9+.-]{0,30}:\\?/\\?/[^\s"'<>]+""", re.IGNORECASE)
_USER = re.compile(r"(:\\?/\\?/)[^/?#@\\]*(?:\\[^/][^/?#@\\]*)*@")
_PARAMETER = re.compile(r"([?&#;]|\\u0026)([^=&?#;\\]+)=((?:[^&#;\\]|\\(?!u0026))+)", re.IGNORECASE)


def text_without_secrets(text: str) -> str:
    """Return the text, with users, passwords and tokens of the URLs in it redacted."""
    return _URL.sub(_url, text) if ":/" in text or ":\\/" in text else text


def _url(found: re.Match[str]) -> str:
    return _PARAMETER.sub(_url_parameter, _USER.sub(rf"\1{REDACTED}@", found[0]))


def _url_parameter(found: re.Match[str]) -> str:
    before, name, _ = found.groups()
    words = {word.lower() for word in _WORD.findall(unquote_plus(name))}
    return f"{before}{name}={REDACTED}" if words & _SECRET_WORDS else found[0]


# --- JSON ----------------------------------------------------------------------------------------------------------

# Names of members are matched more narrowly: a body may well speak of tokens, keys and authors.
_MEMBER = re.compile(
    "authorization|api[_-]?key|secret|headers|passw|(?:access|refresh|id|auth)[_-]?token|bearer|assertion|credential"
    "|signature|^(?:jwt|sig|pwd)$",
    re.IGNORECASE,
)
# In these objects of a schema, the names are names of members, and the values describe those members.
_SCHEMAS = frozenset(("properties", "patternProperties", "$defs", "definitions"))
_ESCAPE = re.compile(r"\\u00([2-7][0-9a-f])", re.IGNORECASE)
# A text without any of these has nothing to redact. A name may be spelt in escapes.
_HINTS = (
    *("auth", "head", "secret", "key", "passw", "token", "bearer", "assert", "cred", "sig", "jwt", "pwd"),
    *("\\u00", "://", ":\\/"),
)


def names_secret(path: str) -> bool:
    """Return whether the last member of a path such as ``tools[0].authorization`` holds a secret."""
    return _MEMBER.search(path.rpartition(".")[2]) is not None


def json_without_secrets(value: Any) -> Any:
    """Return a copy of parsed JSON with its secrets redacted; strings stay strings, so that it can be stored again."""
    return _Redactor(keep_shape=True).copy(value)


def frame_without_secrets(frame: str | bytes) -> str | bytes:
    """Return a frame with the values of secret members and the secret parts of URLs redacted.

    A frame that is not JSON is cut after the first secret name.
    """
    text = frame if isinstance(frame, str) else frame.decode("latin-1")
    seen = text.lower()
    # Several times faster than an expression, and almost every frame ends here.
    if not any(map(seen.__contains__, _HINTS)):
        return frame
    if isinstance(frame, bytes):
        return _cut(text).encode("latin-1")
    try:
        return _without_members(text)
    except (ValueError, RecursionError):
        return _cut(text)


def body_without_secrets(body: bytes) -> bytes:
    """Do the same as :func:`frame_without_secrets` for a body over HTTP, whose text is UTF-8."""
    try:
        text: str | bytes = body.decode()
    except UnicodeDecodeError:
        text = body
    kept = frame_without_secrets(text)
    return body if kept is text else kept.encode() if isinstance(kept, str) else kept


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, including repeated names, of which a dict would keep only the last."""


class _Redactor:
    """Copies parsed JSON without secrets; ``found`` says whether anything was redacted."""

    def __init__(self, *, keep_shape: bool) -> None:
        self._keep_shape = keep_shape
        self.found = False

    def copy(self, value: Any, *, names_schemas: bool = False) -> Any:
        if isinstance(value, (Mapping, _Pairs)):
            members = value.items() if isinstance(value, Mapping) else value
            return {
                name: self._redacted(member)
                if _MEMBER.search(name) and not (names_schemas and isinstance(member, (Mapping, _Pairs)))
                else self.copy(member, names_schemas=name in _SCHEMAS)
                for name, member in members
            }
        if isinstance(value, (list, tuple)):
            return [self.copy(element) for element in value]
        if not isinstance(value, str):
            return value
        text = text_without_secrets(value)
        self.found = self.found or text != value
        return text

    def _redacted(self, value: Any) -> Any:
        if value in (None, "", REDACTED):
            return value
        self.found = True
        if not self._keep_shape or isinstance(value, str):
            return REDACTED
        if isinstance(value, Mapping):
            return {name: self._redacted(member) for name, member in value.items()}
        return [self._redacted(element) for element in value] if isinstance(value, (list, tuple)) else value


def _without_members(text: str) -> str:
    redactor = _Redactor(keep_shape=False)
    # Sees every member, including those that a later one of the same name would replace.
    value = redactor.copy(json.loads(text, object_pairs_hook=_Pairs))
    return json.dumps(value, separators=(",", ":")) if redactor.found else text


def _cut(text: str) -> str:
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    name = _MEMBER.search(plain)
    return text_without_secrets(f"{plain[: name.end()]} {REDACTED}" if name else text)
