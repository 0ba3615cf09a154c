"""Ids: all begin with the partition, and those of the gateway end in letters and digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from convsim.core.ids import LiveIds, letters

if TYPE_CHECKING:
    from convsim.responses.plan import TurnIds

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

    def _adopt(self, anchor: str) -> Any:
        """Return the partition of an anchor that was not minted here: its own digits if it has the shape."""
        partition = super()._adopt(anchor)
        if (found := _OWN.fullmatch(anchor)) is not None:
            partition.digits = found[1]
        return partition


class GatewayIds:
    """The ids of a turn without the model's side: a workflow's, or that of a hosted agent."""

    def __init__(self, ids: TurnIds, prefix: str) -> None:
        self._ids = ids
        self._prefix = prefix

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        name = self._ids.response(anchor, now, stored=stored).partition("_")[2]
        return _lettered(f"{self._prefix}_{name}")

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        return _lettered(self._ids.output(anchor, prefix, now, stored=stored))


def _lettered(minted: str) -> str:
    """Return an id of the model's side in the gateway's form; a short one, made for people, is unchanged."""
    if not _OWN.fullmatch(minted):
        return minted
    return f"{minted[:-_ENTROPY]}{letters(minted, _ENTROPY)}"


def _own(minted: str) -> str:
    """Return an id of OpenAI's form, partition last, in the gateway's form."""
    prefix = minted.rpartition("_")[0]
    return f"{prefix}_{minted[-_PARTITION:]}00{letters(minted, _ENTROPY)}"


def is_malformed(any_id: str) -> bool:
    """Return whether the id has neither the current shape nor that of 2025, whose partition came last."""
    return not _OWN.fullmatch(any_id) and not _OLDER.fullmatch(any_id)


def partition_key(any_id: str) -> str:
    """Return the first digits of all ids of one conversation; for an id of a test, everything after its prefix."""
    name = any_id.partition("_")[2]
    return name[:18] if _OWN.fullmatch(any_id) else name
