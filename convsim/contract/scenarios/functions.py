"""Calls of functions and custom tools, and their outputs."""

from __future__ import annotations

from convsim.contract.answers import Json, image, text
from convsim.contract.evidence import documented, recorded
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import Sample, round_trip, sample

_URL = "https://example.com/cat.png"
_CUSTOM_OUTPUT = SAMPLES["custom_tool_call_output"].stored
_PROGRAM: Json = {"type": "program", "caller_id": "call_0"}


def _called_by_program(kind: str) -> Sample:
    """Return the sample of a type with its caller, whose place is after the call_id."""
    stored: Json = {}
    for key, member in SAMPLES[kind].stored.items():
        stored[key] = member
        if key == "call_id":
            stored["caller"] = _PROGRAM
    return sample(SAMPLES[kind].prefix, stored)


FUNCTIONS = (
    round_trip(
        "function-call",
        "A function call is read back as id, type, status, arguments, call_id, name",
        recorded("dotnet", "ms"),
        SAMPLES["function_call"],
    ),
    round_trip(
        "function-call-extras",
        "A function call's status, caller, namespace and async are kept, in alphabetical order",
        recorded("vercel", note="caller and namespace, in responses; async is documented and its place inferred"),
        sample(
            "fc",
            {
                "type": "function_call",
                "status": "in_progress",
                "arguments": "{}",
                "async": True,
                "call_id": "call_1",
                "caller": _PROGRAM,
                "name": "look",
                "namespace": "box",
            },
        ),
    ),
    round_trip(
        "function-call-output",
        "A function's output is read back as id, type, status, call_id, output; no call needs to stand before it",
        recorded("dotnet", note="that an orphan is accepted is inferred: the live service complains at the next turn"),
        SAMPLES["function_call_output"],
    ),
    round_trip(
        "function-call-output-extras",
        "A function's output keeps its caller, name and namespace, and may do without a call_id",
        documented("spec", note="order by the rule"),
        sample(
            "fc",
            {
                "type": "function_call_output",
                "status": "incomplete",
                "call_id": "call_1",
                "caller": {"type": "direct"},
                "name": "look",
                "namespace": "box",
                "output": "A cat.",
            },
        ),
        sample("fc", {"type": "function_call_output", "status": "completed", "output": "A cat."}, "status"),
    ),
    round_trip(
        "function-call-output-parts",
        "A function's output may be parts; its image URL is not hidden, for no include would reveal it",
        documented("spec", note="hiding inferred"),
        sample(
            "fc",
            SAMPLES["function_call_output"].stored | {"output": [text("A cat."), image(_URL)]},
            "status",
            output=[text("A cat."), {"type": "input_image", "image_url": _URL}],
        ),
    ),
    round_trip(
        "custom-tool-call",
        "A custom tool's call is read back as id, type, status, call_id, input, name",
        recorded("dotnet", note="in responses, with a status that is not documented"),
        SAMPLES["custom_tool_call"],
    ),
    round_trip(
        "custom-tool-call-output",
        "A custom tool's output is read back as id, type, status, call_id, output; a string stays one",
        recorded("dotnet", note="the parts, on input items of a response; the string is documented"),
        SAMPLES["custom_tool_call_output"],
        sample("ctco", _CUSTOM_OUTPUT | {"output": "A cat."}, "status"),
    ),
    round_trip(
        "custom-tool-extras",
        "Calls of custom tools, of shells and of patches keep their caller; custom tools also namespace and async",
        documented("spec", note="order by the rule"),
        sample(
            "ctc",
            {
                "type": "custom_tool_call",
                "status": "completed",
                "async": False,
                "call_id": "call_1",
                "caller": _PROGRAM,
                "input": "",
                "name": "sh",
                "namespace": "box",
            },
        ),
        *(_called_by_program(kind) for kind in ("shell_call", "apply_patch_call")),
        *(_called_by_program(f"{kind}_output") for kind in ("custom_tool_call", "shell_call", "apply_patch_call")),
    ),
)
