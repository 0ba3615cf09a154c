"""The catalogue of items: each type that the live API knows, and how convsim treats it.

A new type is a model in a family's module and a row here. A row without models is a type that the live API knows and
convsim refuses by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import import_module
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.errors import APIStatusError
from convsim.errors.validation import fault, fault_at, unsupported_value, wrong_type
from convsim.items.fields import OMITTED, Item
from convsim.items.id_rules import is_well_formed
from convsim.items.stored import Reveal

REFERENCE = "item_reference"


class ItemReference(Item):
    """Refers to an item that the service knows; ``type`` may be omitted or null (documented)."""

    type: Annotated[Literal["item_reference"], BeforeValidator(lambda _: REFERENCE)] = "item_reference"


def _not_found(item: Item) -> APIStatusError:
    return errors.referenced_item_not_found(item.id)


def _reasons_unseen(item: Any) -> APIStatusError | None:
    """Accepted under an id that the service knows, or with encrypted content (second-hand)."""
    return errors.invalid_item() if item.encrypted_content in (OMITTED, None) else None


@dataclass(frozen=True)
class ItemType:
    """A row: the type's name, the models that read its input, and its peculiarities.

    ``homes`` name the models as ``"computer:ComputerCall"``, and ``chooser`` the function that chooses between several:
    a family's module is imported when its first item is read. ``reveals`` are the members that are hidden until
    ``include`` names them. ``objection`` makes the error for an item whose id is unknown, or None, and its docstring is
    a note of items.md; ``stored`` says whether the service stores the item at all. ``recorded_prefix`` and
    ``in_sentence`` say whether its ids were seen live, and whether the recorded list of all types names it.
    """

    name: str
    homes: tuple[str, ...] = ()
    chooser: str | None = None
    reveals: tuple[Reveal, ...] = ()
    objection: Callable[[Item], APIStatusError | None] | None = None
    stored: bool = True
    recorded_prefix: bool = True
    in_sentence: bool = True

    @cached_property
    def models(self) -> tuple[type[Item], ...]:
        """The models of its input, by the value that chooses one; empty for a type that convsim refuses."""
        return tuple(_imported(home) for home in self.homes)

    @cached_property
    def prefix(self) -> str:
        """The prefix of its ids; empty for a type that is not stored under an id of its own."""
        return self.models[0].prefix if self.homes else ""

    @cached_property
    def read(self) -> Callable[[dict[str, Any], Behavior], Item] | None:
        """The function that reads its input; None for a type that convsim refuses."""
        if self.chooser is not None:
            return cast(Callable[[dict[str, Any], Behavior], Item], _imported(self.chooser))
        return self.models[0].read if self.homes else None


def _imported(home: str) -> Any:
    module, _, name = home.partition(":")
    return getattr(import_module(f"convsim.items.{module}"), name)


_OPENAI = (
    ItemType("additional_tools", ("tool_search:AdditionalTools",), recorded_prefix=False),
    ItemType("agent_message"),
    ItemType("apply_patch_call", ("shell:ApplyPatchCall",)),
    ItemType("apply_patch_call_output", ("shell:ApplyPatchCallOutput",), recorded_prefix=False),
    ItemType(
        "code_interpreter_call",
        ("code_interpreter:CodeInterpreterCall",),
        reveals=(Reveal("code_interpreter_call.outputs", ("outputs",)),),
    ),
    ItemType("compaction", ("reasoning:Compaction",)),
    ItemType("compaction_trigger", ("reasoning:CompactionTrigger",), stored=False),
    ItemType("computer_call", ("computer:ComputerCall",)),
    ItemType(
        "computer_call_output",
        ("computer:ComputerCallOutput",),
        reveals=(Reveal("computer_call_output.output.image_url", ("output", "image_url")),),
        recorded_prefix=False,
    ),
    ItemType("configuration_update", ("reasoning:ConfigurationUpdate",), recorded_prefix=False, in_sentence=False),
    ItemType("custom_tool_call", ("functions:CustomToolCall",)),
    ItemType("custom_tool_call_output", ("functions:CustomToolCallOutput",)),
    ItemType(
        "file_search_call",
        ("searches:FileSearchCall",),
        reveals=(Reveal("file_search_call.results", ("results",)),),
    ),
    ItemType("function_call", ("functions:FunctionCall",)),
    ItemType("function_call_output", ("functions:FunctionCallOutput",)),
    ItemType("image_generation_call", ("code_interpreter:ImageGenerationCall",)),
    ItemType(REFERENCE, ("catalogue:ItemReference",), objection=_not_found),
    ItemType("local_shell_call", ("shell:LocalShellCall",)),
    ItemType("local_shell_call_output", ("shell:LocalShellCallOutput",), recorded_prefix=False),
    ItemType("mcp_approval_request", ("mcp:McpApprovalRequest",)),
    ItemType("mcp_approval_response", ("mcp:McpApprovalResponse",), recorded_prefix=False),
    ItemType("mcp_call", ("mcp:McpCall",)),
    ItemType("mcp_list_tools", ("mcp:McpListTools",)),
    ItemType(
        "message",
        ("messages:InputMessage", "messages:AssistantMessage"),
        "messages:read_message",
        (
            Reveal("message.input_image.image_url", ("content", "*", "image_url")),
            Reveal("message.output_text.logprobs", ("content", "*", "logprobs"), hidden=()),
        ),
    ),
    ItemType("multi_agent_call"),
    ItemType("multi_agent_call_output"),
    ItemType("program", ("code_interpreter:Program",)),
    ItemType("program_output", ("code_interpreter:ProgramOutput",)),
    ItemType(
        "reasoning",
        ("reasoning:Reasoning",),
        reveals=(Reveal("reasoning.encrypted_content", ("encrypted_content",), hidden=OMITTED),),
        objection=_reasons_unseen,
    ),
    ItemType("shell_call", ("shell:ShellCall",)),
    ItemType("shell_call_output", ("shell:ShellCallOutput",)),
    ItemType("tool_search_call", ("tool_search:ToolSearchCall",)),
    ItemType("tool_search_output", ("tool_search:ToolSearchOutput",)),
    ItemType(
        "web_search_call",
        ("searches:WebSearchCall",),
        reveals=(Reveal("web_search_call.action.sources", ("action", "sources"), hidden=OMITTED),),
    ),
)

CALLS_OF_FOUNDRY = (
    *("a2a_preview", "azure_ai_search", "azure_function", "bing_custom_search_preview", "bing_grounding"),
    *("browser_automation_preview", "fabric_dataagent_preview", "memory_command_preview", "openapi"),
    "sharepoint_grounding_preview",
)
"""The tools that Azure AI Foundry carries out itself; each has a call and an output."""

FOUNDRY: dict[str, ItemType] = {
    row.name: row
    for row in (
        *(ItemType(f"{name}_call", ("foundry:Call",)) for name in CALLS_OF_FOUNDRY),
        *(ItemType(f"{name}_call_output", ("foundry:CallOutput",)) for name in CALLS_OF_FOUNDRY),
        ItemType("memory_search_call", ("foundry:MemorySearchCall",)),
        ItemType("oauth_consent_request", ("foundry:OauthConsentRequest",)),
        ItemType("structured_outputs", ("foundry:StructuredOutputs",)),
        ItemType("workflow_action", ("foundry:WorkflowAction",)),
    )
}
"""The types that only Azure AI Foundry has."""


class Catalogue(dict[str, ItemType]):
    """The types that OpenAI has. ``CATALOGUE[name]`` finds those of Azure AI Foundry, too: one store holds both."""

    def __missing__(self, name: str) -> ItemType:
        return FOUNDRY[name]


CATALOGUE = Catalogue((row.name, row) for row in _OPENAI)

EMULATED = tuple(row.name for row in CATALOGUE.values() if row.homes)

_IN_SENTENCE = tuple(row.name for row in CATALOGUE.values() if row.in_sentence)


class _Reading(NamedTuple):
    """The information of a validator, for items that are read outside of one."""

    context: Behavior


def read_item(value: object, behavior: Behavior) -> Item:
    """Return the validated item, ready for :func:`convsim.items.stored.stored` (or a reference to resolve).

    Raises pydantic's errors, which :mod:`convsim.errors.validation` words.
    """
    return _read(value, _Reading(behavior))


def _read(value: object, info: ValidationInfo[Behavior] | _Reading) -> Item:
    if not isinstance(value, dict):
        raise wrong_type("an input item")
    kind = value.get("type")
    if kind is None:
        kind = _implied_type(value)
    row = CATALOGUE.get(kind) if isinstance(kind, str) else None
    if row is None:
        raise unsupported_value(kind, _IN_SENTENCE)
    read = row.read
    if read is None:
        raise fault_at(("type",), fault("not_emulated", emulated=EMULATED), kind)
    return read(value, info.context)


def _implied_type(value: dict[str, Any]) -> str | None:
    """Return the type of an item without one: a message, or a reference if it holds an id and nothing else."""
    if value.keys() - {"type"} == {"id"}:
        return REFERENCE
    return None if "type" in value else "message"


ItemInput = Annotated[Any, PlainValidator(_read)]
"""Annotates a list's element as an input item."""


@cache
def _arranging(behavior: Behavior) -> Behavior:
    return replace(behavior, assistant_phase="keep")


def _read_arranged(value: object, info: ValidationInfo[Behavior]) -> Item:
    behavior = _arranging(info.context)
    if not isinstance(value, dict) or (value.get("role"), value.get("content")) != ("user", ""):
        return read_item(value, behavior)
    item_id = value.get("id")
    if not isinstance(item_id, str) or not is_well_formed(item_id):
        return read_item(value, behavior)
    item = read_item(value | {"id": "msg_1"}, behavior)
    item.id = item_id
    return item


ArrangedItem = Annotated[Any, PlainValidator(_read_arranged)]
"""Annotates an item that a test arranges: it may hold members that only the service writes.

These are the phase of an assistant's message, and the empty message that ``unknown_ids="create"`` makes of any id.
"""
