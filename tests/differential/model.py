"""The naive model: a conversation is a list of pairs of id and text. It shares nothing with the store."""

from __future__ import annotations

from dataclasses import dataclass, field

Pair = tuple[str, str]


@dataclass
class Model:
    """All conversations, and every item that was ever made: an item of a deleted conversation can be linked again."""

    conversations: dict[str, list[Pair]] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def add(self, conversation_id: str, pairs: list[Pair]) -> None:
        self.conversations[conversation_id] += pairs
        self.known.update(pairs)

    def remove(self, conversation_id: str, item_id: str) -> None:
        self.conversations[conversation_id] = [
            pair for pair in self.conversations[conversation_id] if pair[0] != item_id
        ]

    def page(self, conversation_id: str, after: str | None, limit: int, order: str) -> tuple[list[Pair], bool]:
        """The items that follow ``after`` in the order, at most so many, and whether more follow."""
        pairs = self.conversations[conversation_id]
        if order == "desc":
            pairs = pairs[::-1]
        if after is not None:
            pairs = pairs[[item_id for item_id, _ in pairs].index(after) + 1 :]
        return pairs[:limit], len(pairs) > limit
