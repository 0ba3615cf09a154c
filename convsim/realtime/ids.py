"""Minting Realtime ids: the live shape, reproducible from a seed, and never disturbed from elsewhere.

An id is its prefix and 21 base62 characters; in the 13 captured ids that were decoded the first five count the seconds
since 2019-12-20, the rest is random (derived)::

    sess_ C9G5Q Jb7mXr2LkW9tYd4e
          clock keyed hash

Every prefix counts for itself, so that an error, which takes an event id, shifts no item id.
"""

from __future__ import annotations

from hashlib import blake2b

from convsim.core.ids import seed_key

_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = 1_576_800_000
_CLOCK = 5
_RANDOM = 16
_TAILS = 4  # of 16 characters in one keyed hash of a counter

# A byte as a digit. Eight digits come up a little more often than the others: ids must differ, not keep a secret.
_BYTES_TO_DIGITS = bytes(_DIGITS[byte % 62] for byte in range(256))


class RealtimeIds:
    """Ids of one session; equal seeds, scopes and calls give equal ids.

    ``scope`` separates the sessions of one emulator: two sessions of one scope mint the same ids.
    """

    def __init__(self, seed: int = 0, scope: str = "") -> None:
        self._key = seed_key(seed)
        self._scope = scope
        self._streams: dict[str, _Stream] = {}
        self._second = -1
        self._clock = ""

    def mint(self, prefix: str, now: float) -> str:
        """Return ``prefix_`` and 21 base62 characters, the first five from ``now`` in seconds since 1970.

        Five characters hold 29 years; before 2019-12 and after 2048 they wrap around.
        """
        if int(now) != self._second:
            self._second = int(now)
            self._clock = _base62((self._second - _EPOCH) % 62**_CLOCK)
        stream = self._streams.get(prefix) or self._begin(prefix)  # _next(), without a call for each event
        return f"{prefix}_{self._clock}{stream.next()}"

    def call(self) -> str:
        """Return ``call_`` and 16 base62 characters, without a time."""
        return f"call_{self._next('call')}"

    def letters(self, length: int) -> str:
        """Return up to 16 meaningless base62 characters, from a stream of their own."""
        return self._next("letters")[:length]

    def _next(self, prefix: str) -> str:
        stream = self._streams.get(prefix) or self._begin(prefix)
        return stream.next()

    def _begin(self, prefix: str) -> _Stream:
        stream = self._streams[prefix] = _Stream(self._key, f"{self._scope}\0{prefix}")
        return stream


class _Stream:
    """The random parts of the ids of one prefix; one keyed hash of a counter is long enough for four ids."""

    __slots__ = ("_digits", "_key", "_minted")

    def __init__(self, key: bytes, name: str) -> None:
        self._key = blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=32).digest()
        self._minted = 0
        self._digits = ""

    def next(self) -> str:
        block, place = divmod(self._minted, _TAILS)
        if not place:
            self._digits = blake2b(b"%d" % block, key=self._key).digest().translate(_BYTES_TO_DIGITS).decode()
        self._minted += 1
        return self._digits[_RANDOM * place : _RANDOM * place + _RANDOM]


def _base62(number: int) -> str:
    digits = bytearray()
    for _ in range(_CLOCK):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return digits[::-1].decode()
