"""Calls of functions and custom tools, and their outputs."""

from typing import Annotated, Any, Literal

from convsim.items.calls import Caller, Status
from convsim.items.content import ToolOutputPart
from convsim.items.fields import Arguments, FunctionName, Item, ShortName, TextOrParts, ToolName, omitted
from convsim.items.id_rules import CallId

_Output = Annotated[Any, TextOrParts("one of a string or array of objects", ToolOutputPart)]


class FunctionCall(Item, prefix="fc"):
    id: str = omitted()
    type: Literal["function_call"]
    status: Status = "completed"
    arguments: Arguments
    async_: bool = omitted(alias="async")
    call_id: CallId
    caller: Caller = omitted()
    name: FunctionName
    namespace: ShortName = omitted()


class FunctionCallOutput(Item, prefix="fc"):
    """The ids have the prefix of the call (recorded)."""

    id: str = omitted()
    type: Literal["function_call_output"]
    status: Status = "completed"
    call_id: CallId = omitted()
    caller: Caller = omitted()
    name: ToolName = omitted()
    namespace: ShortName = omitted()
    output: _Output


class CustomToolCall(Item, prefix="ctc"):
    """``status`` is not documented, but sent back (recorded)."""

    id: str = omitted()
    type: Literal["custom_tool_call"]
    status: Status = "completed"
    async_: bool = omitted(alias="async")
    call_id: CallId
    caller: Caller = omitted()
    input: Arguments
    name: ToolName
    namespace: ShortName = omitted()


class CustomToolCallOutput(Item, prefix="ctco"):
    """``status`` is not documented, but sent back (recorded)."""

    id: str = omitted()
    type: Literal["custom_tool_call_output"]
    status: Status = "completed"
    call_id: CallId
    caller: Caller = omitted()
    output: _Output
