"""The tag by which the conversations of a verification are known: it goes out in their metadata, and is taken back."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from convsim.contract.asking import Reply, Request
from convsim.items.parameters import MAX_METADATA

TAG = "convsim_verify"


def creates(request: Request) -> bool:
    """Whether something may be stored that has to be deleted again."""
    return request.method == "POST" and request.path in ("/conversations", "/responses")


def is_taggable(request: Request) -> bool:
    """Whether what it creates can carry the tag; what creates no conversation needs none."""
    return request.method != "POST" or request.path != "/conversations" or _metadata(request) is not None


def tagged(request: Request, run: str) -> Request:
    """The request with the tag in the metadata of its conversation, where there is room."""
    if request.method != "POST" or request.path != "/conversations" or (metadata := _metadata(request)) is None:
        return request
    body = from_json(request.body) | {"metadata": metadata | {TAG: run}}
    return request._replace(body=to_json(body))


def _metadata(request: Request) -> dict[str, Any] | None:
    """The metadata, if another key has room in it."""
    try:
        body = from_json(request.body)
    except ValueError:
        return None
    metadata = body.get("metadata", {}) if isinstance(body, dict) else None
    return metadata if isinstance(metadata, dict) and len(metadata) < MAX_METADATA else None


def untagged(reply: Reply) -> Reply:
    """The reply as it would be without the tag, as far as one can tell."""
    told = reply.body
    if not isinstance(told, dict) or not isinstance(told.get("metadata"), dict):
        return reply
    body = told | {"metadata": {name: value for name, value in told["metadata"].items() if name != TAG}}
    longer = len(to_json(told, indent=2)) - len(to_json(body, indent=2))
    headers: Any = reply.headers
    if headers is not None and "content-length" in headers:
        headers = headers.copy()
        headers["content-length"] = str(int(headers["content-length"]) - longer)
    return reply._replace(body=body, headers=headers, length=None if reply.length is None else reply.length - longer)
