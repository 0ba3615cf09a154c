"""Exact bytes: answers as the live JSON, the live headers, and bodies read as strictly as the live API reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache

from pydantic_core import from_json, to_json

from convsim import errors
from convsim.errors import APIStatusError, ConvsimError, RefusedRouteError, UnscriptedTurnError
from convsim.http.messages import Body, Request, Response


def read_body(request: Request) -> object:
    """The JSON of a request body; an empty body reads as an empty object.

    Raises the live errors for another content type and for what is not JSON (a lone surrogate, NaN and bytes that are
    not UTF-8 among it).
    """
    if not request.body:
        return {}
    content_type = request.header(b"content-type").decode("latin-1").partition(";")[0].strip()
    if content_type.lower() != "application/json":
        raise errors.unsupported_content_type(content_type)
    return parse_json(request.body)


def parse_json(text: str | bytes) -> object:
    """JSON as the live API accepts it; raises its error for anything else."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        raise errors.invalid_json() from None


def conversation(conversation_id: str, created_at: int, metadata: Mapping[str, str]) -> bytes:
    """A conversation's body; ``created_at`` is in seconds since the epoch."""
    value = {"id": conversation_id, "object": "conversation", "created_at": created_at, "metadata": metadata}
    return to_json(value, indent=2)


def deleted(deleted_id: str, kind: str) -> bytes:
    """The body that answers a deletion; ``kind`` is its ``object``."""
    return to_json({"id": deleted_id, "object": kind, "deleted": True}, indent=2)


def escaped(body: bytes) -> bytes:
    """The JSON in ASCII: every other character stands as its escape, as in the bodies of responses (recorded)."""
    return body if body.isascii() else _BEYOND_ASCII.sub(_escape, body.decode()).encode()


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def page(data: Sequence[bytes], first_id: str | None, last_id: str | None, *, has_more: bool) -> bytes:
    """A list's body; ``data`` are items indented as in a page."""
    end = _END % (to_json(first_id), b"true" if has_more else b"false", to_json(last_id))
    if not data:
        return b'{\n  "object": "list",\n  "data": []' + end
    # Joined with its ends on, so that the page is copied once.
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
    """The live envelope of an error."""
    return to_json({"error": error.body}, indent=2)


def miss(error: ConvsimError) -> dict[str, str | None]:
    """The member ``error`` of the answer to what convsim has no answer for, where nothing can be raised."""
    code = next((code for kind, code in _MISSES if isinstance(error, kind)), "convsim_usage")
    return {"message": str(error), "type": "convsim_error", "param": None, "code": code}


_MISSES: tuple[tuple[type[ConvsimError], str], ...] = (
    (UnscriptedTurnError, "convsim_unscripted_turn"),
    (RefusedRouteError, "convsim_unknown_route"),
)


# Recorded on every Conversations answer, in this spelling (docs/evidence.md, headers).
_ALWAYS = (
    (b"Connection", b"keep-alive"),
    (b"Server", b"cloudflare"),
    (b"cf-cache-status", b"DYNAMIC"),
    (b"Access-Control-Expose-Headers", b"CF-Ray"),
    (b"Alt-Svc", b'h3=":443"'),
    (b"Strict-Transport-Security", b"max-age=31536000; includeSubDomains; preload"),
    (b"X-Content-Type-Options", b"nosniff"),
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
    more: Sequence[tuple[bytes, bytes]] = (),
) -> Response:
    """An answer with the recorded headers, and ``more`` behind them. A body that is sent over time has no length.

    Those that vary live follow from the digits of ``request_id``; ``now`` is the date in seconds since the epoch.
    ``project`` is None where no key was looked at or accepted: such an answer lacks the headers about the account; a
    401 has those of the API all the same (recorded).
    """
    digits = request_id.encode()
    headers = [
        (b"Date", _date(int(now))),
        *_about(project, media_type),
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
def _about(project: str | None, media_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    always = ((b"Content-Type", media_type), *_ALWAYS)
    if project is None:
        return always
    return (
        *always,
        _VERSION,
        (b"openai-organization", b"convsim"),
        (b"openai-project", project.encode()),
        (b"x-openai-proxy-wasm", b"v0.1"),
    )


@lru_cache(maxsize=16)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
