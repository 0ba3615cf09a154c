"""Loose ends: calls without their output, outputs without their call, and reasoning without the item it led to.

The live API refuses a turn whose context has one (docs/evidence.md). A conversation may have any number of them, so
they are counted while items come and go and not when a turn asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from convsim.items.stored import StoredItem

ANSWERS: Mapping[str, str] = {
    "apply_patch_call": "apply_patch_call_output",
    "computer_call": "computer_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "function_call": "function_call_output",
    "shell_call": "shell_call_output",
    "tool_search_call": "tool_search_output",
}
"""The type of output that each call waits for.

The output of a local shell does not name its call, so neither is counted.
"""

_OUTPUTS = frozenset(ANSWERS.values())


Member = TypeVar("Member")


class Call(NamedTuple):
    """The pair of a call and its output: the type of the output, and their id."""

    output_type: str
    call_id: str


def called(item_type: str, call_id: object) -> Call | None:
    """Return the call that an item of this type makes; None if it waits for no output."""
    output_type = ANSWERS.get(item_type)
    return Call(output_type, call_id) if output_type is not None and isinstance(call_id, str) else None


def answered(item_type: str, call_id: object) -> Call | None:
    """Return the call that an item of this type answers; None if it answers none by its id."""
    return Call(item_type, call_id) if item_type in _OUTPUTS and isinstance(call_id, str) else None


def hold_together(output: Sequence[StoredItem]) -> None:
    """Link each reasoning item of one response to the item after it: the service takes both or neither."""
    for item, behind in pairwise(output):
        if item.type == "reasoning":
            item.follower, behind.reasoning = behind.id, item.id


class LooseEnds:
    """The loose ends of a set of items. Each item is added once, and removed as it was added."""

    __slots__ = ("_answers", "_calls", "_partners", "open", "orphaned", "torn")

    def __init__(self) -> None:
        self._calls: Counter[Call] = Counter()
        self._answers: Counter[Call] = Counter()
        self._partners: dict[str, tuple[str, ...]] = {}
        self.open: set[Call] = set()
        """Calls without an output."""
        self.orphaned: set[Call] = set()
        """Outputs without a call."""
        self.torn: set[str] = set()
        """The ids of items whose reasoning, or whose follower, is missing."""

    @classmethod
    def of(cls, items: Iterable[StoredItem]) -> LooseEnds:
        """Return the loose ends of the items, which may repeat."""
        ends = cls()
        for item in {item.id: item for item in items}.values():
            ends.add(item)
        return ends

    def same_as(self, other: LooseEnds) -> bool:
        """Return whether both hold the same loose ends."""
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def has_call(self, call: Call) -> bool:
        """Return whether the call itself is in the set."""
        return call in self._calls

    def has_answer(self, call: Call) -> bool:
        """Return whether the output of the call is in the set."""
        return call in self._answers

    def add(self, item: StoredItem) -> None:
        if item.call_id is not None:
            self._count(item, 1)
        if item.follower is not None or item.reasoning is not None:
            self._partners[item.id] = tuple(partner for partner in (item.follower, item.reasoning) if partner)
            self._judge(item.id, *self._partners[item.id])

    def remove(self, item: StoredItem) -> None:
        if item.call_id is not None:
            self._count(item, -1)
        if item.id in self._partners:
            partners = self._partners.pop(item.id)
            self.torn.discard(item.id)
            self._judge(*partners)

    def _count(self, item: StoredItem, number: int) -> None:
        for counter, call in (
            (self._calls, called(item.type, item.call_id)),
            (self._answers, answered(item.type, item.call_id)),
        ):
            if call is None:
                continue
            counter[call] += number
            if not counter[call]:
                del counter[call]
            _keep(self.open, call, there=call in self._calls and call not in self._answers)
            _keep(self.orphaned, call, there=call in self._answers and call not in self._calls)

    def _judge(self, *item_ids: str) -> None:
        for item_id in item_ids:
            if item_id in self._partners:
                torn = any(partner not in self._partners for partner in self._partners[item_id])
                _keep(self.torn, item_id, there=torn)


def _keep(members: set[Member], member: Member, *, there: bool) -> None:
    if there:
        members.add(member)
    else:
        members.discard(member)
