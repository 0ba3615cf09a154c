"""The item catalogue: one row for each type of item that a client can send.

A row says how its input is read, which prefix its ids have and what ``include`` reveals; the order of the live
sentence that lists the types is the order of the rows. A row without ``read`` is a type that the live API knows and
convsim refuses in words that say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo

from convsim.behavior import Behavior
from convsim.grammar import fault, fault_at, unsupported_value, wrong_type
from convsim.items.fields import Item, any_item_id
from convsim.items.functions import FunctionCall, FunctionCallOutput
from convsim.items.messages import read_message
from convsim.items.stored import Reveal

REFERENCE = "item_reference"


class ItemReference(Item):
    """Stands for an item that the service knows; ``type`` may be left out or null (documented)."""

    id: Annotated[str, AfterValidator(any_item_id)]
    type: Annotated[str, BeforeValidator(lambda _: REFERENCE)] = REFERENCE


@dataclass(frozen=True, slots=True)
class ItemType:
    """A row: the type's name, how its input is read, the prefix of its ids, what ``include`` reveals of it."""

    name: str
    read: Callable[[dict[str, Any], Behavior], Item] | None = None
    prefix: str = ""
    reveals: tuple[Reveal, ...] = ()


CATALOGUE: dict[str, ItemType] = {
    row.name: row
    for row in (
        ItemType("additional_tools"),
        ItemType("agent_message"),
        ItemType("apply_patch_call"),
        ItemType("apply_patch_call_output"),
        ItemType("code_interpreter_call"),
        ItemType("compaction"),
        ItemType("compaction_trigger"),
        ItemType("computer_call"),
        ItemType("computer_call_output"),
        ItemType("custom_tool_call"),
        ItemType("custom_tool_call_output"),
        ItemType("file_search_call"),
        ItemType("function_call", FunctionCall.read, "fc"),
        ItemType("function_call_output", FunctionCallOutput.read, "fc"),
        ItemType("image_generation_call"),
        ItemType(REFERENCE, ItemReference.read),
        ItemType("local_shell_call"),
        ItemType("local_shell_call_output"),
        ItemType("mcp_approval_request"),
        ItemType("mcp_approval_response"),
        ItemType("mcp_call"),
        ItemType("mcp_list_tools"),
        ItemType(
            "message",
            read_message,
            "msg",
            (
                Reveal("message.input_image.image_url", ("content", "*", "image_url")),
                Reveal("message.output_text.logprobs", ("content", "*", "logprobs"), hidden=()),
            ),
        ),
        ItemType("multi_agent_call"),
        ItemType("multi_agent_call_output"),
        ItemType("program"),
        ItemType("program_output"),
        ItemType("reasoning"),
        ItemType("shell_call"),
        ItemType("shell_call_output"),
        ItemType("tool_search_call"),
        ItemType("tool_search_output"),
        ItemType("web_search_call"),
    )
}

EMULATED = tuple(row.name for row in CATALOGUE.values() if row.read is not None)

# In the newest SDK, but not yet in the live sentence of August 2026.
_UNLISTED = ("configuration_update",)


def read_item(value: object, behavior: Behavior) -> Item:
    """The validated item, ready for :func:`convsim.items.stored.store` (or a reference to resolve).

    Raises pydantic's errors, which :mod:`convsim.grammar` words.
    """
    if not isinstance(value, dict):
        raise wrong_type("an input item")
    kind = value.get("type")
    if kind is None:
        kind = _implied_type(value)
    row = CATALOGUE.get(kind) if isinstance(kind, str) else None
    if row is not None and row.read is not None:
        return row.read(value, behavior)
    if row is None and kind not in _UNLISTED:
        raise unsupported_value(kind, tuple(CATALOGUE))
    raise fault_at(("type",), fault("not_emulated", emulated=EMULATED), kind)


def _implied_type(value: dict[str, Any]) -> str | None:
    """A message, or the reference that an id and nothing else is; any other item with a null type is of none."""
    if value.keys() - {"type"} == {"id"}:
        return REFERENCE
    return None if "type" in value else "message"


def _read(value: object, info: ValidationInfo[Behavior]) -> Item:
    return read_item(value, info.context)


ItemInput = Annotated[Any, PlainValidator(_read)]
"""Annotates a list's element as an input item."""
