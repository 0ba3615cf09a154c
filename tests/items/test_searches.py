"""Searches in files and on the web: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE, refused, stored, without

FILES: dict[str, Any] = {"type": "file_search_call", "id": "fs_1", "status": "searching", "queries": ["q"]}
WEB: dict[str, Any] = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
ACTIONS = ("search", "open_page", "find_in_page")
STATUSES = ("in_progress", "searching", "completed", "incomplete", "failed")


def found(**result: object) -> dict[str, Any]:
    return FILES | {"results": [result]}


def searched(*sources: object) -> dict[str, Any]:
    return WEB | {"action": {"type": "search", "sources": list(sources)}}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", [FILES, FILES | {"results": None}])
def test_a_file_search_without_results_has_null(item: dict[str, Any]) -> None:
    assert stored(item) == (
        '{"id":"x_1","type":"file_search_call","status":"searching","queries":["q"],"results":null}'
    )


def test_a_file_search_keeps_all_that_was_given() -> None:
    attributes = {"string": "s", "boolean": True, "integer": 1, "decimal": 0.5}
    item = found(text="t", score=1, filename="x.pdf", file_id="file-1", attributes=attributes)
    assert stored(item) == (
        '{"id":"x_1","type":"file_search_call","status":"searching","queries":["q"],"results":['
        '{"attributes":{"string":"s","boolean":true,"integer":1,"decimal":0.5},"file_id":"file-1","filename":"x.pdf",'
        '"score":1,"text":"t"}]}'
    )


@pytest.mark.parametrize(("result", "expected"), [({}, "{}"), ({"attributes": None}, '{"attributes":null}')])
def test_a_result_may_be_bare(result: dict[str, Any], expected: str) -> None:
    assert stored(found(**result)).endswith(f'"results":[{expected}]}}')


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"type": "search"}, '{"type":"search"}'),
        (
            {"sources": [{"url": "u", "type": "url"}], "query": "q", "queries": ["q"], "type": "search"},
            '{"type":"search","queries":["q"],"query":"q","sources":[{"type":"url","url":"u"}]}',
        ),
        ({"type": "open_page"}, '{"type":"open_page"}'),
        ({"url": None, "type": "open_page"}, '{"type":"open_page","url":null}'),
        ({"url": "u", "type": "open_page"}, '{"type":"open_page","url":"u"}'),
        ({"url": "u", "pattern": "p", "type": "find_in_page"}, '{"type":"find_in_page","pattern":"p","url":"u"}'),
    ],
)
def test_a_web_search_keeps_its_action(action: dict[str, Any], expected: str) -> None:
    assert stored(WEB | {"action": action}) == (
        f'{{"id":"x_1","type":"web_search_call","status":"completed","action":{expected}}}'
    )


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "member"),
    [(FILES, "id"), (FILES, "status"), (FILES, "queries"), (WEB, "id"), (WEB, "status"), (WEB, "action")],
)
def test_what_a_search_must_have(item: dict[str, Any], member: str) -> None:
    assert refused(without(item, member)) == errors.missing(f"items[0].{member}").body


@pytest.mark.parametrize(("item", "prefix"), [(FILES, "fs"), (WEB, "ws")])
def test_an_id_needs_the_prefix_of_its_type(item: dict[str, Any], prefix: str) -> None:
    assert refused(item | {"id": "search_1"}) == errors.id_with_wrong_prefix("items[0].id", "search_1", prefix).body


@pytest.mark.parametrize("item", [FILES, WEB])
def test_a_search_has_one_of_five_statuses(item: dict[str, Any]) -> None:
    for status in STATUSES:
        assert f'"status":"{status}"' in stored(item | {"status": status})
    assert refused(item | {"status": "done"}) == errors.unsupported_value("items[0].status", "done", STATUSES).body


@pytest.mark.parametrize(
    ("item", "path", "expected"),
    [
        (FILES | {"queries": None}, "queries", "an array of strings"),
        (found(score=None), "results[0].score", "a decimal"),
        (found(text=None), "results[0].text", "a string"),
        (WEB | {"action": None}, "action", "an object"),
        (WEB | {"action": {"type": "search", "queries": None}}, "action.queries", "an array of strings"),
        (WEB | {"action": {"type": "search", "sources": None}}, "action.sources", "an array of objects"),
        (WEB | {"action": {"type": "find_in_page", "pattern": "p", "url": None}}, "action.url", "a string"),
    ],
)
def test_null_is_another_type_where_it_is_not_allowed(item: dict[str, Any], path: str, expected: str) -> None:
    assert refused(item) == errors.wrong_type(f"items[0].{path}", expected, None).body


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (WEB | {"action": {}}, errors.missing("items[0].action.type")),
        (WEB | {"action": {"type": "find"}}, errors.unsupported_value("items[0].action.type", "find", ACTIONS)),
        (
            WEB | {"action": {"type": 5}},
            errors.wrong_type("items[0].action.type", "one of 'search', 'open_page', or 'find_in_page'", 5),
        ),
        (WEB | {"action": {"type": "find_in_page", "url": "u"}}, errors.missing("items[0].action.pattern")),
        (FILES | {"queries": "q"}, errors.wrong_type("items[0].queries", "an array of strings", "q")),
        (FILES | {"queries": [5]}, errors.wrong_type("items[0].queries[0]", "a string", 5)),
        (FILES | {"results": 5}, errors.wrong_type("items[0].results", "an array of objects", 5)),
        (found(score=INFINITE), errors.wrong_type("items[0].results[0].score", "a decimal", INFINITE)),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(item: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(item) == answer.body


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ({"url": "u"}, errors.missing("items[0].action.sources[0].type")),
        ({"type": "url"}, errors.missing("items[0].action.sources[0].url")),
        ({"type": "page", "url": "u"}, errors.unsupported_value("items[0].action.sources[0].type", "page", ("url",))),
        ({"type": None, "url": "u"}, errors.wrong_type("items[0].action.sources[0].type", "one of 'url'", None)),
        ("u", errors.wrong_type("items[0].action.sources[0]", "an object", "u")),
    ],
)
def test_a_source_is_a_url(source: object, answer: errors.BadRequestError) -> None:
    assert refused(searched(source)) == answer.body


# --- attributes of files -------------------------------------------------------------------------------------------

PATH = "items[0].results[0].attributes"


@pytest.mark.parametrize("value", [None, [], {}])
def test_an_attribute_is_a_string_a_number_or_a_boolean(value: object) -> None:
    answer = errors.wrong_type(f"{PATH}.k", "one of a string, a decimal, or a boolean", value)
    assert refused(found(attributes={"k": value})) == answer.body


def test_an_attribute_has_the_bound_of_metadata() -> None:
    assert f'"attributes":{{"k":"{"v" * 512}"}}' in stored(found(attributes={"k": "v" * 512}))
    assert refused(found(attributes={"k": "v" * 513})) == errors.string_too_long(f"{PATH}.k", 512, 513).body


def test_an_attribute_is_finite() -> None:
    answer = errors.wrong_type(f"{PATH}.k", "a decimal", INFINITE)
    assert refused(found(attributes={"k": INFINITE})) == answer.body


def test_a_file_has_sixteen_attributes_at_most() -> None:
    attributes = {f"k{number}": number for number in range(17)}
    assert refused(found(attributes=attributes)) == errors.too_many_properties(PATH, 16, 17).body
    del attributes["k0"]
    assert '"k16":16}' in stored(found(attributes=attributes))


@pytest.mark.parametrize("value", ["x", [], 5])
def test_attributes_are_an_object(value: object) -> None:
    assert refused(found(attributes=value)) == errors.wrong_type(PATH, "an object", value).body
