"""Images and files within a part: which of their sources may be given, and what is a URL."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import refused, stored

PATH = "items[0].content[0]"
PDF = "data:application/pdf;base64,JVBERi0xLjQK"
SOURCES = ("file_id", "image_url")


def saying(kind: str, **part: object) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": kind} | part]}


def answering(kind: str, **part: object) -> dict[str, Any]:
    return {"type": "function_call_output", "output": [{"type": kind} | part]}


def spoken(**part: object) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "output_text", "text": "x"} | part]}


# --- images --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", [{}, {"file_id": None}, {"image_url": None}, {"file_id": None, "image_url": None}])
def test_an_image_needs_a_source(image: dict[str, Any]) -> None:
    assert refused(saying("input_image", **image)) == errors.none_of_exclusive(PATH, SOURCES).body


def test_an_image_has_one_source() -> None:
    image = {"file_id": "file-1", "image_url": "https://x"}
    assert refused(saying("input_image", **image)) == errors.mutually_exclusive(PATH, SOURCES).body


def test_the_image_of_a_tool_has_one_source_too() -> None:
    path = "items[0].output[0]"
    assert refused(answering("input_image")) == errors.none_of_exclusive(path, SOURCES).body
    image = {"file_id": "file-1", "image_url": "https://x"}
    assert refused(answering("input_image", **image)) == errors.mutually_exclusive(path, SOURCES).body


@pytest.mark.parametrize(
    "url",
    [
        "https://x/y.png",
        "http://x",
        "HTTPS://X",
        "https://x?q#f",
        "https://[::1]:80/ä",
        "data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=",
        "DATA:IMAGE/JPEG;base64,/9j+",
        "data:image/jpg;base64,AA==",
        "data:image/gif;base64,AA",
        "data:image/webp;charset=x;base64,AA==",
    ],
)
def test_an_image_url_is_one_of_the_web_or_of_data(url: str) -> None:
    assert f'"file_id":null,"image_url":"{url}"' in stored(saying("input_image", image_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "u",
        "x/y.png",
        "ftp://x",
        "file:///x",
        "https:",
        "https://",
        "https:///x",
        "https://x y",
        "https://x\n",
        "data",
    ],
)
def test_anything_else_is_no_image_url(url: str) -> None:
    assert refused(saying("input_image", image_url=url)) == errors.invalid_url(f"{PATH}.image_url").body


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("data:", "a value without the ';base64' separator"),
        ("data:,", "a value without the ';base64' separator"),
        ("DATA:image/png,AA==", "a value without the ';base64' separator"),
        ("data:image/png;base64;x,AA==", "a value without the ';base64' separator"),
        ("data:image/png;BASE64,AA==", "a value without the ';base64' separator"),
        ("data:image;base64,AA==", "unsupported MIME type 'image'"),
        ("data:;base64,AA==", "unsupported MIME type ''"),
        ("data:text/markdown;base64,", "unsupported MIME type 'text/markdown'"),
        ("data:application/pdf;base64,JVBERi0=", "unsupported MIME type 'application/pdf'"),
        ("data:image/svg+xml;base64,PHN2Zz4=", "unsupported MIME type 'image/svg+xml'"),
        ("data:Image/BMP;charset=x;base64,AA==", "unsupported MIME type 'Image/BMP'"),
        ("data:image/png;base64", "empty base64-encoded bytes"),
        ("data:image/png;base64,", "empty base64-encoded bytes"),
        ("data:image/png;base64,[object Object]", "an invalid base64-encoded value"),
        ("data:image/png;base64,AA==AA", "an invalid base64-encoded value"),
        ("data:image/png;base64,===", "an invalid base64-encoded value"),
        ("data:image/png;base64,AA\n", "an invalid base64-encoded value"),
    ],
)
def test_a_data_url_is_an_image(url: str, found: str) -> None:
    answer = errors.invalid_image_data(f"{PATH}.image_url", found).body
    assert refused(saying("input_image", image_url=url)) == answer


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_another_type_is_no_image_url_either(value: object) -> None:
    answer = errors.wrong_type(f"{PATH}.image_url", "an image URL", value)
    assert refused(saying("input_image", image_url=value)) == answer.body


@pytest.mark.parametrize(
    ("image", "answer"),
    [
        ({"zzz": 1}, errors.unknown_parameter(f"{PATH}.zzz")),
        ({"file_id": 5}, errors.wrong_type(f"{PATH}.file_id", "a string", 5)),
        ({"file_id": "file-1", "image_url": "u"}, errors.invalid_url(f"{PATH}.image_url")),
    ],
)
def test_a_fault_of_a_member_is_told_before_its_sources(image: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(saying("input_image", **image)) == answer.body


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({}, '"file_id":null'),
        ({"filename": "x"}, '"file_id":null,"filename":"x"'),
        ({"filename": "x", "file_id": None, "file_data": PDF}, '"file_id":null,"filename":"x"'),
        ({"filename": "", "file_data": "data:;base64,AA=="}, '"file_id":null,"filename":""'),
        ({"file_url": "u", "file_id": "file-1"}, '"file_id":"file-1","file_url":"u"'),
    ],
)
def test_a_file_may_have_any_source_and_its_data_is_not_sent_back(file: dict[str, Any], expected: str) -> None:
    assert f'[{{"type":"input_file",{expected}}}]' in stored(saying("input_file", **file))


@pytest.mark.parametrize("source", [{"file_id": "file-1"}, {"file_url": "u"}, {"file_id": "file-1", "file_data": PDF}])
def test_a_filename_goes_only_with_data(source: dict[str, Any]) -> None:
    answer = errors.mutually_exclusive(PATH, ("file_id", "filename"))
    assert refused(saying("input_file", filename="x", **source)) == answer.body
    answer = errors.mutually_exclusive("items[0].output[0]", ("file_id", "filename"))
    assert refused(answering("input_file", filename="x", **source)) == answer.body


@pytest.mark.parametrize("others", [{}, {"file_id": "file-1"}, {"file_id": None}, {"file_url": "u"}])
def test_data_go_only_with_a_filename(others: dict[str, Any]) -> None:
    assert refused(saying("input_file", file_data=PDF, **others)) == errors.missing(PATH).body
    assert refused(answering("input_file", file_data=PDF, **others)) == errors.missing("items[0].output[0]").body


def test_an_unnamed_file_does_not_come_before_the_part_that_is_first() -> None:
    item = {"role": "user", "content": [{"type": "input_text"}, {"type": "input_file", "file_data": PDF}]}
    assert refused(item) == errors.missing("items[0].content[0].text").body


@pytest.mark.parametrize(
    "data",
    [
        "",
        "JVBERi0=",
        "AA==",
        "https://x/y.pdf",
        "data:application/pdf,AA==",
        "data:application/pdf;base64",
        "data:application/pdf;base64,",
        "data:application/pdf;base64,{}",
        "data:application/pdf;base64,AA\n",
    ],
)
def test_the_data_of_a_file_are_a_data_url(data: str) -> None:
    answer = errors.invalid(f"{PATH}.file_data").body
    assert refused(saying("input_file", filename="x", file_data=data)) == answer
    assert answer["message"] == f"Invalid '{PATH}.file_data'."


# --- what the assistant says ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 5, "x", {}])
def test_annotations_and_logprobs_have_words_of_their_own(value: object) -> None:
    answer = errors.wrong_type(f"{PATH}.annotations", "an array of objects", value)
    assert refused(spoken(annotations=value)) == answer.body
    answer = errors.wrong_type(f"{PATH}.logprobs", "an array of unknown values", value)
    assert refused(spoken(logprobs=value)) == answer.body


def test_a_logprob_is_an_object() -> None:
    assert refused(spoken(logprobs=[5])) == errors.wrong_type(f"{PATH}.logprobs[0]", "an object", 5).body
    logprob = {"token": "x", "bytes": [], "logprob": 0.5, "top_logprobs": None}
    answer = errors.wrong_type(f"{PATH}.logprobs[0].top_logprobs", "an array of objects", None)
    assert refused(spoken(logprobs=[logprob])) == answer.body
