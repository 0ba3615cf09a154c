"""The models as JSON Schema: for documentation, for generated items, and for comparison with the official types."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from convsim.items.fields import Input


class _Generator(GenerateJsonSchema):
    # OMITTED is no JSON, and no default that anybody could send.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}


@cache
def json_schema(model: type[Input]) -> dict[str, Any]:
    """The JSON Schema of what ``model`` takes, its shared parts under ``$defs``. Not to be changed."""
    return model.model_json_schema(schema_generator=_Generator)
