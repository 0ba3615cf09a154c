from __future__ import annotations

from typing import Any

import pytest

from convsim import ConversationState, Emulator
from convsim.items.catalogue import CATALOGUE
from convsim.report.transcript import render_realtime, render_transcript
from convsim.strategies.spoilt import MODELS, full

CALL = {"type": "function_call", "arguments": '{"city": "Oslo"}', "call_id": "call_1", "name": "weather"}

FULL = [item for name, model in MODELS for item in full(name, model) if CATALOGUE[name].stored]


def rendered(*items: dict[str, Any]) -> list[str]:
    """The lines of a transcript of these items, as they are stored."""
    sim = Emulator(ids="sequential")
    sim.seed("conv_1", items=items)
    return render_transcript(sim.state["conv_1"]).split("\n")


def test_a_transcript_has_a_line_for_each_item() -> None:
    lines = rendered({"role": "user", "content": "What is in the box?"}, {"role": "assistant", "content": "A cat."})

    assert lines == [
        "conv_1  2 items",
        "  0  user       What is in the box?",
        "  1  assistant  A cat.",
    ]


def test_an_empty_conversation_has_a_head_only() -> None:
    assert rendered() == ["conv_1  0 items"]


def test_one_item_is_one() -> None:
    assert rendered({"role": "developer", "content": "x"}) == ["conv_1  1 item", "  0  developer  x"]


SAID = [
    pytest.param(CALL, 'function_call  weather({"city": "Oslo"})', id="call"),
    pytest.param(
        {"type": "function_call_output", "call_id": "call_1", "output": "5 °C"},
        "function_call_output  5 °C",
        id="output",
    ),
    pytest.param(
        {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": [{"type": "input_text", "text": "5 °C"}, {"type": "input_file", "file_id": "file_1"}],
        },
        "function_call_output  5 °C [input_file]",
        id="output of parts",
    ),
    pytest.param(
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "file_id": "file_1"}],
        },
        "user  a [input_image]",
        id="parts",
    ),
    pytest.param(
        {
            "type": "reasoning",
            "encrypted_content": "gAAA",
            "summary": [{"type": "summary_text", "text": "Looking."}, {"type": "summary_text", "text": "Found."}],
        },
        "reasoning  Looking. Found.",
        id="reasoning",
    ),
    pytest.param(
        {"type": "custom_tool_call", "call_id": "call_1", "name": "grep", "input": "cat"},
        "custom_tool_call  grep(cat)",
        id="custom call",
    ),
    pytest.param(
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "cats"},
        },
        'web_search_call  {"action":{"type":"search","query":"cats"}}',
        id="search",
    ),
    pytest.param(
        {
            "type": "computer_call_output",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot", "file_id": "file_1"},
        },
        "computer_call_output  [computer_screenshot]",
        id="screenshot",
    ),
    pytest.param(
        {
            "type": "shell_call_output",
            "call_id": "call_1",
            "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "timeout"}}],
        },
        'shell_call_output  {"outcome":{"type":"timeout"},"stderr":"","stdout":"a"}',
        id="commands",
    ),
    pytest.param({"type": "reasoning", "summary": []}, "reasoning", id="no words"),
    pytest.param(
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, "assistant  No.", id="refusal"
    ),
    pytest.param({"role": "user", "content": " two\n\n lines\t "}, "user  two lines", id="white space"),
    pytest.param(
        {
            "role": "user",
            "content": "\x1b[2J\x07 \x08\x7f\x9b31m\x00\n\u202eabc\u2066 caf\xe9 \U0001f469\u200d\U0001f52c",
        },
        "user  \\x1b[2J\\x07 \\x08\\x7f\\x9b31m\\x00 \\u202eabc\\u2066 caf\xe9 \U0001f469\u200d\U0001f52c",
        id="control characters",
    ),
    pytest.param({"role": "user", "content": "\x1b" * 26}, "user  " + "\\x1b" * 24 + "\\...", id="a line of them"),
    pytest.param({"role": "user", "content": ""}, "user", id="nothing"),
    pytest.param({"role": "user", "content": "x" * 100}, "user  " + "x" * 100, id="a full line"),
    pytest.param({"role": "user", "content": "x" * 101}, "user  " + "x" * 97 + "...", id="more than a line"),
]


@pytest.mark.parametrize(("item", "line"), SAID)
def test_a_line_says_who_and_what(item: dict[str, Any], line: str) -> None:
    assert rendered(item)[1] == f"  0  {line}"


def test_an_item_without_content_shows_its_type() -> None:
    state = ConversationState({"id": "conv_1", "items": [{"id": "rs_1", "type": "reasoning"}]})

    assert render_transcript(state) == "conv_1  1 item\n  0  reasoning"


def test_positions_are_aligned() -> None:
    lines = rendered(*[{"role": "user", "content": "x"}] * 101)

    assert [lines[1], lines[11], lines[101]] == ["  0  user  x", " 10  user  x", "100  user  x"]


@pytest.mark.parametrize("item", FULL, ids=[f"{item['type']}-{number}" for number, item in enumerate(FULL)])
def test_every_item_has_a_line(item: dict[str, Any]) -> None:
    _, line = rendered(item)
    assert line.strip().startswith("0  ")


def test_a_conversation_of_an_odd_name_has_a_visible_head() -> None:
    state = ConversationState({"id": "conv_\x1b[2J", "items": []})

    assert render_transcript(state) == "conv_\\x1b[2J  0 items"


# --- Realtime ------------------------------------------------------------------------------------------------------


def test_a_sessions_transcript_has_the_id_of_each_item() -> None:
    items: list[dict[str, Any]] = [
        {"id": "item_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"id": "item_12", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"id": "a\x1b", "type": "function_call_output", "call_id": "call_1", "output": "5 °C"},
    ]

    assert render_realtime("sess_1", items) == (
        "sess_1  3 items\n"
        "  0  item_1   user                  Hi\n"
        "  1  item_12  function_call         f({})\n"
        "  2  a\\x1b    function_call_output  5 °C"
    )


@pytest.mark.parametrize(("count", "head"), [(0, "sess_1  0 items"), (1, "sess_1  1 item"), (2, "sess_1  2 items")])
def test_a_sessions_head_counts(count: int, head: str) -> None:
    item = {"id": "item_1", "type": "message", "role": "user", "content": []}
    lines = render_realtime("sess_1", [item] * count).split("\n")

    assert lines == [head, *(f"  {position}  item_1  user" for position in range(count))]


def test_a_session_of_an_odd_name_has_a_visible_head() -> None:
    assert render_realtime("sess_\x1b", ()) == "sess_\\x1b  0 items"


MCP_CALL = {"server_label": "docs", "name": "look", "arguments": '{"at": 1}', "output": None, "error": None}
SPOKEN: list[tuple[dict[str, Any], str]] = [
    ({"type": "input_text", "text": "Hi"}, "Hi"),
    ({"type": "input_text", "text": "https://me:sk-mine@host"}, "https://[redacted]@host"),
    ({"type": "text", "text": "Hi"}, "Hi"),
    ({"type": "output_text", "text": "Hi"}, "Hi"),
    ({"type": "input_audio", "transcript": None}, "[input_audio]"),
    ({"type": "input_audio", "transcript": "Hi"}, "Hi"),
    ({"type": "output_audio", "transcript": "Hi", "audio": "AAAA"}, "Hi"),
    ({"type": "output_audio", "text": None, "transcript": "Hi"}, "Hi"),
    ({"type": "audio"}, "[audio]"),
    ({"type": "input_image", "image_url": "data:x", "detail": "auto"}, "[input_image]"),
]


@pytest.mark.parametrize(("part", "words"), SPOKEN, ids=str)
def test_a_recording_says_what_was_heard_in_it(part: dict[str, Any], words: str) -> None:
    item = {"id": "item_1", "object": "realtime.item", "type": "message", "role": "user", "content": [part]}

    assert render_realtime("sess_1", [item]) == f"sess_1  1 item\n  0  item_1  user  {words}"


OF_MCP: list[tuple[dict[str, Any], str]] = [
    ({"type": "mcp_call", **MCP_CALL}, 'look({"at": 1})'),
    ({"type": "mcp_approval_request", "server_label": "docs", "name": "look", "arguments": "{}"}, "look({})"),
    (
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        '{"approval_request_id":"mcpr_1","approve":true}',
    ),
    ({"type": "mcp_list_tools", "server_label": "docs", "tools": []}, '{"server_label":"docs","tools":[]}'),
]


@pytest.mark.parametrize(("item", "words"), OF_MCP, ids=str)
def test_items_of_mcp_servers_say_what_makes_them_what_they_are(item: dict[str, Any], words: str) -> None:
    assert (
        render_realtime("sess_1", [{"id": "item_1", **item}]).split("\n")[1] == f"  0  item_1  {item['type']}  {words}"
    )


def test_the_items_of_a_session_can_be_told() -> None:
    connection = Emulator().realtime.connect()
    for item in ({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}, CALL):
        connection.send({"type": "conversation.item.create", "item": item})
    head, *lines = render_realtime("sess_1", connection.session.items).split("\n")

    assert head == "sess_1  2 items"
    assert [line.split()[1] for line in lines] == list(connection.session.order)
    assert [line.split(maxsplit=2)[2] for line in lines] == [
        "user           Hi",
        'function_call  weather({"city": "Oslo"})',
    ]
