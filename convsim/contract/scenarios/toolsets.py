"""Tools of MCP servers, and tools added during a conversation."""

from __future__ import annotations

from convsim.contract.answers import Json
from convsim.contract.evidence import documented, inferred, recorded, second_hand
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import Sample, round_trip, sample

_IN_RESPONSES = "in responses; this API takes the same type"
_SCHEMA: Json = {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}, "a": {}}}


def _called(**members: object) -> Sample:
    stored = SAMPLES["mcp_call"].stored | members
    return sample("mcp", stored)


def _tools(*tools: Json) -> Sample:
    """Send the tools unchanged, so that users' JSON keeps its order."""
    stored = SAMPLES["tool_search_output"].stored | {"tools": list(tools)}
    return sample("tso", stored, tools=[dict(reversed(tool.items())) for tool in tools])


TOOLSETS = (
    round_trip(
        "mcp-list-tools",
        "A server's tools are read back as id, type, server_label, tools, without a status",
        recorded("dotnet", "vercel", note=_IN_RESPONSES),
        SAMPLES["mcp_list_tools"],
    ),
    round_trip(
        "mcp-approval-request",
        "A request for approval is read back as id, type, arguments, name, server_label, without a status",
        recorded("dotnet", "vercel", note=_IN_RESPONSES),
        SAMPLES["mcp_approval_request"],
    ),
    round_trip(
        "mcp-approval-response",
        "An approval is read back as id, type, approval_request_id, approve, and a reason if there was one",
        documented("spec", note="the prefix mcpa is inferred"),
        SAMPLES["mcp_approval_response"],
        sample(
            "mcpa",
            {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": False, "reason": "No."},
        ),
    ),
    round_trip(
        "mcp-call",
        "A call of a server's tool is read back with all of its members, absent ones as null",
        recorded("dotnet", "vercel", note=f"{_IN_RESPONSES}; status completed where none was sent is inferred"),
        SAMPLES["mcp_call"],
    ),
    round_trip(
        "mcp-call-error",
        "A failed call keeps its error, of each of the three kinds",
        second_hand("openapi-531", "spec", note="an http_error of the service is quoted; the other two are documented"),
        _called(status="failed", output=None, error={"type": "http_error", "code": 500, "message": "No."}),
        _called(status="failed", output=None, error={"type": "mcp_protocol_error", "code": -1, "message": "No."}),
        _called(status="failed", output=None, error={"type": "mcp_tool_execution_error", "content": [{"text": "No."}]}),
    ),
    round_trip(
        "tool-search-call",
        "A tool search is read back as id, type, status, arguments, call_id, execution",
        recorded("vercel", "stdapi", note="in responses; that it survives this API is second-hand"),
        SAMPLES["tool_search_call"],
        sample(
            "tsc",
            {
                "type": "tool_search_call",
                "status": "incomplete",
                "arguments": {},
                "call_id": "call_1",
                "execution": "client",
            },
        ),
    ),
    round_trip(
        "tool-search-output",
        "Found tools are read back as id, type, status, call_id, execution, tools",
        recorded("vercel", "stdapi", note="in responses; that it survives this API is second-hand"),
        SAMPLES["tool_search_output"],
    ),
    round_trip(
        "tool-keys",
        "A tool's keys stand as type and then the alphabet; the users' own schemas keep their order",
        recorded("vercel", note="of functions and namespaces, in responses; inferred for other tools"),
        _tools(
            {
                "type": "function",
                "defer_loading": True,
                "description": "Looks.",
                "name": "look",
                "parameters": _SCHEMA,
                "strict": False,
            },
            {
                "type": "namespace",
                "description": "A box.",
                "name": "box",
                "tools": [{"type": "function", "name": "look", "parameters": _SCHEMA}],
            },
        ),
    ),
    round_trip(
        "tools-of-every-kind",
        "Tools of every kind are kept as they were given, and nothing is filled in",
        inferred("documented are the kinds; which defaults the service adds is not known"),
        _tools(
            {"type": "apply_patch"},
            {"type": "code_interpreter", "container": "cntr_1"},
            {"type": "computer"},
            {"type": "computer_use_preview", "display_height": 2, "display_width": 3, "environment": "linux"},
            {"type": "custom", "name": "sh"},
            {"type": "file_search", "vector_store_ids": ["vs_1"]},
            {"type": "image_generation"},
            {"type": "local_shell"},
            {"type": "mcp", "server_label": "box", "server_url": "https://example.com"},
            {"type": "programmatic_tool_calling"},
            {"type": "shell"},
            {"type": "tool_search"},
            {"type": "web_search"},
            {"type": "web_search_preview"},
        ),
    ),
    round_trip(
        "additional-tools",
        "Added tools are read back as id, type, role, tools, without a status",
        second_hand(
            "stdapi", "spec", note="that they are accepted; the order follows the rule, the prefix at is inferred"
        ),
        SAMPLES["additional_tools"],
    ),
)
