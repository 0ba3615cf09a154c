"""Tools added during a conversation: searched for, found, and added."""

from typing import Annotated, Any, Literal

from convsim.items.calls import Status
from convsim.items.fields import ByType, Item, JsonObject, Models, omitted, one_of, worded
from convsim.items.id_rules import CallId


def _tools() -> Models:
    # A third of all models, and few conversations hold a tool: they are built when the first one is read.
    from convsim.items.tools import TOOLS

    return TOOLS


_Execution = Annotated[str, one_of("server", "client")]
_Tools = Annotated[list[Annotated[Any, ByType(_tools)]], worded(list, "an array of tools")]


class ToolSearchCall(Item, prefix="tsc"):
    """``call_id`` is null in searches by the service (recorded)."""

    id: str = omitted()
    type: Literal["tool_search_call"]
    status: Status = "completed"
    arguments: JsonObject
    call_id: CallId | None = None
    execution: _Execution = "server"


class ToolSearchOutput(Item, prefix="tso"):
    id: str = omitted()
    type: Literal["tool_search_output"]
    status: Status = "completed"
    call_id: CallId | None = None
    execution: _Execution = "server"
    tools: _Tools


class AdditionalTools(Item, prefix="at"):
    """``role`` may only be the developer's (second-hand)."""

    id: str = omitted()
    type: Literal["additional_tools"]
    role: Annotated[str, one_of("developer")]
    tools: _Tools
