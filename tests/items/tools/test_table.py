"""The table of tools: which there are, and what is said of another."""

from __future__ import annotations

from typing import get_args

import pytest

from convsim import errors
from convsim.items.tools import TOOLS
from tests.items.tools.adding import PATH, refused

NAMES = (
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "function",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
)


def test_the_tools_stand_in_alphabetical_order() -> None:
    assert tuple(TOOLS) == NAMES == tuple(sorted(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_each_tool_is_read_by_a_model_that_takes_its_type(name: str) -> None:
    assert name in get_args(TOOLS[name].model_fields["type"].annotation)


def test_only_the_dated_names_of_web_searches_share_a_model() -> None:
    shared = [(one, other) for one in NAMES for other in NAMES if one < other and TOOLS[one] is TOOLS[other]]
    assert shared == [
        ("web_search", "web_search_2025_08_26"),
        ("web_search_preview", "web_search_preview_2025_03_11"),
    ]


@pytest.mark.parametrize("name", ["", "x", "Function", "grep"])
def test_an_unknown_tool_names_them_all(name: str) -> None:
    assert refused({"type": name}) == errors.unsupported_value(f"{PATH}.type", name, NAMES).body


def test_a_tool_needs_a_type_that_is_a_string() -> None:
    assert refused({"name": "n"}) == errors.missing(f"{PATH}.type").body
    expected = (
        "one of 'apply_patch', 'cod...ter', 'computer', 'com...iew', 'custom', 'file_search', 'function',"
        " 'ima...ion', 'local_shell', 'mcp', 'namespace', 'pro...ing', 'shell', 'tool_search', 'web_search',"
        " 'web..._26', 'web...iew', or 'web..._11'"
    )
    assert refused({"type": None}) == errors.wrong_type(f"{PATH}.type", expected, None).body
