from __future__ import annotations

import pytest

from convsim.realtime.audio import FORMATS, PCM16, Audio, InputBuffer, decoded, encoded
from convsim.realtime.errors import EventError


@pytest.mark.parametrize(("name", "size"), [("audio/pcm", 48), ("audio/pcmu", 8), ("audio/pcma", 8)])
def test_how_long_audio_lasts_follows_from_its_format(name: str, size: int) -> None:
    assert Audio(bytes(size * 250), FORMATS[name]).milliseconds == 250


def test_audio_can_be_cut_at_an_instant() -> None:
    assert Audio(bytes(range(96)), PCM16).until(1) == Audio(bytes(range(48)), PCM16)


def test_base64_goes_both_ways() -> None:
    assert encoded(b"\0\1\2") == "AAEC"
    assert decoded("audio", "AAEC") == b"\0\1\2"


@pytest.mark.parametrize("text", ["?", "AAE", "A", "AAEC\n", "é"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(EventError, match="but got an invalid value"):
        decoded("audio", text)


def test_no_bytes_at_all_are_refused() -> None:
    with pytest.raises(EventError, match="but got empty bytes"):
        decoded("audio", "")


def test_a_buffer_hands_over_what_was_streamed_and_is_empty() -> None:
    buffer = InputBuffer()
    buffer.append(bytes(2400))
    buffer.append(bytes(2400))

    assert buffer.commit(PCM16) == Audio(bytes(4800), PCM16)
    with pytest.raises(EventError, match=r"only has 0\.00ms"):
        buffer.commit(PCM16)


def test_a_buffer_of_less_than_100_ms_stays_as_it_is() -> None:
    buffer = InputBuffer()
    buffer.append(bytes(4752))

    with pytest.raises(EventError, match=r"only has 99\.00ms"):
        buffer.commit(PCM16)
    buffer.append(bytes(48))
    assert len(buffer.commit(PCM16).data) == 4800


def test_a_buffer_can_be_cleared() -> None:
    buffer = InputBuffer()
    buffer.append(bytes(4800))
    buffer.clear()

    with pytest.raises(EventError):
        buffer.commit(PCM16)
