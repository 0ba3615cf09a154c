"""Members of content parts that do not fit, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.items.content import InputPart
from tests.items.test_content import refused, written


@pytest.mark.parametrize(
    ("part", "member", "rest"),
    [
        ({"type": "input_image", "detail": "x"}, "detail", "'low', 'high', 'auto', and 'original'"),
        ({"type": "input_file", "detail": "original"}, "detail", "'auto', 'low', and 'high'"),
        (
            {"type": "input_text", "text": "", "prompt_cache_breakpoint": {"mode": "x"}},
            "prompt_cache_breakpoint.mode",
            "'explicit'",
        ),
        (
            {"type": "input_text", "text": "", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "x"}},
            "prompt_cache_breakpoint.ttl",
            "'30m' and '12h'",
        ),
        ({"type": "input_audio", "input_audio": {"data": "", "format": "x"}}, "input_audio.format", "'mp3' and 'wav'"),
    ],
)
def test_a_closed_list_names_its_values(part: dict[str, Any], member: str, rest: str) -> None:
    message, param, code = refused([part])
    assert message.endswith(f". Supported values are: {rest}.")
    assert (param, code) == (f"items[0].content[0].{member}", "invalid_value")


@pytest.mark.parametrize(
    ("part", "member", "expected"),
    [
        ({"type": "input_image", "detail": None}, "detail", "one of 'low', 'high', 'auto', or 'original'"),
        ({"type": "input_text", "text": None}, "text", "a string"),
        (
            {"type": "input_text", "text": ""} | {"prompt_cache_breakpoint": None},
            "prompt_cache_breakpoint",
            "an object",
        ),
        ({"type": "input_file", "filename": None}, "filename", "a string"),
        ({"type": "input_file", "file_url": None}, "file_url", "a string"),
        ({"type": "input_file", "file_data": None}, "file_data", "a string"),
        ({"type": "input_audio", "input_audio": None}, "input_audio", "an object"),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(part: dict[str, Any], member: str, expected: str) -> None:
    path = f"items[0].content[0].{member}"
    sentence = f"Invalid type for '{path}': expected {expected}, but got null instead."
    assert refused([part]) == (sentence, path, "invalid_type")


@pytest.mark.parametrize(
    ("part", "member", "start", "bound"),
    [
        ({"type": "input_text"}, "text", "", 10_485_760),
        ({"type": "input_image"}, "image_url", "data:image/png;base64,", 20_971_520),
        ({"type": "input_file", "filename": "x"}, "file_data", "data:application/pdf;base64,", 73_400_320),
    ],
)
def test_texts_and_data_have_the_documented_bounds(part: dict[str, Any], member: str, start: str, bound: int) -> None:
    written(InputPart, part | {member: start.ljust(bound, "x")})
    path = f"items[0].content[0].{member}"
    sentence = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {bound}, but got a string with"
        f" length {bound + 1} instead."
    )
    assert refused([part | {member: start.ljust(bound + 1, "x")}]) == (sentence, path, "string_above_max_length")


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_bare_string_has_the_bound_of_a_text(role: str) -> None:
    message, param, code = refused("x" * 10_485_761, role)
    assert message.endswith("maximum length 10485760, but got a string with length 10485761 instead.")
    assert (param, code) == ("items[0].content", "string_above_max_length")


def test_an_unknown_member_of_a_part_is_named_by_its_path() -> None:
    expected = ("Unknown parameter: 'items[0].content[1].zzz'.", "items[0].content[1].zzz", "unknown_parameter")
    assert refused([{"type": "input_text", "text": "x"}, {"type": "input_image", "zzz": 1}]) == expected
