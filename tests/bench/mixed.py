"""Twenty items as an agent's turn with many tools leaves them."""

from __future__ import annotations

from typing import Any

_HEX = "0" * 48

MIXED: list[dict[str, Any]] = [
    {"role": "developer", "content": "Answer briefly."},
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is in this picture, and in the report?"},
            {"type": "input_image", "image_url": "https://example.com/cat.png", "detail": "high"},
            {"type": "input_file", "file_id": "file-123"},
        ],
    },
    {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Looking at the picture first."}],
        "encrypted_content": "gAAAA" + "A" * 400,
    },
    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"where": "left"}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "A cat."},
    {
        "type": "web_search_call",
        "id": f"ws_{_HEX}",
        "status": "completed",
        "action": {"type": "search", "query": "cats", "sources": [{"type": "url", "url": "https://example.com"}]},
    },
    {
        "type": "file_search_call",
        "id": f"fs_{_HEX}",
        "status": "completed",
        "queries": ["report"],
        "results": [{"file_id": "file-1", "filename": "a.txt", "score": 0.5, "text": "words", "attributes": {"n": 1}}],
    },
    {
        "type": "code_interpreter_call",
        "id": f"ci_{_HEX}",
        "status": "completed",
        "code": "print(1)",
        "container_id": "cntr_1",
        "outputs": [{"type": "logs", "logs": "1"}],
    },
    {
        "type": "mcp_list_tools",
        "id": f"mcpl_{_HEX}",
        "server_label": "docs",
        "tools": [{"name": "ask", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}],
    },
    {"type": "mcp_call", "id": f"mcp_{_HEX}", "server_label": "docs", "name": "ask", "arguments": "{}", "output": "42"},
    {
        "type": "computer_call",
        "id": f"cu_{_HEX}",
        "status": "completed",
        "call_id": "call_2",
        "action": {"type": "click", "button": "left", "x": 1, "y": 2},
        "pending_safety_checks": [],
    },
    {
        "type": "computer_call_output",
        "call_id": "call_2",
        "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    },
    {"type": "shell_call", "call_id": "call_3", "action": {"commands": ["ls", "pwd"]}},
    {
        "type": "shell_call_output",
        "call_id": "call_3",
        "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
    },
    {
        "type": "apply_patch_call",
        "call_id": "call_4",
        "status": "completed",
        "operation": {"type": "update_file", "path": "a.py", "diff": "-1\n+2"},
    },
    {"type": "apply_patch_call_output", "call_id": "call_4", "status": "completed", "output": "done"},
    {"type": "custom_tool_call", "call_id": "call_5", "name": "grep", "input": "cat"},
    {"type": "custom_tool_call_output", "call_id": "call_5", "output": [{"type": "input_text", "text": "cat"}]},
    {
        "type": "tool_search_output",
        "call_id": "call_6",
        "execution": "client",
        "tools": [{"type": "function", "name": "look", "parameters": {"type": "object"}, "strict": True}],
    },
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "A cat, and a report.", "annotations": []}],
    },
]
