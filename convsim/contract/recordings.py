"""Recordings of HTTP traffic as exchanges: VCR cassettes, HAR files, and convsim's journals.

Exchanges about other endpoints are ignored. Secrets are removed: headers are not read, and keys in bodies are redacted.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic_core import from_json, to_json

from convsim.contract import sse
from convsim.core.secrets import REDACTED, json_without_secrets, query_without_secrets
from convsim.core.text import visible
from convsim.errors import ConvsimError, UsageError
from convsim.journal import file as journal_files
from convsim.journal.entries import Exchange as JournalExchange

Json = dict[str, Any]
Service = Literal["openai", "foundry"]

_PATH = re.compile(r".*?(/(?:conversations|responses)(?:/.*)?)")
# The forms of keys of OpenAI and similar services, GitHub, Google, AWS and Slack, and the word after "Bearer".
_KEY = re.compile(
    r"\b(?:sk|pk|rk|sess)-[A-Za-z0-9_-]{8,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bAIza[A-Za-z0-9_-]{30,}|\bAKIA[A-Z0-9]{12,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|(?<=Bearer )[A-Za-z0-9._~+/-]{8,}=*"
)


class Exchange(NamedTuple):
    """A request, with its path below the base URL, and its answer: JSON, or the list of a stream's events.

    ``place`` says where it stands in its recording, and ``service`` of which service it is.
    """

    method: str
    path: str
    body: Any
    status: int
    answer: Any
    place: str = "exchange"
    service: Service = "openai"


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
            found = _journal(path) if exchanges is None else exchanges(shown, document[member])
            return [_clean(exchange) for exchange in found]
    raise UsageError(f"{shown} is not a recording: write a VCR cassette, a HAR file or a journal of convsim")


# --- the syntax ----------------------------------------------------------------------------------------------------


def _document(shown: str, content: bytes) -> Json:
    try:
        # HAR files often begin with a mark of the order of bytes.
        document = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        if content.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
            where = f"line {error.lineno}, column {error.colno}"
            raise UsageError(f"{shown} is no JSON: {error.msg} at {where}; was it written to its end?") from None
        document = _yaml(shown, content)
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
        # The library's own words quote the line, which may hold a key.
        mark = getattr(error, "problem_mark", None)
        where = f": see line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise UsageError(f"{shown} is neither JSON nor YAML{where}") from None


# --- kinds ---------------------------------------------------------------------------------------------------------


def _journal(path: str | PathLike[str]) -> Iterator[Exchange]:
    for one in journal_files.read(path):
        if isinstance(one, JournalExchange) and one.response is not None:
            found = _found(f"{one.request.full_path}?{one.request.query}")
            if found is not None:
                answer = list(one.events) or one.answer
                yield Exchange(
                    one.request.method,
                    found.path,
                    one.body,
                    one.status or 0,
                    answer,
                    f"entry {one.number}",
                    found.service,
                )


def _cassette(member: str) -> Callable[[str, Any], Iterator[Exchange]]:
    """Return the reader of cassettes; Python's VCR writes ``interactions``, Ruby's ``http_interactions``."""

    def exchanges(shown: str, value: Any) -> Iterator[Exchange]:
        for number, one in enumerate(_list(f"{shown}: {member}", value)):
            place = f"{member}[{number}]"
            owner = f"{shown}: {place}"
            asked = _member(owner, one, "request", dict, "an object")
            found = _found(_member(f"{owner}.request", asked, "uri", str, _URL), f"{owner}.request.uri")
            if found is None:
                continue
            answered = _member(owner, one, "response", dict, "an object")
            status = answered.get("status")
            code = status if isinstance(status, dict) else {"code": status}
            yield Exchange(
                _method(f"{owner}.request", asked),
                found.path,
                _parsed(f"{owner}.request", asked.get("parsed_body", asked.get("body"))),
                _member(f"{owner}.response.status", code, "code", int, "a number, as 200"),
                _parsed(f"{owner}.response", answered.get("parsed_body", answered.get("body"))),
                place,
                found.service,
            )

    return exchanges


def _har(shown: str, value: Any) -> Iterator[Exchange]:
    entries = _member(f"{shown}: log", value, "entries", list, "a list of objects")
    for number, one in enumerate(entries):
        place = f"log.entries[{number}]"
        owner = f"{shown}: {place}"
        asked = _member(owner, one, "request", dict, "an object")
        found = _found(_member(f"{owner}.request", asked, "url", str, _URL), f"{owner}.request.url")
        if found is None:
            continue
        answered = _member(owner, one, "response", dict, "an object")
        status = _member(f"{owner}.response", answered, "status", int, "a number, as 200")
        method = _method(f"{owner}.request", asked)
        # Browsers also record what was never answered, their own questions, and WebSockets.
        if status >= _FIRST_ANSWER and method != "OPTIONS":
            sent = _har_text(f"{owner}.request.postData", asked.get("postData"))
            told = _har_text(f"{owner}.response.content", answered.get("content"))
            yield Exchange(
                method,
                found.path,
                _parsed(f"{owner}.request", sent),
                status,
                _parsed(f"{owner}.response", told),
                place,
                found.service,
            )


_FIRST_ANSWER = 200


def _har_text(owner: str, value: Any) -> Any:
    """Return the body that a HAR file keeps as a text, or as base64."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise UsageError(f"{owner}: write an object with the member 'text'")
    text = value.get("text")
    return {"base64_string": text} if text is not None and value.get("encoding") == "base64" else text


_KINDS: Mapping[str, Callable[[str, Any], Iterator[Exchange]] | None] = {
    "convsim_journal": None,
    "interactions": _cassette("interactions"),
    "http_interactions": _cassette("http_interactions"),
    "log": _har,
}


# --- members -------------------------------------------------------------------------------------------------------

_URL = "a URL, as https://api.openai.com/v1/conversations"


def _member(owner: str, value: Any, name: str, kind: type, words: str) -> Any:
    """Return the member of an object; raise ``UsageError`` with its place and what to write, but not with its value."""
    if not isinstance(value, dict):
        raise UsageError(f"{owner}: write an object with the member {name!r}")
    if name not in value:
        raise UsageError(f"{owner}: the member {name!r} is missing; write {words}")
    if not isinstance(value[name], kind) or isinstance(value[name], bool):
        raise UsageError(f"{owner}.{name}: write {words}")
    return value[name]


def _method(owner: str, request: Any) -> str:
    method: str = _member(owner, request, "method", str, "a method, as POST")
    if not method.isalpha() or not method.isascii():
        raise UsageError(f"{owner}.method: write a method, as POST")
    return method.upper()


def _list(owner: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError(f"{owner}: write a list of objects")
    return value


class _Found(NamedTuple):
    path: str
    service: Service


def _found(url: str, owner: str = "") -> _Found | None:
    """Return the path below the base URL, and the service; None if the URL is about another endpoint."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageError(f"{owner}: write {_URL}") from None
    found = _PATH.fullmatch(parts.path)
    if found is None:
        return None
    # Azure's versions mean nothing to another base URL, and OpenAI has none.
    query = "&".join(pair for pair in parts.query.split("&") if not pair.startswith("api-version="))
    query = query_without_secrets(query)
    service: Service = "foundry" if _PROJECT.search(parts.path) else "openai"
    return _Found(f"{found[1]}?{query}" if query else found[1], service)


_PROJECT = re.compile("/api/projects/[^/]+/")


# --- bodies --------------------------------------------------------------------------------------------------------


def _parsed(owner: str, body: Any) -> Any:
    """Return the JSON or the events of a stream; None for other contents.

    Recorders keep a text, bytes, parsed JSON, or an object around one of them.
    """
    if isinstance(body, dict):
        for name in ("string", "base64_string"):
            if name in body:
                inner = body[name]
                return _parsed(owner, _unpacked(owner, inner) if name == "base64_string" else inner)
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if not isinstance(body, bytes):
        try:
            # YAML has times, and keys of other types than strings.
            return from_json(to_json(_without_keys(body), fallback=str))
        except (ValueError, RecursionError):
            raise UsageError(f"{owner}: its body is one that JSON cannot hold, as one that refers to itself") from None
    content = _uncompressed(owner, body)
    text = content.decode("utf-8", "surrogatepass")
    told = _json(text)
    if told is None:
        # Recorders may cut the empty line behind the last event.
        data = map(_json, sse.events(content + b"\n\n"))
        told = [event for event in data if event is not None] or None
    return told


def _unpacked(owner: str, text: Any) -> bytes:
    try:
        return b64decode(text)
    except (TypeError, ValueError):
        raise UsageError(f"{owner}: its body is not base64") from None


def _uncompressed(owner: str, content: bytes) -> bytes:
    try:
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        elif content[:1] == b"\x78" and int.from_bytes(content[:2]) % 31 == 0:  # the head of deflate
            content = zlib.decompress(content)
        content.decode("utf-8", "surrogatepass")
    except (OSError, EOFError, zlib.error):
        raise UsageError(f"{owner}: its compressed body is damaged") from None
    except ValueError:
        hint = "record with decode_compressed_response=True"
        raise UsageError(f"{owner}: its body is neither text nor gzip nor deflate: {hint}") from None
    return content


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
        # Python reads NaN and 1e999, but the files that an import writes can hold neither.
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value


def _clean(exchange: Exchange) -> Exchange:
    return exchange._replace(
        path=_without_keys(exchange.path),
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
