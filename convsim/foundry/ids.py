"""Ids: the partition comes first in all of them, and what the gateway makes ends in letters and digits."""

from __future__ import annotations

import re
from typing import Any

from convsim.core.ids import IdFactory, LiveIds, letters

_OWN = re.compile(r"[a-z]+_([0-9a-f]{16})0[01][0-9A-Za-z]{32}")
_OLDER = re.compile(r"[a-z]+_[0-9A-Za-z]{32}[0-9a-f]{16}")
_PARTITION = 16
_ENTROPY = 32


class FoundryIds(LiveIds):
    """``conv_`` + 16 digits of a partition + ``00`` + 32 letters and digits; of a turn, 32 digits (recorded)."""

    def conversation(self, now: float) -> str:
        minted = super().conversation(now)
        conversation_id = _own(minted)
        self._partitions[conversation_id] = self._partitions.pop(minted)
        return conversation_id

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        return _own(super().item(conversation_id, prefix, now))

    def _literal(self, anchor: str) -> Any:
        """The partition of an anchor that was not minted here: its own digits where it has the shape."""
        partition = super()._literal(anchor)
        if (found := _OWN.fullmatch(anchor)) is not None:
            partition.digits = found[1]
        return partition


class GatewayIds:
    """The ids of a turn that has no model's side: a workflow's, or that of a hosted agent."""

    def __init__(self, ids: IdFactory, prefix: str) -> None:
        self._ids = ids
        self._prefix = prefix

    def conversation(self, now: float) -> str:
        return self._ids.conversation(now)

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        return self._ids.item(conversation_id, prefix, now)

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        name = self._ids.response(anchor, now, stored=stored).partition("_")[2]
        return _lettered(f"{self._prefix}_{name}")

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        return _lettered(self._ids.output(anchor, prefix, now, stored=stored))

    def call(self, item_id: str) -> str:
        return self._ids.call(item_id)

    def position(self) -> dict[str, Any]:
        return self._ids.position()

    def move_to(self, position: dict[str, Any]) -> None:
        self._ids.move_to(position)


def _lettered(minted: str) -> str:
    """An id of the model's side in the gateway's form; a short one, made for people to read, stays as it is."""
    if not _OWN.fullmatch(minted):
        return minted
    return f"{minted[:-_ENTROPY]}{letters(minted, _ENTROPY)}"


def _own(minted: str) -> str:
    """An id of OpenAI's form, partition last, in the gateway's form."""
    prefix = minted.rpartition("_")[0]
    return f"{prefix}_{minted[-_PARTITION:]}00{letters(minted, _ENTROPY)}"


def is_malformed(any_id: str) -> bool:
    """Whether the id has neither the shape of today nor that of 2025, whose partition came last."""
    return not _OWN.fullmatch(any_id) and not _OLDER.fullmatch(any_id)


def partition_key(any_id: str) -> str:
    """What the ids of one conversation begin with; of an id that a test made up, all behind its prefix."""
    name = any_id.partition("_")[2]
    return name[:18] if _OWN.fullmatch(any_id) else name
