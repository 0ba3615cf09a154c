"""Bodies that break off."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator
from convsim.http.bodies import CutBody
from convsim.http.messages import Chunk, Response, TransportFault
from convsim.service.delivery import BodyDelivery
from tests.asking import service
from tests.service.test_delivery import Script

RESET = TransportFault("reset_in_body")


@pytest.mark.parametrize(("count", "begun"), [(0, []), (2, [b"ab"]), (3, [b"abc"]), (9, [b"abc"])])
def test_a_whole_body_breaks_where_it_is_told_to(count: int, begun: list[bytes]) -> None:
    body = CutBody(b"abc", count)
    assert [body.next(0.0) for _ in range(len(begun) + 2)] == [*map(Chunk, begun), RESET, None]
    assert Response(200, [], body).content == b"".join(begun)
    assert body.account.lost == (b"abc" if 0 < count < 3 else b"")


@pytest.mark.parametrize(("count", "begun"), [(3, [b"ab", b"c"]), (4, [b"ab", b"cd"]), (9, [b"ab", b"cd"])])
def test_a_stream_breaks_in_the_middle_of_a_chunk_and_is_closed(count: int, begun: list[bytes]) -> None:
    script: Any = Script(Chunk(b"ab"), 1.0, Chunk(b"cd"))
    inner = BodyDelivery(service(Emulator()), script, None, [])
    body, woken = CutBody(inner, count), []
    body.wake = lambda: woken.append(True)
    body.wake()
    expected = [Chunk(begun[0]), 1.0, *map(Chunk, begun[1:]), RESET, None]
    assert [body.next(0.0) for _ in expected] == expected
    assert len(woken) == 1
    assert script.closed == ([(1006, "")] if count < 9 else [])


def test_what_is_due_is_cut_too() -> None:
    script: Any = Script(Chunk(b"ab"), Chunk(b"cd"), Chunk(b"ef"))
    body = CutBody(BodyDelivery(service(Emulator()), script, None, []), 5)
    assert [body.due(0.0, 3), body.due(0.0, 3)] == [(b"abcd", 0.0), (b"e", RESET)]
    assert CutBody(b"abc", 2).due(0.0, 100) == (b"ab", RESET)
    assert CutBody(CutBody(b"abc", 2), 1).due(0.0, 100) == (b"a", RESET)


def test_a_client_may_leave_before() -> None:
    body = CutBody(b"abc", 2)
    body.close()
    assert [body.next(0.0), body.next(0.0)] == [RESET, None]
