"""The replies of a model, checked when they are given."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from convsim.errors import UsageError
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text
from tests.responses.home import sentence


def test_a_call_takes_its_arguments_as_json_or_as_a_mapping() -> None:
    assert Call("get_weather", {"city": "Zürich", "days": 2}).arguments == '{"city":"Zürich","days":2}'
    assert Call("get_weather", '{"city": ').arguments == '{"city": '
    assert Call("ping") == Call("ping", "{}")
    assert Call("ping", {}, call_id="call_1").call_id == "call_1"


def test_reasoning_has_no_summary_one_or_several() -> None:
    assert Reasoning().summary == ()
    assert Reasoning("").summary == ()
    assert Reasoning("Let me see.").summary == ("Let me see.",)
    assert Reasoning(["First.", "Then."]).summary == ("First.", "Then.")


def test_a_text_keeps_its_annotations_as_json() -> None:
    given = {"type": "file_citation", "file_id": "f", "filename": "a.txt", "index": 1}
    assert Text("x", annotations=[given]).annotations == (given,)
    assert Text("x", logprobs=[]).logprobs == ()


@pytest.mark.parametrize(
    ("kind", "given", "named", "words"),
    [
        (Text, (1,), {}, "Text(text=1): write a string that UTF-8 can carry"),
        (Text, ("\ud800",), {}, "Text(text='\\ud800'): write a string that UTF-8 can carry"),
        (Text, ("x",), {"phase": "last"}, "Text(phase='last'): write 'commentary' or 'final_answer', or None"),
        (Text, ("x",), {"annotations": "y"}, "Text(annotations='y'): write a list of objects"),
        (Text, ("x",), {"annotations": ["y"]}, "Text(annotations=['y']): write a list of objects"),
        (Text, ("x",), {"logprobs": 1}, "Text(logprobs=1): write a list of objects"),
        (Text, ("x",), {"annotations": [object]}, "Text(annotations=[<class 'object'>]): JSON cannot carry it"),
        (Refusal, (None,), {}, "Refusal(refusal=None): write a string that UTF-8 can carry"),
        (Reasoning, (3,), {}, "Reasoning(summary=3): write a string, or a list of strings"),
        (Reasoning, ([3],), {}, "Reasoning(summary=3): write a string that UTF-8 can carry"),
        (
            Reasoning,
            (),
            {"encrypted_content": 1},
            "Reasoning(encrypted_content=1): write a string that UTF-8 can carry, or None",
        ),
        (Call, (1,), {}, "Call(name=1): write a string that UTF-8 can carry"),
        (Call, ("f", "\ud800"), {}, "Call(arguments='\\ud800'): write a string that UTF-8 can carry"),
        (Call, ("f", ["x"]), {}, "Call(arguments=['x']): write a mapping, or JSON as a string"),
        (Call, ("f", {"x": object}), {}, "Call(arguments={'x': <class 'object'>}): JSON cannot carry it"),
        (Call, ("f", {"x": float("nan")}), {}, "Call(arguments={'x': nan}): JSON cannot carry it"),
        (Call, ("f",), {"call_id": 1}, "Call(call_id=1): write a string that UTF-8 can carry, or None"),
        (Speech, ("x",), {}, "Speech(audio='x'): write bytes"),
        (Speech, (b"x", 1), {}, "Speech(transcript=1): write a string that UTF-8 can carry"),
        (Failure, (1, "x"), {}, "Failure(code=1): write a string that UTF-8 can carry"),
        (Failure, ("x", 1), {}, "Failure(message=1): write a string that UTF-8 can carry"),
        (Failure, ("x", "y"), {"type": 1}, "Failure(type=1): write a string that UTF-8 can carry, or None"),
        (Failure, ("x", "y"), {"param": 1}, "Failure(param=1): write a string that UTF-8 can carry, or None"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(kind: Any, given: Any, named: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        kind(*given, **named)
    assert sentence(caught.value) == words


@pytest.mark.parametrize("reply", [Text("x"), Refusal("x"), Reasoning("x"), Call("x"), Speech(b"x"), Failure("x", "y")])
def test_a_reply_does_not_change(reply: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(reply, fields(reply)[0].name, "y")


def test_what_comes_behind_the_second_is_given_by_name() -> None:
    made: Any = Call
    with pytest.raises(TypeError):
        made("f", "{}", "call_1")
