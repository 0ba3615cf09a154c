"""Items that are refused: each by one sentence, one path and one code, with nothing stored."""

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
from convsim.contract.evidence import Evidence, inferred, recorded, sibling
from convsim.contract.scenario import Answer, Scenario, scenario
from convsim.items.catalogue import EMULATED

_ROLES = "'assistant', 'system', 'developer', and 'user'"
_ROLE = "one of 'assistant', 'system', 'developer', or 'user'"
_CONTENT = "one of an array of objects or string"
_TYPES = (
    "'additional_tools', 'agent_message', 'apply_patch_call', 'apply_patch_call_output', 'code_interpreter_call',"
    " 'compaction', 'compaction_trigger', 'computer_call', 'computer_call_output', 'custom_tool_call',"
    " 'custom_tool_call_output', 'file_search_call', 'function_call', 'function_call_output', 'image_generation_call',"
    " 'item_reference', 'local_shell_call', 'local_shell_call_output', 'mcp_approval_request', 'mcp_approval_response',"
    " 'mcp_call', 'mcp_list_tools', 'message', 'multi_agent_call', 'multi_agent_call_output', 'program',"
    " 'program_output', 'reasoning', 'shell_call', 'shell_call_output', 'tool_search_call', 'tool_search_output', and"
    " 'web_search_call'"
)
_PARTS = (
    "'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', 'computer_screenshot',"
    " 'summary_text', and 'encrypted_content'"
)
_USER_PARTS = "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'"
_EMULATED = f"{', '.join(map(repr, EMULATED[:-1]))}, and {EMULATED[-1]!r}"
_CALL = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
_OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "A cat."}


def _said(content: object, role: str = "user", **members: object) -> Json:
    return {"type": "message", "role": role, "content": content, **members}


def _without(item: Json, key: str) -> Json:
    return {name: member for name, member in item.items() if name != key}


def _too_long(path: str, bound: int, length: int) -> Answer:
    message = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {bound}, but got a string with"
        f" length {length} instead."
    )
    return refused(message, param=path, code="string_above_max_length")


def _empty(path: str, kind: str) -> Answer:
    article = "an" if kind == "array" else "a"
    message = (
        f"Invalid '{path}': empty {kind}. Expected {article} {kind} with minimum length 1, but got an empty {kind}"
        " instead."
    )
    return refused(message, param=path, code=f"empty_{kind}")


def _pattern(path: str) -> Answer:
    message = (
        f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern"
        " '^[a-zA-Z0-9_-]+$'."
    )
    return refused(message, param=path, code="invalid_value")


def _refusal(name: str, title: str, evidence: Evidence, *cases: tuple[object, Answer]) -> Scenario:
    steps = (create_items([item], answer) for item, answer in cases)
    return scenario(f"item-{name}", title, evidence, *start(), *steps, nothing_stored())


REFUSALS = (
    _refusal(
        "without-role",
        "A message without a role, or with an unknown one, is refused by the list of roles",
        recorded("ms", "table"),
        ({}, unsupported("items[0]", "", _ROLES)),
        ({"type": "message", "content": "Hi"}, unsupported("items[0]", "", _ROLES)),
        (_said("Hi", role="bogus"), unsupported("items[0]", "bogus", _ROLES)),
    ),
    _refusal(
        "role-of-another-type",
        "A role that is not a string is a wrong type of the role itself",
        inferred("the grammar's sentence for a closed list"),
        ({"role": 5, "content": "Hi"}, wrong_type("items[0].role", _ROLE, "an integer")),
        ({"role": None, "content": "Hi"}, wrong_type("items[0].role", _ROLE, "null")),
    ),
    _refusal(
        "not-an-object",
        "An item that is not an object is refused",
        sibling("table"),
        (7, wrong_type("items[0]", "an input item", "an integer")),
        (None, wrong_type("items[0]", "an input item", "null")),
        ("Hi", wrong_type("items[0]", "an input item", "a string")),
        (["Hi"], wrong_type("items[0]", "an input item", "an array")),
        (1.5, wrong_type("items[0]", "an input item", "a decimal number")),
        (False, wrong_type("items[0]", "an input item", "a boolean")),
    ),
    _refusal(
        "unknown-type",
        "An unknown type is refused by the list of types; one that is not a string counts as empty",
        sibling("table"),
        ({"type": "bogus_item"}, unsupported("items[0]", "bogus_item", _TYPES)),
        ({"type": 7, "role": "user", "content": "Hi"}, unsupported("items[0]", "", _TYPES)),
        ({"type": None, "role": "user", "content": "Hi"}, unsupported("items[0]", "", _TYPES)),
    ),
    _refusal(
        "not-emulated",
        "A type that convsim does not emulate is refused in words that say so",
        inferred("not a behaviour of the live API, which accepts these types"),
        *(
            (
                {"type": kind},
                refused(
                    f"convsim does not emulate items of type '{kind}'. It emulates {_EMULATED}.",
                    param="items[0].type",
                    code="convsim_not_emulated",
                ),
            )
            for kind in ("agent_message", "multi_agent_call", "multi_agent_call_output")
        ),
    ),
    _refusal(
        "without-content",
        "Content is required",
        sibling("table"),
        ({"role": "user"}, missing("items[0].content")),
        ({"role": "assistant"}, missing("items[0].content")),
    ),
    _refusal(
        "content-of-another-type",
        "Content is a string or an array, and an empty array is refused",
        sibling("new-api-4776", note="null is quoted, an empty array inferred"),
        (_said(None), wrong_type("items[0].content", _CONTENT, "null")),
        (_said({"type": "input_text", "text": "Hi"}), wrong_type("items[0].content", _CONTENT, "an object")),
        (_said([]), _empty("items[0].content", "array")),
        (_said([], role="assistant"), _empty("items[0].content", "array")),
    ),
    _refusal(
        "unknown-member",
        "An unknown member is refused, without a hint below the top level; it beats faults of the other members",
        sibling("table"),
        (_said("Hi", bogus=1), unknown("items[0].bogus")),
        (_said("Hi", role="assistant", statu="completed"), unknown("items[0].statu")),
        (_said(7, bogus=1), unknown("items[0].bogus")),
        ({"role": "user", "bogus": 1}, missing("items[0].content")),
        (_said([{"type": "input_text", "text": "Hi", "bogus": 1}]), unknown("items[0].content[0].bogus")),
    ),
    _refusal(
        "null-member",
        "An explicit null for an optional member is refused",
        inferred("the agents SDK stopped sending nulls because they were refused; no reply about one is kept"),
        (
            _said("Hi", status=None),
            wrong_type("items[0].status", "one of 'in_progress', 'completed', or 'incomplete'", "null"),
        ),
        (_said("Hi", id=None), wrong_type("items[0].id", "a string", "null")),
        (
            _said("Hi", role="assistant", phase=None),
            wrong_type("items[0].phase", "one of 'commentary' or 'final_answer'", "null"),
        ),
        (_CALL | {"caller": None}, wrong_type("items[0].caller", "an object", "null")),
        (_OUTPUT | {"call_id": None}, wrong_type("items[0].call_id", "a string", "null")),
    ),
    _refusal(
        "unknown-part",
        "A content part of an unknown type is refused at its type",
        sibling("table"),
        (_said([{"type": "bogus", "text": "Hi"}]), unsupported("items[0].content[0].type", "bogus", _PARTS)),
        (
            _said([{"type": "input_text", "text": "Hi"}, {"type": "scoped_content"}]),
            unsupported("items[0].content[1].type", "scoped_content", _PARTS),
        ),
    ),
    _refusal(
        "part-of-another-role",
        "A content part that the role cannot say is refused at the part",
        sibling("table"),
        (
            _said([{"type": "output_text", "text": "Hi"}]),
            unsupported("items[0].content[0]", "output_text", _USER_PARTS),
        ),
        (
            _said([{"type": "input_text", "text": "Hi"}], role="assistant"),
            unsupported("items[0].content[0]", "input_text", "'output_text' and 'refusal'"),
        ),
        (
            _OUTPUT | {"output": [{"type": "refusal", "refusal": "No."}]},
            unsupported(
                "items[0].output[0]", "refusal", "'input_text', 'input_image', 'input_file', and 'scoped_content'"
            ),
        ),
    ),
    _refusal(
        "part-malformed",
        "A part needs its members, each of its type",
        sibling("table", note="a missing text is recorded; the rest is the grammar's"),
        (_said([{"type": "input_text"}]), missing("items[0].content[0].text")),
        (_said([{"text": "Hi"}]), missing("items[0].content[0].type")),
        (_said(["Hi"]), wrong_type("items[0].content[0]", "an object", "a string")),
        (_said([{"type": "input_text", "text": 7}]), wrong_type("items[0].content[0].text", "a string", "an integer")),
        (
            _said([{"type": 7}]),
            wrong_type(
                "items[0].content[0].type",
                "one of 'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file',"
                " 'com...hot', 'summary_text', or 'enc...ent'",
                "an integer",
            ),
        ),
        (
            _said([{"type": "input_image", "image_url": "https://x", "detail": "huge"}]),
            unsupported("items[0].content[0].detail", "huge", "'low', 'high', 'auto', and 'original'"),
        ),
        (
            _said([{"type": "input_text", "text": "Hi", "prompt_cache_breakpoint": True}]),
            wrong_type("items[0].content[0].prompt_cache_breakpoint", "an object", "a boolean"),
        ),
        (
            _said([{"type": "output_text", "text": "A", "annotations": "x"}], role="assistant"),
            wrong_type("items[0].content[0].annotations", "an array of objects", "a string"),
        ),
    ),
    _refusal(
        "function-call-malformed",
        "A function call needs call_id, name and arguments, each within its limits",
        sibling("table", "stdapi", note="the sentences are the grammar's; the limits are documented or quoted"),
        (_without(_CALL, "name"), missing("items[0].name")),
        (_without(_CALL, "arguments"), missing("items[0].arguments")),
        (_without(_CALL, "call_id"), missing("items[0].call_id")),
        (_CALL | {"arguments": {}}, wrong_type("items[0].arguments", "a string", "an object")),
        (_CALL | {"name": ""}, _empty("items[0].name", "string")),
        (_CALL | {"name": "box.look"}, _pattern("items[0].name")),
        (_CALL | {"call_id": "c" * 116}, _too_long("items[0].call_id", 64, 116)),
        (_CALL | {"async": "yes"}, wrong_type("items[0].async", "a boolean", "a string")),
        (_CALL | {"caller": {"type": "bogus"}}, unsupported("items[0].caller.type", "bogus", "'direct' and 'program'")),
    ),
    _refusal(
        "function-call-output-malformed",
        "A function's output needs an output: a string or an array",
        sibling("unpinned", note="quoted from live replies of /v1/responses"),
        (_without(_OUTPUT, "output"), missing("items[0].output")),
        (
            _OUTPUT | {"output": {"a": 1}},
            wrong_type("items[0].output", "one of a string or array of objects", "an object"),
        ),
    ),
)
