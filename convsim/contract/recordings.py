"""Recordings of HTTP traffic as exchanges: VCR cassettes, HAR files, and convsim's journals.

Exchanges about other endpoints are ignored. Secrets are removed: headers are not read, and keys in bodies are redacted.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from convsim.core.secrets import REDACTED, json_without_secrets, query_without_secrets
from convsim.core.text import visible
from convsim.errors import ConvsimError, UsageError
from convsim.journal import file as journal_files
from convsim.journal.entries import Exchange as JournalExchange

Json = dict[str, Any]

_PATH = re.compile(r".*?(/(?:conversations|responses)(?:/.*)?)")
# The forms of keys of OpenAI and similar services, GitHub, Google, AWS and Slack, and the word after "Bearer".
_KEY = re.compile(
    r"\b(?:sk|pk|rk|sess)-[A-Za-z0-9_-]{8,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bAIza[A-Za-z0-9_-]{30,}|\bAKIA[A-Z0-9]{12,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|(?<=Bearer )[A-Za-z0-9._~+/-]{8,}=*"
)


class Exchange(NamedTuple):
    """A request, with its path below the base URL, and its answer: JSON, or the list of a stream's events."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any


def read(path: str | PathLike[str]) -> list[Exchange]:
    """Return the exchanges of a recording, oldest first; raise :class:`~convsim.errors.UsageError` for other files."""
    shown = visible(str(path))
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    document = _document(shown, content)
    for member, exchanges in _KINDS.items():
        if member in document:
            found = _journal(path) if exchanges is None else _all(shown, exchanges, document)
            return [_clean(exchange) for exchange in found]
    raise UsageError(f"{shown} is not a recording: write a VCR cassette, a HAR file or a journal of convsim")


def _document(shown: str, content: bytes) -> Json:
    try:
        # HAR files often begin with a mark of the order of bytes.
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        document = _yaml(shown, content)
    return document if isinstance(document, dict) else {}


def _yaml(shown: str, content: bytes) -> Any:
    try:
        import yaml
    except ImportError:
        raise ConvsimError(
            f"{shown} is no JSON, and for YAML PyYAML is not installed: python -m pip install 'convsim[import]'"
        ) from None
    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{shown} is neither JSON nor YAML: {visible(' '.join(str(error).split()))}") from None


def _all(shown: str, exchanges: Callable[[Json], Iterator[Exchange | None]], document: Json) -> list[Exchange]:
    try:
        return [exchange for exchange in exchanges(document) if exchange is not None]
    except (AttributeError, KeyError, TypeError, ValueError, OSError, zlib.error) as error:
        raise UsageError(f"{shown} is damaged: {type(error).__name__}: {visible(str(error))}") from None


# --- kinds ---------------------------------------------------------------------------------------------------------


def _journal(path: str | PathLike[str]) -> list[Exchange]:
    entries = [one for one in journal_files.read(path) if isinstance(one, JournalExchange) and one.response is not None]
    found = [
        _exchange(one.request.method, f"{one.request.full_path}?{one.request.query}", one.body, one.status or 0, answer)
        for one in entries
        for answer in [list(one.events) or one.answer]
    ]
    return [exchange for exchange in found if exchange is not None]


def _cassette(document: Json) -> Iterator[Exchange | None]:
    """Yield the exchanges of a cassette; Python's VCR writes ``interactions``, Ruby's ``http_interactions``."""
    for one in document["interactions"] if "interactions" in document else document["http_interactions"]:
        asked, answered = one["request"], one["response"]
        status = answered["status"]
        yield _exchange(
            asked["method"].upper(),
            asked["uri"],
            _parsed(_bytes(asked.get("parsed_body", asked.get("body")))),
            status["code"] if isinstance(status, dict) else status,
            _parsed(_bytes(answered.get("parsed_body", answered.get("body")))),
        )


def _har(document: Json) -> Iterator[Exchange | None]:
    for one in document["log"]["entries"]:
        asked, answered = one["request"], one["response"]
        content = answered.get("content", {})
        text = content.get("text", "")
        body = b64decode(text) if content.get("encoding") == "base64" else text.encode()
        sent = (asked.get("postData") or {}).get("text", "").encode()
        yield _exchange(asked["method"], asked["url"], _parsed(sent), answered["status"], _parsed(body))


_KINDS: Mapping[str, Callable[[Json], Iterator[Exchange | None]] | None] = {
    "convsim_journal": None,
    "interactions": _cassette,
    "http_interactions": _cassette,
    "log": _har,
}


# --- one exchange --------------------------------------------------------------------------------------------------


def _exchange(method: str, url: str, body: Any, status: int, answer: Any) -> Exchange | None:
    """Return the exchange, or None if it is about another endpoint."""
    parts = urlsplit(url)
    found = _PATH.fullmatch(parts.path)
    if found is None:
        return None
    query = query_without_secrets(parts.query)
    return Exchange(method, f"{found[1]}?{query}" if query else found[1], body, int(status), answer)


def _bytes(body: Any) -> Any:
    """Return the bytes of a body; recorders keep a text, bytes, parsed JSON, or an object around one of them."""
    if isinstance(body, dict):
        for name in ("string", "base64_string"):
            if name in body:
                inner = body[name]
                return _bytes(b64decode(inner) if name == "base64_string" else inner)
    if isinstance(body, str):
        return body.encode()
    return gzip.decompress(body) if isinstance(body, bytes) and body.startswith(b"\x1f\x8b") else body


def _parsed(content: Any) -> Any:
    """Return the JSON or the events of a stream; None for other contents."""
    if not isinstance(content, bytes):
        return content
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    if text.startswith(("event:", "data:")):
        data = [line.removeprefix("data:").strip() for line in text.split("\n") if line.startswith("data:")]
        return [event for event in map(_json, data) if event is not None]
    return _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _clean(exchange: Exchange) -> Exchange:
    return exchange._replace(
        path=_KEY.sub(REDACTED, exchange.path),
        body=_without_keys(json_without_secrets(exchange.body)),
        answer=_without_keys(json_without_secrets(exchange.answer)),
    )


def _without_keys(value: Any) -> Any:
    if isinstance(value, str):
        # No file can hold half a character, a lone surrogate.
        return _KEY.sub(REDACTED, value).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_keys(name): _without_keys(member) for name, member in value.items()}
    return [_without_keys(element) for element in value] if isinstance(value, list) else value
