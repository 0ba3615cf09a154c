"""Faults as bare clients meet them, on every way to the emulator."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from convsim import Emulator
from convsim.faults import (
    BadGateway,
    BodyReset,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    DNSFailure,
    Fault,
    RateLimited,
    ReadTimeout,
    TruncatedJSON,
    WrongContentType,
)

from .faulty_fronts import FRONTS, ON_EVERY_FRONT, URL, Front

FAILURES: list[tuple[Fault, str]] = [
    (ConnectionRefused(), "ConnectError"),
    (DNSFailure(), "ConnectError"),
    (ConnectTimeout(), "ConnectTimeout"),
    (ReadTimeout(), "ReadTimeout"),
    (ConnectionReset(), "ReadError"),
    (BodyReset(), "ReadError"),
]


@ON_EVERY_FRONT
@pytest.mark.parametrize(("fault", "name"), FAILURES, ids=[repr(fault) for fault, _ in FAILURES])
def test_a_connection_that_fails_is_the_librarys_own_exception(front: Front, fault: Fault, name: str) -> None:
    with pytest.raises(front.module.TransportError) as caught:
        front.post(Emulator(faults=[fault]))

    assert type(caught.value) is getattr(front.module, name)
    assert isinstance(caught.value.request, front.module.Request)
    assert (caught.value.request.method, str(caught.value.request.url)) == ("POST", URL)


@ON_EVERY_FRONT
def test_a_body_that_breaks_off_is_streamed_as_far_as_it_came(front: Front) -> None:
    sim = Emulator(faults=[BodyReset(after_bytes=8)])
    got: list[Any] = []

    def use(client: Any) -> None:
        with client.stream("POST", URL) as response:
            got.append(response.status_code)
            got.extend(response.iter_bytes())

    async def use_async(client: Any) -> None:
        async with client.stream("POST", URL) as response:
            got.append(response.status_code)
            async for part in response.aiter_bytes():
                got.append(part)  # noqa: PERF401 - what came before the break counts

    with pytest.raises(front.module.ReadError, match="Connection reset by peer"):
        front.each(sim, use, use_async)
    assert got == [200, b'{\n  "id"']


@cache
def faulty(front: Front, fault: Fault) -> tuple[int, Any, bytes]:
    """The status, the headers and the body of the answer."""
    answer = front.post(Emulator(seed=3, faults=[fault]))
    return answer.status_code, answer.headers.raw, answer.content


@ON_EVERY_FRONT
@pytest.mark.parametrize("fault", [RateLimited(), BadGateway(), TruncatedJSON(), WrongContentType()], ids=repr)
def test_a_faulty_answer_has_the_same_bytes_on_every_front(front: Front, fault: Fault) -> None:
    status, raw, content = faulty(front, fault)

    assert (status, raw, content) == faulty(FRONTS[0], fault)
    assert dict(raw)[b"Content-Length"] == b"%d" % len(content)


@cache
def storm(front: Front) -> list[Any]:
    """Fifteen requests in a storm, and what each came to."""
    sim = Emulator(seed=3)
    sim.faults.chaos(seed=5, rate=0.6)
    told: list[Any] = []

    def note(answer: Any) -> None:
        told.append((answer.status_code, answer.headers.raw, answer.content))

    def use(client: Any) -> None:
        for _ in range(15):
            try:
                note(client.post(URL))
            except front.module.TransportError as error:
                told.append((type(error).__name__, str(error)))

    async def use_async(client: Any) -> None:
        for _ in range(15):
            try:
                note(await client.post(URL))
            except front.module.TransportError as error:
                told.append((type(error).__name__, str(error)))

    front.each(sim, use, use_async)
    return told + [str(entry) for entry in sim.journal]


@ON_EVERY_FRONT
def test_a_storm_is_the_same_on_every_front(front: Front) -> None:
    assert storm(front) == storm(FRONTS[0])
