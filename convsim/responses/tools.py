"""The tools of a turn: those that a request may declare, and the choice among them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from convsim import errors
from convsim.items.fields import ByType, Either, Input, JsonObject, Models, Objects, omitted, one_of, worded


def requested() -> Models:
    """Return the tools that a request may declare, by type."""
    # A third of all models, and few turns have a tool: they are built when the first one is read.
    from convsim.items.tools import TOOLS
    from convsim.responses.functions import Function

    return {**TOOLS, "function": Function}


Tools = Annotated[list[Annotated[Any, ByType(requested)]], worded(list, "an array of tools")]


# --- the choice ----------------------------------------------------------------------------------------------------


class NamedChoice(Input):
    type: Literal["function", "custom"]
    name: str


class McpChoice(Input):
    type: Literal["mcp"]
    name: str | None = omitted()
    server_label: str


class HostedChoice(Input):
    type: str


class AllowedTools(Input):
    type: Literal["allowed_tools"]
    mode: Annotated[str, one_of("auto", "required")]
    tools: Objects[JsonObject]


_HOSTED = (
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "programmatic_tool_calling",
    "shell",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
)
_CHOICES: Models = {
    "allowed_tools": AllowedTools,
    "custom": NamedChoice,
    "function": NamedChoice,
    "mcp": McpChoice,
    **dict.fromkeys(_HOSTED, HostedChoice),
}

ToolChoice = Annotated[
    Any,
    Either(
        "one of an object or 'none', 'auto', or 'required'",
        {str: Annotated[str, one_of("none", "auto", "required")], dict: Annotated[Any, ByType(_CHOICES)]},
    ),
]

# Types that ask for the same tool under several names.
_FAMILIES = ("web_search", "computer")


def require_chosen(choice: str | Input | None, tools: Sequence[Any]) -> None:
    """Raise the service's objection to a choice that no tool of the request meets."""
    if choice == "required" and not tools:
        raise errors.choice_without_tools(choice)
    if not isinstance(choice, Input):
        return
    asked = choice.tools if isinstance(choice, AllowedTools) else [choice.model_dump(by_alias=True)]
    for wanted in asked:
        if not any(_meets(wanted, tool) for tool in tools):
            # The sentence calls a function by its type if it is the choice, by its name among the allowed ones.
            named = wanted.get("name") if isinstance(choice, AllowedTools) else None
            raise errors.chosen_tool_missing(str(named or wanted.get("type")))


def _meets(wanted: Mapping[str, Any], tool: Any) -> bool:
    if tool.type == "namespace":
        return any(_meets(wanted, inner) for inner in tool.tools)
    if _family(wanted.get("type")) != _family(tool.type):
        return False
    if tool.type in ("function", "custom"):
        return bool(wanted.get("name") == tool.name)
    return tool.type != "mcp" or bool(wanted.get("server_label") == tool.server_label)


def _family(tool_type: object) -> object:
    return next((family for family in _FAMILIES if str(tool_type).startswith(family)), tool_type)
