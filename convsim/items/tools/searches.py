"""Tools that search: in files and on the web."""

from typing import Annotated, Any, Literal

from pydantic import Field

from convsim.items.fields import ByType, Either, Input, Models, Number, Objects, Strings, Text, omitted, one_of, worded
from convsim.items.id_rules import AnyId

ContextSize = Annotated[str, one_of("low", "medium", "high")]
_Operand = Annotated[Any, Either("one of a string or a decimal", {str: Text, int: int, float: Number})]


class Comparison(Input):
    type: Annotated[str, one_of("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")]
    key: Text
    value: Annotated[
        Any,
        Either(
            "one of a string, a decimal, a boolean, or an array",
            {str: Text, bool: bool, int: int, float: Number, list: list[_Operand]},
        ),
    ]


class Compound(Input):
    type: Annotated[str, one_of("and", "or")]
    filters: Objects[Annotated[Any, ByType(lambda: FILTERS)]]


FILTERS: Models = dict.fromkeys(("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"), Comparison) | dict.fromkeys(
    ("and", "or"), Compound
)


class HybridSearch(Input):
    embedding_weight: Number
    text_weight: Number


class Ranking(Input):
    hybrid_search: HybridSearch = omitted()
    ranker: Annotated[str, one_of("auto", "default-2024-11-15")] = omitted()
    score_threshold: Number = omitted()


class FileSearch(Input):
    type: Literal["file_search"]
    filters: Annotated[Any, ByType(FILTERS)] | None = omitted()
    max_num_results: Annotated[int, Field(ge=1, le=50)] = omitted()
    ranking_options: Ranking = omitted()
    vector_store_ids: Annotated[list[AnyId], worded(list, "an array of strings")]


class Place(Input):
    """The approximate place of the user."""

    type: Annotated[str, one_of("approximate")] = omitted()
    city: Text | None = omitted()
    country: Text | None = omitted()
    region: Text | None = omitted()
    timezone: Text | None = omitted()


class PreviewPlace(Place):
    type: Annotated[str, one_of("approximate")]


class Domains(Input):
    allowed_domains: Strings | None = omitted()


class WebSearch(Input):
    type: Literal["web_search", "web_search_2025_08_26"]
    external_web_access: bool = omitted()
    filters: Domains | None = omitted()
    search_context_size: ContextSize = omitted()
    user_location: Place | None = omitted()


class WebSearchPreview(Input):
    type: Literal["web_search_preview", "web_search_preview_2025_03_11"]
    search_content_types: Annotated[
        list[Annotated[str, one_of("text", "image")]], worded(list, "an array of one of 'text' or 'image'")
    ] = omitted()
    search_context_size: ContextSize = omitted()
    user_location: PreviewPlace | None = omitted()
