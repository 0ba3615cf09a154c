"""The table of paths that the live API has, held against the resources of the installed SDK."""

from __future__ import annotations

import re
from pathlib import Path

import openai
import pytest

from convsim.http.paths import EMULATED_SEGMENTS, LIVE_SEGMENTS
from convsim.operations.matching import emulated, is_missing
from convsim.operations.routes import ROUTES

# A path in the SDK's sources, as its methods write it.
PATH = re.compile(r'(?:path_template\(|_(?:get|post|put|patch|delete|get_api_list)\()\s*f?"/([a-z_]+)')


def segments() -> set[str]:
    """The first segments of all paths in the SDK's resources."""
    folder = Path(openai.__file__).parent / "resources"
    return {found for file in folder.rglob("*.py") for found in PATH.findall(file.read_text())}


def test_the_table_has_what_the_sdk_has() -> None:
    assert segments() - {"conversations"} == LIVE_SEGMENTS - {"traces"}


def test_the_emulated_segments_are_those_of_the_routes_and_realtime() -> None:
    assert {route.path.split("/")[1] for route in ROUTES} | {"realtime"} == set(EMULATED_SEGMENTS)


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        *(("/chat/completions", True), ("/models", True), ("/traces", True), ("/live/sessions/x/attach", True)),
        *(("/realtime/client_secrets", True), ("/realtime", False), ("/conversations/conv_1/none", False)),
        *(("/conversations", False), ("/none", False), ("/modelsx", False), ("/", False), ("", False)),
    ],
)
def test_a_path_is_told_by_its_first_segment(path: str, missing: bool) -> None:
    assert is_missing(path) is missing


def test_no_route_is_missing() -> None:
    assert [route.path for route in ROUTES if is_missing(route.path.replace("{", "").replace("}", ""))] == []


def test_a_sentence_names_what_is_emulated() -> None:
    assert emulated() == "/conversations, /responses over HTTP and /realtime, /responses as WebSockets"
