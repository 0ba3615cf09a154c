"""A description of the operations in OpenAPI 3.1, made from their routes and input models.

``convsim routes --openapi`` prints it: for tools that generate requests, clients or documentation. Requests are
described as the emulator reads them by default. The schemas of answers name the members that every answer has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from convsim.items.catalogue import CATALOGUE
from convsim.items.fields import Input
from convsim.items.id_rules import ANY_PREFIX, id_pattern
from convsim.items.schemas import json_schema, json_schemas
from convsim.operations.route import Route

Json = dict[str, Any]


def describe(routes: Iterable[Route[Any]], version: str) -> Json:
    """Return the OpenAPI document of these operations, which JSON can carry; ``version`` is convsim's."""
    routes = tuple(routes)
    names, inputs = _inputs(routes)
    paths: Json = {}
    for route in routes:
        described = _operation(route, routes)
        if route.takes_body:
            body = _reference(names[_body(route)])
            described["requestBody"] = {"required": True, "content": _json(body)}
        paths.setdefault(route.path, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "convsim",
            "version": version,
            "description": "The operations of the OpenAI API that convsim emulates, as convsim reads them.",
        },
        "servers": [{"url": "/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": inputs | _ANSWERS,
            "responses": {"Error": {"description": "Error", "content": _json(_reference("Error"))}},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route[Any], routes: Iterable[Route[Any]]) -> Json:
    ok: Json = {"description": route.answer, "content": _json(_reference(route.answer))}
    if "stream" in (_body(route).model_fields if route.takes_body else route.query):
        ok["content"]["text/event-stream"] = {"schema": _TEXT}
    if links := _links(route, routes):
        ok["links"] = links
    return {
        "operationId": route.operation,
        "tags": [route.operation.rpartition(".")[0]],
        "parameters": list(_parameters(route)),
        "responses": {"200": ok, "4XX": {"$ref": "#/components/responses/Error"}},
    }


def _parameters(route: Route[Any]) -> Iterator[Json]:
    """Yield the ids of the path and the names of the query; a URL has no null, and arrays are written ``name[]=``."""
    model: type[Input] = route.input
    for name, schema in json_schema(model)["properties"].items():
        if f"{{{name}}}" in route.path:
            yield {"name": name, "in": "path", "required": True, "schema": schema}
        elif name in route.query:
            plain = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
            for choice in schema.get("anyOf", ()):
                plain |= choice if choice != {"type": "null"} else {}
            spelt = f"{name}[]" if plain["type"] == "array" else name
            yield {"name": spelt, "in": "query", "schema": plain}


# --- links ---------------------------------------------------------------------------------------------------------

_SAME_CONVERSATION = {"conversation_id": "$request.path.conversation_id"}
_MADE = {
    "conversations.create": {"conversation_id": "$response.body#/id"},
    "conversations.items.create": _SAME_CONVERSATION | {"item_id": "$response.body#/first_id"},
    "conversations.items.list": _SAME_CONVERSATION | {"item_id": "$response.body#/last_id"},
    "responses.create": {"response_id": "$response.body#/id"},
}
"""The ids that an answer brings, and their places."""


def _links(route: Route[Any], routes: Iterable[Route[Any]]) -> Json:
    """Return the links to the operations whose path needs only ids that this operation's answer brings."""
    made = _MADE.get(route.operation, {})
    links: Json = {}
    for other in routes:
        ids = re.findall(r"\{(\w+)\}", other.path)
        if ids and made.keys() >= set(ids):
            links[other.operation] = {"operationId": other.operation, "parameters": {name: made[name] for name in ids}}
    return links


# --- schemas -------------------------------------------------------------------------------------------------------

_PLACE = "#/components/schemas/{model}"


def _inputs(routes: Iterable[Route[Any]]) -> tuple[dict[type[Input], str], Json]:
    """Return the names of the bodies, and the schemas of these, of the items in them, and of all their parts."""
    items = [model for row in CATALOGUE.values() for model in row.models]
    bodies = [_body(route) for route in routes if route.takes_body]
    names, schemas = json_schemas([*bodies, *items], _PLACE)
    for item in items:
        schemas[names[item]]["properties"]["id"] |= id_pattern(item.prefix or ANY_PREFIX)
    # The reader of an item chooses its model itself, and has no schema.
    for body in bodies:
        for member in schemas[names[body]]["properties"].values():
            for choice in (member, *member.get("anyOf", ())):
                if choice.get("items") == {}:
                    choice["items"] = _reference("InputItem")
    return names, schemas | {"InputItem": {"anyOf": [_reference(names[item]) for item in items]}}


def _body(route: Route[Any]) -> Any:
    return route.input.model_fields["body"].annotation


def _reference(name: str) -> Json:
    return {"$ref": _PLACE.format(model=name)}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


# --- answers -------------------------------------------------------------------------------------------------------


def _object(kind: str | None, **members: Json) -> Json:
    """Return the schema of an object that has at least these members; ``kind`` is the value of its ``object``."""
    members |= {"object": {"const": kind}} if kind else {}
    return {"type": "object", "properties": members, "required": list(members)}


_TEXT: Json = {"type": "string"}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_NUMBER: Json = {"type": "integer"}
_ARRAY: Json = {"type": "array"}

_ANSWERS: dict[str, Json] = {
    "Conversation": _object(
        "conversation",
        id=_TEXT,
        created_at=_NUMBER,
        metadata={"type": "object", "additionalProperties": _TEXT},
    ),
    "ConversationDeleted": _object("conversation.deleted", id=_TEXT, deleted={"const": True}),
    "Item": _object(None, id=_TEXT, type=_TEXT),
    "ItemPage": _object(
        "list",
        data=_ARRAY | {"items": _reference("Item")},
        first_id=_TEXT_OR_NULL,
        last_id=_TEXT_OR_NULL,
        has_more={"type": "boolean"},
    ),
    "Response": _object(
        "response",
        id=_TEXT,
        created_at=_NUMBER,
        model=_TEXT,
        output=_ARRAY | {"items": {"type": "object"}},
        status={"enum": ["completed", "failed", "in_progress", "cancelled", "queued", "incomplete"]},
    ),
    "ResponseDeleted": _object("response.deleted", id=_TEXT, deleted={"const": True}),
    "ResponseCompaction": _object("response.compaction", id=_TEXT, created_at=_NUMBER, output=_ARRAY),
    "InputTokens": _object("response.input_tokens", input_tokens=_NUMBER),
    "Error": _object(
        None,
        error=_object(None, message=_TEXT, type=_TEXT, param=_TEXT_OR_NULL, code=_TEXT_OR_NULL),
    ),
}
