"""The table at the heart of the items: each type that the live API knows, and what convsim does with it.

A new type is a model in a family's module and a row here. A row without models is a type that the live API knows and
convsim refuses in words that say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.errors.validation import fault, fault_at, unsupported_value, wrong_type
from convsim.items.computer import ComputerCall, ComputerCallOutput
from convsim.items.context import Compaction, CompactionTrigger, ConfigurationUpdate, Reasoning
from convsim.items.fields import OMITTED, Item
from convsim.items.functions import CustomToolCall, CustomToolCallOutput, FunctionCall, FunctionCallOutput
from convsim.items.mcp import McpApprovalRequest, McpApprovalResponse, McpCall, McpListTools
from convsim.items.messages import AssistantMessage, InputMessage, read_message
from convsim.items.programs import CodeInterpreterCall, ImageGenerationCall, Program, ProgramOutput
from convsim.items.searches import FileSearchCall, WebSearchCall
from convsim.items.shells import (
    ApplyPatchCall,
    ApplyPatchCallOutput,
    LocalShellCall,
    LocalShellCallOutput,
    ShellCall,
    ShellCallOutput,
)
from convsim.items.stored import Reveal
from convsim.items.toolsets import AdditionalTools, ToolSearchCall, ToolSearchOutput

REFERENCE = "item_reference"


class ItemReference(Item):
    """Stands for an item that the service knows; ``type`` may be left out or null (documented)."""

    type: Annotated[Literal["item_reference"], BeforeValidator(lambda _: REFERENCE)] = "item_reference"


def _not_found(item: Item) -> APIStatusError:
    return errors.referenced_item_not_found(item.id)


def _reasons_unseen(item: Any) -> APIStatusError | None:
    """Reasoning passes under an id that the service knows, or with its encrypted content (second-hand)."""
    return errors.invalid_item() if item.encrypted_content in (OMITTED, None) else None


@dataclass(frozen=True, slots=True)
class ItemType:
    """A row: the type's name, the models that its input is read as, and what is peculiar to it.

    ``read`` chooses between several models. ``reveals`` are the members that wait for ``include``. ``objection`` is
    what the service says to one that it does not know, ``stored`` whether it keeps one at all. ``recorded_prefix`` and
    ``in_sentence`` say whether its ids were seen live, and whether the recorded list of all types names it.
    """

    name: str
    models: tuple[type[Item], ...] = ()
    read: Callable[[dict[str, Any], Behavior], Item] | None = None
    reveals: tuple[Reveal, ...] = ()
    objection: Callable[[Item], APIStatusError | None] | None = None
    stored: bool = True
    recorded_prefix: bool = True
    in_sentence: bool = True

    prefix: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if self.models:
            object.__setattr__(self, "prefix", self.models[0].prefix)
            object.__setattr__(self, "read", self.read or self.models[0].read)


CATALOGUE: dict[str, ItemType] = {
    row.name: row
    for row in (
        ItemType("additional_tools", (AdditionalTools,), recorded_prefix=False),
        ItemType("agent_message"),
        ItemType("apply_patch_call", (ApplyPatchCall,)),
        ItemType("apply_patch_call_output", (ApplyPatchCallOutput,), recorded_prefix=False),
        ItemType(
            "code_interpreter_call",
            (CodeInterpreterCall,),
            reveals=(Reveal("code_interpreter_call.outputs", ("outputs",)),),
        ),
        ItemType("compaction", (Compaction,)),
        ItemType("compaction_trigger", (CompactionTrigger,), stored=False),
        ItemType("computer_call", (ComputerCall,)),
        ItemType(
            "computer_call_output",
            (ComputerCallOutput,),
            reveals=(Reveal("computer_call_output.output.image_url", ("output", "image_url")),),
            recorded_prefix=False,
        ),
        ItemType("configuration_update", (ConfigurationUpdate,), recorded_prefix=False, in_sentence=False),
        ItemType("custom_tool_call", (CustomToolCall,)),
        ItemType("custom_tool_call_output", (CustomToolCallOutput,)),
        ItemType("file_search_call", (FileSearchCall,), reveals=(Reveal("file_search_call.results", ("results",)),)),
        ItemType("function_call", (FunctionCall,)),
        ItemType("function_call_output", (FunctionCallOutput,)),
        ItemType("image_generation_call", (ImageGenerationCall,)),
        ItemType(REFERENCE, (ItemReference,), objection=_not_found),
        ItemType("local_shell_call", (LocalShellCall,)),
        ItemType("local_shell_call_output", (LocalShellCallOutput,), recorded_prefix=False),
        ItemType("mcp_approval_request", (McpApprovalRequest,)),
        ItemType("mcp_approval_response", (McpApprovalResponse,), recorded_prefix=False),
        ItemType("mcp_call", (McpCall,)),
        ItemType("mcp_list_tools", (McpListTools,)),
        ItemType(
            "message",
            (InputMessage, AssistantMessage),
            read_message,
            (
                Reveal("message.input_image.image_url", ("content", "*", "image_url")),
                Reveal("message.output_text.logprobs", ("content", "*", "logprobs"), hidden=()),
            ),
        ),
        ItemType("multi_agent_call"),
        ItemType("multi_agent_call_output"),
        ItemType("program", (Program,)),
        ItemType("program_output", (ProgramOutput,)),
        ItemType(
            "reasoning",
            (Reasoning,),
            reveals=(Reveal("reasoning.encrypted_content", ("encrypted_content",), hidden=OMITTED),),
            objection=_reasons_unseen,
        ),
        ItemType("shell_call", (ShellCall,)),
        ItemType("shell_call_output", (ShellCallOutput,)),
        ItemType("tool_search_call", (ToolSearchCall,)),
        ItemType("tool_search_output", (ToolSearchOutput,)),
        ItemType(
            "web_search_call",
            (WebSearchCall,),
            reveals=(Reveal("web_search_call.action.sources", ("action", "sources"), hidden=OMITTED),),
        ),
    )
}

EMULATED = tuple(row.name for row in CATALOGUE.values() if row.models)

_IN_SENTENCE = tuple(row.name for row in CATALOGUE.values() if row.in_sentence)


def read_item(value: object, behavior: Behavior) -> Item:
    """The validated item, ready for :func:`convsim.items.stored.store` (or a reference to resolve).

    Raises pydantic's errors, which :mod:`convsim.errors.validation` words.
    """
    if not isinstance(value, dict):
        raise wrong_type("an input item")
    kind = value.get("type")
    if kind is None:
        kind = _implied_type(value)
    row = CATALOGUE.get(kind) if isinstance(kind, str) else None
    if row is None:
        raise unsupported_value(kind, _IN_SENTENCE)
    if row.read is None:
        raise fault_at(("type",), fault("not_emulated", emulated=EMULATED), kind)
    return row.read(value, behavior)


def _implied_type(value: dict[str, Any]) -> str | None:
    """A message, or the reference that an id and nothing else is; any other item with a null type is of none."""
    if value.keys() - {"type"} == {"id"}:
        return REFERENCE
    return None if "type" in value else "message"


def _read(value: object, info: ValidationInfo[Behavior]) -> Item:
    return read_item(value, info.context)


ItemInput = Annotated[Any, PlainValidator(_read)]
"""Annotates a list's element as an input item."""
