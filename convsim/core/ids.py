"""Minting ids: the live shape, reproducible from a seed, and independent of what happens elsewhere.

An id of the Conversations API is ``prefix_`` + 32 hexadecimal digits of a time-ordered UUID + 16 of a *partition* that
a conversation shares with all its items (form A in docs/evidence.md)::

    conv_ 67d34aa0 0000 8 194 a 3f0c2d9b41e7a65 0b1c2d3e4f506172
          seconds  tick   code  random tail     partition (first digit 0)

Ids of the Responses API, those of responses and of all their items, begin with the partition and a flag: ``00``, or
``01`` where nothing is to be stored (form B)::

    resp_ 0b1c2d3e4f506172 00 67d34aa0 0000 8 194 a 3f0c2d9b41e7a65

The tick counts 1/16384 s within a second. Each partition has its own, so that one conversation does not change the ids
of another; when the ticks of a second are used up, the leading digits of the tail continue the order.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any, Protocol

_TICKS = 16384
_CODES = range(0x190, 0x1A4)
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_UUID = 32
_TAILS = 8  # tails of 16 digits in one keyed hash of a counter
_PARTITION = 16

_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# A byte as a base62 digit. Eight digits come up a little more often: ids must differ, not keep a secret.
_BYTES_TO_LETTERS = bytes(_LETTERS[byte % 62] for byte in range(256))

# 2**128 divided by the golden ratio, made odd: multiples of it spread evenly and come back only after 2**128.
_STEP = 0x9E3779B97F4A7C15F39CC0605CEDC835


class IdFactory(Protocol):
    """The port through which operations mint ids; ``now`` is in seconds since the epoch."""

    def conversation(self, now: float) -> str:
        """Return an id for a new conversation."""

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        """Return an id ``prefix_...`` for a new item of that conversation, later than all before it.

        (Unless the clock was set back.)
        """

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        """Return an id for a new response in the partition of ``anchor``.

        The anchor is a conversation, or the first response of a chain. Without one, the response begins a partition of
        its own and is the anchor of the responses that continue it.
        """

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        """Return an id ``prefix_...`` for an item that a response takes in or gives out."""

    def call(self, item_id: str) -> str:
        """Return the ``call_id`` of the call that was minted as ``item_id``."""

    def position(self) -> dict[str, Any]:
        """Return the state of the factory, as JSON."""

    def move_to(self, position: dict[str, Any]) -> None:
        """Continue from a position that a factory of the same kind gave."""


class LiveIds:
    """Ids of the live shape; equal seeds, scopes and calls give equal ids.

    ``scope`` separates the projects of one emulator: conversations of one do not shift those of another.
    """

    def __init__(self, seed: int, scope: str = "") -> None:
        self._key = seed_key(seed)
        self._scope = scope
        self._conversations = 0
        self._responses = 0
        self._partitions: dict[str, _Partition] = {}

    def conversation(self, now: float) -> str:
        partition = self._partition(f"conversation {self._conversations}")
        self._conversations += 1
        conversation_id = partition.mint("conv", now)
        self._partitions[conversation_id] = partition
        return conversation_id

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        return self._partition_of(conversation_id).mint(prefix, now)

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        if anchor is not None:
            return self._partition_of(anchor).mint_response("resp", now, stored=stored)
        partition = self._partition(f"response {self._responses}")
        self._responses += 1
        response_id = partition.mint_response("resp", now, stored=stored)
        self._partitions[response_id] = partition
        return response_id

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        return self._partition_of(anchor).mint_response(prefix, now, stored=stored)

    def call(self, item_id: str) -> str:
        return f"call_{letters(item_id, 24)}"

    def position(self) -> dict[str, Any]:
        partitions = {key: partition.position() for key, partition in self._partitions.items()}
        return {"conversations": self._conversations, "responses": self._responses, "partitions": partitions}

    def move_to(self, position: dict[str, Any]) -> None:
        self._conversations, self._responses = position["conversations"], position["responses"]
        self._partitions = {}
        for conversation_id, place in position["partitions"].items():
            literal = place["name"].startswith("literal ")
            partition = self._literal(conversation_id) if literal else self._partition(place["name"])
            partition.move_to(place)
            self._partitions[conversation_id] = partition

    def _partition_of(self, anchor: str) -> _Partition:
        partition = self._partitions.get(anchor)
        if partition is None:
            partition = self._partitions[anchor] = self._literal(anchor)
        return partition

    def _partition(self, name: str) -> _Partition:
        identity = blake2b(f"{self._scope}\0{name}".encode(), key=self._key, digest_size=32).digest()
        return _Partition(name, f"0{identity.hex()[:15]}", identity)

    def _literal(self, conversation_id: str) -> _Partition:
        """Return the partition of a conversation that was not minted here: its own digits if it has the live shape."""
        partition = self._partition(f"literal {conversation_id}")
        payload = conversation_id.removeprefix("conv_")
        if is_live_shaped(conversation_id) and len(payload) == _UUID + _PARTITION:
            partition.digits = payload[_UUID:]
            partition.code = payload[13:16]
        return partition


class _Partition:
    """The digits that the ids of one conversation share, and the instant of the newest one."""

    __slots__ = ("_blocks", "_key", "_now", "_second", "_tails", "_tick", "code", "digits", "name")

    def __init__(self, name: str, digits: str, key: bytes) -> None:
        self.name = name
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

    def mint_response(self, prefix: str, now: float, *, stored: bool) -> str:
        """Return an id of form B."""
        payload = self.mint("", now)[1 : _UUID + 1]
        return f"{prefix}_{self.digits}{'00' if stored else '01'}{payload}"

    def position(self) -> dict[str, Any]:
        """Return the number of ids minted and the instant of the newest, as JSON."""
        minted = self._blocks * _TAILS - len(self._tails)
        return {"name": self.name, "minted": minted, "now": self._now, "second": self._second, "tick": self._tick}

    def move_to(self, position: dict[str, Any]) -> None:
        """Continue from a position that :meth:`position` gave."""
        self._blocks, used = divmod(position["minted"], _TAILS)
        if used:
            self._hash()
            del self._tails[-used:]
        self._now, self._second, self._tick = position["now"], position["second"], position["tick"]

    def _move(self, now: float) -> None:
        """Take over another reading of the clock; within one second ticks only go forward."""
        second, tick = int(now), int(now % 1 * _TICKS)
        self._tick = max(tick, self._tick + 1) if second == self._second else tick
        self._second, self._now = second, now

    def _hash(self) -> list[str]:
        """Return the next eight tails of 16 digits."""
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

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        return self._next("resp")

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        return self._next(prefix)

    def call(self, item_id: str) -> str:
        return f"call_{item_id.rpartition('_')[2]}"

    def position(self) -> dict[str, Any]:
        return dict(self._minted)

    def move_to(self, position: dict[str, Any]) -> None:
        self._minted = Counter(position)

    def _next(self, prefix: str) -> str:
        self._minted[prefix] += 1
        return f"{prefix}_{self._minted[prefix]}"


class RequestIds:
    """Ids of requests, ``req_`` + 32 hexadecimal digits, one for each request in the order of the answers.

    A Weyl sequence: two neighbours differ in about every digit, and an id costs one multiplication.
    """

    def __init__(self, seed: int = 0) -> None:
        self.start(seed)

    def start(self, seed: int, position: int = 0) -> None:
        """Continue after ``position`` ids of that seed."""
        self._first = int.from_bytes(seed_key(seed)[:16], "big")
        self._minted = position

    def position(self) -> int:
        """Return how many ids were minted."""
        return self._minted

    def next(self) -> str:
        minted = self._minted
        self._minted = minted + 1
        return f"req_{(self._first + minted * _STEP) % 2**128:032x}"


def letters(name: str, count: int) -> str:
    """Return ``count`` base62 characters, up to 64, that are derived from ``name`` and carry no meaning."""
    return blake2b(name.encode("utf-8", "surrogatepass")).digest().translate(_BYTES_TO_LETTERS).decode()[:count]


def seed_key(seed: int) -> bytes:
    """Return the 32-byte key of all hashes that depend on a seed."""
    return blake2b(repr(seed).encode(), digest_size=32).digest()


def is_live_shaped(any_id: str) -> bool:
    """Return whether the part after ``prefix_`` has the length and digits of form A (48) or form B (50)."""
    payload = any_id.rpartition("_")[2]
    return len(payload) in (48, 50) and not payload.strip("0123456789abcdef")
