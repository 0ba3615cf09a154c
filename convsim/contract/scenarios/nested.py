"""Faults deep inside items: named by their whole path, with nothing stored."""

from __future__ import annotations

from convsim.contract.answers import (
    Json,
    create_items,
    missing,
    nothing_stored,
    refused,
    start,
    unknown,
    unsupported,
    wrong_type,
)
from convsim.contract.evidence import Evidence, inferred, second_hand, sibling
from convsim.contract.scenario import Answer, Scenario, scenario
from convsim.contract.scenarios.every_type import SAMPLES, TOOL

_STRINGS = "an array of strings"
_OBJECTS = "an array of objects"
_STRING_MAP = "an object with string keys and string values"
_ACTIONS = "'click', 'double_click', 'drag', 'keypress', 'move', 'screenshot', 'scroll', 'type', and 'wait'"
_ERRORS = "'mcp_protocol_error', 'mcp_tool_execution_error', and 'http_error'"
_TOOLS = (
    "'apply_patch', 'code_interpreter', 'computer', 'computer_use_preview', 'custom', 'file_search', 'function',"
    " 'image_generation', 'local_shell', 'mcp', 'namespace', 'programmatic_tool_calling', 'shell', 'tool_search',"
    " 'web_search', 'web_search_2025_08_26', 'web_search_preview', and 'web_search_preview_2025_03_11'"
)


def _with(kind: str, **members: object) -> Json:
    """Return the sample of a type with other members."""
    return {**SAMPLES[kind].posted(), **members}


def _without(kind: str, key: str) -> Json:
    return {name: member for name, member in SAMPLES[kind].posted().items() if name != key}


def _tools(*tools: object, **members: object) -> Json:
    return _with("additional_tools", tools=list(tools), **members)


def _nested(name: str, title: str, evidence: Evidence, *cases: tuple[Json, Answer]) -> Scenario:
    steps = (create_items([item], answer) for item, answer in cases)
    return scenario(f"nested-{name}", title, evidence, *start(), *steps, nothing_stored())


_GRAMMAR = inferred("the grammar's sentences on documented members")

NESTED = (
    _nested(
        "web-search-action",
        "An action of a web search is known by its type, and each kind has its members",
        sibling("codex", note="quoted is the sentence about an unknown type; the rest is the grammar's"),
        (
            _with("web_search_call", action={"type": "other"}),
            unsupported("items[0].action.type", "other", "'search', 'open_page', and 'find_in_page'"),
        ),
        (_with("web_search_call", action={"query": "cats"}), missing("items[0].action.type")),
        (_with("web_search_call", action={"type": "find_in_page", "url": "x"}), missing("items[0].action.pattern")),
        (_with("web_search_call", action=None), wrong_type("items[0].action", "an object", "null")),
        (
            _with("web_search_call", action={"type": "search", "sources": [{"type": "url"}]}),
            missing("items[0].action.sources[0].url"),
        ),
        (
            _with("web_search_call", action={"type": "search", "bogus": 1}),
            unknown("items[0].action.bogus"),
        ),
        (_without("web_search_call", "status"), missing("items[0].status")),
    ),
    _nested(
        "tools",
        "A tool needs a type that is known; the path names the tool and its member",
        sibling("table", "unpinned", note="quoted for tools of a request; the list of types is convsim's own"),
        (_with("additional_tools", tools="x"), wrong_type("items[0].tools", "an array of tools", "a string")),
        (_tools({}), missing("items[0].tools[0].type")),
        (_tools(TOOL, {"type": "bogus"}), unsupported("items[0].tools[1].type", "bogus", _TOOLS)),
        (_tools({**TOOL, "parameters": []}), wrong_type("items[0].tools[0].parameters", "an object", "an array")),
        (_tools({**TOOL, "parameters": True}), wrong_type("items[0].tools[0].parameters", "an object", "a boolean")),
        (
            _tools({"type": "namespace", "name": "box", "tools": [TOOL]}),
            missing("items[0].tools[0].description"),
        ),
        (
            _with("tool_search_output", tools=[{"type": "file_search", "vector_store_ids": "vs_1"}]),
            wrong_type("items[0].tools[0].vector_store_ids", _STRINGS, "a string"),
        ),
    ),
    _nested(
        "mcp-tool-address",
        "An MCP tool has exactly one address",
        sibling(
            "unpinned", note="quoted is the sentence about none; that about several is the same with one word less"
        ),
        (
            _tools({"type": "mcp", "server_label": "box"}),
            refused(
                "Missing mutually exclusive parameters: 'items[0].tools[0]'. Ensure you are providing exactly one of:"
                " 'server_url', 'connector_id', or 'tunnel_id'.",
                param="items[0].tools[0]",
                code="missing_mutually_exclusive_parameters",
            ),
        ),
        (
            _tools({"type": "mcp", "server_label": "box", "server_url": "x", "connector_id": "connector_gmail"}),
            refused(
                "Mutually exclusive parameters: 'items[0].tools[0]'. Ensure you are only providing one of:"
                " 'server_url', 'connector_id', or 'tunnel_id'.",
                param="items[0].tools[0]",
                code="mutually_exclusive_parameters",
            ),
        ),
    ),
    _nested(
        "local-shell-env",
        "The environment of a local shell maps strings to strings",
        sibling("unpinned", note="null is quoted; a value of another type is the grammar's"),
        (
            _with("local_shell_call", action={"type": "exec", "command": ["ls"], "env": None}),
            wrong_type("items[0].action.env", _STRING_MAP, "null"),
        ),
        (
            _with("local_shell_call", action={"type": "exec", "command": ["ls"], "env": {"A": 1}}),
            wrong_type("items[0].action.env.A", "a string", "an integer"),
        ),
        (
            _with("local_shell_call", action={"type": "exec", "command": "ls", "env": {}}),
            wrong_type("items[0].action.command", _STRINGS, "a string"),
        ),
    ),
    _nested(
        "shell-outcome",
        "A shell's output says how each command ended, and only an exit has a code",
        sibling("unpinned", note="quoted is the exit code of a timeout"),
        *(
            (_with("shell_call_output", output=[{"stdout": "", "stderr": "", "outcome": outcome}]), answer)
            for outcome, answer in (
                ({"exit_code": 0}, missing("items[0].output[0].outcome.type")),
                (
                    {"type": "killed"},
                    unsupported("items[0].output[0].outcome.type", "killed", "'timeout' and 'exit'"),
                ),
                ({"type": "exit"}, missing("items[0].output[0].outcome.exit_code")),
                ({"type": "timeout", "exit_code": 1}, unknown("items[0].output[0].outcome.exit_code")),
            )
        ),
        (_with("shell_call_output", output="ok"), wrong_type("items[0].output", _OBJECTS, "a string")),
        (
            _with("shell_call_output", status="failed"),
            unsupported("items[0].status", "failed", "'in_progress', 'completed', and 'incomplete'"),
        ),
    ),
    _nested(
        "patch-operation",
        "A patch needs an operation of a known kind",
        sibling("unpinned", note="quoted is the missing operation; the rest is the grammar's"),
        (_without("apply_patch_call", "operation"), missing("items[0].operation")),
        (_with("apply_patch_call", operation="x"), wrong_type("items[0].operation", "an object", "a string")),
        (
            _with("apply_patch_call", operation={"type": "move_file", "path": "a"}),
            unsupported("items[0].operation.type", "move_file", "'create_file', 'delete_file', and 'update_file'"),
        ),
        (
            _with("apply_patch_call", operation={"type": "update_file", "path": "a"}),
            missing("items[0].operation.diff"),
        ),
    ),
    _nested(
        "search-arguments",
        "The arguments of a tool search are an object, not its JSON; other members of clients are unknown",
        sibling("unpinned"),
        (
            _with("tool_search_call", arguments="{}"),
            wrong_type("items[0].arguments", "an object", "a string"),
        ),
        (_with("tool_search_call", created_by="user"), unknown("items[0].created_by")),
        (_with("tool_search_call", parsed_arguments={}), unknown("items[0].parsed_arguments")),
        (_with("custom_tool_call", arguments="{}"), unknown("items[0].arguments")),
    ),
    _nested(
        "mcp-error",
        "The error of an MCP call is an object of one of three types",
        second_hand("openapi-531", note="the refusal of a string is quoted; the types are documented"),
        (_with("mcp_call", error="No."), wrong_type("items[0].error", "an object", "a string")),
        (_with("mcp_call", error={"type": "bogus"}), unsupported("items[0].error.type", "bogus", _ERRORS)),
        (_with("mcp_call", error={"type": "http_error", "code": 500}), missing("items[0].error.message")),
    ),
    _nested(
        "computer",
        "An action of a computer is known by its type, also in a list of them",
        _GRAMMAR,
        (_with("computer_call", action={"type": "bogus"}), unsupported("items[0].action.type", "bogus", _ACTIONS)),
        (
            _with("computer_call", action={"type": "move", "x": 1.5, "y": 2}),
            wrong_type("items[0].action.x", "an integer", "a decimal number"),
        ),
        (
            _with("computer_call", actions=[{"type": "wait"}, {"type": "drag", "path": [{"x": 1}]}]),
            missing("items[0].actions[1].path[0].y"),
        ),
        (_without("computer_call", "pending_safety_checks"), missing("items[0].pending_safety_checks")),
        (
            _with("computer_call_output", output={"type": "screenshot"}),
            unsupported("items[0].output.type", "screenshot", "'computer_screenshot'"),
        ),
    ),
    _nested(
        "searches-and-code",
        "The members of a file search and of code are checked to their depths",
        sibling("unpinned", note="known elsewhere are the words 'an array of strings'"),
        (_with("file_search_call", queries="cats"), wrong_type("items[0].queries", _STRINGS, "a string")),
        (_with("file_search_call", queries=[7]), wrong_type("items[0].queries[0]", "a string", "an integer")),
        (
            _with("file_search_call", results=[{"attributes": {"a": []}}]),
            wrong_type("items[0].results[0].attributes.a", "one of a string, a decimal, or a boolean", "an array"),
        ),
        (
            _with("code_interpreter_call", outputs=[{"type": "text"}]),
            unsupported("items[0].outputs[0].type", "text", "'logs' and 'image'"),
        ),
        (_without("code_interpreter_call", "outputs"), missing("items[0].outputs")),
        (
            _with("image_generation_call", quality="best"),
            unsupported("items[0].quality", "best", "'low', 'medium', 'high', 'xhigh', 'max', and 'auto'"),
        ),
    ),
    scenario(
        "nested-in-a-batch",
        "The path names the item of the batch, and the whole batch is refused",
        sibling("unpinned", note="many quoted replies name later items of an input"),
        *start(),
        create_items(
            [
                *[{"role": "user", "content": "Hi"}] * 3,
                _with("web_search_call", action={"type": "search", "queries": ["a", 7]}),
            ],
            wrong_type("items[3].action.queries[1]", "a string", "an integer"),
        ),
        nothing_stored(),
    ),
)
