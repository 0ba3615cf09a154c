"""Fields that the inputs of several operations have."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticKnownError

from convsim.core.behavior import Behavior
from convsim.errors.validation import wrong_type
from convsim.items.catalogue import ItemInput
from convsim.items.fields import one_of, one_of_words, worded
from convsim.items.identifiers import conversation_id_in_path, item_id_in_path
from convsim.items.stored import INCLUDES

MAX_ITEMS = 20
MAX_METADATA = 16
MAX_LIMIT = 100


def _metadata_object(value: object) -> object:
    """Checked before the members are: too many of them is a fault of the whole."""
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
]
Include = Annotated[list[Annotated[str, one_of(*INCLUDES)]], worded(list, f"an array of {one_of_words(INCLUDES)}")]
ItemList = Annotated[list[ItemInput], Field(max_length=MAX_ITEMS)]
Limit = Annotated[int, Field(le=MAX_LIMIT), AfterValidator(_limit)]
Order = Annotated[str, one_of("asc", "desc")]

ConversationId = Annotated[str, AfterValidator(conversation_id_in_path)]
ItemId = Annotated[str, AfterValidator(item_id_in_path)]
