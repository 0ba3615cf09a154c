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
_STORED, _UNSTORED = "00", "01"

_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# A byte as a base62 digit. Eight digits come up a little more often: ids must differ, not keep a secret.
_BYTES_TO_LETTERS = bytes(_LETTERS[byte % 62] for byte in range(256))

# 2**128 divided by the golden ratio, made odd: multiples of it spread evenly and come back only after 2**128.
_STEP = 0x9E3779B97F4A7C15F39CC0605CEDC835
_ALL = 2**128


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
        partition = _Partition(self._key, self._scope, f"conversation {self._conversations}")
        self._conversations += 1
        conversation_id = partition.mint("conv", now)
        self._partitions[conversation_id] = partition
        return conversation_id

    def item(self, conversation_id: str, prefix: str, now: float) -> str:
        partition = self._partitions.get(conversation_id) or self._adopt(conversation_id)
        return partition.mint(prefix, now)

    def response(self, anchor: str | None, now: float, *, stored: bool) -> str:
        if anchor is not None:
            return self.output(anchor, "resp", now, stored=stored)
        partition = _Partition(self._key, self._scope, f"response {self._responses}")
        self._responses += 1
        response_id = partition.mint("resp", now, _STORED if stored else _UNSTORED)
        self._partitions[response_id] = partition
        return response_id

    def output(self, anchor: str, prefix: str, now: float, *, stored: bool) -> str:
        partition = self._partitions.get(anchor) or self._adopt(anchor)
        return partition.mint(prefix, now, _STORED if stored else _UNSTORED)

    def call(self, item_id: str) -> str:
        return f"call_{letters(item_id, 24)}"

    def position(self) -> dict[str, Any]:
        partitions = {key: partition.position() for key, partition in self._partitions.items()}
        return {"conversations": self._conversations, "responses": self._responses, "partitions": partitions}

    def move_to(self, position: dict[str, Any]) -> None:
        self._conversations, self._responses = position["conversations"], position["responses"]
        self._partitions = {}
        for anchor, place in position["partitions"].items():
            if place["name"].startswith("literal "):
                partition = self._adopt(anchor)
            else:
                partition = self._partitions[anchor] = _Partition(self._key, self._scope, place["name"])
            partition.move_to(place)

    def _adopt(self, anchor: str) -> _Partition:
        """Take up the partition of a conversation that was not minted here: its own digits if it has the live shape."""
        partition = _Partition(self._key, self._scope, f"literal {anchor}")
        self._partitions[anchor] = partition
        payload = anchor.removeprefix("conv_")
        if is_live_shaped(anchor) and len(payload) == _UUID + _PARTITION:
            partition.digits = payload[_UUID:]
            partition.code = payload[13:16]
        return partition


class _Partition:
    """The digits that the ids of one conversation share, which follow from ``name``, and the instant of the newest."""

    __slots__ = ("_key", "_minted", "_now", "_second", "_start", "_tails", "_tick", "code", "digits", "name")

    def __init__(self, key: bytes, scope: str, name: str) -> None:
        self.name = name
        self._key = blake2b(f"{scope}\0{name}".encode(), key=key, digest_size=32).digest()
        self.digits = f"0{self._key.hex()[:15]}"
        self.code = f"{_CODES[self._key[-1] % len(_CODES)]:03x}"
        self._minted = 0
        self._tails = ""
        self._now = -1.0
        self._second = self._tick = -1
        self._start = ""

    def mint(self, prefix: str, now: float, flag: str | None = None) -> str:
        """Return an id of form A, or of form B with this flag."""
        if now == self._now:
            self._tick += 1
        else:
            # Another reading of the clock; within one second ticks only go forward.
            second, tick = int(now), int(now % 1 * _TICKS)
            self._tick = max(tick, self._tick + 1) if second == self._second else tick
            self._second, self._now = second, now
            self._start = f"{second:08x}"
        place = self._minted % _TAILS
        if not place or not self._tails:
            self._tails = blake2b(b"%d" % (self._minted // _TAILS), key=self._key).hexdigest()
        self._minted += 1
        tail = self._tails[16 * place : 16 * place + 16]
        if self._tick < _TICKS - 1:
            uuid = f"{self._start}{self._tick << 2:04x}8{self.code}{_VARIANTS[tail[0]]}{tail[1:]}"
        else:
            # The second's last tick: the variant digit stands before the tail, so it must not vary here.
            beyond = self._tick - (_TICKS - 1)
            uuid = f"{self._start}{(_TICKS - 1) << 2:04x}8{self.code}8{beyond:07x}{tail[8:]}"
        return f"{prefix}_{uuid}{self.digits}" if flag is None else f"{prefix}_{self.digits}{flag}{uuid}"

    def position(self) -> dict[str, Any]:
        """Return the number of ids minted and the instant of the newest, as JSON."""
        return {"name": self.name, "minted": self._minted, "now": self._now, "second": self._second, "tick": self._tick}

    def move_to(self, position: dict[str, Any]) -> None:
        """Continue from a position that :meth:`position` gave."""
        self._minted, self._tails = position["minted"], ""
        self._now, self._second, self._tick = position["now"], position["second"], position["tick"]
        self._start = f"{self._second:08x}"


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

    A Weyl sequence: two neighbours differ in about every digit, and an id costs one addition. It continues after
    ``position`` ids of that seed.
    """

    def __init__(self, seed: int = 0, position: int = 0) -> None:
        first = int.from_bytes(seed_key(seed)[:16], "big")
        self._next = (first + position * _STEP) % _ALL
        self._minted = position

    def position(self) -> int:
        """Return how many ids were minted."""
        return self._minted

    def next(self) -> str:
        request_id = f"req_{self._next.to_bytes(16).hex()}"
        self._next = (self._next + _STEP) % _ALL
        self._minted += 1
        return request_id


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
