"""Values of more than one shape: chosen by their ``type``, or by their kind of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import (
    CoreSchema,
    definition_reference_schema,
    union_schema,
    with_info_plain_validator_function,
)

from convsim.core.behavior import Behavior
from convsim.errors.validation import fault_at, unsupported_value, wrong_type
from convsim.items.fields import MAX_TEXT, Input, building, one_of_words

Models = Mapping[str, type[Input]]


class ByType:
    """Annotates an object whose ``type`` chooses its model.

    A type outside ``known`` is an error of the member ``type``; a known type without a model is an error of the object
    itself, which names the ``supported`` ones. Both default to the names of the models. A function in place of the
    models is called when the first value is read.
    """

    def __init__(
        self, models: Models | Callable[[], Models], known: tuple[str, ...] = (), supported: tuple[str, ...] = ()
    ) -> None:
        self._given = models
        self._known = known
        self._supported = supported
        self._describing = False

    @cached_property
    def models(self) -> Models:
        return self._given() if callable(self._given) else self._given

    @cached_property
    def supported(self) -> tuple[str, ...]:
        return self._supported or tuple(self.models)

    @cached_property
    def known(self) -> tuple[str, ...]:
        return self._known or self.supported

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Input:
        if not isinstance(value, dict):
            raise wrong_type("an object")
        if "type" not in value:
            raise fault_at(("type",), "missing", value)
        kind = value["type"]
        if not isinstance(kind, str):
            raise fault_at(("type",), wrong_type(one_of_words(self.known)), kind)
        if kind not in self.known:
            raise fault_at(("type",), unsupported_value(kind, self.known), kind)
        if kind not in self.models:
            raise unsupported_value(kind, self.supported)
        return self.models[kind].read(value, info.context)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        models = dict.fromkeys(self.models.values())
        with building():
            for model in models:
                model.model_rebuild()
        described = [model.__pydantic_core_schema__ for model in models]
        if self._describing:  # filters nest
            return handler(union_schema([definition_reference_schema(part["ref"]) for part in described]))
        self._describing = True
        try:
            return handler(union_schema(list(described)))
        finally:
            self._describing = False


class Either:
    """Annotates a value whose JSON type chooses its model; ``expected`` names all these types.

    ``kinds`` maps Python's types of parsed JSON to annotations.
    """

    def __init__(self, expected: str, kinds: Mapping[type, Any]) -> None:
        self._expected = expected
        self._kinds = kinds

    @cached_property
    def _adapters(self) -> dict[type, TypeAdapter[Any]]:
        with building():
            return {kind: TypeAdapter(annotation) for kind, annotation in self._kinds.items()}

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Any:
        adapter = self._adapters.get(type(value))
        if adapter is None:
            raise wrong_type(self._expected)
        return adapter.validator.validate_python(value, context=info.context)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(union_schema([adapter.core_schema for adapter in self._adapters.values()]))


class TextOrParts(Either):
    """Annotates a string, which ``text`` turns into its stored form, or a list of at least one ``part``."""

    def __init__(self, expected: str, part: Any, text: Callable[[str], Any]) -> None:
        parts = Annotated[list[part], Field(min_length=1)]
        super().__init__(expected, {str: Annotated[str, Field(max_length=MAX_TEXT)], list: parts})
        self._text = text

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Any:
        # Most items are one short text: skip the validators for it.
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return self._text(value)
        return super().read(value, info)
