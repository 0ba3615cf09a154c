"""Exact bytes: live JSON and live headers of answers, and bodies read as strictly as the live API reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Literal, Protocol

from pydantic_core import from_json, to_json

from convsim import errors
from convsim.errors import APIStatusError, ConvsimError, RefusedRouteError, UnscriptedTurnError
from convsim.http.messages import Body, Request, Response


def read_body(request: Request) -> object:
    """Return the JSON of a request body; an empty body reads as an empty object.

    Raises the live errors for another content type and for malformed JSON (including lone surrogates, NaN and bytes
    that are not UTF-8).
    """
    if not request.body:
        return {}
    if _SENT_BY_CLIENTS not in request.headers:
        content_type = request.header(b"content-type").decode("latin-1").partition(";")[0].strip()
        if content_type.lower() != "application/json":
            raise errors.unsupported_content_type(content_type)
    try:
        return from_json(request.body, allow_inf_nan=False)
    except ValueError:
        raise errors.invalid_json() from None


_SENT_BY_CLIENTS = (b"Content-Type", b"application/json")  # in this spelling, by httpx and the SDK


def parse_json(text: str | bytes) -> object:
    """Return JSON as the live API parses it; raise its error for anything else."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        raise errors.invalid_json() from None


class _Conversation(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> int: ...
    @property
    def metadata(self) -> Mapping[str, str]: ...


def conversation(given: _Conversation) -> bytes:
    """Return the body of a conversation; its ``created_at`` is in seconds since the epoch."""
    value = {"id": given.id, "object": "conversation", "created_at": given.created_at, "metadata": given.metadata}
    return to_json(value, indent=2)


def deleted(deleted_id: str, kind: str) -> bytes:
    """Return the body that answers a deletion; ``kind`` is its ``object``."""
    return to_json({"id": deleted_id, "object": kind, "deleted": True}, indent=2)


def escaped(body: bytes) -> bytes:
    """Return the JSON in ASCII, every other character escaped, as in the bodies of responses (recorded)."""
    return body if body.isascii() else _BEYOND_ASCII.sub(_escape, body.decode()).encode()


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def page(data: Sequence[bytes], first_id: str | None, last_id: str | None, *, has_more: bool) -> bytes:
    """Return a list's body; ``data`` are items indented as in a page."""
    end = _END % (to_json(first_id), b"true" if has_more else b"false", to_json(last_id))
    if not data:
        return b'{\n  "object": "list",\n  "data": []' + end
    # Joined together with both ends, so that the page is copied once.
    items = list(data)
    items[0] = b'{\n  "object": "list",\n  "data": [\n    ' + items[0]
    items[-1] += b"\n  ]" + end
    return b",\n    ".join(items)


_END = b""",
  "first_id": %b,
  "has_more": %b,
  "last_id": %b
}"""


def error_body(error: APIStatusError) -> bytes:
    """Return the live envelope of an error."""
    return to_json({"error": error.body}, indent=2)


def miss(error: ConvsimError) -> dict[str, str | None]:
    """Return the member ``error`` of an answer that reports an error of convsim to a client of another process."""
    code = next((code for kind, code in _MISSES if isinstance(error, kind)), "convsim_usage")
    return {"message": str(error), "type": "convsim_error", "param": None, "code": code}


_MISSES: tuple[tuple[type[ConvsimError], str], ...] = (
    (UnscriptedTurnError, "convsim_unscripted_turn"),
    (RefusedRouteError, "convsim_unknown_route"),
)


Front = Literal["conversations", "responses", "turn", "gateway"]
"""The kinds of answers with different headers: by their path, by whether headers report rate limits, and ``gateway``
for turns without the model's side (Azure AI Foundry)."""

_EXPOSED: Mapping[Front, bytes] = {
    "conversations": b"CF-Ray",
    "responses": b"CF-Ray",
    "turn": b"X-Request-ID, CF-Ray, CF-Ray",
}

# The names are recorded; the numbers are made up, and the same in every answer: convsim limits nothing.
_RATE_LIMITS = (
    (b"x-ratelimit-limit-requests", b"30000"),
    (b"x-ratelimit-limit-tokens", b"150000000"),
    (b"x-ratelimit-remaining-requests", b"29999"),
    (b"x-ratelimit-remaining-tokens", b"149999999"),
    (b"x-ratelimit-reset-requests", b"2ms"),
    (b"x-ratelimit-reset-tokens", b"0s"),
)

JSON = b"application/json"
EVENT_STREAM = b"text/event-stream; charset=utf-8"


def response(
    status: int,
    body: bytes | Body,
    *,
    request_id: str,
    now: float,
    project: str | None,
    media_type: bytes = JSON,
    front: Front = "conversations",
    more: Sequence[tuple[bytes, bytes]] = (),
    **_elsewhere: object,
) -> Response:
    """Return an answer with the recorded headers, followed by ``more``. A streamed body has no Content-Length.

    Headers that vary live follow from the digits of ``request_id``; ``now`` is the date in seconds since the epoch.
    ``project`` is None when no key was checked or accepted: such an answer lacks the headers about the account; a 401
    has those of the API nevertheless (recorded). Further arguments matter to the headers of other services.
    """
    digits = request_id.encode()
    headers = [
        *_head(int(now), project, media_type, front),
        (b"Content-Length", b"%d" % len(body)) if isinstance(body, bytes) else (b"Transfer-Encoding", b"chunked"),
        (b"X-Request-ID", digits),
        (b"CF-RAY", digits[:-17:-1] + b"-SEA"),
    ]
    if status == _UNAUTHORIZED:
        headers += [_VERSION, (b"WWW-Authenticate", b'Bearer realm="OpenAI API"')]
    if project is not None or status == _UNAUTHORIZED:
        headers.append((b"openai-processing-ms", b"%d" % (20 + digits[-1])))
    headers += more
    return Response(status, headers, body)


_UNAUTHORIZED = 401
_VERSION = (b"openai-version", b"2020-10-01")


@lru_cache(maxsize=16)
def _head(second: int, project: str | None, media_type: bytes, front: Front) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that an answer shares with others of its second."""
    # Recorded on every answer, in this spelling (docs/evidence.md, headers).
    always = (
        (b"Date", date(second)),
        (b"Content-Type", media_type),
        (b"Connection", b"keep-alive"),
        (b"Server", b"cloudflare"),
        (b"cf-cache-status", b"DYNAMIC"),
        (b"Access-Control-Expose-Headers", _EXPOSED[front]),
        (b"Alt-Svc", b'h3=":443"'),
        (b"Strict-Transport-Security", b"max-age=31536000; includeSubDomains; preload"),
        (b"X-Content-Type-Options", b"nosniff"),
    )
    if project is None:
        return always
    return (
        *always,
        _VERSION,
        (b"openai-organization", b"convsim"),
        (b"openai-project", project.encode()),
        *(((b"x-openai-proxy-wasm", b"v0.1"),) if front == "conversations" else ()),
        *(_RATE_LIMITS if front == "turn" else ()),
    )


@lru_cache(maxsize=16)
def date(second: int) -> bytes:
    """Return the header of that name."""
    return formatdate(second, usegmt=True).encode()
