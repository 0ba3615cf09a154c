"""Items of Azure AI Foundry: types that OpenAI does not have, and members that it adds to every item.

The types are checked loosely: a type, an id, and any other members.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

from pydantic import ConfigDict, field_validator

from convsim.core.behavior import Behavior
from convsim.items import catalogue, functions
from convsim.items.fields import Item, omitted
from convsim.items.id_rules import any_id

ADDED = ("created_by", "partition_key", "agent_reference", "response_id")
"""The members that the service adds to an item; they are dropped when sent back (recorded for the last two)."""


class Loose(Item):
    """An item of which only the id is checked."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    id: str = omitted()
    type: str

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        return any_id(value)

    def document(self, item_id: str) -> dict[str, Any]:
        return {"id": item_id, "type": self.type, **(self.__pydantic_extra__ or {})}


class Call(Loose, prefix="fc"):
    """A call of a tool that the service itself runs; the prefix is recorded for ``bing_grounding_call``."""


class CallOutput(Loose, prefix="fco"):
    """An output of such a call; the prefix is recorded for ``bing_grounding_call_output``."""


class MemorySearchCall(Loose, prefix="memupdateo"):
    pass


class OauthConsentRequest(Loose, prefix="oauth"):
    """A request for consent; the prefix is that of the server for hosted agents (read in its code)."""


class StructuredOutputs(Loose, prefix="so"):
    """Structured outputs; the prefix is inferred."""


class WorkflowAction(Loose, prefix="wfa"):
    pass


class FunctionCallOutput(functions.FunctionCallOutput, prefix="fco"):
    """The output of a function; its ids have a prefix of their own (recorded)."""

    type: Literal["function_call_output"]


def read_item(value: object, behavior: Behavior) -> Item:
    """Do as :func:`convsim.items.catalogue.read_item`, also for types that only Azure AI Foundry takes."""
    if not isinstance(value, dict):
        return catalogue.read_item(value, behavior)
    sent = {name: member for name, member in value.items() if name not in ADDED}
    kind = sent.get("type")
    if kind == "function_call_output":
        return FunctionCallOutput.read(sent, behavior)
    row = catalogue.FOUNDRY.get(kind) if isinstance(kind, str) else None
    if row is None or row.read is None:
        return catalogue.read_item(sent, behavior)
    return row.read(sent, behavior)


class Arranged:
    """An item that a test arranges as the service would write it, with the members that the service adds."""

    def __init__(self, item: Item, added: dict[str, Any]) -> None:
        self._item = item
        self._added = added

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)

    def document(self, item_id: str) -> dict[str, Any]:
        """Return the item as it is stored."""
        return self._item.document(item_id) | self._added


def read_arranged(value: object, behavior: Behavior) -> Item:
    """Do as :func:`read_item`, for items that a test arranges."""
    item = read_item(value, behavior)
    added = {name: value[name] for name in ADDED if name in value} if isinstance(value, dict) else {}
    return cast(Item, Arranged(item, added)) if added else item
