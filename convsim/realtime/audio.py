"""Audio as bytes: its encodings, its duration, and the buffer into which a client streams it."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import NamedTuple

from convsim.realtime import errors


class Format(NamedTuple):
    """An encoding: its name in the beta dialect and in ``conversation.item.retrieved``, and its rate."""

    name: str
    bytes_per_ms: int


PCM16 = Format("pcm16", 48)
"""16 bits, mono, 24 kHz: the default of both directions."""

FORMATS = {
    "audio/pcm": PCM16,
    "audio/pcmu": Format("g711_ulaw", 8),
    "audio/pcma": Format("g711_alaw", 8),
}
"""The formats by their name in the GA dialect."""

BY_NAME = {audio_format.name: audio_format for audio_format in FORMATS.values()}
"""The formats by their name in the beta dialect."""

SHORTEST = 100
"""The fewest milliseconds that can be committed (second-hand)."""


class Audio(NamedTuple):
    """Some audio and its format."""

    data: bytes
    format: Format

    @property
    def milliseconds(self) -> float:
        return len(self.data) / self.format.bytes_per_ms

    @property
    def base64(self) -> str:
        return encoded(self.data)

    def until(self, milliseconds: int) -> Audio:
        """Return the part before the instant ``milliseconds``."""
        return Audio(self.data[: milliseconds * self.format.bytes_per_ms], self.format)


def encoded(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def decoded(path: str, text: str) -> bytes:
    """Return the bytes of the base64 at ``path`` of an event; raise the refusal of anything else."""
    if not text:
        raise errors.not_audio(path, "empty bytes")
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is a ValueError, too
        raise errors.not_audio(path) from None


class InputBuffer:
    """The audio that a client has streamed since the last commit or clear."""

    def __init__(self) -> None:
        self._data = bytearray()

    def append(self, data: bytes) -> None:
        self._data += data

    def clear(self) -> None:
        self._data.clear()

    def commit(self, audio_format: Format) -> Audio:
        """Return all audio and empty the buffer; raise the refusal of less than 100 ms, which then stays."""
        audio = Audio(bytes(self._data), audio_format)
        if audio.milliseconds < SHORTEST:
            raise errors.too_little_audio(SHORTEST, audio.milliseconds)
        self.clear()
        return audio
