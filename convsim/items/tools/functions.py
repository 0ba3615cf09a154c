"""Tools that the caller runs: functions, custom tools, and namespaces of both."""

from typing import Annotated, Any, Literal

from pydantic import Field

from convsim.items.fields import (
    ByType,
    FunctionName,
    Input,
    JsonObject,
    ShortName,
    Text,
    ToolName,
    omitted,
    one_of,
    worded,
)

_Caller = Annotated[str, one_of("direct", "programmatic")]
Callers = Annotated[list[_Caller], worded(list, "an array of one of 'direct' or 'pro...tic'"), Field(min_length=1)]


class FunctionTool(Input):
    type: Literal["function"]
    allowed_callers: Callers | None = omitted()
    async_: bool = omitted(alias="async")
    defer_loading: bool = omitted()
    description: Text | None = omitted()
    name: FunctionName
    output_schema: JsonObject | None = omitted()
    parameters: JsonObject | None
    strict: bool | None


class NamespacedFunction(Input):
    type: Literal["function"]
    allowed_callers: Callers | None = omitted()
    async_: bool = omitted(alias="async")
    defer_loading: bool = omitted()
    description: Text | None = omitted()
    name: FunctionName
    output_schema: JsonObject | None = omitted()
    parameters: JsonObject | None = omitted()
    strict: bool | None = omitted()


class PlainText(Input):
    type: Literal["text"]


class Grammar(Input):
    type: Literal["grammar"]
    definition: Text
    syntax: Annotated[str, one_of("lark", "regex")]


class CustomTool(Input):
    type: Literal["custom"]
    allowed_callers: Callers | None = omitted()
    async_: bool = omitted(alias="async")
    defer_loading: bool = omitted()
    description: Text = omitted()
    format: Annotated[Any, ByType({"text": PlainText, "grammar": Grammar})] = omitted()
    name: ToolName


class NamespaceTool(Input):
    type: Literal["namespace"]
    description: Text
    name: ShortName
    tools: Annotated[
        list[Annotated[Any, ByType({"function": NamespacedFunction, "custom": CustomTool})]],
        worded(list, "an array of tools"),
        Field(min_length=1),
    ]


class ToolSearch(Input):
    type: Literal["tool_search"]
    description: Text | None = omitted()
    execution: Annotated[str, one_of("server", "client")] = omitted()
    parameters: JsonObject | None = omitted()


class ProgrammaticToolCalling(Input):
    type: Literal["programmatic_tool_calling"]
