"""Tools of MCP servers: listed, approved and called."""

from typing import Annotated, Any, Literal

from convsim.items.fields import Input, Item, Json, JsonObject, Objects, omitted, one_of
from convsim.items.unions import ByType


class McpTool(Input):
    """``annotations`` and the schema keep the sender's order."""

    annotations: JsonObject | None = omitted()
    description: str | None = omitted()
    input_schema: JsonObject
    name: str


class McpListTools(Item, prefix="mcpl"):
    type: Literal["mcp_list_tools"]
    error: str = omitted()
    server_label: str
    tools: Objects[McpTool]


class McpApprovalRequest(Item, prefix="mcpr"):
    type: Literal["mcp_approval_request"]
    arguments: str
    name: str
    server_label: str


class McpApprovalResponse(Item, prefix="mcpa"):
    id: str = omitted()
    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool
    reason: str = omitted()


class ProtocolError(Input):
    type: Literal["mcp_protocol_error"]
    code: int
    message: str


class ExecutionError(Input):
    type: Literal["mcp_tool_execution_error"]
    content: Json


class HttpError(Input):
    type: Literal["http_error"]
    code: int
    message: str


_Error = Annotated[
    Any,
    ByType({"mcp_protocol_error": ProtocolError, "mcp_tool_execution_error": ExecutionError, "http_error": HttpError}),
]


class McpCall(Item, prefix="mcp"):
    """Sent back with all of its members, absent ones as null (recorded)."""

    type: Literal["mcp_call"]
    status: Annotated[str, one_of("in_progress", "completed", "incomplete", "calling", "failed")] = "completed"
    approval_request_id: str | None = None
    arguments: str
    error: _Error | None = None
    name: str
    output: str | None = None
    server_label: str
