"""Minting ids: the live shape, reproducible from a seed, and never disturbed from elsewhere.

An id of the Conversations API is ``prefix_`` + 32 hexadecimal digits of a time-ordered UUID + 16 of a *partition* that
a conversation shares with all its items (form A in docs/evidence.md)::

    conv_ 67d34aa0 0000 8 194 a 3f0c2d9b41e7a65 0b1c2d3e4f506172
          seconds  tick   code  random tail     partition (first digit 0)

The tick counts 1/16384 s within a second. It belongs to the partition, so that what happens in one conversation shows
in no other; when one second's ticks are used up, order goes on in the leading digits of the tail.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from itertools import count
from typing import Protocol

_TICKS = 16384
_CODES = range(0x190, 0x1A4)
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_UUID = 32
_PARTITION = 16

# 2**128 divided by the golden ratio, made odd: multiples of it spread evenly and come back only after 2**128.
_STEP = 0x9E3779B97F4A7C15F39CC0605CEDC835


class IdFactory(Protocol):
    """The port through which operations mint ids; ``now`` is in seconds since the epoch."""

    def conversation(self, now: float) -> str:
        """An id for a new conversation."""

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        """An id ``prefix_...`` for a new item of that conversation, later than those before while time goes forward."""


class LiveIds:
    """Ids of the live shape; equal seeds, scopes and calls give equal ids.

    ``scope`` separates the projects of one emulator: conversations of one do not shift those of another.
    """

    def __init__(self, seed: int, scope: str = "") -> None:
        self._key = _key(seed)
        self._scope = scope
        self._conversations = count()
        self._partitions: dict[str, _Partition] = {}

    def conversation(self, now: float) -> str:
        partition = self._partition(f"conversation {next(self._conversations)}")
        conversation_id = partition.mint("conv", now)
        self._partitions[conversation_id] = partition
        return conversation_id

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        partition = self._partitions.get(conversation_id)
        if partition is None:
            partition = self._partitions[conversation_id] = self._literal(conversation_id)
        return partition.mint(prefix, now)

    def _partition(self, name: str) -> _Partition:
        identity = blake2b(f"{self._scope}\0{name}".encode(), key=self._key, digest_size=32).digest()
        return _Partition(f"0{identity.hex()[:15]}", identity)

    def _literal(self, conversation_id: str) -> _Partition:
        """The partition of a conversation that was not minted here: its own digits where it has the live shape."""
        partition = self._partition(f"literal {conversation_id}")
        payload = conversation_id.removeprefix("conv_")
        if is_live_shaped(conversation_id) and len(payload) == _UUID + _PARTITION:
            partition.digits = payload[_UUID:]
            partition.code = payload[13:16]
        return partition


class _Partition:
    """What the ids of one conversation share, and how far its time has come."""

    __slots__ = ("_blocks", "_key", "_now", "_second", "_tails", "_tick", "code", "digits")

    def __init__(self, digits: str, key: bytes) -> None:
        self.digits = digits
        self.code = f"{_CODES[key[-1] % len(_CODES)]:03x}"
        self._key = key
        self._blocks = 0
        self._tails: list[str] = []
        self._now = -1.0
        self._second = self._tick = -1

    def mint(self, prefix: str, now: float) -> str:
        if now == self._now:
            self._tick += 1
        else:
            self._move(now)
        tail = (self._tails or self._hash()).pop()
        if self._tick < _TICKS - 1:
            time = f"{self._second:08x}{self._tick << 2:04x}"
            return f"{prefix}_{time}8{self.code}{_VARIANTS[tail[0]]}{tail[1:]}{self.digits}"
        # The second's last tick: the variant digit stands before the tail, so it must not vary here.
        time, beyond = f"{self._second:08x}{(_TICKS - 1) << 2:04x}", self._tick - (_TICKS - 1)
        return f"{prefix}_{time}8{self.code}8{beyond:07x}{tail[8:]}{self.digits}"

    def _move(self, now: float) -> None:
        """Take over another reading of the clock; within one second ticks only go forward."""
        second, tick = int(now), int(now % 1 * _TICKS)
        self._tick = max(tick, self._tick + 1) if second == self._second else tick
        self._second, self._now = second, now

    def _hash(self) -> list[str]:
        """The next tails of 16 digits: a keyed hash of a counter is long enough for eight."""
        digits = blake2b(b"%d" % self._blocks, key=self._key).hexdigest()
        self._blocks += 1
        self._tails = [digits[place : place + 16] for place in range(len(digits) - 16, -1, -16)]
        return self._tails


class SequentialIds:
    """``conv_1``, ``msg_1``, ``msg_2``: short ids for snapshots that people read, counted per prefix."""

    def __init__(self) -> None:
        self._minted: Counter[str] = Counter()

    def conversation(self, now: float) -> str:
        return self._next("conv")

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        return self._next(prefix)

    def _next(self, prefix: str) -> str:
        self._minted[prefix] += 1
        return f"{prefix}_{self._minted[prefix]}"


class RequestIds:
    """``req_`` + 32 hexadecimal digits, one for each request in the order in which they arrive.

    A Weyl sequence: each differs from the one before in about every digit, and costs one multiplication.
    """

    def __init__(self, seed: int) -> None:
        self._first = int.from_bytes(_key(seed)[:16], "big")
        self.reset()

    def reset(self) -> None:
        """Begin again with the first."""
        self._requests = count()

    def next(self) -> str:
        return f"req_{(self._first + next(self._requests) * _STEP) % 2**128:032x}"


def _key(seed: int) -> bytes:
    return blake2b(repr(seed).encode(), digest_size=32).digest()


def is_live_shaped(any_id: str) -> bool:
    """Whether the part after ``prefix_`` has the length and digits of form A (48) or form B (50)."""
    payload = any_id.rpartition("_")[2]
    return len(payload) in (48, 50) and not payload.strip("0123456789abcdef")
