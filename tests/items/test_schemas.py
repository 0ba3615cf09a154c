"""The models as JSON Schema, and the order of keys that every recording keeps."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.items.catalogue import CATALOGUE
from convsim.items.schemas import json_schema, json_schemas
from convsim.responses.request import Reasoning as ResponseReasoning

FIRST = ("id", "type", "status")
MODELS = [model for row in CATALOGUE.values() for model in row.models]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_keys_are_id_type_status_and_then_the_alphabet(model: Any) -> None:
    schema = json_schema(model)
    keys = list(schema["properties"])
    assert keys == [*(key for key in FIRST if key in keys), *sorted(set(keys) - set(FIRST))]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_inside_type_comes_first_and_then_the_alphabet(model: Any) -> None:
    for name, schema in json_schema(model).get("$defs", {}).items():
        keys = list(schema.get("properties", ()))
        assert keys == [*(key for key in ("type",) if key in keys), *sorted(set(keys) - {"type"})], name


def test_a_schema_says_what_must_be_sent_and_that_nothing_else_may() -> None:
    schema = json_schema(CATALOGUE["function_call"].models[0])
    assert schema["required"] == ["type", "arguments", "call_id", "name"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["async"] == {"title": "Async", "type": "boolean"}
    assert schema["properties"]["status"]["enum"] == ["in_progress", "completed", "incomplete"]


def test_a_schema_says_which_members_exclude_each_other() -> None:
    _, parts = json_schema(CATALOGUE["message"].models[0])["properties"]["content"]["anyOf"]
    (image,) = (part for part in parts["items"]["anyOf"] if part.get("title") == "InputImage")
    assert image["oneOf"] == [{"required": ["file_id"]}, {"required": ["image_url"]}]


def test_schemas_of_several_models_share_their_parts_and_tell_equal_names_apart() -> None:
    reasoning, message = (CATALOGUE[name].models[0] for name in ("reasoning", "message"))
    names, schemas = json_schemas([reasoning, message, ResponseReasoning], "#/x/{model}")
    assert names == {reasoning: "reasoning.Reasoning", message: "InputMessage", ResponseReasoning: "request.Reasoning"}
    assert {"InputText", *names.values()} <= schemas.keys()
    assert schemas["reasoning.Reasoning"]["required"] == json_schema(reasoning)["required"]
    assert '"$ref":"#/x/' in str(schemas).replace("'", '"').replace(" ", "")
