"""Items as a client sends them, in both dialects, with the keys in the order of the answer."""

from typing import Annotated, Any, ClassVar, Literal

from convsim.items.fields import OMITTED, Arguments, ByType, Input, JsonObject, Objects, Text, omitted, one_of
from convsim.realtime import content
from convsim.realtime.fields import Dialect, ItemId, JsonByType

Status = Annotated[str, one_of("completed", "incomplete", "in_progress")]
BetaStatus = Annotated[str, one_of("completed", "incomplete")]


class ItemInput(Input):
    """An item of ``conversation.item.create``."""

    id: ItemId = omitted()
    object: Annotated[str, one_of("realtime.item")] = omitted()
    type: str

    shows_status: ClassVar[bool] = True
    _own: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        cls._own = tuple(name for name in cls.__pydantic_fields__ if name not in ("id", "object", "type", "status"))

    def document(self, item_id: str, status: str, dialect: Dialect) -> dict[str, Any]:
        """Return the item as acknowledgements show it; its parts write themselves."""
        values = self.__dict__
        document = first_members(
            item_id, self.type, status if self.shows_status and "status" in values else None, dialect
        )
        for name in self._own:
            if (value := values[name]) is not OMITTED:
                document[name] = value
        return document


def first_members(item_id: str, kind: str, status: str | None, dialect: Dialect) -> dict[str, Any]:
    """Return the first keys of every item (observed live); items of MCP servers have no status (documented)."""
    document: dict[str, Any] = {"id": item_id}
    if dialect == "beta":
        document["object"] = "realtime.item"
    document["type"] = kind
    if status is not None:
        document["status"] = status
    return document


# --- messages and functions ----------------------------------------------------------------------------------------


class SystemMessage(ItemInput):
    status: Status = omitted()
    role: Literal["system"]
    content: content.SystemParts


class UserMessage(ItemInput):
    status: Status = omitted()
    role: Literal["user"]
    content: content.UserParts


class AssistantMessage(ItemInput):
    status: Status = omitted()
    role: Literal["assistant"]
    content: content.AssistantParts


class FunctionCall(ItemInput):
    """A function call; it is given a ``call_id`` if it has none (documented as optional)."""

    status: Status = omitted()
    name: Text
    call_id: Text = omitted()
    arguments: Arguments


class FunctionCallOutput(ItemInput):
    """A function's output; it is sent back without a status, even if one was sent (recorded)."""

    status: Status = omitted()
    call_id: Text
    output: Text

    shows_status: ClassVar[bool] = False


class ItemReference(ItemInput):
    """In the sentence about unknown types (observed live), but for ``response.create`` only (documented)."""

    id: str


# --- the same in the beta dialect ----------------------------------------------------------------------------------


class BetaSystemMessage(SystemMessage):
    status: BetaStatus = omitted()


class BetaUserMessage(UserMessage):
    status: BetaStatus = omitted()
    content: content.BetaUserParts


class BetaAssistantMessage(AssistantMessage):
    status: BetaStatus = omitted()
    content: content.BetaAssistantParts


class BetaFunctionCall(ItemInput):
    """A function call; it is given a ``call_id`` if it has none (documented as optional).

    The order of the members is second-hand.
    """

    status: BetaStatus = omitted()
    call_id: Text = omitted()
    name: Text
    arguments: Arguments


class BetaFunctionCallOutput(ItemInput):
    status: BetaStatus = omitted()
    call_id: Text
    output: Text


# --- MCP servers: GA only, documented, and how they come back is inferred from the schema --------------------------


class McpTool(Input):
    name: str
    description: str | None = omitted()
    input_schema: JsonObject
    annotations: JsonObject | None = omitted()


class McpListTools(ItemInput):
    server_label: str
    tools: Objects[McpTool]


class McpError(Input):
    type: str
    message: str


class McpCodedError(McpError):
    code: int


_McpError = Annotated[
    Any,
    ByType(
        {"protocol_error": McpCodedError, "tool_execution_error": McpError, "http_error": McpCodedError},
    ),
]


class McpCall(ItemInput):
    id: ItemId
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: _McpError | None = None


class McpApprovalRequest(ItemInput):
    id: ItemId
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(ItemInput):
    id: ItemId
    approval_request_id: str
    approve: bool
    reason: str | None = omitted()


# --- the tables ----------------------------------------------------------------------------------------------------

ITEMS: dict[Dialect, ByType] = {
    "ga": JsonByType(
        {
            "message": JsonByType(
                {"user": UserMessage, "assistant": AssistantMessage, "system": SystemMessage}, key="role"
            ),
            "function_call": FunctionCall,
            "function_call_output": FunctionCallOutput,
            "mcp_list_tools": McpListTools,
            "mcp_call": McpCall,
            "mcp_approval_request": McpApprovalRequest,
            "mcp_approval_response": McpApprovalResponse,
            "item_reference": ItemReference,
        },
    ),
    "beta": JsonByType(
        {
            "message": JsonByType(
                {"user": BetaUserMessage, "assistant": BetaAssistantMessage, "system": BetaSystemMessage}, key="role"
            ),
            "function_call": BetaFunctionCall,
            "function_call_output": BetaFunctionCallOutput,
            "item_reference": ItemReference,
        },
    ),
}
"""The model of an item by its type, and of a message by its role.

The order is that of the live sentence about an unknown type (beta); the places of the types of MCP servers in it and
the sentence about an unknown role are inferred.
"""
