"""Messages: by role, how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import from_json, to_json

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError
from convsim.items.catalogue import read_item
from tests.inputs import CreateItems, read

PEOPLE = ("user", "system", "developer")
ROLES = (*PEOPLE, "assistant")


def stored(message: dict[str, Any], behavior: Behavior | None = None) -> str:
    return to_json(read_item(message, behavior or Behavior()).document("msg_1")).decode()


def refused(message: dict[str, Any], behavior: Behavior | None = None) -> tuple[str, str | None, str | None]:
    with pytest.raises(BadRequestError) as caught:
        read(CreateItems, behavior or Behavior(), {"conversation_id": "conv_1", "body": {"items": [message]}})
    return caught.value.message, caught.value.param, caught.value.code


def as_recorded(content: str, role: str) -> str:
    return f'{{"id":"msg_1","type":"message","status":"completed","content":[{content}],"role":"{role}"}}'


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("content", ["", "Hello, wörld!"])
def test_a_string_that_people_say_is_one_input_text(role: str, content: str) -> None:
    expected = as_recorded(f'{{"type":"input_text","text":"{content}"}}', role)
    assert stored({"role": role, "content": content}) == expected


def test_a_string_that_the_assistant_says_is_one_output_text() -> None:
    expected = as_recorded('{"type":"output_text","annotations":[],"logprobs":[],"text":"Hi"}', "assistant")
    assert stored({"role": "assistant", "content": "Hi"}) == expected


@pytest.mark.parametrize("role", PEOPLE)
def test_people_say_any_input_part(role: str) -> None:
    content = [
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "https://x"},
        {"type": "input_file", "filename": "x.pdf", "file_data": "data:application/pdf;base64,AA=="},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
    ]
    expected = as_recorded(
        '{"type":"input_text","text":"a"},'
        '{"type":"input_image","detail":"auto","file_id":null,"image_url":"https://x"},'
        '{"type":"input_file","file_id":null,"filename":"x.pdf"},'
        '{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}',
        role,
    )
    assert stored({"content": content, "role": role, "type": "message"}) == expected


def test_the_assistant_says_texts_and_refusals() -> None:
    content = [{"type": "refusal", "refusal": "no"}, {"type": "output_text", "text": "a"}]
    expected = as_recorded(
        '{"type":"refusal","refusal":"no"},{"type":"output_text","annotations":[],"logprobs":[],"text":"a"}',
        "assistant",
    )
    assert stored({"role": "assistant", "content": content}) == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", ["in_progress", "completed", "incomplete"])
def test_any_status_is_stored_as_completed(role: str, status: str) -> None:
    document = from_json(stored({"role": role, "content": "x", "status": status}))
    assert document["status"] == "completed"


@pytest.mark.parametrize("role", ROLES)
def test_the_client_s_id_is_not_what_a_message_is_stored_under(role: str) -> None:
    message = {"role": role, "content": "x", "id": "msg_client"}
    assert read_item(message, Behavior()).id == "msg_client"
    assert stored(message) == stored({"role": role, "content": "x"})


@pytest.mark.parametrize("phase", ["commentary", "final_answer"])
def test_the_phase_of_the_assistant_is_accepted_and_dropped(phase: str) -> None:
    plain = {"role": "assistant", "content": "x"}
    assert stored(plain | {"phase": phase}) == stored(plain)


@pytest.mark.parametrize("phase", ["commentary", "final_answer"])
def test_the_phase_of_the_assistant_may_be_kept_between_content_and_role(phase: str) -> None:
    message = {"role": "assistant", "phase": phase, "content": "x"}
    kept = stored(message, Behavior(assistant_phase="keep"))
    assert kept == stored({"role": "assistant", "content": "x"}).replace(',"role"', f',"phase":"{phase}","role"')


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("phase", ["commentary", "nonsense", None])
def test_the_phase_of_others_may_be_dropped(role: str, phase: str | None) -> None:
    message = {"role": role, "content": "x", "phase": phase}
    given = dict(message)
    assert stored(given, Behavior(phase_on_other_roles="drop")) == stored({"role": role, "content": "x"})
    assert given == message  # what the client sent is not changed


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("phase", ["commentary", None])
def test_the_phase_of_others_is_an_unknown_parameter(role: str, phase: str | None) -> None:
    expected = ("Unknown parameter: 'items[0].phase'.", "items[0].phase", "unknown_parameter")
    assert refused({"role": role, "content": "x", "phase": phase}) == expected


@pytest.mark.parametrize("behavior", [Behavior(), Behavior(phase_on_other_roles="drop")])
def test_the_phase_of_the_assistant_is_one_of_two(behavior: Behavior) -> None:
    sentence = "Invalid value: 'x'. Supported values are: 'commentary' and 'final_answer'."
    expected = (sentence, "items[0].phase", "invalid_value")
    assert refused({"role": "assistant", "content": "x", "phase": "x"}, behavior) == expected


@pytest.mark.parametrize(("message", "shown"), [({}, ""), ({"role": ""}, ""), ({"role": "tool"}, "tool")])
def test_another_role_or_none_is_a_fault_of_the_message(message: dict[str, Any], shown: str) -> None:
    sentence = f"Invalid value: '{shown}'. Supported values are: 'assistant', 'system', 'developer', and 'user'."
    assert refused(message | {"type": "message", "content": "x"}) == (sentence, "items[0]", "invalid_value")


@pytest.mark.parametrize(
    ("role", "word"),
    [(None, "null"), (5, "an integer"), (["user"], "an array"), ({}, "an object"), (True, "a boolean")],
)
def test_another_type_of_role_is_a_fault_of_the_role(role: object, word: str) -> None:
    sentence = (
        "Invalid type for 'items[0].role': expected one of 'assistant', 'system', 'developer', or 'user',"
        f" but got {word} instead."
    )
    assert refused({"role": role, "content": "x"}) == (sentence, "items[0].role", "invalid_type")


@pytest.mark.parametrize("role", ROLES)
def test_content_is_required(role: str) -> None:
    sentence = "Missing required parameter: 'items[0].content'."
    assert refused({"role": role}) == (sentence, "items[0].content", "missing_required_parameter")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("content", "word"), [(None, "null"), (5, "an integer"), ({}, "an object")])
def test_content_is_a_string_or_parts(role: str, content: object, word: str) -> None:
    sentence = (
        f"Invalid type for 'items[0].content': expected one of an array of objects or string, but got {word} instead."
    )
    assert refused({"role": role, "content": content}) == (sentence, "items[0].content", "invalid_type")


@pytest.mark.parametrize("role", ROLES)
def test_content_is_not_an_empty_array(role: str) -> None:
    message, param, code = refused({"role": role, "content": []})
    assert message.startswith("Invalid 'items[0].content': empty array. Expected an array with minimum length 1,")
    assert (param, code) == ("items[0].content", "empty_array")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("member", "expected"),
    [("id", "a string"), ("status", "one of 'in_progress', 'completed', or 'incomplete'")],
)
def test_optional_members_are_not_null(role: str, member: str, expected: str) -> None:
    sentence = f"Invalid type for 'items[0].{member}': expected {expected}, but got null instead."
    assert refused({"role": role, "content": "x", member: None}) == (sentence, f"items[0].{member}", "invalid_type")


def test_the_phase_of_the_assistant_is_not_null() -> None:
    sentence = (
        "Invalid type for 'items[0].phase': expected one of 'commentary' or 'final_answer', but got null instead."
    )
    expected = (sentence, "items[0].phase", "invalid_type")
    assert refused({"role": "assistant", "content": "x", "phase": None}) == expected


@pytest.mark.parametrize("role", ROLES)
def test_another_status_is_refused(role: str) -> None:
    sentence = "Invalid value: 'done'. Supported values are: 'in_progress', 'completed', and 'incomplete'."
    expected = (sentence, "items[0].status", "invalid_value")
    assert refused({"role": role, "content": "x", "status": "done"}) == expected


@pytest.mark.parametrize("role", ROLES)
def test_an_id_needs_the_prefix_of_messages(role: str) -> None:
    sentence = "Invalid 'items[0].id': 'item_wrongprefix_1'. Expected an ID that begins with 'msg'."
    expected = (sentence, "items[0].id", "invalid_value")
    assert refused({"role": role, "content": "x", "id": "item_wrongprefix_1"}) == expected


@pytest.mark.parametrize("role", ROLES)
def test_an_unknown_member_is_refused(role: str) -> None:
    expected = ("Unknown parameter: 'items[0].model'.", "items[0].model", "unknown_parameter")
    assert refused({"role": role, "content": "x", "model": "gpt"}) == expected
