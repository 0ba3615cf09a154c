from __future__ import annotations

from typing import Any

import pytest

from convsim import ConversationState, Emulator
from convsim.items.catalogue import CATALOGUE
from convsim.render.transcript import render_transcript
from tests.properties.examples import MODELS, full

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
