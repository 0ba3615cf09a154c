"""The models as JSON Schema: for documentation, for generated items, and for comparison with the official types."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import from_json, to_json

from convsim.items.fields import Input


class _Generator(GenerateJsonSchema):
    # OMITTED is not JSON, and no client could send it as a default.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}


@cache
def json_schema(model: type[Input]) -> dict[str, Any]:
    """Return the JSON Schema of the input of ``model``, shared parts under ``$defs``. It must not be changed."""
    return model.model_json_schema(schema_generator=_Generator)


def json_schemas(
    models: Iterable[type[Input]], reference: str
) -> tuple[dict[type[Input], str], dict[str, dict[str, Any]]]:
    """Return the names of the models, and by name the JSON Schema of each model and of each part of one.

    ``reference`` is the text of a reference, in which ``{model}`` stands for the name. Names that two modules use are
    prefixed with the module: ``reasoning.Reasoning``.
    """
    mode: Literal["validation"] = "validation"
    wanted = [(model, mode) for model in dict.fromkeys(models)]
    references, made = models_json_schema(wanted, ref_template=reference, schema_generator=_Generator)
    names = {name: ".".join(name.split("__")[-2:]) for name in made["$defs"]}
    text = to_json(made["$defs"]).decode()
    for name, short in names.items():
        text = text.replace(f'"{reference.format(model=name)}"', f'"{reference.format(model=short)}"')
    before = len(reference.partition("{")[0])
    return (
        {model: names[made["$ref"][before:]] for (model, _), made in references.items()},
        {names[name]: schema for name, schema in from_json(text).items()},
    )
