"""Fields that the inputs of several operations share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from convsim.errors import one_of_words
from convsim.items.catalogue import ItemInput
from convsim.items.fields import one_of, worded
from convsim.items.id_rules import ANY_PREFIX, conversation_id, id_schema, item_id_in_path
from convsim.items.stored import INCLUDES

MAX_ITEMS = 20


Include = Annotated[list[Annotated[str, one_of(*INCLUDES)]], worded(list, f"an array of {one_of_words(INCLUDES)}")]
ItemList = Annotated[list[ItemInput], Field(max_length=MAX_ITEMS)]

ConversationId = Annotated[str, AfterValidator(conversation_id), id_schema("conv")]
ItemId = Annotated[str, AfterValidator(item_id_in_path), id_schema(ANY_PREFIX)]
