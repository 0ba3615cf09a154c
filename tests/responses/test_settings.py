"""The settings of a request: what they ask of a turn."""

from __future__ import annotations

from typing import Any

import pytest

from convsim.responses.settings import Settings

ENCRYPTED = "reasoning.encrypted_content"


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        ({}, {"keeps": True, "streamed": False, "background": False, "padded": True, "truncates": False}),
        ({"store": None, "stream": None, "background": None}, {"keeps": True, "streamed": False, "background": False}),
        ({"store": False, "stream": True, "truncation": "auto"}, {"keeps": False, "streamed": True, "truncates": True}),
        ({"background": True}, {"background": True, "padded": False}),
        ({"stream_options": {"include_obfuscation": False}}, {"padded": False}),
        ({"include": [ENCRYPTED]}, {"include": (ENCRYPTED,)}),
        ({"model": "gpt-5.6", "include": None}, {"include": (ENCRYPTED,)}),
        ({}, {"threshold": None, "tokens": 0, "instructions": None, "include": ()}),
        ({"instructions": "Be kind.", "tools": []}, {"tokens": 2, "instructions": "Be kind."}),
        (
            {"context_management": [{"compact_threshold": n} for n in (3000, None, 2000)] + [{}]},
            {"threshold": 2000},
        ),
    ],
)
def test_what_they_ask(request_: dict[str, Any], asked: dict[str, Any]) -> None:
    settings = Settings({"model": "gpt-4.1"} | request_)
    assert {name: getattr(settings, name) for name in asked} == asked


def test_the_payer_is_named_only_in_the_body_of_an_ended_response() -> None:
    settings = Settings({"model": "gpt-4.1"})
    state: dict[str, Any] = dict.fromkeys(settings.members) | {"id": "a", "created_at": 1, "status": "b"}
    forms = (settings.ended, settings.open, settings.in_event)
    assert [b'"billing"' in form.filled(state, b"[]") for form in forms] == [True, False, False]
