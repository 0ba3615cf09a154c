"""What a model's name decides."""

from __future__ import annotations

import pytest

from convsim.responses.families import FAMILIES, family_of
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


def test_no_family_hides_another() -> None:
    for row in FAMILIES:
        assert all(family_of(prefix) is row for prefix in row.prefixes)
