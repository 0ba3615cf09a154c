"""The OpenAPI document: its structure, its references, and that the emulator's answers are of the described shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from convsim import Emulator, NotFoundError, Response
from convsim.items.catalogue import CATALOGUE
from convsim.operations.openapi import describe
from convsim.operations.routes import ROUTES, get_route


# Not at the import of this module: each is made when a test first needs it.
@cache
def document() -> Any:
    return describe(ROUTES, "1.2.3")


def schemas() -> Any:
    return document()["components"]["schemas"]


@cache
def operations() -> dict[str, Any]:
    return {one["operationId"]: one for path in document()["paths"].values() for one in path.values()}


@cache
def resolved() -> dict[str, Any]:
    return {
        **{f"#/components/schemas/{name}": schema for name, schema in schemas().items()},
        **{f"#/components/responses/{name}": one for name, one in document()["components"]["responses"].items()},
    }


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def parameters(operation: str) -> dict[str, Any]:
    return {one["name"]: one for one in operations()[operation]["parameters"]}


def body(operation: str) -> Any:
    schema = operations()[operation]["requestBody"]["content"]["application/json"]["schema"]
    return resolved()[schema["$ref"]]


def answer(operation: str) -> Any:
    return resolved()[operations()[operation]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]]


def test_the_document_is_json_and_has_every_operation() -> None:
    assert json.loads(json.dumps(document())) == document()
    assert (document()["openapi"], document()["info"]["version"]) == ("3.1.0", "1.2.3")
    assert list(document()) == ["openapi", "info", "servers", "security", "paths", "components"]
    assert list(document()["info"]) == ["title", "version", "description"]
    assert document()["servers"] == [{"url": "/v1"}]
    assert all(list(one["responses"]) == ["200", "4XX"] for one in operations().values())
    described = [(m.upper(), p, one["operationId"]) for p, at in document()["paths"].items() for m, one in at.items()]
    assert sorted(described) == sorted((route.method, route.path, route.operation) for route in ROUTES)


def test_two_operations_are_described_whole() -> None:
    made, changed = get_route("conversations.create"), get_route("conversations.update")
    whole = describe([made, changed], "1.2.3")
    assert whole["info"] == {
        "title": "convsim",
        "version": "1.2.3",
        "description": "The operations of the OpenAI API that convsim emulates, as convsim reads them.",
    }
    assert whole["security"] == [{"key": []}]
    assert list(whole["components"]) == ["schemas", "responses", "securitySchemes"]
    assert whole["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert whole["components"]["responses"] == {"Error": {"description": "Error", "content": content("Error")}}
    error = {"$ref": "#/components/responses/Error"}
    link = {"operationId": "conversations.update", "parameters": {"conversation_id": "$response.body#/id"}}
    answered = {"description": "Conversation", "content": content("Conversation")}
    assert whole["paths"][made.path] == {
        "post": {
            "operationId": "conversations.create",
            "tags": ["conversations"],
            "parameters": [],
            "responses": {"200": answered | {"links": {"conversations.update": link}}, "4XX": error},
            "requestBody": {"required": True, "content": content("CreateConversationBody")},
        }
    }
    schema = {"maxLength": 64, "pattern": "^conv_[A-Za-z0-9_-]{0,58}[A-Za-z0-9-]$", "type": "string"}
    place = {"name": "conversation_id", "in": "path", "required": True}
    assert whole["paths"][changed.path] == {
        "post": {
            "operationId": "conversations.update",
            "tags": ["conversations"],
            "parameters": [place | {"schema": schema | {"title": "Conversation Id"}}],
            "responses": {"200": answered, "4XX": error},
            "requestBody": {"required": True, "content": content("UpdateConversationBody")},
        }
    }


def content(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}


def test_an_operation_is_tagged_with_its_resource() -> None:
    assert operations()["conversations.items.create"]["tags"] == ["conversations.items"]


def test_every_reference_leads_somewhere_and_every_name_is_one_of_openapi() -> None:
    assert set(references(document())) <= resolved().keys()
    assert [name for name in schemas() if not re.fullmatch(r"[A-Za-z0-9._-]+", name) or "__" in name] == []


def test_models_of_one_name_are_told_apart_by_their_modules() -> None:
    assert {"reasoning.Reasoning", "request.Reasoning"} <= schemas().keys()
    assert body("responses.create")["properties"]["reasoning"]["anyOf"][0] == {
        "$ref": "#/components/schemas/request.Reasoning"
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_the_ids_of_a_path_are_parameters_and_a_body_is_there_if_it_is_read(route: Any) -> None:
    given = parameters(route.operation)
    in_path = [name for name, one in given.items() if one["in"] == "path"]
    assert in_path == re.findall(r"\{(\w+)\}", route.path)
    assert all(given[name]["required"] for name in in_path)
    assert ("requestBody" in operations()[route.operation]) == route.takes_body
    assert {name.removesuffix("[]") for name, one in given.items() if one["in"] == "query"} == set(route.query)


def test_a_query_has_no_null_and_spells_arrays_with_brackets() -> None:
    given = parameters("conversations.items.list")
    assert given["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "title": "Limit"}
    assert given["after"]["schema"] == {"type": "string", "title": "After"}
    assert given["include[]"]["schema"]["items"]["enum"][0] == "file_search_call.results"
    assert parameters("responses.retrieve")["starting_after"]["schema"]["type"] == "integer"


@pytest.mark.parametrize(
    ("operation", "name", "right", "wrong"),
    [
        ("conversations.retrieve", "conversation_id", "conv_1", "msg_1"),
        ("conversations.items.retrieve", "item_id", "msg_1", "msg"),
        ("responses.retrieve", "response_id", "resp_1", "conv_1"),
    ],
)
def test_the_pattern_of_an_id_takes_what_the_emulator_takes(operation: str, name: str, right: str, wrong: str) -> None:
    schema = parameters(operation)[name]["schema"]
    assert schema["maxLength"] == 64
    assert re.search(schema["pattern"], right)
    assert not re.search(schema["pattern"], wrong)


def test_the_items_of_a_body_are_of_every_emulated_type() -> None:
    items = schemas()["InputItem"]["anyOf"]
    assert len(items) == sum(len(row.models) for row in CATALOGUE.values())
    kinds = {resolved()[one["$ref"]]["properties"]["type"].get("const") for one in items}
    assert kinds == {name for name, row in CATALOGUE.items() if row.models}
    place = {"$ref": "#/components/schemas/InputItem"}
    assert body("conversations.items.create")["properties"]["items"]["items"] == place
    assert body("conversations.create")["properties"]["items"]["anyOf"][0]["items"] == place
    assert body("responses.create")["properties"]["input"]["anyOf"][1]["items"] == place


def test_the_id_of_an_item_has_the_prefix_of_its_type() -> None:
    assert schemas()["FunctionCall"]["properties"]["id"] == {
        "title": "Id",
        "type": "string",
        "pattern": "^fc_[A-Za-z0-9_-]{0,58}[A-Za-z0-9-]$",
        "maxLength": 64,
    }
    assert schemas()["ItemReference"]["properties"]["id"]["pattern"].startswith("^[A-Za-z0-9]+_[")


def test_a_turn_needs_a_model_and_an_input() -> None:
    turn = body("responses.create")
    assert turn["required"] == ["model", "input"]
    assert turn["properties"]["model"] == {"anyOf": [{"type": "string"}], "title": "Model"}
    assert "required" not in body("responses.input_tokens.count")


def test_links_lead_from_what_brings_an_id_to_what_needs_it() -> None:
    ok = {name: one["responses"]["200"] for name, one in operations().items()}
    assert list(ok["conversations.create"]["links"]) == [
        "conversations.retrieve",
        "conversations.update",
        "conversations.delete",
        "conversations.items.create",
        "conversations.items.list",
    ]
    assert ok["conversations.items.create"]["links"]["conversations.items.delete"] == {
        "operationId": "conversations.items.delete",
        "parameters": {
            "conversation_id": "$request.path.conversation_id",
            "item_id": "$response.body#/first_id",
        },
    }
    assert list(ok["responses.create"]["links"]) == [
        "responses.retrieve",
        "responses.delete",
        "responses.cancel",
        "responses.input_items.list",
    ]
    assert "links" not in ok["conversations.delete"]


def test_a_new_operation_is_described_by_its_row_alone() -> None:
    row = replace(get_route("conversations.update"), path="/conversations/{conversation_id}/fork", operation="fork")
    (described,) = describe([row], "1")["paths"][row.path].values()
    assert described["responses"]["200"]["description"] == row.answer == "Conversation"


def test_a_subset_of_the_operations_can_be_described() -> None:
    some = describe(ROUTES[:2], "1.2.3")
    assert list(some["paths"]) == ["/conversations", "/conversations/{conversation_id}"]
    (operation,) = some["paths"]["/conversations"].values()
    assert list(operation["responses"]["200"]["links"]) == ["conversations.retrieve"]


def fits(schema: Any, value: Any) -> bool:
    """Whether a value has the members and the values that the schema of an answer names."""
    schema = resolved()[schema["$ref"]] if "$ref" in schema else schema
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) for kind in kinds):
        return False
    if isinstance(value, list):
        return all(fits(schema.get("items", {"type": "object"}), one) for one in value)
    parts = schema.get("properties", {})
    return not isinstance(value, dict) or (
        parts.keys() <= value.keys() and all(fits(part, value[name]) for name, part in parts.items())
    )


KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def test_every_answer_has_the_described_shape() -> None:
    sim = Emulator(unscripted="echo")
    hello = {"role": "user", "content": "hello"}
    conversation = sim.conversations.create(items=[hello])
    items = sim.conversations.items
    turn = sim.responses.create(model="gpt-4.1", input="hello")
    sim.responses.script("hello", hold=True)
    later = sim.responses.create(model="gpt-4.1", input="hello", background=True)
    assert isinstance(turn, Response)
    assert isinstance(later, Response)
    item_id = items.create(conversation.id, items=[hello]).data[0].id
    sim.conversations.retrieve(conversation.id)
    sim.conversations.update(conversation.id, metadata={"a": "b"})
    items.list(conversation.id)
    items.retrieve(item_id, conversation_id=conversation.id)
    items.delete(item_id, conversation_id=conversation.id)
    sim.conversations.delete(conversation.id)
    sim.responses.retrieve(turn.id)
    sim.responses.input_items.list(turn.id)
    sim.responses.cancel(later.id)
    sim.responses.compact(model="gpt-4.1", input="hello")
    sim.responses.input_tokens.count(model="gpt-4.1", input="hello")
    sim.responses.delete(turn.id)
    told = {str(call.operation): call.answer for call in sim.journal}
    assert told.keys() == operations().keys()
    assert [name for name, value in told.items() if not fits(answer(name), value)] == []
    assert [name for name, value in told.items() if fits(schemas()["Error"], value)] == []


def test_a_refusal_has_the_described_envelope() -> None:
    with pytest.raises(NotFoundError) as caught:
        Emulator().conversations.retrieve("conv_1")
    error = resolved()["#/components/responses/Error"]["content"]["application/json"]["schema"]
    assert fits(error, {"error": caught.value.body})
    assert not fits(error, {"error": {"message": "Oh."}})


def test_answers_have_their_members() -> None:
    assert answer("conversations.create")["required"] == ["id", "created_at", "metadata", "object"]
    assert answer("conversations.items.list")["properties"]["object"] == {"const": "list"}


def test_turns_may_be_streamed() -> None:
    kinds = operations()["responses.create"]["responses"]["200"]["content"]
    assert kinds["text/event-stream"] == {"schema": {"type": "string"}}
    streamed = [name for name, one in operations().items() if "text/event-stream" in one["responses"]["200"]["content"]]
    assert streamed == ["responses.create", "responses.retrieve"]
