"""The tag in the metadata of conversations that a verification creates.

If a scenario gives metadata, the tag is an additional key. If it gives none, an update adds the tag after the creation,
so that the answer to a request without metadata is compared.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pydantic_core import from_json, to_json

from convsim.contract.asking import Reply, Request
from convsim.items.parameters import MAX_METADATA

TAG = "convsim_verify"

CONVERSATIONS = "/conversations"
RESPONSES = "/responses"


def created_in(method: str, path: str) -> str:
    """Return the collection in which a request creates an object, or "". Requests to Azure have a query, too."""
    collection = path.partition("?")[0]
    return collection if method == "POST" and collection in (CONVERSATIONS, RESPONSES) else ""


def created_path(path: str, object_id: str) -> str:
    """Return the path of a new object, with the query of the request that created it."""
    collection, mark, query = path.partition("?")
    # The id is the server's: it must not lead to another path, which would be deleted.
    return f"{collection}/{quote(object_id, safe='')}{mark}{query}"


def needed_behind(method: str, path: str) -> int:
    """Return the most requests that tag and delete the objects of a request."""
    return {CONVERSATIONS: 2, RESPONSES: 1}.get(created_in(method, path), 0)


def is_taggable(request: Request) -> bool:
    """Return whether the conversation that it makes, if any, has room for the tag."""
    return len(_metadata(request)) < MAX_METADATA


def tagged(request: Request, run: str) -> Request:
    """Return the request with the tag added to the metadata of its conversation, if there is room."""
    metadata = _metadata(request)
    if not metadata or not is_taggable(request):
        return request
    return request._replace(body=to_json(from_json(request.body) | {"metadata": metadata | {TAG: run}}))


def tagging(path: str, run: str, headers: dict[str, str]) -> Request:
    """Return the request that tags the conversation at ``path``."""
    body = to_json({"metadata": {TAG: run}})
    return Request("POST", path, headers | {"Content-Type": "application/json"}, body)


def _metadata(request: Request) -> dict[str, Any]:
    """Return the metadata of the new conversation; empty if none is given."""
    if created_in(request.method, request.path) != CONVERSATIONS:
        return {}
    try:
        body = from_json(request.body)
    except ValueError:
        return {}
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return metadata if isinstance(metadata, dict) else {}


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
