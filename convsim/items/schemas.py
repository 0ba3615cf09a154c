"""The models as JSON Schema: for documentation, for generated items, and for comparison with the official types."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from convsim.items.fields import Input


class _Generator(GenerateJsonSchema):
    # OMITTED is not JSON, and no client could send it as a default.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}


@cache
def json_schema(model: type[Input]) -> dict[str, Any]:
    """Return the JSON Schema of the input of ``model``, shared parts under ``$defs``. It must not be changed."""
    return model.model_json_schema(schema_generator=_Generator)
