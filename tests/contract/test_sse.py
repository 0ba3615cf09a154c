"""Server-sent events, as the standard reads them."""

from __future__ import annotations

import pytest

from convsim.contract.sse import events


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"", []),
        (b"event: x\ndata: 1\n\ndata: 2\n\n", ["1", "2"]),
        (b"event: x\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", ["1", "2"]),
        (b"event: x\rdata: 1\r\rdata: 2\r\r", ["1", "2"]),
        (b"data: 1\r\n\ndata: 2\n\r\n", ["1", "2"]),
        (b"data: {\ndata:  1\ndata: }\n\n", ["{\n 1\n}"]),
        (b"data:1\n\n", ["1"]),
        (b"data\n\n", [""]),
        (b"\xef\xbb\xbfdata: 1\n\n", ["1"]),
        (b": comment\n\nid: 7\nretry: 10\ndata: 1\ndatum: 2\n: ping\n\n\n\n", ["1"]),
        (b"data: 1\n\ndata: cut", ["1"]),
        (b"data: 1\n\ndata: cut\n", ["1"]),
        (b"data: a\xe2\x80\xa8b\x0b\n\n", ["a\u2028b\x0b"]),
        (b"data: \xff\n\n", ["\ufffd"]),
    ],
)
def test_the_data_of_each_whole_event(content: bytes, data: list[str]) -> None:
    assert events(content) == data
