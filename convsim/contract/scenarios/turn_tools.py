"""Turns that are streamed, type by type: the events of what tools say, and of several items at once."""

from __future__ import annotations

from typing import Any

from convsim.contract.answers import Json
from convsim.contract.evidence import Evidence, inferred, recorded, second_hand
from convsim.contract.scenario import Id, Like, Scenario, scenario
from convsim.contract.turns import (
    PADDED,
    call,
    message,
    minted,
    opening,
    response,
    script,
    streamed,
    text_events,
    told,
    turn,
)
from convsim.responses.vocabulary import Call as FunctionCall

_OPAQUE = Like(".{20,}")


def _event(name: str, **members: Any) -> Json:
    """An event of the one item of a stream."""
    return told(f"response.{name}", **{"item_id": "{item}", "output_index": 0} | members)


def _string(name: str, member: str, words: str) -> list[Json]:
    """A string of one word, as a delta and then whole."""
    return [_event(f"{name}.delta", delta=words, obfuscation=PADDED), _event(f"{name}.done", **{member: words})]


def _stream(
    name: str,
    title: str,
    evidence: Evidence,
    prefix: str,
    item: Json,
    begins: Json,
    *events: Json,
    away: tuple[str, ...] = (),
) -> Scenario:
    """A stream of one item, which begins with some members as in ``begins`` and without those that are ``away``."""
    kind = {"id": "{item}", "type": item["type"]}
    first = {member: value for member, value in (kind | item | begins).items() if member not in away}
    return scenario(
        name,
        title,
        evidence,
        script(item),
        turn(
            streamed(
                *opening(),
                told("response.output_item.added", item=first | {"id": minted("item", prefix)}, output_index=0),
                *events,
                told("response.output_item.done", item=kind | item, output_index=0),
                told("response.completed", response=response(output=[kind | item])),
            ),
            stream=True,
        ),
    )


def _marks(kind: str, *names: str) -> list[Json]:
    return [_event(f"{kind}.{name}") for name in names]


_STARTED: Json = {"status": "in_progress"}
_SEARCH: Json = {"type": "search", "queries": ["Paris"], "query": "Paris"}
_WEB: Json = {"type": "web_search_call", "status": "completed", "action": _SEARCH}
_FILES: Json = {"type": "file_search_call", "status": "completed", "queries": ["Paris"], "results": None}
_CODE: Json = {
    "type": "code_interpreter_call",
    "status": "completed",
    "code": "1+1",
    "container_id": "cntr_1",
    "outputs": None,
}
_SHOWN: Json = {"background": "opaque", "output_format": "png", "quality": "low", "size": "1024x1024"}
_IMAGE: Json = {
    "type": "image_generation_call",
    "status": "completed",
    "background": "opaque",
    "output_format": "png",
    "quality": "low",
    "result": "aGk=",
    "revised_prompt": "A dot.",
    "size": "1024x1024",
}
_LISTED: Json = {
    "type": "mcp_list_tools",
    "server_label": "dice",
    "tools": [{"annotations": None, "description": "Rolls.", "input_schema": {"type": "object"}, "name": "roll"}],
}
_MCP: Json = {
    "type": "mcp_call",
    "status": "completed",
    "approval_request_id": None,
    "arguments": "{}",
    "error": None,
    "name": "roll",
    "output": "6",
    "server_label": "dice",
}
_BROKEN: Json = _MCP | {
    "status": "failed",
    "error": {"type": "http_error", "code": 500, "message": "Broken."},
    "output": None,
}
_CUSTOM: Json = {
    "type": "custom_tool_call",
    "status": "completed",
    "call_id": "call_1",
    "input": "4+4",
    "name": "math",
}
_PATCH: Json = {"type": "create_file", "diff": "+a", "path": "a.md"}
_PATCHED: Json = {"type": "apply_patch_call", "status": "completed", "call_id": "call_1", "operation": _PATCH}
_SHELL: Json = {
    "type": "shell_call",
    "status": "completed",
    "action": {"commands": ["ls"], "max_output_length": None, "timeout_ms": None},
    "call_id": "call_1",
    "environment": {"type": "local"},
}
_WROTE: Json = {"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a.md"}
_SHELL_OUTPUT: Json = {
    "type": "shell_call_output",
    "status": "completed",
    "call_id": "call_1",
    "max_output_length": None,
    "output": [_WROTE],
}

_QUIET: tuple[tuple[str, str, str, Json, Json], ...] = (
    (
        "computer",
        "cu",
        "dotnet-responses",
        {
            "type": "computer_call",
            "status": "completed",
            "action": {"type": "screenshot"},
            "call_id": "call_1",
            "pending_safety_checks": [],
        },
        _STARTED,
    ),
    (
        "local-shell",
        "lsh",
        "vercel",
        {
            "type": "local_shell_call",
            "status": "completed",
            "action": {"type": "exec", "command": ["ls"], "env": {}},
            "call_id": "call_1",
        },
        _STARTED | {"action": {"type": "exec", "command": [], "env": {}}},
    ),
    (
        "mcp-approval",
        "mcpr",
        "vercel",
        {"type": "mcp_approval_request", "arguments": "{}", "name": "roll", "server_label": "dice"},
        {},
    ),
    (
        "tool-search",
        "tsc",
        "vercel",
        {
            "type": "tool_search_call",
            "status": "completed",
            "arguments": {"paths": ["look"]},
            "call_id": None,
            "execution": "server",
        },
        _STARTED | {"arguments": {}},
    ),
    (
        "program",
        "cm",
        "vercel",
        {"type": "program", "call_id": "call_1", "code": "x = 1", "fingerprint": "print"},
        {"code": "", "fingerprint": _OPAQUE},
    ),
)
"""Types of items that are told with a first event and a last one: name, prefix, source, item, how it begins."""

TURN_TOOLS = (
    _stream(
        "stream-web-search",
        "A web search is in progress, searches and is completed",
        recorded("dotnet-responses", "pydantic-ai", "vercel"),
        "ws",
        _WEB,
        _STARTED | {"action": {"type": "search"}},
        *_marks("web_search_call", "in_progress", "searching", "completed"),
    ),
    _stream(
        "stream-file-search",
        "So is a search of files",
        recorded("dotnet-responses", "pydantic-ai", "vercel"),
        "fs",
        _FILES,
        _STARTED | {"queries": []},
        *_marks("file_search_call", "in_progress", "searching", "completed"),
    ),
    _stream(
        "stream-code-interpreter",
        "Code is streamed in deltas and then whole, and interpreted",
        recorded("dotnet-responses", "vercel"),
        "ci",
        _CODE,
        _STARTED | {"code": ""},
        *_marks("code_interpreter_call", "in_progress"),
        *_string("code_interpreter_call_code", "code", "1+1"),
        *_marks("code_interpreter_call", "interpreting", "completed"),
    ),
    _stream(
        "stream-image",
        "An image comes as a partial one first",
        recorded("vercel", note="how many partial images there are is the service's business: convsim tells one"),
        "ig",
        _IMAGE,
        _STARTED,
        *_marks("image_generation_call", "in_progress", "generating"),
        _event("image_generation_call.partial_image", partial_image_b64="aGk=", partial_image_index=0, **_SHOWN),
        *_marks("image_generation_call", "completed"),
        away=("background", "output_format", "quality", "result", "revised_prompt", "size"),
    ),
    _stream(
        "stream-mcp-tools",
        "The tools of an MCP server are listed",
        recorded("vercel"),
        "mcpl",
        _LISTED,
        {"tools": []},
        *_marks("mcp_list_tools", "in_progress", "completed"),
    ),
    _stream(
        "stream-mcp-call",
        "The arguments of an MCP call are streamed in deltas, and it is completed",
        recorded("vercel"),
        "mcp",
        _MCP,
        _STARTED | {"arguments": "", "output": None},
        *_marks("mcp_call", "in_progress"),
        *_string("mcp_call_arguments", "arguments", "{}"),
        *_marks("mcp_call", "completed"),
    ),
    _stream(
        "stream-mcp-failed",
        "An MCP call with an error has failed",
        inferred("the description has the event; no recording has it"),
        "mcp",
        _BROKEN,
        _STARTED | {"arguments": "", "error": None},
        *_marks("mcp_call", "in_progress"),
        *_string("mcp_call_arguments", "arguments", "{}"),
        *_marks("mcp_call", "failed"),
    ),
    _stream(
        "stream-custom-tool",
        "The input of a custom tool is streamed in deltas, and then whole",
        second_hand("vercel", note="a fixture made by hand"),
        "ctc",
        _CUSTOM,
        _STARTED | {"input": ""},
        *_string("custom_tool_call_input", "input", "4+4"),
    ),
    _stream(
        "stream-apply-patch",
        "So is the diff of a patch",
        recorded("vercel"),
        "apc",
        _PATCHED,
        _STARTED | {"operation": _PATCH | {"diff": ""}},
        *_string("apply_patch_call_operation_diff", "diff", "+a"),
    ),
    _stream(
        "stream-shell",
        "Each command of a shell is streamed in events that do not name the item",
        recorded("vercel", "pydantic-ai"),
        "sh",
        _SHELL,
        _STARTED | {"action": {"commands": [], "max_output_length": None, "timeout_ms": None}},
        told("response.shell_call_command.added", command="", command_index=0, output_index=0),
        told("response.shell_call_command.delta", command_index=0, delta="ls", obfuscation=PADDED, output_index=0),
        told("response.shell_call_command.done", command="ls", command_index=0, output_index=0),
    ),
    _stream(
        "stream-shell-output",
        "What its commands wrote comes in one piece",
        recorded("vercel", "pydantic-ai"),
        "sho",
        _SHELL_OUTPUT,
        {"output": []},
        _event("shell_call_output_content.delta", command_index=0, delta={"stdout": "a.md"}),
        _event("shell_call_output_content.done", command_index=0, output=[_WROTE]),
    ),
    *(
        _stream(
            f"stream-{name}", f"A {item['type']} has a first event and a last one", recorded(tag), prefix, item, begins
        )
        for name, prefix, tag, item, begins in _QUIET
    ),
    scenario(
        "stream-calls-in-turn",
        "Several calls are streamed one after the other, and behind a text",
        recorded("llm-cli", "ruby-llm", "pydantic-ai"),
        turn(
            streamed(
                *opening(),
                *text_events("Wait.", "Wait."),
                *(
                    event
                    for index, name in ((1, "one"), (2, "two"))
                    for event in (
                        told(
                            "response.output_item.added",
                            item=call(Id(name, "fc", shape="[0-9a-f]{50}"), name, "", f"call_{index}")
                            | {"status": "in_progress"},
                            output_index=index,
                        ),
                        told(
                            "response.function_call_arguments.delta",
                            delta="{}",
                            item_id=f"{{{name}}}",
                            obfuscation=PADDED,
                            output_index=index,
                        ),
                        told(
                            "response.function_call_arguments.done",
                            arguments="{}",
                            item_id=f"{{{name}}}",
                            output_index=index,
                        ),
                        told(
                            "response.output_item.done",
                            item=call(f"{{{name}}}", name, "{}", f"call_{index}"),
                            output_index=index,
                        ),
                    )
                ),
                told(
                    "response.completed",
                    response=response(
                        output=[
                            message("{msg}", "Wait."),
                            call("{one}", "one", "{}", "call_1"),
                            call("{two}", "two", "{}", "call_2"),
                        ]
                    ),
                ),
            ),
            stream=True,
        ),
        replies=(["Wait.", FunctionCall("one", call_id="call_1"), FunctionCall("two", call_id="call_2")],),
    ),
    scenario(
        "stream-incomplete-call",
        "A call that is cut off keeps its broken arguments, and is incomplete",
        recorded("rig-cassettes", "mirascope"),
        script(FunctionCall("look", '{"a":', call_id="call_1"), status="incomplete", reason="max_output_tokens"),
        turn(
            streamed(
                *opening(),
                told(
                    "response.output_item.added",
                    item=call(minted("fc", "fc"), "look", "", "call_1") | {"status": "in_progress"},
                    output_index=0,
                ),
                told(
                    "response.function_call_arguments.delta",
                    delta='{"a":',
                    item_id="{fc}",
                    obfuscation=PADDED,
                    output_index=0,
                ),
                told("response.function_call_arguments.done", arguments='{"a":', item_id="{fc}", output_index=0),
                told(
                    "response.output_item.done",
                    item=call("{fc}", "look", '{"a":', "call_1") | {"status": "incomplete"},
                    output_index=0,
                ),
                told(
                    "response.incomplete",
                    response=response(
                        status="incomplete",
                        incomplete_details={"reason": "max_output_tokens"},
                        output=[call("{fc}", "look", '{"a":', "call_1") | {"status": "incomplete"}],
                    ),
                ),
            ),
            stream=True,
        ),
    ),
    scenario(
        "stream-tier",
        "The tier that was asked for stands in the stream until the one that was used is known",
        recorded("otel", "chatlas"),
        script("Paris.", response={"service_tier": "default"}),
        turn(
            streamed(
                *opening(service_tier="flex"),
                *text_events("Paris.", "Paris."),
                told("response.completed", response=response(output=[message("{msg}", "Paris.")])),
            ),
            stream=True,
            service_tier="flex",
        ),
    ),
)
