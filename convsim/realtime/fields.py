"""Annotations for events: objects chosen by a member, and strings with a sentence of the Realtime API's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import (
    CoreSchema,
    json_or_python_schema,
    tagged_union_schema,
    with_info_plain_validator_function,
)

from convsim.core.behavior import Behavior
from convsim.errors.validation import fault, fault_at, unsupported_value, wrong_type
from convsim.items.fields import Input, one_of_words

Dialect = Literal["ga", "beta"]
"""The current event shapes, or those of the original event documentation."""


class By:
    """Annotates an object whose member ``key`` chooses its model, or a further choice.

    ``named`` are the values that the sentence about an unknown one lists, if they differ from those of the models.
    """

    def __init__(self, key: str, models: Mapping[str, type[Input] | By], named: tuple[str, ...] = ()) -> None:
        self._key = key
        self._models = models
        self._named = named or tuple(models)

    def read(self, value: object, info: ValidationInfo[Behavior]) -> Input:
        if not isinstance(value, dict):
            raise wrong_type("an object")
        if self._key not in value:
            raise fault_at((self._key,), "missing", value)
        kind = value[self._key]
        if not isinstance(kind, str) or kind not in self._models:
            raise fault_at((self._key,), _outside(kind, self._named), kind)
        model = self._models[kind]
        return model.read(value, info) if isinstance(model, By) else model.read(value, info.context)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic choose for JSON, which is fast but words no error; :meth:`read` words them for parsed JSON."""
        return json_or_python_schema(self._union(handler), with_info_plain_validator_function(self.read))

    def _union(self, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {
            kind: model._union(handler) if isinstance(model, By) else handler.generate_schema(model)
            for kind, model in self._models.items()
        }
        return tagged_union_schema(choices, self._key)


def either(*values: str) -> BeforeValidator:
    """Return an annotation for a string that must be one of ``values``, or the only one."""

    def check(value: object) -> object:
        if not isinstance(value, str) or value not in values:
            raise _outside(value, values)
        return value

    return BeforeValidator(check)


def _outside(value: object, values: tuple[str, ...]) -> PydanticCustomError:
    if not isinstance(value, str):
        return wrong_type(one_of_words(values) if len(values) > 1 else "a string")
    return unsupported_value(value, values) if len(values) > 1 else fault("only_value", only=values[0])


ItemId = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern="^[a-zA-Z0-9_-]+$")]
"""An id that a client gives to an item: up to 32 characters of this pattern (observed live)."""

EventId = Annotated[str, StringConstraints(max_length=512)]
"""An id that a client gives to its event (documented)."""
