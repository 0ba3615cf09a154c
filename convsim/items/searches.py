"""Searches by the service, in files and on the web."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from convsim.items.fields import ByType, Either, Input, Item, Number, Objects, Strings, Text, omitted, one_of
from convsim.items.id_rules import AnyId

_SEARCH = ("in_progress", "searching", "completed", "incomplete", "failed")

_Name = Annotated[str, StringConstraints(max_length=64)]
Attribute = Annotated[
    Any,
    Either(
        "one of a string, a decimal, or a boolean",
        {str: Annotated[str, StringConstraints(max_length=512)], bool: bool, int: int, float: Number},
    ),
]
"""A value by which files are filtered."""


class FileSearchResult(Input):
    attributes: Annotated[dict[_Name, Attribute], Field(max_length=16)] | None = omitted()
    file_id: AnyId = omitted()
    filename: Text = omitted()
    score: Number = omitted()
    text: Text = omitted()


class FileSearchCall(Item, prefix="fs"):
    """``results`` are null until ``include`` names them (recorded), so null may be sent."""

    type: Literal["file_search_call"]
    status: Annotated[str, one_of(*_SEARCH)]
    queries: Strings
    results: Objects[FileSearchResult] | None = None


class Source(Input):
    type: Literal["url"]
    url: Text


class Search(Input):
    type: Literal["search"]
    queries: Strings = omitted()
    query: Text = omitted()
    sources: Objects[Annotated[Any, ByType({"url": Source})]] = omitted()


class OpenPage(Input):
    type: Literal["open_page"]
    url: Text | None = omitted()


class FindInPage(Input):
    type: Literal["find_in_page"]
    pattern: Text
    url: Text


class WebSearchCall(Item, prefix="ws"):
    type: Literal["web_search_call"]
    status: Annotated[str, one_of(*_SEARCH)]
    action: Annotated[Any, ByType({"search": Search, "open_page": OpenPage, "find_in_page": FindInPage})]
