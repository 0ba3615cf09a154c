"""A step as an HTTP request, and its reply compared with the expected answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from pydantic_core import from_json, to_json

from convsim.contract import sse
from convsim.contract.matching import Memory, differences, header_differences, recall
from convsim.contract.scenario import Answer, Call, Raw
from convsim.operations.routes import ROUTES_BY_NAME

KEY = "sk-test"
BEARER, API_KEY = "Authorization", "api-key"
"""The headers in which a service takes a key."""

_IN_PATHS = ("conversation_id", "item_id", "response_id")


class Request(NamedTuple):
    """A request; ``path`` is relative to the base URL, and may have a query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """``headers`` and ``length`` are None where a front has none.

    ``as_rendered`` tells whether the bytes are the live rendering of the body.
    """

    status: int
    body: Any
    headers: Mapping[str, str] | None = None
    length: int | None = None
    as_rendered: bool = True


def recalled(step: Call | Raw, memory: Memory) -> Call | Raw:
    """Return the step with the ids that it names."""
    if isinstance(step, Call):
        return Call(step.operation, recall(dict(step.arguments), memory), step.answer)
    return Raw(step.method, recall(step.path, memory), step.answer, recall(step.body, memory), step.headers)


def request(step: Call | Raw, key: str = KEY, key_header: str = BEARER) -> Request:
    """Return the request of a step."""
    named = with_key(key, key_header)
    return _call(step, named) if isinstance(step, Call) else _raw(step, named)


def with_key(key: str, key_header: str) -> dict[str, str]:
    """Return the header that holds the key."""
    return {key_header: f"Bearer {key}" if key_header == BEARER else key}


def _call(step: Call, key: Mapping[str, str]) -> Request:
    route = ROUTES_BY_NAME[step.operation]
    arguments = dict(step.arguments)
    path = route.path
    for name in _IN_PATHS:
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(arguments.pop(name), safe=""))
    arguments |= arguments.pop("extra_body", {})
    in_query = step.operation != "responses.create"
    pairs = [("include[]", name) for name in (arguments.pop("include", []) if in_query else ())]
    asked = () if route.takes_body else ("limit", "order", "after", "stream", "starting_after")
    pairs += [(name, _word(arguments.pop(name))) for name in asked if name in arguments]
    pairs += arguments.pop("extra_query", {}).items()
    body = json.dumps(arguments).encode() if route.takes_body else b""
    return Request(route.method, f"{path}{'?' if pairs else ''}{urlencode(pairs)}", _headers(key, body), body)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _raw(step: Raw, key: Mapping[str, str]) -> Request:
    body = step.body.encode()
    # A step that says which key to send, or none, says so by the header of OpenAI.
    own = _headers({} if BEARER in step.headers else key, body)
    given = {name: value for name, value in (own | dict(step.headers)).items() if value}
    return Request(step.method, step.path, given, body)


def _headers(key: Mapping[str, str], body: bytes) -> dict[str, str]:
    return dict(key) | ({"Content-Type": "application/json"} if body else {})


def reply(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """Return the body as JSON, or as text if it is not JSON."""
    if headers.get("content-type", "").lower().startswith("text/event-stream"):
        events = [_parsed(data.encode()) for data in sse.events(content)]
        frames = [
            b"event: %b\ndata: %b\n\n" % (event["type"].encode(), to_json(event))
            for event in events
            if isinstance(event, dict) and isinstance(event.get("type"), str)
        ]
        return Reply(status, events, headers, None, content == b"".join(frames))
    body = _parsed(content)
    return Reply(status, body, headers, len(content), content == to_json(body, indent=2))


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def compared(expected: Answer, got: Reply, memory: Memory, *, exactly: bool = True) -> list[str]:
    """Return a line for each difference between a reply and the expected answer.

    Without ``exactly``, neither the bytes of the JSON nor the shapes of ids are compared.
    """
    lines = [] if got.status == expected.status else [f"status: expected {expected.status}, got {got.status}"]
    lines += differences(expected.body, got.body, memory, "body", shapes=exactly)
    if got.headers is not None:
        lines += [f"header {line}" for line in header_differences(expected.headers, got.headers)]
    if exactly and got.length != expected.length and None not in (got.length, expected.length):
        lines.append(f"length: expected {expected.length}, got {got.length}")
    if exactly and not got.as_rendered:
        lines.append("the bytes are not those of the live API for this JSON")
    return lines
