"""Reasoning, compaction and updates of the configuration: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE, refused, stored, without

REASONING: dict[str, Any] = {"type": "reasoning", "summary": []}
COMPACTION: dict[str, Any] = {"type": "compaction", "encrypted_content": "gAAA"}
TRIGGER: dict[str, Any] = {"type": "compaction_trigger"}
UPDATE: dict[str, Any] = {"type": "configuration_update"}


def formatted(**schema: object) -> dict[str, Any]:
    return UPDATE | {"text": {"format": schema}}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (REASONING, '{"id":"x_1","type":"reasoning","summary":[]}'),
        (REASONING | {"content": None}, '{"id":"x_1","type":"reasoning","content":null,"summary":[]}'),
        (
            {"id": "rs_1", "summary": [{"text": "s", "type": "summary_text"}], "type": "reasoning"}
            | {"encrypted_content": "gAAA", "content": [{"text": "c", "type": "reasoning_text"}]},
            (
                '{"id":"x_1","type":"reasoning","content":[{"type":"reasoning_text","text":"c"}],'
                '"encrypted_content":"gAAA","summary":[{"type":"summary_text","text":"s"}]}'
            ),
        ),
        (COMPACTION, '{"id":"x_1","type":"compaction","encrypted_content":"gAAA"}'),
        (COMPACTION | {"id": "cmp_1"}, '{"id":"x_1","type":"compaction","encrypted_content":"gAAA"}'),
        (TRIGGER, '{"id":"x_1","type":"compaction_trigger"}'),
        (
            UPDATE | {"reasoning": {"effort": "low"}},
            '{"id":"x_1","type":"configuration_update","reasoning":{"effort":"low"}}',
        ),
        (
            REASONING | {"encrypted_content": None},
            '{"id":"x_1","type":"reasoning","encrypted_content":null,"summary":[]}',
        ),
        (
            UPDATE | {"text": {"format": {"type": "text"}}, "reasoning": {"effort": "xhigh"}, "id": "cnfu_1"},
            (
                '{"id":"x_1","type":"configuration_update","reasoning":{"effort":"xhigh"},'
                '"text":{"format":{"type":"text"}}}'
            ),
        ),
    ],
)
def test_an_item_comes_back_in_the_recorded_order(item: dict[str, Any], expected: str) -> None:
    assert stored(item) == expected


def test_a_schema_keeps_the_sender_s_order() -> None:
    schema = {"type": "object", "properties": {"b": {}, "a": {}}}
    item = formatted(strict=None, schema=schema, name="n", description="d", type="json_schema")
    assert stored(item) == (
        '{"id":"x_1","type":"configuration_update","text":{"format":{"type":"json_schema","description":"d","name":"n",'
        '"schema":{"type":"object","properties":{"b":{},"a":{}}},"strict":null}}}'
    )


@pytest.mark.parametrize("item_id", ["msg_1", "x", "trigger-1"])
def test_a_trigger_may_have_the_id_of_any_item(item_id: str) -> None:
    assert stored(TRIGGER | {"id": item_id}) == stored(TRIGGER)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["completed", None])
def test_reasoning_has_no_status(value: str | None) -> None:
    assert refused(REASONING | {"status": value}) == errors.unknown_parameter("items[0].status").body


@pytest.mark.parametrize(("item", "member"), [(REASONING, "summary"), (COMPACTION, "encrypted_content")])
def test_what_an_item_must_have(item: dict[str, Any], member: str) -> None:
    assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(REASONING, "rs"), (COMPACTION, "cmp"), (UPDATE, "cnfu")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "msg_1"}) == errors.id_with_wrong_prefix("items[0].id", "msg_1", prefix).body


def test_the_id_of_a_trigger_has_the_grammar_of_ids() -> None:
    assert refused(TRIGGER | {"id": "a!"}) == errors.id_with_wrong_characters("items[0].id", "a!").body


@pytest.mark.parametrize(
    ("member", "kind", "supported"),
    [("summary", "reasoning_text", ("summary_text",)), ("content", "summary_text", ("reasoning_text",))],
)
def test_a_text_of_reasoning_has_the_type_of_its_place(member: str, kind: str, supported: tuple[str, ...]) -> None:
    path = f"items[0].{member}[0].type"
    answer = errors.unsupported_value(path, kind, supported)
    assert refused(REASONING | {member: [{"type": kind, "text": "x"}]}) == answer.body
    assert refused(REASONING | {member: [{"text": "x"}]}) == errors.missing(path).body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (REASONING | {"summary": None}, "summary", "an array of objects"),
        (COMPACTION | {"encrypted_content": None}, "encrypted_content", "a string"),
        (UPDATE | {"reasoning": None}, "reasoning", "an object"),
        (UPDATE | {"text": None}, "text", "an object"),
        (formatted(type="json_schema", name="n", schema=None), "text.format.schema", "an object"),
        (formatted(type="json_schema", name="n", schema={}, description=None), "text.format.description", "a string"),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (
            UPDATE | {"reasoning": {"effort": "most"}},
            errors.unsupported_value(
                "items[0].reasoning.effort", "most", ("none", "minimal", "low", "medium", "high", "xhigh", "max")
            ),
        ),
        (UPDATE | {"reasoning": {}}, errors.missing("items[0].reasoning.effort")),
        (UPDATE | {"text": {}}, errors.missing("items[0].text.format")),
        (formatted(), errors.missing("items[0].text.format.type")),
        (
            formatted(type="json_object"),
            errors.unsupported_value("items[0].text.format.type", "json_object", ("text", "json_schema")),
        ),
        (formatted(type="json_schema", name="n"), errors.missing("items[0].text.format.schema")),
        (
            formatted(type="json_schema", name="n", schema={}, schema_={}),
            errors.unknown_parameter("items[0].text.format.schema_"),
        ),
        (
            formatted(type="json_schema", name="n", schema={"enum": [1, INFINITE]}),
            errors.wrong_type("items[0].text.format.schema.enum[1]", "a decimal", INFINITE),
        ),
    ],
)
def test_a_setting_is_one_that_the_model_has(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body


def test_the_encrypted_content_of_a_compaction_has_a_bound() -> None:
    answer = errors.string_too_long("items[0].encrypted_content", 20_971_520, 20_971_521)
    assert refused(COMPACTION | {"encrypted_content": "x" * 20_971_521}) == answer.body


def test_the_update_of_a_configuration_changes_something() -> None:
    assert refused(UPDATE) == errors.missing("items[0].reasoning").body
