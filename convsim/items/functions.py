"""Function calls and what the functions answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints

from convsim.items.content import ToolOutputPart, by_type, text_or_parts
from convsim.items.fields import Input, Item, item_id, omitted, one_of

_NAME = "^[a-zA-Z0-9_-]+$"

CallId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ToolName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
FunctionName = Annotated[ToolName, StringConstraints(pattern=_NAME)]
Namespace = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_NAME)]
CallStatus = Annotated[str, one_of("in_progress", "completed", "incomplete")]


class DirectCaller(Input):
    type: Literal["direct"]


class ProgramCaller(Input):
    type: Literal["program"]
    caller_id: CallId


Caller = Annotated[Any, by_type({"direct": DirectCaller, "program": ProgramCaller})]


class FunctionCall(Item):
    """Recorded: id, type, status, arguments, call_id, name. The rest stands behind these in documented order."""

    id: Annotated[str, AfterValidator(item_id("fc"))] = omitted()
    type: Literal["function_call"]
    status: CallStatus = "completed"
    arguments: str
    call_id: CallId
    name: FunctionName
    caller: Caller = omitted()
    namespace: Namespace = omitted()
    async_: bool = omitted(alias="async")


class FunctionCallOutput(Item):
    """Recorded: id, type, status, call_id, output. The rest stands behind these in documented order."""

    id: Annotated[str, AfterValidator(item_id("fc"))] = omitted()
    type: Literal["function_call_output"]
    status: CallStatus = "completed"
    call_id: CallId = omitted()
    output: Annotated[Any, text_or_parts(ToolOutputPart, "one of a string or array of objects", str)]
    name: ToolName = omitted()
    namespace: Namespace = omitted()
    caller: Caller = omitted()
