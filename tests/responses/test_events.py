"""The events of a stream: their order, their members, their padding."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.items.catalogue import CATALOGUE, FOUNDRY
from convsim.responses.events import STREAM_EVENTS, TOLD, Teller, words
from convsim.responses.readers import Reader
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Text
from tests.responses.home import begun, says, streamed, told

Json = dict[str, Any]

CODE = {
    "type": "code_interpreter_call",
    "status": "completed",
    "code": "1+1",
    "container_id": "cntr_1",
    "outputs": None,
}
PATCH = {"type": "create_file", "diff": "+a b", "path": "a.md"}
SHELL = {"type": "shell_call", "action": {"commands": ["ls -a", "pwd"]}, "environment": {"type": "local"}}
WROTE = {"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a\nb"}
IMAGE = {"type": "image_generation_call", "status": "completed", "result": "aGk=", "quality": "low", "size": "1x1"}
SEARCH = {"type": "search", "queries": ["q"], "query": "q"}
MCP = {"type": "mcp_call", "server_label": "dice", "name": "roll", "arguments": "{}", "output": "6"}
LISTED = {"type": "mcp_list_tools", "server_label": "dice", "tools": [{"name": "roll", "input_schema": {}}]}


def names(events: list[Json]) -> list[str]:
    """The names without their prefix; of several in a row, one."""
    short = [event["type"].removeprefix("response.") for event in events]
    return [name for place, name in enumerate(short) if place == 0 or short[place - 1] != name]


def item_events(*replies: object, **request: Any) -> list[Json]:
    """Return the events between in_progress and completed."""
    return streamed(says(*replies), **request)[2:-1]


# --- the frame of a stream -----------------------------------------------------------------------------------------


def test_a_message_is_told_in_the_recorded_order() -> None:
    assert names(streamed(says("It is Paris."))) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_events_are_numbered_and_their_members_stand_by_the_alphabet() -> None:
    events = streamed(says(Reasoning("Hm."), "It is Paris.", Call("f", {"a": 1})))
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    for event in events:
        assert list(event) == ["type", *sorted(event.keys() - {"type"})]


def test_an_event_is_compact_json_in_a_frame_of_two_lines() -> None:
    first = Reader(begun(says("Pâris."), stream=True)).next(0)
    assert not isinstance(first, float | None)
    assert first.data.startswith(
        b'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1",'
    )
    assert first.data.endswith(b',"sequence_number":0}\n\n')
    assert first.data.count(b"\n") == 3


@pytest.mark.parametrize(
    ("options", "last"),
    [({}, "completed"), ({"status": "incomplete", "reason": "max_output_tokens"}, "incomplete")],
)
def test_the_last_event_is_the_response_as_it_ended(options: Any, last: str) -> None:
    events = streamed(says("Paris.", **options))
    assert events[-1]["type"] == f"response.{last}"
    assert events[-1]["response"]["status"] == last
    assert events[-2]["item"]["status"] == last


def test_a_failure_is_an_error_and_then_the_failed_response() -> None:
    events = streamed(says("Hm.", Failure("rate_limit_exceeded", "Too many.", type="tokens")))
    assert names(events)[-3:] == ["output_item.done", "error", "failed"]
    error = {"type": "tokens", "code": "rate_limit_exceeded", "message": "Too many.", "param": None}
    assert events[-2] == {"type": "error", "error": error, "sequence_number": len(events) - 2}
    assert list(events[-2]["error"]) == list(error)
    assert events[-1]["response"]["error"] == {"code": "rate_limit_exceeded", "message": "Too many."}


def test_the_type_of_an_error_is_its_code_unless_the_script_says_otherwise() -> None:
    *_, error, failed = streamed(says(Failure("insufficient_quota", "No money.")))
    assert error["error"]["type"] == "insufficient_quota"
    assert failed["response"]["output"] == []


# --- deltas --------------------------------------------------------------------------------------------------------


def test_a_delta_is_a_word_with_the_blanks_before_it() -> None:
    assert words("Oh,  two words.\n\nMore ") == ["Oh,", "  two", " words.", "\n\nMore", " "]
    assert words("") == []


@pytest.mark.parametrize("length", [1, 5, 8, 15, 16, 17, 32])
def test_a_delta_and_its_padding_fill_blocks_of_sixteen(length: int) -> None:
    deltas = [event for event in item_events("é" * length) if event["type"].endswith(".delta")]
    assert [len(event["obfuscation"]) for event in deltas] == [-length % 16]
    assert "obfuscation" in deltas[0]


def test_the_padding_differs_from_delta_to_delta_and_not_from_run_to_run() -> None:
    one, other = ([e["obfuscation"] for e in item_events("a b c") if "obfuscation" in e] for _ in range(2))
    assert one == other
    assert len(set(one)) == 3


def test_a_client_may_do_without_the_padding() -> None:
    events = item_events("a b", stream_options={"include_obfuscation": False})
    assert not any("obfuscation" in event for event in events)


def test_deltas_join_to_the_whole() -> None:
    events = item_events(Call("f", {"city": "New  York"}), "It is\tso.\n")
    for kind, member in (("function_call_arguments", "arguments"), ("output_text", "text")):
        said = "".join(e["delta"] for e in events if e["type"] == f"response.{kind}.delta")
        assert [said] == [e[member] for e in events if e["type"] == f"response.{kind}.done"]


# --- each type -----------------------------------------------------------------------------------------------------


def test_a_text_is_told_with_its_place_and_without_probabilities() -> None:
    added, part, delta, done, part_done, last = item_events("Paris.")
    assert added["item"] == {
        "id": "msg_2",
        "type": "message",
        "status": "in_progress",
        "content": [],
        "role": "assistant",
    }
    assert list(added["item"]) == ["id", "type", "status", "content", "role"]
    empty = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    assert (part["part"], part["content_index"], part["item_id"], part["output_index"]) == (empty, 0, "msg_2", 0)
    assert (delta["delta"], delta["logprobs"]) == ("Paris.", [])
    assert (done["text"], done["logprobs"]) == ("Paris.", [])
    assert part_done["part"] == empty | {"text": "Paris."}
    assert last["item"] == added["item"] | {"status": "completed", "content": [part_done["part"]]}


FILE = {"file_id": "file-1", "filename": "f"}
PAGE = {"title": "t", "url": "u"}


@pytest.mark.parametrize(
    ("cited", "told"),
    [
        ({"type": "file_citation", "index": 5} | FILE, ["Paris", "annotation", " is", " nice."]),
        ({"type": "url_citation", "start_index": 0, "end_index": 6} | PAGE, ["Paris", " is", "annotation", " nice."]),
        ({"type": "url_citation", "start_index": 0, "end_index": 14} | PAGE, ["Paris", " is", " nice.", "annotation"]),
        ({"type": "file_citation", "index": 99} | FILE, ["Paris", " is", " nice.", "annotation"]),
    ],
)
def test_an_annotation_is_told_when_its_text_has_been_told(cited: Json, told: list[str]) -> None:
    events = item_events(Text("Paris is nice.", annotations=[cited, cited]))
    said = [event.get("delta", "annotation") for event in events if "delta" in event or "annotation" in event]
    again = told.index("annotation")
    assert said == [*told[:again], "annotation", *told[again:]]
    assert [(e["annotation_index"], e["annotation"]) for e in events if "annotation" in e] == [(0, cited), (1, cited)]
    assert events[-1]["item"]["content"][0]["annotations"] == [cited, cited]


def test_probabilities_that_are_included_come_with_their_tokens() -> None:
    odds = [{"bytes": [80], "logprob": -0.5, "token": token, "top_logprobs": []} for token in ("Pa%b", "ris")]
    events = item_events(Text("Pa%bris", logprobs=odds), include=["message.output_text.logprobs"])
    deltas = [event for event in events if event["type"].endswith(".delta")]
    assert [(event["delta"], event["logprobs"]) for event in deltas] == [("Pa%b", [odds[0]]), ("ris", [odds[1]])]
    assert next(e["logprobs"] for e in events if e["type"].endswith("text.done")) == odds
    hidden = item_events(Text("Pa%bris", logprobs=odds))
    assert hidden[-1]["item"]["content"][0]["logprobs"] == []


ODDS = [{"bytes": [80], "logprob": -0.5, "token": "Paris", "top_logprobs": []}]


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        ("Paris.", {"content_index": 0}),
        (Text("Paris", annotations=[{"type": "file_citation", "index": 1, **FILE}]), {"content_index": 0}),
        (Text("Paris", logprobs=ODDS), {"content_index": 0}),
        (Refusal("No."), {"content_index": 0}),
        (Reasoning("Hm."), {"summary_index": 0}),
        (
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
            {"content_index": 0},
        ),
        (Call("f"), {}),
        (IMAGE, {}),
        (MCP, {}),
    ],
    ids=repr,
)
def test_each_event_of_an_item_names_it_and_its_place(reply: object, place: Json) -> None:
    added, *events, done = item_events(reply, include=["message.output_text.logprobs"])
    expected = {"item_id": done["item"]["id"], "output_index": 0} | place
    assert added["output_index"] == done["output_index"] == 0
    assert events
    for event in events:
        assert event.items() >= expected.items()


@pytest.mark.parametrize(("text", "deltas"), [("Paris", [("Paris", ODDS)]), ("In Paris", [("In", []), (" Paris", [])])])
def test_tokens_are_the_deltas_where_they_make_up_the_text(text: str, deltas: list[Any]) -> None:
    events = item_events(Text(text, logprobs=ODDS), include=["message.output_text.logprobs"])
    assert [(event["delta"], event["logprobs"]) for event in events if "delta" in event] == deltas


def test_a_refusal_has_neither_padding_nor_probabilities() -> None:
    added, part, delta, done, part_done, last = item_events(Refusal("No."))
    assert part["part"] == {"type": "refusal", "refusal": ""}
    assert list(delta) == ["type", "content_index", "delta", "item_id", "output_index", "sequence_number"]
    assert (delta["delta"], done["refusal"]) == ("No.", "No.")
    assert part_done["part"] == {"type": "refusal", "refusal": "No."}
    assert last["item"]["content"] == [part_done["part"]]
    assert (added["item"]["status"], last["item"]["status"]) == ("in_progress", "completed")


def test_a_call_begins_without_arguments() -> None:
    events = item_events(Call("f", {"a": 1}, call_id="call_9"))
    assert names(events) == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert events[0]["item"] == {
        "id": "fc_1",
        "type": "function_call",
        "status": "in_progress",
        "arguments": "",
        "call_id": "call_9",
        "name": "f",
    }
    assert list(events[-2]) == ["type", "arguments", "item_id", "output_index", "sequence_number"]
    assert events[-1]["item"] == events[0]["item"] | {"status": "completed", "arguments": '{"a":1}'}


def test_calls_are_told_one_after_the_other() -> None:
    events = item_events(Call("f"), Call("g"))
    assert [event["output_index"] for event in events] == sorted(event["output_index"] for event in events)
    assert [e["item"]["name"] for e in events if e["type"].endswith("item.done")] == ["f", "g"]


def test_reasoning_tells_each_part_of_its_summary() -> None:
    events = item_events(Reasoning(["First.", "Then."]))
    assert names(events) == [
        "output_item.added",
        *["reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.done"],
        "reasoning_summary_part.done",
        *["reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.done"],
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert [event["summary_index"] for event in events[1:-1]] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert events[0]["item"] == {"id": "rs_1", "type": "reasoning", "content": [], "summary": []}
    assert events[1]["part"] == {"type": "summary_text", "text": ""}
    assert events[4]["part"] == {"type": "summary_text", "text": "First."}
    assert events[-1]["item"]["summary"] == [
        {"type": "summary_text", "text": "First."},
        {"type": "summary_text", "text": "Then."},
    ]


def test_reasoning_without_a_summary_begins_and_ends() -> None:
    assert names(item_events(Reasoning())) == ["output_item.added", "output_item.done"]


def test_included_content_of_reasoning_is_another_at_first() -> None:
    first, last = item_events(Reasoning(), include=["reasoning.encrypted_content"])
    assert list(last["item"]) == ["id", "type", "content", "encrypted_content", "summary"]
    assert first["item"]["encrypted_content"] != last["item"]["encrypted_content"]


def test_raw_thinking_is_told_before_the_summary() -> None:
    thinking = {
        "type": "reasoning",
        "content": [{"type": "reasoning_text", "text": "Hm hm."}],
        "summary": [{"type": "summary_text", "text": "Hm."}],
    }
    events = item_events(thinking)
    assert names(events)[:4] == [
        "output_item.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "reasoning_summary_part.added",
    ]
    assert [event["text"] for event in events if event["type"].endswith("text.done")] == ["Hm hm.", "Hm."]
    assert [event["delta"] for event in events if "delta" in event] == ["Hm", " hm.", "Hm."]


@pytest.mark.parametrize(
    ("item", "expected", "first"),
    [
        (
            {"type": "web_search_call", "status": "completed", "action": SEARCH},
            ["web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed"],
            {"status": "in_progress", "action": {"type": "search"}},
        ),
        (
            {"type": "file_search_call", "status": "completed", "queries": ["q"], "results": None},
            ["file_search_call.in_progress", "file_search_call.searching", "file_search_call.completed"],
            {"status": "in_progress", "queries": [], "results": None},
        ),
        (
            CODE,
            [
                "code_interpreter_call.in_progress",
                "code_interpreter_call_code.delta",
                "code_interpreter_call_code.done",
                "code_interpreter_call.interpreting",
                "code_interpreter_call.completed",
            ],
            {"status": "in_progress", "code": "", "container_id": "cntr_1", "outputs": None},
        ),
        (
            IMAGE,
            [
                "image_generation_call.in_progress",
                "image_generation_call.generating",
                "image_generation_call.partial_image",
                "image_generation_call.completed",
            ],
            {"status": "in_progress"},
        ),
        (
            IMAGE | {"result": None},
            [
                "image_generation_call.in_progress",
                "image_generation_call.generating",
                "image_generation_call.completed",
            ],
            {"status": "in_progress"},
        ),
        (
            MCP,
            ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.completed"],
            {
                "status": "in_progress",
                "approval_request_id": None,
                "arguments": "",
                "error": None,
                "name": "roll",
                "output": None,
                "server_label": "dice",
            },
        ),
        (
            MCP | {"error": {"type": "http_error", "code": 500, "message": "x"}, "output": None, "status": "failed"},
            ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.failed"],
            None,
        ),
        (LISTED, ["mcp_list_tools.in_progress", "mcp_list_tools.completed"], {"server_label": "dice", "tools": []}),
        (LISTED | {"error": "x"}, ["mcp_list_tools.in_progress", "mcp_list_tools.failed"], None),
        (
            {"type": "custom_tool_call", "name": "c", "input": "SELECT 1", "call_id": "call_9"},
            ["custom_tool_call_input.delta", "custom_tool_call_input.done"],
            {"status": "in_progress", "call_id": "call_9", "input": "", "name": "c"},
        ),
        (
            {"type": "apply_patch_call", "status": "completed", "call_id": "call_9", "operation": PATCH},
            ["apply_patch_call_operation_diff.delta", "apply_patch_call_operation_diff.done"],
            {"status": "in_progress", "call_id": "call_9", "operation": PATCH | {"diff": ""}},
        ),
        (
            {"type": "apply_patch_call", "status": "completed", "operation": {"type": "delete_file", "path": "a"}},
            [],
            None,
        ),
        (
            SHELL | {"call_id": "call_9"},
            [
                *["shell_call_command.added", "shell_call_command.delta", "shell_call_command.done"],
                *["shell_call_command.added", "shell_call_command.delta", "shell_call_command.done"],
            ],
            {
                "status": "in_progress",
                "action": {"commands": [], "max_output_length": None, "timeout_ms": None},
                "call_id": "call_9",
                "environment": {"type": "local"},
            },
        ),
        (
            {"type": "shell_call_output", "call_id": "call_9", "output": [WROTE]},
            ["shell_call_output_content.delta", "shell_call_output_content.done"],
            {"status": "completed", "call_id": "call_9", "max_output_length": None, "output": []},
        ),
        (
            {
                "type": "local_shell_call",
                "status": "completed",
                "call_id": "call_9",
                "action": {"type": "exec", "command": ["ls"], "env": {"A": "b"}},
            },
            [],
            {"status": "in_progress", "action": {"type": "exec", "command": [], "env": {}}, "call_id": "call_9"},
        ),
        (
            {"type": "tool_search_call", "arguments": {"paths": ["x"]}},
            [],
            {"status": "in_progress", "arguments": {}, "call_id": None, "execution": "server"},
        ),
        (
            {"type": "mcp_approval_request", "arguments": "{}", "name": "roll", "server_label": "dice"},
            [],
            {"arguments": "{}", "name": "roll", "server_label": "dice"},
        ),
    ],
)
def test_an_item_is_told_as_its_type_is(item: Json, expected: list[str], first: Json | None) -> None:
    events = item_events(item)
    assert names(events) == ["output_item.added", *expected, "output_item.done"]
    if first is not None:
        begun_as = events[0]["item"]
        assert {name: begun_as[name] for name in begun_as if name not in ("id", "type")} == first
    for event in events[1:-1]:
        assert event["output_index"] == 0


def test_what_only_the_service_reads_is_another_at_first() -> None:
    first, last = item_events({"type": "program", "code": "x = 1", "fingerprint": "f"})
    assert first["item"]["code"] == ""
    assert first["item"]["fingerprint"] != last["item"]["fingerprint"] == "f"
    assert len(first["item"]["fingerprint"]) == 64
    first, last = item_events({"type": "compaction", "encrypted_content": "e"})
    assert first["item"]["encrypted_content"] != last["item"]["encrypted_content"] == "e"


def test_events_of_commands_do_not_name_the_item() -> None:
    events = item_events(SHELL)
    assert [event["command_index"] for event in events if event["type"].endswith("command.done")] == [0, 1]
    assert [event["command"] for event in events if "command" in event] == ["", "ls -a", "", "pwd"]
    assert not any("item_id" in event for event in events)


def test_a_patch_tells_its_diff() -> None:
    events = item_events({"type": "apply_patch_call", "status": "completed", "operation": PATCH})
    assert [event["diff"] for event in events if "diff" in event] == ["+a b"]


def test_what_commands_wrote_comes_in_one_piece() -> None:
    output = [WROTE, WROTE | {"stdout": "c"}]
    _, *events, _ = item_events({"type": "shell_call_output", "call_id": "call_9", "output": output})
    assert [event["delta"] for event in events[::2]] == [{"stdout": "a\nb"}, {"stdout": "c"}]
    assert [event["output"] for event in events[1::2]] == [[one] for one in output]
    assert [event["command_index"] for event in events] == [0, 0, 1, 1]


def test_an_image_is_shown_as_far_as_the_item_says_how() -> None:
    shown = item_events(IMAGE | {"output_format": "png"})[3]
    assert shown["partial_image_b64"] == "aGk="
    assert (shown["partial_image_index"], shown["quality"], shown["size"]) == (0, "low", "1x1")
    assert shown["output_format"] == "png"
    assert "background" not in shown
    assert item_events(IMAGE | {"background": "opaque"})[3]["background"] == "opaque"


def test_outputs_of_code_that_are_included_begin_empty() -> None:
    ran = CODE | {"outputs": [{"type": "logs", "logs": "2"}]}
    events = item_events(ran, include=["code_interpreter_call.outputs"])
    assert (events[0]["item"]["outputs"], events[-1]["item"]["outputs"]) == ([], ran["outputs"])
    hidden = item_events(ran)
    assert (hidden[0]["item"]["outputs"], hidden[-1]["item"]["outputs"]) == (None, None)


def test_a_background_stream_is_queued_first_and_has_no_padding() -> None:
    run = begun(says("Paris."), stream=True, background=True)
    events = told(run)
    assert names(events)[:4] == ["created", "queued", "in_progress", "output_item.added"]
    assert [event["response"]["status"] for event in events[:3]] == ["queued", "queued", "in_progress"]
    assert not any("obfuscation" in event for event in events)
    assert "".join(event.get("delta", "") for event in events) == "Paris."


def test_padding_follows_from_the_response_and_the_number() -> None:
    def padding(response_id: str) -> list[bytes]:
        return [event.data.partition(b'"obfuscation":')[2] for event in Teller(response_id).deltas("d", ["a", "a"])]

    first, second = padding("resp_1")
    assert padding("resp_1") == [first, second]
    assert len({first, second, *padding("resp_2")}) == 4


def test_every_type_in_the_table_is_of_the_catalogue() -> None:
    assert TOLD.keys() <= CATALOGUE.keys() | FOUNDRY.keys()


def test_a_text_that_is_null_is_told_as_empty() -> None:
    item = {"id": "ci_1", "type": "code_interpreter_call", "code": None, "outputs": None}
    done = next(e for e in Teller("resp_1").item(item, 0) if e.name.endswith("code.done"))
    assert b'"code":""' in done.data


# --- the names -----------------------------------------------------------------------------------------------------

HTTP = {"type": "http_error", "code": 500, "message": "no"}
ITEMS: list[Any] = [
    {"type": "mcp_call", "server_label": "dice", "name": "roll", "arguments": "{}", "output": "6"},
    {"type": "mcp_call", "server_label": "dice", "name": "roll", "arguments": "{}", "error": HTTP},
    {"type": "mcp_list_tools", "server_label": "dice", "tools": [{"name": "roll", "input_schema": {}}]},
    {"type": "mcp_list_tools", "server_label": "dice", "tools": [], "error": "no"},
    {"type": "code_interpreter_call", "status": "completed", "code": "1", "container_id": "cntr_1", "outputs": None},
    {"type": "file_search_call", "status": "completed", "queries": ["q"]},
    {"type": "web_search_call", "status": "completed", "action": {"type": "search", "queries": ["q"], "query": "q"}},
    {"type": "image_generation_call", "status": "completed", "result": "aGk="},
    {"type": "shell_call", "action": {"commands": ["ls"]}, "environment": {"type": "local"}},
    {
        "type": "shell_call_output",
        "call_id": "call_1",
        "output": [{"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a"}],
    },
    {
        "type": "apply_patch_call",
        "status": "completed",
        "operation": {"type": "create_file", "diff": "+a", "path": "a.md"},
    },
    {"type": "custom_tool_call", "name": "f", "input": "x"},
    {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
]
CITED = Text("Paris.", annotations=[{"type": "file_citation", "file_id": "file_1", "filename": "a", "index": 0}])


def test_the_events_of_streams_are_those_that_responses_tell() -> None:
    turns = [*([item] for item in ITEMS), [CITED], [Refusal("No.")], [Call("f", {})], [Reasoning("Hm.")]]
    heard = {event["type"] for replies in turns for event in streamed(says(*replies))}
    heard |= {event["type"] for event in streamed(says("Hi", status="incomplete", reason="max_output_tokens"))}
    heard |= {event["type"] for event in streamed(says(Failure("server_error", "Oh.")))}
    heard |= {event["type"] for event in told(begun(says("Hi"), background=True, stream=True))}
    assert heard == set(STREAM_EVENTS)
