"""Parameters that operations of several APIs take: metadata, and the bounds of a page."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticKnownError

from convsim.core.behavior import Behavior
from convsim.errors.validation import wrong_type
from convsim.items.fields import one_of

MAX_METADATA = 16
MAX_LIMIT = 100


def _metadata_object(value: object) -> object:
    """Check the object before its members: too many members are an error of the whole."""
    if not isinstance(value, dict):
        raise wrong_type("a metadata object")
    if len(value) > MAX_METADATA:
        raise PydanticKnownError(
            "too_long", {"field_type": "Dictionary", "max_length": MAX_METADATA, "actual_length": None}
        )
    return value


def _limit(value: int, info: ValidationInfo[Behavior]) -> int:
    least = 1 if info.context.limit_zero == "reject" else 0
    if value < least:
        raise PydanticKnownError("greater_than_equal", {"ge": least})
    return value


Metadata = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]],
    BeforeValidator(_metadata_object),
    Field(json_schema_extra={"maxProperties": MAX_METADATA}),
]
Limit = Annotated[int, Field(le=MAX_LIMIT, json_schema_extra={"minimum": 1}), AfterValidator(_limit)]
Order = Annotated[str, one_of("asc", "desc")]
