"""Members that are null, and members that were left out."""

from __future__ import annotations

from convsim.contract.answers import Json, create_items, nothing_stored, start, unsupported, wrong_type
from convsim.contract.evidence import inferred, second_hand, sibling
from convsim.contract.scenario import scenario
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import Sample, round_trip, sample

_STATUS = "one of 'in_progress', 'completed', or 'incomplete'"
_DEFAULTED = (
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "computer_call_output",
    "local_shell_call_output",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
)


def _null(kind: str, *members: str) -> Sample:
    """Return the sample of a type, sent and read back with these members null."""
    stored = SAMPLES[kind].stored | dict.fromkeys(members)
    return sample(SAMPLES[kind].prefix, stored)


def _with(kind: str, **members: object) -> Json:
    return {**SAMPLES[kind].posted(), **members}


NULLS = (
    round_trip(
        "nulls-that-are-sent-back",
        "Members that the service sends as null may be sent as null",
        inferred("clients send back what they read; a null text of reasoning was not complained of"),
        _null("mcp_call", "error", "output", "approval_request_id"),
        _null("file_search_call", "results"),
        _null("code_interpreter_call", "code", "outputs"),
        _null("image_generation_call", "result"),
        _null("tool_search_call", "call_id"),
        _null("tool_search_output", "call_id"),
        sample("sh", SAMPLES["shell_call"].stored),
        _null("shell_call_output", "max_output_length"),
        sample(
            "ws",
            {"type": "web_search_call", "status": "completed", "action": {"type": "open_page", "url": None}},
        ),
    ),
    scenario(
        "nulls-of-parts",
        "Lists and texts of the assistant's words may not be null",
        sibling("unpinned", note="quoted for logprobs; the word for what they are is the service's"),
        *start(),
        create_items(
            [{"role": "assistant", "content": [{"type": "output_text", "text": "A", "logprobs": None}]}],
            wrong_type("items[0].content[0].logprobs", "an array of unknown values", "null"),
        ),
        create_items(
            [{"role": "assistant", "content": [{"type": "output_text", "text": "A", "annotations": None}]}],
            wrong_type("items[0].content[0].annotations", "an array of objects", "null"),
        ),
        nothing_stored(),
    ),
    scenario(
        "nulls-that-are-refused",
        "Any other null is refused by its type",
        inferred(
            "quoted are refusals of null contents, logprobs and env; reports about status concern an unknown member"
        ),
        *start(),
        *(
            create_items([_with(kind, status=None)], wrong_type("items[0].status", _STATUS, "null"))
            for kind in _DEFAULTED
        ),
        create_items([_with("shell_call", call_id=None)], wrong_type("items[0].call_id", "a string", "null")),
        create_items([_with("compaction", id=None)], wrong_type("items[0].id", "a string", "null")),
        create_items([_with("mcp_list_tools", error=None)], wrong_type("items[0].error", "a string", "null")),
        create_items([_with("mcp_approval_response", reason=None)], wrong_type("items[0].reason", "a string", "null")),
        create_items(
            [_with("image_generation_call", revised_prompt=None)],
            wrong_type("items[0].revised_prompt", "a string", "null"),
        ),
        create_items(
            [_with("web_search_call", action={"type": "search", "sources": None})],
            wrong_type("items[0].action.sources", "an array of objects", "null"),
        ),
        create_items(
            [_with("tool_search_call", execution=None)],
            wrong_type("items[0].execution", "one of 'server' or 'client'", "null"),
        ),
        create_items(
            [_with("shell_call_output", output=None)], wrong_type("items[0].output", "an array of objects", "null")
        ),
        nothing_stored(),
    ),
    round_trip(
        "defaults",
        "A status that was left out is completed, the server searches for tools, and its searches have no call_id",
        inferred("recorded of outputs of functions and custom tools; the rest follows the shapes of responses"),
        *(sample(SAMPLES[kind].prefix, SAMPLES[kind].stored, "status") for kind in _DEFAULTED[:4]),
        *(SAMPLES[kind] for kind in _DEFAULTED[4:]),
    ),
    round_trip(
        "statuses-are-kept",
        "Any status that a type knows is kept, except a message's",
        inferred("a function call of a program was recorded as in_progress"),
        *(
            sample(
                SAMPLES[kind].prefix,
                SAMPLES[kind].stored | {"status": "in_progress"},
                **{key: member for key, member in SAMPLES[kind].sent.items() if key != "status"},
            )
            for kind in _DEFAULTED
        ),
    ),
    scenario(
        "additional-tools-role",
        "Tools are added by the developer alone",
        second_hand("stdapi", note="code and status; the sentence is the grammar's"),
        *start(),
        create_items(
            [_with("additional_tools", role="assistant")], unsupported("items[0].role", "assistant", "'developer'")
        ),
        nothing_stored(),
    ),
)
