"""Defaults by the model's name."""

from __future__ import annotations

import pytest

from convsim.responses.families import FAMILIES, family_of, limits_streams
from convsim.responses.vocabulary import Reasoning
from tests.responses.home import answer, says


def _thinks(context: str, effort: str) -> dict[str, str | None]:
    return {"context": context, "effort": effort, "mode": "standard", "summary": None}


@pytest.mark.parametrize(
    ("model", "reasoning", "retention", "top_p"),
    [
        ("gpt-4.1", {"context": None, "effort": None, "summary": None}, "in_memory", 1.0),
        ("gpt-4o-mini", {"context": None, "effort": None, "summary": None}, "in_memory", 1.0),
        ("my-own", {"context": None, "effort": None, "summary": None}, "in_memory", 1.0),
        ("gpt-5-nano", _thinks("current_turn", "medium"), "in_memory", 1.0),
        ("gpt-5.1", _thinks("current_turn", "none"), "in_memory", 1.0),
        ("gpt-5.2", _thinks("current_turn", "none"), "24h", 0.98),
        ("gpt-5.4-nano", _thinks("current_turn", "none"), "24h", 0.98),
        ("gpt-5.5", _thinks("current_turn", "medium"), "24h", 0.98),
        ("gpt-5.6-terra", _thinks("all_turns", "medium"), "24h", 0.98),
        ("ft:gpt-4o:mine", {"context": None, "effort": None, "summary": None}, "in_memory", 1.0),
    ],
)
def test_a_model_has_the_defaults_of_its_family(model: str, reasoning: object, retention: str, top_p: float) -> None:
    body = answer(says("Paris."), model=model)
    assert (body["reasoning"], body["prompt_cache_retention"], body["top_p"]) == (reasoning, retention, top_p)
    assert body["model"] == model


@pytest.mark.parametrize(("model", "shown"), [("gpt-5.6-sol", True), ("gpt-5.5", False), ("gpt-4.1", False)])
def test_encrypted_content_shows_with_the_newest_family_alone(model: str, shown: bool) -> None:
    (reasoning,) = answer(says(Reasoning("Hm.")), model=model)["output"]
    assert ("encrypted_content" in reasoning) == shown


@pytest.mark.parametrize(
    ("model", "limited"),
    [("gpt-4o-mini", False), ("ft:gpt-4o:mine", False), ("o4-mini", False), ("gpt-4.1-nano", False), ("gpt-4.1", True)],
)
def test_streams_of_some_older_models_do_not_tell_of_limits(model: str, limited: bool) -> None:
    assert limits_streams(model) == limited


def test_no_family_hides_another() -> None:
    for row in FAMILIES:
        assert all(family_of(prefix) is row for prefix in row.prefixes)
