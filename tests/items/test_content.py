"""Content parts: the bytes in which each comes back, and the sentences about wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.errors import BadRequestError
from convsim.items.content import CONTENT_TYPES, Annotation, InputPart, OutputPart, ToolOutputPart
from tests.inputs import CreateItems, read

CACHED = {"prompt_cache_breakpoint": {"mode": "explicit"}}
LOGPROB = {"token": "a", "bytes": [97], "logprob": -0.5, "top_logprobs": [{"token": "b", "bytes": [], "logprob": -1}]}
KNOWN = (
    "'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', 'computer_screenshot',"
    " 'summary_text', and 'encrypted_content'"
)
ONE_OF_KNOWN = (
    "one of 'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', 'com...hot',"
    " 'summary_text', or 'enc...ent'"
)


def written(kind: Any, value: object) -> str:
    return to_json(TypeAdapter(kind).validate_python(value, context=Behavior())).decode()


def refused(content: object, role: str = "user") -> tuple[str, str | None, str | None]:
    """Return the sentence about a message with that content, without its path."""
    return refused_item({"role": role, "content": content})


def refused_item(item: dict[str, object]) -> tuple[str, str | None, str | None]:
    with pytest.raises(BadRequestError) as caught:
        read(CreateItems, Behavior(), {"conversation_id": "conv_1", "body": {"items": [item]}})
    return caught.value.message, caught.value.param, caught.value.code


# --- what is stored ------------------------------------------------------------------------------------------------

INPUT_PARTS: list[tuple[dict[str, Any], str]] = [
    ({"text": "hé\n", "type": "input_text"}, '{"type":"input_text","text":"hé\\n"}'),
    (
        {"type": "input_text", "text": "", "prompt_cache_breakpoint": {"ttl": "12h", "mode": "explicit"}},
        '{"type":"input_text","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"},"text":""}',
    ),
    (
        {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
        '{"type":"input_image","detail":"auto","file_id":null,"image_url":"data:image/png;base64,AA=="}',
    ),
    (
        {"image_url": "https://x/y.png", "type": "input_image", "detail": "original", "file_id": None},
        '{"type":"input_image","detail":"original","file_id":null,"image_url":"https://x/y.png"}',
    ),
    (
        {"type": "input_image", "file_id": "file-1", "image_url": None} | CACHED,
        (
            '{"type":"input_image","detail":"auto","file_id":"file-1","image_url":null,'
            '"prompt_cache_breakpoint":{"mode":"explicit"}}'
        ),
    ),
    ({"type": "input_file"}, '{"type":"input_file","file_id":null}'),
    (
        {"file_data": "data:application/pdf;base64,AA==", "filename": "x.pdf", "type": "input_file"},
        '{"type":"input_file","file_id":null,"filename":"x.pdf"}',
    ),
    (
        {"file_url": "https://x/y.pdf", "file_id": "file-1", "detail": "low", "type": "input_file"} | CACHED,
        (
            '{"type":"input_file","detail":"low","file_id":"file-1","file_url":"https://x/y.pdf",'
            '"prompt_cache_breakpoint":{"mode":"explicit"}}'
        ),
    ),
]
AUDIO: tuple[dict[str, Any], str] = (
    {"input_audio": {"format": "wav", "data": "AA=="}, "type": "input_audio"},
    '{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}',
)


@pytest.mark.parametrize(("value", "expected"), [*INPUT_PARTS, AUDIO])
def test_an_input_part_comes_back_in_live_order(value: dict[str, Any], expected: str) -> None:
    assert written(InputPart, value) == expected


@pytest.mark.parametrize(("value", "expected"), INPUT_PARTS)
def test_a_tool_output_part_comes_back_the_same(value: dict[str, Any], expected: str) -> None:
    assert written(ToolOutputPart, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": "x", "type": "output_text"}, '{"type":"output_text","annotations":[],"logprobs":[],"text":"x"}'),
        (
            {"type": "output_text", "text": "x", "logprobs": [LOGPROB], "annotations": []},
            (
                '{"type":"output_text","annotations":[],"logprobs":[{"bytes":[97],"logprob":-0.5,"token":"a",'
                '"top_logprobs":[{"bytes":[],"logprob":-1,"token":"b"}]}],"text":"x"}'
            ),
        ),
        ({"refusal": "no", "type": "refusal"}, '{"type":"refusal","refusal":"no"}'),
    ],
)
def test_an_output_part_comes_back_in_live_order(value: dict[str, Any], expected: str) -> None:
    assert written(OutputPart, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"index": 1, "filename": "x", "file_id": "file-1", "type": "file_citation"},
            '{"type":"file_citation","file_id":"file-1","filename":"x","index":1}',
        ),
        (
            {"url": "https://x", "title": "t", "start_index": 0, "end_index": 9, "type": "url_citation"},
            '{"type":"url_citation","end_index":9,"start_index":0,"title":"t","url":"https://x"}',
        ),
        (
            {"type": "container_file_citation", "container_id": "cntr_1", "file_id": "cfile_1"}
            | {"filename": "x", "start_index": 0, "end_index": 9},
            (
                '{"type":"container_file_citation","container_id":"cntr_1","end_index":9,"file_id":"cfile_1",'
                '"filename":"x","start_index":0}'
            ),
        ),
        ({"index": 2, "file_id": "file-1", "type": "file_path"}, '{"type":"file_path","file_id":"file-1","index":2}'),
    ],
)
def test_an_annotation_comes_back_within_its_text(value: dict[str, Any], expected: str) -> None:
    assert written(Annotation, value) == expected
    text = written(OutputPart, {"type": "output_text", "text": "x", "annotations": [value, value]})
    assert text == f'{{"type":"output_text","annotations":[{expected},{expected}],"logprobs":[],"text":"x"}}'


# --- types that do not fit -----------------------------------------------------------------------------------------


def test_the_known_types_are_those_of_the_live_sentence() -> None:
    assert ", ".join(f"'{name}'" for name in CONTENT_TYPES) == KNOWN.replace("and ", "")


@pytest.mark.parametrize("role", ["user", "assistant", "system", "developer"])
def test_an_unknown_type_is_a_fault_of_the_type(role: str) -> None:
    sentence = f"Invalid value: 'text'. Supported values are: {KNOWN}."
    expected = (sentence, "items[0].content[0].type", "invalid_value")
    assert refused([{"type": "text", "text": "x"}], role) == expected


@pytest.mark.parametrize("kind", ["output_text", "refusal", "computer_screenshot", "summary_text", "encrypted_content"])
@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_a_part_that_people_cannot_say_is_a_fault_of_the_part(role: str, kind: str) -> None:
    sentence = (
        f"Invalid value: '{kind}'. Supported values are: 'input_text', 'input_image', 'input_file', 'scoped_content',"
        " and 'input_audio'."
    )
    assert refused([{"type": kind, "text": "x"}], role) == (sentence, "items[0].content[0]", "invalid_value")


@pytest.mark.parametrize("kind", ["input_text", "input_image", "input_audio", "input_file", "computer_screenshot"])
def test_a_part_that_the_assistant_cannot_say_is_a_fault_of_the_part(kind: str) -> None:
    sentence = f"Invalid value: '{kind}'. Supported values are: 'output_text' and 'refusal'."
    expected = (sentence, "items[0].content[1]", "invalid_value")
    assert refused([{"type": "refusal", "refusal": "x"}, {"type": kind, "text": "x"}], "assistant") == expected


@pytest.mark.parametrize("kind", ["input_audio", "output_text", "refusal"])
def test_a_part_that_tools_cannot_answer_is_a_fault_of_the_part(kind: str) -> None:
    sentence = (
        f"Invalid value: '{kind}'. Supported values are: 'input_text', 'input_image', 'input_file', and"
        " 'scoped_content'."
    )
    item: dict[str, object] = {"type": "function_call_output", "call_id": "call_1", "output": [{"type": kind}]}
    assert refused_item(item) == (sentence, "items[0].output[0]", "invalid_value")


@pytest.mark.parametrize(
    ("kind", "word"), [(None, "null"), (5, "an integer"), ([], "an array"), ({}, "an object"), (True, "a boolean")]
)
def test_a_type_is_a_string(kind: object, word: str) -> None:
    sentence = f"Invalid type for 'items[0].content[0].type': expected {ONE_OF_KNOWN}, but got {word} instead."
    assert refused([{"type": kind, "text": "x"}]) == (sentence, "items[0].content[0].type", "invalid_type")


def test_a_type_is_required() -> None:
    param = "items[0].content[0].type"
    expected = (f"Missing required parameter: '{param}'.", param, "missing_required_parameter")
    assert refused([{"text": "x", "zzz": 1}]) == expected


@pytest.mark.parametrize(("part", "word"), [("x", "a string"), (None, "null"), (5, "an integer"), ([], "an array")])
def test_a_part_is_an_object(part: object, word: str) -> None:
    sentence = f"Invalid type for 'items[0].content[0]': expected an object, but got {word} instead."
    assert refused([part]) == (sentence, "items[0].content[0]", "invalid_type")


def test_an_unknown_annotation_type_names_the_four() -> None:
    sentence = (
        "Invalid value: 'x'. Supported values are: 'file_citation', 'url_citation', 'container_file_citation', and"
        " 'file_path'."
    )
    part = {"type": "output_text", "text": "x", "annotations": [{"type": "x"}]}
    expected = (sentence, "items[0].content[0].annotations[0].type", "invalid_value")
    assert refused([part], "assistant") == expected


@pytest.mark.parametrize("blanks", [" ", "\n", ""])
def test_a_long_url_is_judged_at_once(blanks: str) -> None:
    """A pattern that went back and forth would take minutes."""
    url = f"https://x.y{'a' * 1_000_000}{blanks}"
    message: dict[str, object] = {"role": "user", "content": [{"type": "input_image", "image_url": url}]}
    if blanks:
        assert refused_item(message)[1:] == ("items[0].content[0].image_url", "invalid_value")
    else:
        read(CreateItems, Behavior(), {"conversation_id": "conv_1", "body": {"items": [message]}})
