"""Inputs of the operations at Azure AI Foundry that differ from OpenAI's."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, StringConstraints, ValidationInfo

from convsim.core.behavior import Behavior
from convsim.errors.validation import fault
from convsim.items import foundry
from convsim.items.fields import MAX_TEXT, ByType, Either, Input, Item, JsonObject, Models, omitted, worded
from convsim.items.id_rules import any_id
from convsim.operations import conversations
from convsim.operations.conversations import MAX_ITEMS, ConversationId, Include
from convsim.operations.lists import Paging
from convsim.responses import request
from convsim.responses.agent import Agent
from convsim.responses.tools import requested

RESPONSE_PREFIXES = ("resp_", "wfresp_", "caresp_")
"""The prefixes of responses of the model's side, of workflows, and of hosted agents (recorded)."""


def _read(value: object, info: ValidationInfo[Behavior]) -> Item:
    return foundry.read_item(value, info.context)


def _read_arranged(value: object, info: ValidationInfo[Behavior]) -> Item:
    return foundry.read_arranged(value, info.context)


def _response_id(value: str) -> str:
    if not value.startswith(RESPONSE_PREFIXES):
        raise fault("id_prefix", prefix="resp")
    return any_id(value)


ItemInput = Annotated[Any, PlainValidator(_read)]
ArrangedItem = Annotated[Any, PlainValidator(_read_arranged)]
ItemList = Annotated[list[ItemInput], Field(max_length=MAX_ITEMS)]
ResponseId = Annotated[str, AfterValidator(_response_id)]
Given = Annotated[
    Any,
    Either(
        "one of a string or array of input items",
        {str: Annotated[str, Field(max_length=MAX_TEXT)], list: list[ItemInput]},
    ),
]

# --- conversations and items ---------------------------------------------------------------------------------------


class CreateConversationBody(conversations.CreateConversationBody):
    items: ItemList | None = None


class CreateConversation(conversations.CreateConversation):
    body: CreateConversationBody


class SeedBody(conversations.SeedBody):
    items: list[ArrangedItem] | None = None


class SeedConversation(conversations.SeedConversation):
    body: SeedBody


class CreateItemsBody(conversations.CreateItemsBody):
    items: Annotated[ItemList, Field(min_length=1)]


class CreateItems(conversations.CreateItems):
    body: CreateItemsBody


class ListItems(Paging):
    conversation_id: ConversationId
    include: Include = Field(default_factory=list)
    item_type: str | None = None


# --- responses -----------------------------------------------------------------------------------------------------


class Tool(Input):
    """A tool that only Azure AI Foundry has, or one of an agent: checked loosely."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    type: str


TOOL_TYPES = (
    *("a2a", "a2a_preview", "azure_ai_search", "azure_function", "bing_custom_search_preview", "bing_grounding"),
    *("browser_automation", "browser_automation_preview", "capture_structured_outputs", "fabric_dataagent_preview"),
    *("fabric_iq_preview", "github_copilot_toolset_preview", "memory_search", "memory_search_preview"),
    *("microsoft_copilot_toolset_preview", "openapi", "sharepoint_grounding_preview", "toolbox_search_preview"),
    *("web_iq_preview", "work_iq_preview"),
)
"""The types of the description and of the vendor's SDK 2.10."""


def _requested() -> Models:
    return {**requested(), **dict.fromkeys(TOOL_TYPES, Tool)}


Tools = Annotated[list[Annotated[Any, ByType(_requested)]], worded(list, "an array of tools")]


class AgentReference(Input):
    """A reference; further members are ignored: ``id`` is recorded."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    type: Literal["agent_reference"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    version: str | None = None


class CreateResponseBody(request.CreateResponseBody):
    _wanted: ClassVar[tuple[str, ...]] = ()

    input: Given | None = None
    model: str | None = None
    previous_response_id: ResponseId | None = None
    tools: Tools | None = None
    agent_reference: AgentReference | None = None
    agent_session_id: str | None = None
    structured_inputs: JsonObject | None = None
    agent: Any = omitted()


class CreateResponse(request.CreateResponse):
    body: CreateResponseBody

    def complete(self, asked: dict[str, Any], agent: Agent | None) -> None:
        """Take over the request as an agent has completed it, for the model's side."""
        self._sent = asked
        if agent is not None:
            self.body.model = agent.model or agent.kind
            self.body.tools = [Tool.read(tool, Behavior()) for tool in asked.get("tools", ())]


class CompactBody(request.CompactBody):
    input: Given | None = None
    previous_response_id: ResponseId | None = None


class CompactResponse(request.CompactResponse):
    body: CompactBody


class CountTokensBody(request.CountTokensBody):
    input: Given | None = None
    previous_response_id: ResponseId | None = None


class CountInputTokens(request.CountInputTokens):
    body: CountTokensBody


class RetrieveResponse(request.RetrieveResponse):
    response_id: ResponseId


class DeleteResponse(request.DeleteResponse):
    response_id: ResponseId


class CancelResponse(request.CancelResponse):
    response_id: ResponseId


class ListInputItems(request.ListInputItems):
    response_id: ResponseId
