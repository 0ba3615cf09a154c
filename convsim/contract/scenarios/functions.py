"""Function calls and their outputs."""

from __future__ import annotations

from convsim.contract.answers import (
    create_items,
    image,
    page,
    start,
    text,
)
from convsim.contract.evidence import documented, recorded
from convsim.contract.scenario import Id, scenario

_FUNCTION = Id("item", "fc")
_URL = "https://example.com/cat.png"


FUNCTIONS = (
    scenario(
        "function-call",
        "A function call is read back as id, type, status, arguments, call_id, name",
        recorded("dotnet", "ms"),
        *start(),
        create_items(
            [{"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call",
                    "status": "completed",
                    "arguments": "{}",
                    "call_id": "call_1",
                    "name": "look",
                }
            ),
        ),
    ),
    scenario(
        "function-call-extras",
        "A function call's status, caller, namespace and async are kept",
        documented("spec", note="async: the SDK; key order behind name inferred"),
        *start(),
        create_items(
            [
                {
                    "type": "function_call",
                    "call_id": "call_1",
                    "name": "look",
                    "arguments": "{}",
                    "status": "in_progress",
                    "async": True,
                    "namespace": "box",
                    "caller": {"type": "program", "caller_id": "call_0"},
                }
            ],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call",
                    "status": "in_progress",
                    "arguments": "{}",
                    "call_id": "call_1",
                    "name": "look",
                    "caller": {"type": "program", "caller_id": "call_0"},
                    "namespace": "box",
                    "async": True,
                }
            ),
        ),
    ),
    scenario(
        "function-call-output",
        "A function's output is read back as id, type, status, call_id, output; no call needs to stand before it",
        recorded("dotnet", note="that an orphan is accepted is inferred: the live service complains at the next turn"),
        *start(),
        create_items(
            [{"type": "function_call_output", "call_id": "call_1", "output": "A cat."}],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": "A cat.",
                }
            ),
        ),
    ),
    scenario(
        "function-call-output-parts",
        "A function's output may be parts; its image URL is not hidden, for no include would reveal it",
        documented("spec", note="hiding inferred"),
        *start(),
        create_items(
            [
                {
                    "type": "function_call_output",
                    "call_id": "call_1",
                    "output": [text("A cat."), {"type": "input_image", "image_url": _URL}],
                }
            ],
            page(
                {
                    "id": _FUNCTION,
                    "type": "function_call_output",
                    "status": "completed",
                    "call_id": "call_1",
                    "output": [text("A cat."), image(_URL)],
                }
            ),
        ),
    ),
)
