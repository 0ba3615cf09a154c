"""Fields that the calls of all tools share: the caller, the call's id and name, and its status."""

from typing import Annotated, Any, Literal

from convsim.items.fields import ByType, Input, one_of
from convsim.items.id_rules import CallId

Status = Annotated[str, one_of("in_progress", "completed", "incomplete")]


class DirectCaller(Input):
    type: Literal["direct"]


class ProgramCaller(Input):
    type: Literal["program"]
    caller_id: CallId


Caller = Annotated[Any, ByType({"direct": DirectCaller, "program": ProgramCaller})]
