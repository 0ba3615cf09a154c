"""Sentences about conversations and items that do not exist, or not in the state that the request needs."""

from __future__ import annotations

from collections.abc import Sequence

from convsim.errors.tree import BadRequestError, NotFoundError, named
from convsim.errors.words import enumeration


@named
def conversation_not_found(conversation_id: str) -> NotFoundError:
    return NotFoundError(f"Conversation with id '{conversation_id}' not found.")


def item_not_found(item_id: str) -> NotFoundError:
    return NotFoundError(f"Item with id '{item_id}' not found in conversation.")


def referenced_item_not_found(item_id: str) -> NotFoundError:
    return NotFoundError(f"Item with id '{item_id}' not found.")


def cursor_not_found(item_id: str, param: str = "after") -> NotFoundError:
    return NotFoundError(f"No item found with id '{item_id}'", param=param)


def item_already_in_conversation() -> BadRequestError:
    return BadRequestError("Item already in conversation", param="items", code="item_already_in_conversation")


def invalid_item() -> BadRequestError:
    return BadRequestError("Invalid item", param="item", code="invalid_item")


def item_type_not_emulated(path: str, item_type: str, emulated: Sequence[str]) -> BadRequestError:
    """Return convsim's own refusal, not a sentence of the live API: the live API knows this type, convsim does not."""
    return BadRequestError(
        f"convsim does not emulate items of type '{item_type}'. It emulates {enumeration(emulated)}.",
        param=path,
        code="convsim_not_emulated",
    )
