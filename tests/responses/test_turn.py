"""A turn as a script sees it."""

from __future__ import annotations

from typing import Any

from convsim.responses.scripts import script
from convsim.responses.turn import Turn
from tests.responses.home import answer, conversation_in, home, items_of, watching


def turn_of(given: Any, **options: Any) -> Turn:
    seen: list[Turn] = []
    answer(home(script(watching(seen))), given, **options)
    return seen[0]


def test_a_string_is_a_message_of_the_user() -> None:
    assert turn_of("Where?").input == (
        {
            "type": "message",
            "status": "completed",
            "content": [{"type": "input_text", "text": "Where?"}],
            "role": "user",
        },
    )


def test_the_text_is_what_the_user_said_last() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "https://a.b"}]
    said = [{"role": "user", "content": "b"}, {"role": "user", "content": parts}, {"role": "developer", "content": "c"}]
    assert turn_of(said).text == "a"
    assert turn_of([{"type": "function_call_output", "call_id": "call_1", "output": "20"}]).text == ""


def test_a_turn_without_tools_and_instructions_has_none() -> None:
    turn = turn_of("x", tools=None)
    assert (turn.tools, turn.instructions, turn.conversation, turn.agent) == ((), None, None, None)


def test_what_a_script_does_to_its_turn_changes_nothing() -> None:
    def spoil(turn: Turn) -> str:
        turn.request["model"] = "spoiled"
        turn.request["metadata"]["a"] = "spoiled"
        for item in turn.history:
            item["content"][0]["text"] = "spoiled"
        return "x"

    responses = home(script(spoil))
    conversation = conversation_in(responses, "Before.")
    body = answer(responses, "Where?", conversation=conversation, metadata={"a": "b"})
    assert (body["model"], body["metadata"]) == ("gpt-4.1", {"a": "b"})
    assert [item["content"][0]["text"] for item in items_of(conversation)] == ["Before.", "Where?", "x"]


def test_a_turn_shows_itself_without_its_body() -> None:
    assert repr(turn_of("x")) == "Turn(model='gpt-4.1', conversation=None, instructions=None, agent=None)"
