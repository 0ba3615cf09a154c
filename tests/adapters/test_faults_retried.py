"""How often the official SDK asks again, and what becomes of the response that it never heard."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from convsim import Emulator
from convsim.faults import (
    BadGateway,
    BodyReset,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    ConversationLocked,
    DNSFailure,
    Fault,
    InvalidItem,
    Latency,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    ReadTimeout,
    Rule,
    ServerError,
    Unauthorized,
)
from convsim.journal.entries import Exchange

from .faulty_sdk import HI, ON_BOTH, Talk, create


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the SDK's waits before its retries, without waiting."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr("anyio.sleep", sleep)
    return waited


RETRIED = [RateLimited(), RateLimited(0.02, kind="tokens"), ServerError(0.01), Overloaded(0.01)]


def attempts(sim: Emulator) -> list[int]:
    return [entry.attempt for entry in sim.journal]


@ON_BOTH
@pytest.mark.parametrize("max_retries", [0, 1, 2])
@pytest.mark.parametrize("fault", RETRIED, ids=repr)
@pytest.mark.usefixtures("slept")
def test_the_sdk_asks_again_as_often_as_it_is_told(talk: Talk, fault: Fault, max_retries: int) -> None:
    sim = Emulator(faults=[Rule(fault, times=max_retries + 1)])
    with pytest.raises((openai.RateLimitError, openai.InternalServerError)):
        talk(sim, create, max_retries=max_retries)
    assert attempts(sim) == list(range(max_retries + 1))
    assert [len(call) for call in sim.journal.calls()] == [max_retries + 1]

    assert talk(sim, create, max_retries=max_retries).object == "conversation"


@ON_BOTH
@pytest.mark.parametrize("fault", RETRIED, ids=repr)
@pytest.mark.usefixtures("slept")
def test_what_passes_in_time_is_not_noticed(talk: Talk, fault: Fault) -> None:
    sim = Emulator(faults=[Rule(fault, times=2)])

    assert talk(sim, create, max_retries=2).object == "conversation"
    assert [entry.status for entry in sim.journal][-1] == 200
    assert (attempts(sim), len(sim.state), sim.faults.unused) == ([0, 1, 2], 1, ())


@ON_BOTH
@pytest.mark.parametrize("kind", [RateLimited, ServerError, Overloaded])
@pytest.mark.parametrize("seconds", [0.001, 0.25, 7])
def test_the_sdk_waits_as_long_as_it_is_told(talk: Talk, kind: type[Any], seconds: float, slept: list[float]) -> None:
    talk(Emulator(faults=[kind(retry_after=seconds)]), create, max_retries=1)

    assert slept == [seconds]


@ON_BOTH
@pytest.mark.parametrize(
    "fault",
    [
        QuotaExceeded(),
        RateLimited(None),
        ServerError(),
        BadGateway(),
        ConnectionRefused(),
        DNSFailure(),
        ConnectTimeout(),
        ReadTimeout(),
        ConnectionReset(),
        BodyReset(),
    ],
    ids=repr,
)
def test_the_sdk_asks_again_at_its_own_pace_where_nobody_tells_it(talk: Talk, fault: Fault, slept: list[float]) -> None:
    sim = Emulator(faults=[Rule(fault, times=2)])

    assert talk(sim, create, max_retries=2).object == "conversation"
    assert attempts(sim) == [0, 1, 2]
    assert len(slept) == 2
    assert all(0.3 < seconds <= 1 for seconds in slept)


@ON_BOTH
@pytest.mark.parametrize("fault", [Unauthorized(), ConversationLocked(), InvalidItem()], ids=repr)
def test_the_sdk_does_not_ask_again_for_what_it_takes_as_said(talk: Talk, fault: Fault) -> None:
    sim = Emulator(faults=[fault])
    with pytest.raises(openai.APIStatusError):
        talk(sim, create)

    assert attempts(sim) == [0]


# --- the lost response ---------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize(
    "fault",
    [ServerError(0.01), RateLimited(), ConnectionReset(), ReadTimeout(), BodyReset(), Latency(601)],
    ids=repr,
)
def test_a_lost_response_makes_the_sdk_add_the_item_twice(talk: Talk, fault: Fault, slept: list[float]) -> None:
    sim = Emulator(ids="sequential", virtual_time=True)
    sim.seed("conv_a")
    sim.faults.add(fault, on="conversations.items.create", after_commit=True)
    added = talk(sim, lambda client: client.conversations.items.create("conv_a", items=[HI]))

    assert [item.id for item in added.data] == ["msg_2"]
    assert [item.id for item in sim.state["conv_a"].items] == ["msg_1", "msg_2"]
    ((first, second),) = (call for call in sim.journal.calls() if len(call) > 1)
    assert isinstance(first, Exchange)
    assert first.lost is not None
    assert first.items == ("msg_1",)
    assert str(first).endswith(f"1 item  {fault!r} after commit")
    assert str(second) == "  3  conversations.items.create (retry 1)  conv_a  200  1 item"


@ON_BOTH
def test_without_retries_the_item_is_there_and_the_client_does_not_know(talk: Talk) -> None:
    sim = Emulator(ids="sequential")
    sim.seed("conv_a")
    sim.faults.add(ConnectionReset(), on="conversations.items.create", after_commit=True)
    with pytest.raises(openai.APIConnectionError):
        talk(sim, lambda client: client.conversations.items.create("conv_a", items=[HI]), max_retries=0)

    assert [item.id for item in sim.state["conv_a"].items] == ["msg_1"]
