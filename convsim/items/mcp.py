"""Tools of MCP servers: listed, approved and called."""

from typing import Annotated, Any, Literal

from convsim.items.fields import Arguments, ByType, Input, Item, Json, JsonObject, Objects, Text, omitted, one_of
from convsim.items.id_rules import AnyId


class McpTool(Input):
    """A tool of a server; ``annotations`` and the schema keep the sender's order."""

    annotations: JsonObject | None = omitted()
    description: Text | None = omitted()
    input_schema: JsonObject
    name: Text


class McpListTools(Item, prefix="mcpl"):
    type: Literal["mcp_list_tools"]
    error: Text = omitted()
    server_label: Text
    tools: Objects[McpTool]


class McpApprovalRequest(Item, prefix="mcpr"):
    type: Literal["mcp_approval_request"]
    arguments: Arguments
    name: Text
    server_label: Text


class McpApprovalResponse(Item, prefix="mcpa"):
    id: Text = omitted()
    type: Literal["mcp_approval_response"]
    approval_request_id: AnyId
    approve: bool
    reason: Text = omitted()


class ProtocolError(Input):
    type: Literal["mcp_protocol_error"]
    code: int
    message: Text


class ExecutionError(Input):
    type: Literal["mcp_tool_execution_error"]
    content: Json


class HttpError(Input):
    type: Literal["http_error"]
    code: int
    message: Text


_Error = Annotated[
    Any,
    ByType({"mcp_protocol_error": ProtocolError, "mcp_tool_execution_error": ExecutionError, "http_error": HttpError}),
]


class McpCall(Item, prefix="mcp"):
    """All members are sent back, absent ones as null (recorded)."""

    type: Literal["mcp_call"]
    status: Annotated[str, one_of("in_progress", "completed", "incomplete", "calling", "failed")] = "completed"
    approval_request_id: AnyId | None = None
    arguments: Arguments
    error: _Error | None = None
    name: Text
    output: Text | None = None
    server_label: Text
