"""One item of every type that is stored."""

from __future__ import annotations

from convsim.contract.answers import Json, text
from convsim.contract.scenarios.samples import sample

SCREEN = "https://example.com/screen.png"
TOOL: Json = {"type": "function", "name": "look", "parameters": {"type": "object"}, "strict": True}
_CLICK = {"type": "click", "button": "left", "x": 4, "y": 5}
_FOUND = {"attributes": {}, "file_id": "file-1", "filename": "cats.txt", "score": 0.5, "text": "A cat."}

SAMPLES = {
    one.type: one
    for one in (
        sample("msg", {"type": "message", "status": "completed", "content": [text("Hi")], "role": "user"}, "status"),
        sample(
            "fc",
            {"type": "function_call", "status": "completed", "arguments": "{}", "call_id": "call_1", "name": "look"},
            "status",
        ),
        sample(
            "fc",
            {"type": "function_call_output", "status": "completed", "call_id": "call_1", "output": "A cat."},
            "status",
        ),
        sample(
            "ctc",
            {"type": "custom_tool_call", "status": "completed", "call_id": "call_1", "input": "look", "name": "sh"},
            "status",
        ),
        sample(
            "ctco",
            {
                "type": "custom_tool_call_output",
                "status": "completed",
                "call_id": "call_1",
                "output": [text("A cat.")],
            },
            "status",
        ),
        sample(
            "fs",
            {"type": "file_search_call", "status": "completed", "queries": ["cats"], "results": None},
            results=[_FOUND],
        ),
        sample(
            "ws",
            {
                "type": "web_search_call",
                "status": "completed",
                "action": {"type": "search", "queries": ["cats"], "query": "cats"},
            },
        ),
        sample(
            "ci",
            {
                "type": "code_interpreter_call",
                "status": "completed",
                "code": "print(1)",
                "container_id": "cntr_1",
                "outputs": None,
            },
            outputs=[{"type": "logs", "logs": "1"}],
        ),
        sample(
            "ig",
            {
                "type": "image_generation_call",
                "status": "completed",
                "action": "generate",
                "background": "opaque",
                "output_format": "png",
                "quality": "low",
                "result": "iVBORw0K",
                "revised_prompt": "A cat.",
                "size": "1024x1024",
            },
        ),
        sample(
            "cm",
            {"type": "program", "call_id": "call_1", "code": "await look()", "fingerprint": "f1"},
        ),
        sample(
            "cmo",
            {"type": "program_output", "status": "completed", "call_id": "call_1", "result": "A cat."},
        ),
        sample(
            "cu",
            {
                "type": "computer_call",
                "status": "completed",
                "action": _CLICK,
                "call_id": "call_1",
                "pending_safety_checks": [],
            },
        ),
        sample(
            "cuo",
            {
                "type": "computer_call_output",
                "status": "completed",
                "call_id": "call_1",
                "output": {"type": "computer_screenshot", "file_id": None, "image_url": None},
            },
            "status",
            output={"image_url": SCREEN, "type": "computer_screenshot"},
        ),
        sample(
            "lsh",
            {
                "type": "local_shell_call",
                "status": "completed",
                "action": {"type": "exec", "command": ["ls"], "env": {"A": "1"}, "working_directory": "/"},
                "call_id": "call_1",
            },
        ),
        sample(
            "lsho",
            {"type": "local_shell_call_output", "status": "completed", "output": "cat.png"},
            "status",
        ),
        sample(
            "sh",
            {
                "type": "shell_call",
                "status": "completed",
                "action": {"commands": ["ls"], "max_output_length": None, "timeout_ms": None},
                "call_id": "call_1",
                "environment": None,
            },
            "status",
            action={"commands": ["ls"]},
        ),
        sample(
            "sho",
            {
                "type": "shell_call_output",
                "status": "completed",
                "call_id": "call_1",
                "max_output_length": None,
                "output": [{"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "cat.png"}],
            },
            "status",
        ),
        sample(
            "apc",
            {
                "type": "apply_patch_call",
                "status": "completed",
                "call_id": "call_1",
                "operation": {"type": "update_file", "diff": "@@\n-cat\n+dog", "path": "a.txt"},
            },
        ),
        sample(
            "apco",
            {"type": "apply_patch_call_output", "status": "completed", "call_id": "call_1", "output": "Done."},
        ),
        sample(
            "mcpl",
            {
                "type": "mcp_list_tools",
                "server_label": "box",
                "tools": [
                    {
                        "annotations": {"read_only": True},
                        "description": "Looks.",
                        "input_schema": {"type": "object"},
                        "name": "look",
                    }
                ],
            },
        ),
        sample("mcpr", {"type": "mcp_approval_request", "arguments": "{}", "name": "look", "server_label": "box"}),
        sample("mcpa", {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}),
        sample(
            "mcp",
            {
                "type": "mcp_call",
                "status": "completed",
                "approval_request_id": None,
                "arguments": "{}",
                "error": None,
                "name": "look",
                "output": "A cat.",
                "server_label": "box",
            },
            "approval_request_id",
            "error",
            "status",
        ),
        sample(
            "tsc",
            {
                "type": "tool_search_call",
                "status": "completed",
                "arguments": {"paths": ["box"]},
                "call_id": None,
                "execution": "server",
            },
            "status",
            "call_id",
            "execution",
        ),
        sample(
            "tso",
            {
                "type": "tool_search_output",
                "status": "completed",
                "call_id": None,
                "execution": "server",
                "tools": [TOOL],
            },
            "status",
            "call_id",
            "execution",
        ),
        sample("at", {"type": "additional_tools", "role": "developer", "tools": [TOOL]}),
        sample(
            "rs",
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Cats."}]},
            encrypted_content="gAAAAA==",
        ),
        sample("cmp", {"type": "compaction", "encrypted_content": "gAAAAA=="}),
        sample("cnfu", {"type": "configuration_update", "reasoning": {"effort": "low"}}),
    )
}
