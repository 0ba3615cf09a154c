"""The tag that marks the conversations of a verification: added to their metadata, and removed from answers."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from convsim.contract.asking import Reply, Request
from convsim.items.parameters import MAX_METADATA

TAG = "convsim_verify"


def creates(request: Request) -> bool:
    """Return whether the request may store an object that must be deleted again."""
    return request.method == "POST" and request.path in ("/conversations", "/responses")


def is_taggable(request: Request) -> bool:
    """Return whether the conversations that it creates can carry the tag, if it creates any."""
    return request.method != "POST" or request.path != "/conversations" or _metadata(request) is not None


def tagged(request: Request, run: str) -> Request:
    """Return the request with the tag in the metadata of its conversation, if there is room."""
    if request.method != "POST" or request.path != "/conversations" or (metadata := _metadata(request)) is None:
        return request
    body = from_json(request.body) | {"metadata": metadata | {TAG: run}}
    return request._replace(body=to_json(body))


def _metadata(request: Request) -> dict[str, Any] | None:
    """Return the metadata, if it has room for another key."""
    try:
        body = from_json(request.body)
    except ValueError:
        return None
    metadata = body.get("metadata", {}) if isinstance(body, dict) else None
    return metadata if isinstance(metadata, dict) and len(metadata) < MAX_METADATA else None


def untagged(reply: Reply) -> Reply:
    """Return the reply as it would be without the tag, as far as can be told."""
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
