"""Annotations for events: objects that are chosen by a member, read from JSON at once, and ids."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, StringConstraints
from pydantic_core.core_schema import CoreSchema, json_or_python_schema, tagged_union_schema

from convsim.items.fields import ByType

Dialect = Literal["ga", "beta"]
"""The current event shapes, or those of the original event documentation."""


class JsonByType(ByType):
    """A choice that pydantic makes itself where it reads JSON: that is fast, but words no error.

    Parsed JSON is read as by any :class:`~convsim.items.fields.ByType`, which words them.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return json_or_python_schema(self._union(handler), super().__get_pydantic_core_schema__(source, handler))

    def _union(self, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {
            kind: model._union(handler) if isinstance(model, JsonByType) else handler.generate_schema(model)
            for kind, model in self.models.items()
        }
        return tagged_union_schema(choices, self.key)


ItemId = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern="^[a-zA-Z0-9_-]+$")]
"""An id that a client gives to an item: up to 32 characters of this pattern (observed live)."""

EventId = Annotated[str, StringConstraints(max_length=512)]
"""An id that a client gives to its event (documented)."""
