"""The scenarios leave no type of item out, and no value of ``include``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convsim.contract.scenario import Call, Scenario
from convsim.contract.scenarios import SCENARIOS
from convsim.contract.scenarios.every_type import SAMPLES
from convsim.contract.scenarios.samples import NEED_IDS, Sample, sample
from convsim.items.catalogue import CATALOGUE, EMULATED, REFERENCE
from convsim.items.stored import INCLUDES

STORED = [row for row in CATALOGUE.values() if row.models and row.stored and row.name != REFERENCE]


def calls(scenarios: tuple[Scenario, ...] = SCENARIOS) -> Iterator[Call]:
    return (step for one in scenarios for step in one.steps if isinstance(step, Call))


def answered(call: Call) -> list[dict[str, Any]]:
    """The items of an answer."""
    body = call.answer.body
    assert isinstance(body, dict)
    data: list[dict[str, Any]] = body.get("data", [body])
    return data


def test_there_is_a_sample_of_every_stored_type_with_its_prefix() -> None:
    assert {kind: one.prefix for kind, one in SAMPLES.items()} == {row.name: row.prefix for row in STORED}


def test_every_stored_type_is_created_listed_and_retrieved() -> None:
    for operation in ("create", "list", "retrieve"):
        found = {
            item.get("type")
            for call in calls()
            if call.operation == f"conversations.items.{operation}" and call.answer.status == 200
            for item in answered(call)
        }
        assert sorted(row.name for row in STORED if row.name not in found) == [], operation


def test_every_type_is_sent_emulated_or_not() -> None:
    sent = {item.get("type") for call in calls() for item in call.arguments.get("items") or () if type(item) is dict}
    assert set(CATALOGUE) <= sent
    assert set(EMULATED) < set(CATALOGUE)


def test_the_types_that_need_an_id_are_those_whose_models_require_it() -> None:
    required = {row.name for row in STORED if row.models[0].model_fields["id"].is_required()}
    assert set(NEED_IDS) == required


def test_every_include_is_asked_of_create_list_and_retrieve() -> None:
    asked = {(call.operation, value) for call in calls() for value in call.arguments.get("include", ())}
    for operation in ("create", "list", "retrieve"):
        named = {value for name, value in asked if name == f"conversations.items.{operation}"}
        assert set(INCLUDES) <= named, operation


def test_a_sample_is_sent_with_its_keys_the_other_way_round() -> None:
    one = sample("ab", {"type": "program", "a": {"b": 1, "c": [{"d": 2, "e": 3}]}, "f": None}, "f", g=4)
    assert repr(one.sent) == repr({"a": {"c": [{"e": 3, "d": 2}], "b": 1}, "type": "program", "g": 4})
    assert one.posted() == {**one.sent, "id": "ab_1"}
    assert one.posted("ab_2") == {**one.sent, "id": "ab_2"}
    assert Sample("msg", {"type": "message"}, {"role": "user"}).posted() == {"role": "user"}
