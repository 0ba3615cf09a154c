"""What the calls of all tools share: who called, under which id and name, and how far it got."""

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from convsim.items.fields import Input, one_of
from convsim.items.unions import ByType

_NAME = "^[a-zA-Z0-9_-]+$"

CallId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ToolName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
FunctionName = Annotated[ToolName, StringConstraints(pattern=_NAME)]
Namespace = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_NAME)]

Status = Annotated[str, one_of("in_progress", "completed", "incomplete")]


class DirectCaller(Input):
    type: Literal["direct"]


class ProgramCaller(Input):
    type: Literal["program"]
    caller_id: CallId


Caller = Annotated[Any, ByType({"direct": DirectCaller, "program": ProgramCaller})]
