"""Bounds of the strings of items, and the grammar of ids that are not an item's own."""

from __future__ import annotations

from convsim.contract.answers import Json, create_items, nothing_stored, page, refused, start
from convsim.contract.evidence import Evidence, inferred, sibling
from convsim.contract.scenario import Answer, Id, Scenario, scenario
from convsim.contract.scenarios.every_type import SAMPLES, TOOL

_TEXT = 10_485_760
_ARGUMENTS = 1_048_576
_FILE = "items[0].content[0].file_id"


def _with(kind: str, **members: object) -> Json:
    """Return the sample of a type with other members."""
    return {**SAMPLES[kind].posted(), **members}


def _said(part: Json) -> Json:
    return {"role": "user", "content": [part]}


def _tool(**members: object) -> Json:
    return _with("additional_tools", tools=[members])


def _too_long(path: str, bound: int, length: int) -> Answer:
    message = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {bound}, but got a string with"
        f" length {length} instead."
    )
    return refused(message, param=path, code="string_above_max_length")


def _no_id(path: str, value: str) -> Answer:
    message = (
        f"Invalid '{path}': '{value}'. Expected an ID that contains letters, numbers, underscores, or dashes, but this"
        " value contained additional characters."
    )
    return refused(message, param=path, code="invalid_value")


def _other_prefix(path: str, value: str, prefix: str) -> Answer:
    message = f"Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'."
    return refused(message, param=path, code="invalid_value")


def _bounds(name: str, title: str, evidence: Evidence, *cases: tuple[Json, Answer]) -> Scenario:
    steps = (create_items([item], answer) for item, answer in cases)
    return scenario(f"bounds-{name}", title, evidence, *start(), *steps, nothing_stored())


BOUNDS = (
    _bounds(
        "arguments",
        "The arguments of a function have 1,048,576 characters at most",
        sibling("inspect", "codex"),
        (
            _with("function_call", arguments="x" * (_ARGUMENTS + 1)),
            _too_long("items[0].arguments", _ARGUMENTS, _ARGUMENTS + 1),
        ),
    ),
    _bounds(
        "input-of-tools",
        "So have the arguments of MCP calls and the input of custom tools",
        inferred("what a function is called with has this bound"),
        (
            _with("custom_tool_call", input="x" * (_ARGUMENTS + 1)),
            _too_long("items[0].input", _ARGUMENTS, _ARGUMENTS + 1),
        ),
        (
            _with("mcp_call", arguments="x" * (_ARGUMENTS + 1)),
            _too_long("items[0].arguments", _ARGUMENTS, _ARGUMENTS + 1),
        ),
        (
            _with("mcp_approval_request", arguments="x" * (_ARGUMENTS + 1)),
            _too_long("items[0].arguments", _ARGUMENTS, _ARGUMENTS + 1),
        ),
    ),
    _bounds(
        "texts",
        "A message's string, a tool's output and encrypted content have 10,485,760 characters at most",
        sibling("bluebox", "unpinned"),
        ({"role": "user", "content": "x" * (_TEXT + 1)}, _too_long("items[0].content", _TEXT, _TEXT + 1)),
        (_with("function_call_output", output="x" * (_TEXT + 1)), _too_long("items[0].output", _TEXT, _TEXT + 1)),
        (
            _with("reasoning", encrypted_content="x" * (_TEXT + 1)),
            _too_long("items[0].encrypted_content", _TEXT, _TEXT + 1),
        ),
    ),
    _bounds(
        "other-strings",
        "Any other string has the bound of a text",
        inferred("no string of items is known to be longer, but for the data of images and files"),
        (
            _with("mcp_call", server_label="x" * (_TEXT + 1)),
            _too_long("items[0].server_label", _TEXT, _TEXT + 1),
        ),
        (
            _with("web_search_call", action={"type": "search", "queries": ["x" * (_TEXT + 1)]}),
            _too_long("items[0].action.queries[0]", _TEXT, _TEXT + 1),
        ),
    ),
    _bounds(
        "names",
        "The name of a function has 128 characters at most, in calls and in tools, and a pattern",
        sibling("unpinned"),
        (_with("function_call", name="x" * 316), _too_long("items[0].name", 128, 316)),
        (_tool(**TOOL | {"name": "x" * 200}), _too_long("items[0].tools[0].name", 128, 200)),
        (
            _tool(**TOOL | {"name": "my tool"}),
            refused(
                "Invalid 'items[0].tools[0].name': string does not match pattern. Expected a string that matches the"
                " pattern '^[a-zA-Z0-9_-]+$'.",
                param="items[0].tools[0].name",
                code="invalid_value",
            ),
        ),
    ),
    _bounds(
        "file-id",
        "The id of a file has the grammar of ids and the prefix file",
        sibling("home-assistant", "litellm", "unpinned", note="of images and files; a screen's is inferred"),
        *(
            (_said({"type": kind, "file_id": file_id}), answer)
            for kind in ("input_image", "input_file")
            for file_id, answer in (
                ("/config/images/front door.png", _no_id(_FILE, "/config/images/front door.png")),
                ("", _no_id(_FILE, "")),
                ("file-" + "x" * 66, _too_long(_FILE, 64, 71)),
                ("F0BGSHE3JGJ", _other_prefix(_FILE, "F0BGSHE3JGJ", "file")),
            )
        ),
        (
            _with("function_call_output", output=[{"type": "input_image", "file_id": "a/b"}]),
            _no_id("items[0].output[0].file_id", "a/b"),
        ),
        (
            _with("computer_call_output", output={"type": "computer_screenshot", "file_id": "a/b"}),
            _no_id("items[0].output.file_id", "a/b"),
        ),
        (
            _tool(type="code_interpreter", container={"type": "auto", "file_ids": ["file-" + "x" * 66]}),
            _too_long("items[0].tools[0].container.file_ids[0]", 64, 71),
        ),
    ),
    _bounds(
        "container-of-a-tool",
        "The container of a tool is one of the service's",
        sibling("unpinned"),
        (
            _tool(type="code_interpreter", container="auto"),
            _other_prefix("items[0].tools[0].container", "auto", "cntr"),
        ),
    ),
    _bounds(
        "other-ids",
        "Containers, approval requests, safety checks, vector stores and the files of citations have the grammar of"
        " ids, with any prefix",
        inferred("the sentence about a file's id; no reply about these is known"),
        (_with("code_interpreter_call", container_id="cntr/1"), _no_id("items[0].container_id", "cntr/1")),
        (
            _with("mcp_approval_response", approval_request_id="mcpr 1"),
            _no_id("items[0].approval_request_id", "mcpr 1"),
        ),
        (_with("mcp_approval_response", approval_request_id=""), _no_id("items[0].approval_request_id", "")),
        (_with("mcp_call", approval_request_id="mcpr_1_"), _no_id("items[0].approval_request_id", "mcpr_1_")),
        (
            _with("computer_call", pending_safety_checks=[{"id": "cu_sc.1"}]),
            _no_id("items[0].pending_safety_checks[0].id", "cu_sc.1"),
        ),
        (
            _tool(type="file_search", vector_store_ids=["vs_1", "my store"]),
            _no_id("items[0].tools[0].vector_store_ids[1]", "my store"),
        ),
        (
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "output_text",
                        "text": "A",
                        "annotations": [
                            {"type": "file_citation", "file_id": "a/b", "filename": "b", "index": 0},
                        ],
                    }
                ],
            },
            _no_id("items[0].content[0].annotations[0].file_id", "a/b"),
        ),
    ),
    scenario(
        "bounds-call-id",
        "A call_id is any string of 1 to 64 characters",
        sibling("ungate", note="probed live for its characters"),
        *start(),
        create_items(
            [_with("function_call", call_id="functions.look:0|é")],
            page(SAMPLES["function_call"].read(Id("item", "fc")) | {"call_id": "functions.look:0|é"}),
        ),
        create_items([_with("function_call", call_id="x" * 116)], _too_long("items[0].call_id", 64, 116)),
    ),
)
