"""Tools that search in files and on the web: how they are stored and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import errors
from tests.items.sending import INFINITE
from tests.items.tools.adding import PATH, refused, stored

FILES: dict[str, Any] = {"type": "file_search", "vector_store_ids": ["vs_1"]}
WEB: dict[str, Any] = {"type": "web_search"}
PREVIEW: dict[str, Any] = {"type": "web_search_preview"}
COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")
COMPARISON: dict[str, Any] = {"value": 1, "key": "k", "type": "eq"}


def filtered(**given: object) -> dict[str, Any]:
    return FILES | {"filters": given}


# --- what is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (FILES, '{"type":"file_search","vector_store_ids":["vs_1"]}'),
        (
            FILES
            | {"max_num_results": 5, "filters": None}
            | {
                "ranking_options": {
                    "score_threshold": 0.5,
                    "ranker": "auto",
                    "hybrid_search": {"text_weight": 1, "embedding_weight": 0.5},
                }
            },
            (
                '{"type":"file_search","filters":null,"max_num_results":5,"ranking_options":{'
                '"hybrid_search":{"embedding_weight":0.5,"text_weight":1},"ranker":"auto","score_threshold":0.5},'
                '"vector_store_ids":["vs_1"]}'
            ),
        ),
        (WEB, '{"type":"web_search"}'),
        (
            {"user_location": {"timezone": "t", "region": "r", "country": "c", "city": None, "type": "approximate"}}
            | {"search_context_size": "low", "filters": {"allowed_domains": ["d"]}, "external_web_access": True}
            | {"type": "web_search_2025_08_26"},
            (
                '{"type":"web_search_2025_08_26","external_web_access":true,"filters":{"allowed_domains":["d"]},'
                '"search_context_size":"low","user_location":{"type":"approximate","city":null,"country":"c",'
                '"region":"r","timezone":"t"}}'
            ),
        ),
        (
            WEB | {"user_location": {}, "filters": {"allowed_domains": None}},
            '{"type":"web_search","filters":{"allowed_domains":null},"user_location":{}}',
        ),
        (
            WEB | {"user_location": None, "filters": None},
            '{"type":"web_search","filters":null,"user_location":null}',
        ),
        (PREVIEW, '{"type":"web_search_preview"}'),
        (
            {"user_location": None, "search_context_size": "high", "search_content_types": ["image", "text"]}
            | {"type": "web_search_preview_2025_03_11"},
            (
                '{"type":"web_search_preview_2025_03_11","search_content_types":["image","text"],'
                '"search_context_size":"high","user_location":null}'
            ),
        ),
    ],
)
def test_a_tool_comes_back_as_it_was_given_with_its_type_first(tool: dict[str, Any], expected: str) -> None:
    assert stored(tool) == expected


@pytest.mark.parametrize("kind", COMPARISONS)
@pytest.mark.parametrize(
    ("value", "expected"),
    [("v", '"v"'), (1, "1"), (0.5, "0.5"), (True, "true"), ([], "[]"), (["a", 1, 0.5], '["a",1,0.5]')],
)
def test_a_comparison_keeps_the_kind_of_its_value(kind: str, value: object, expected: str) -> None:
    assert stored(filtered(value=value, key="k", type=kind)) == (
        f'{{"type":"file_search","filters":{{"type":"{kind}","key":"k","value":{expected}}},'
        '"vector_store_ids":["vs_1"]}'
    )


def test_filters_hold_filters() -> None:
    inner = {"filters": [COMPARISON, COMPARISON | {"type": "ne"}], "type": "or"}
    assert stored(filtered(filters=[inner, COMPARISON], type="and")) == (
        '{"type":"file_search","filters":{"type":"and","filters":[{"type":"or","filters":['
        '{"type":"eq","key":"k","value":1},{"type":"ne","key":"k","value":1}]},{"type":"eq","key":"k","value":1}]},'
        '"vector_store_ids":["vs_1"]}'
    )


# --- what is refused -----------------------------------------------------------------------------------------------

FILTERS = f"{PATH}.filters"


@pytest.mark.parametrize(
    ("filters", "answer"),
    [
        ({}, errors.missing(f"{FILTERS}.type")),
        ({"type": "not"}, errors.unsupported_value(f"{FILTERS}.type", "not", (*COMPARISONS, "and", "or"))),
        ({"type": "eq", "key": "k"}, errors.missing(f"{FILTERS}.value")),
        (
            COMPARISON | {"value": None},
            errors.wrong_type(f"{FILTERS}.value", "one of a string, a decimal, a boolean, or an array", None),
        ),
        (COMPARISON | {"value": INFINITE}, errors.wrong_type(f"{FILTERS}.value", "a decimal", INFINITE)),
        (
            COMPARISON | {"value": ["a", True]},
            errors.wrong_type(f"{FILTERS}.value[1]", "one of a string or a decimal", True),
        ),
        ({"type": "and"}, errors.missing(f"{FILTERS}.filters")),
        ({"type": "and", "filters": {}}, errors.wrong_type(f"{FILTERS}.filters", "an array of objects", {})),
        (
            {"type": "and", "filters": [{"type": "or", "filters": [COMPARISON, {"type": "not"}]}]},
            errors.unsupported_value(f"{FILTERS}.filters[0].filters[1].type", "not", (*COMPARISONS, "and", "or")),
        ),
        ("x", errors.wrong_type(FILTERS, "an object", "x")),
    ],
)
def test_a_filter_compares_or_combines(filters: object, answer: errors.BadRequestError) -> None:
    assert refused(FILES | {"filters": filters}) == answer.body


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        ({"type": "file_search"}, errors.missing(f"{PATH}.vector_store_ids")),
        (
            FILES | {"vector_store_ids": "vs_1"},
            errors.wrong_type(f"{PATH}.vector_store_ids", "an array of strings", "vs_1"),
        ),
        (
            FILES | {"ranking_options": {"ranker": "best"}},
            errors.unsupported_value(f"{PATH}.ranking_options.ranker", "best", ("auto", "default-2024-11-15")),
        ),
        (
            FILES | {"ranking_options": {"hybrid_search": {"text_weight": 1.0}}},
            errors.missing(f"{PATH}.ranking_options.hybrid_search.embedding_weight"),
        ),
        (
            WEB | {"search_context_size": "huge"},
            errors.unsupported_value(f"{PATH}.search_context_size", "huge", ("low", "medium", "high")),
        ),
        (
            WEB | {"user_location": {"type": "exact"}},
            errors.unsupported_value(f"{PATH}.user_location.type", "exact", ("approximate",)),
        ),
        (
            PREVIEW | {"search_content_types": ["text", "audio"]},
            errors.unsupported_value(f"{PATH}.search_content_types[1]", "audio", ("text", "image")),
        ),
        (
            PREVIEW | {"search_content_types": "text"},
            errors.wrong_type(f"{PATH}.search_content_types", "an array of one of 'text' or 'image'", "text"),
        ),
        (PREVIEW | {"filters": {}}, errors.unknown_parameter(f"{PATH}.filters")),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_path(tool: dict[str, Any], answer: errors.BadRequestError) -> None:
    assert refused(tool) == answer.body
