"""Turns over a WebSocket: faults in them, and how a connection ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convsim import Emulator
from convsim.faults import (
    AnswerFault,
    BadGateway,
    BodyReset,
    CloseConnection,
    ConnectionReset,
    DropEvent,
    FailResponse,
    Fault,
    FaultContext,
    GarbleEvent,
    Latency,
    RateLimited,
    StallStream,
    TruncatedJSON,
)
from convsim.http.messages import Close, Frame, Response, State
from tests.asking import check
from tests.service.talking import DELTA, LOST, ask, error, opened, taken, types

# --- faults --------------------------------------------------------------------------------------------------------

Check = Callable[[list[Any]], bool]


class ErrorInWords(AnswerFault):
    """A fault of a test's own, whose error is no object."""

    def answer(self, context: FaultContext) -> Response:
        return context.respond(500, {"error": "boom"})


@pytest.mark.parametrize(
    ("fault", "on", "ends"),
    [
        (CloseConnection(1011, "boom"), DELTA, lambda told: told[-1] == Close(1011, "boom") and len(told) == 5),
        (CloseConnection(), DELTA, lambda told: told[-1] == LOST and len(told) == 5),
        (StallStream(), DELTA, lambda told: told[-1] == LOST and len(told) == 5),
        (DropEvent(), DELTA, lambda told: DELTA not in types(told) and len(told) == 8),
        (DropEvent(), "response.completed", lambda told: told[-1] == LOST and len(told) == 9),
        (GarbleEvent("{nonsense"), DELTA, lambda told: told[4] == "{nonsense" and len(told) == 9),
        (FailResponse(), DELTA, lambda told: types(told)[4:] == ["error", "response.failed"]),
        (RateLimited(), "responses.create", lambda told: error(told)["status"] == 429),
        (BadGateway(), "responses.create", lambda told: told == [LOST]),
        (ErrorInWords(), "responses.create", lambda told: told == [LOST]),
        (TruncatedJSON(), "responses.create", lambda told: isinstance(told[0], str) and len(told) == 1),
        (ConnectionReset(), "responses.create", lambda told: told == [LOST]),
        (BodyReset(0), "responses.create", lambda told: told == [LOST]),
        (BodyReset(1400), "responses.create", lambda told: types(told[:-1]) == ["response.created"]),
    ],
    ids=lambda value: "" if callable(value) else repr(value),  # an address differs in each process of xdist
)
def test_a_fault_happens_as_in_a_stream(fault: Fault, on: str, ends: Check) -> None:
    sim = Emulator(replies=["Paris."])
    sim.seed("conv_1")
    sim.faults.add(fault, on=on)
    socket = opened(sim)
    told = ask(socket, conversation="conv_1", stream_id="main") if on == DELTA else ask(socket, conversation="conv_1")
    assert ends(told), told
    assert fault in sim.journal[-1].faults
    assert (socket.state is State.CLOSED) == isinstance(told[-1], Close)
    sim.clear_scripts()
    sim.responses.script("Rome.")
    assert types(ask(opened(sim), conversation="conv_1"))[-1] == "response.completed"
    check(sim)


def test_a_late_answer_is_late() -> None:
    sim = Emulator(replies=["Paris."], faults=[Latency(5)])
    socket = opened(sim)
    assert ask(socket) == []
    assert socket.next(2.0) == 3.0
    assert isinstance(socket.next(5.0), Frame)


# --- how it ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [False, True], ids=["told", "late"])
def test_a_client_that_leaves_lets_the_conversation_go(late: bool) -> None:
    sim = Emulator()
    sim.seed("conv_1")
    sim.responses.script("Paris.", hold=True)
    if late:
        sim.faults.add(Latency(5), on="responses.create")
    socket = opened(sim)
    ask(socket, conversation="conv_1")
    socket.close()
    socket.close()
    socket.receive("{}")
    assert (socket.state, socket.next(9.0)) == (State.CLOSED, None)
    sim.assert_items("conv_1", [])
    sim.responses.script("Rome.")
    assert types(ask(opened(sim), conversation="conv_1"))[-1] == "response.completed"


def test_a_client_may_leave_while_a_script_is_asked() -> None:
    sim = Emulator()
    sim.seed("conv_1")
    socket = opened(sim)

    def leave(turn: object) -> str:
        socket.close()
        return "Paris."

    sim.responses.script(leave)
    assert ask(socket, conversation="conv_1") == []
    sim.assert_items("conv_1", [])
    sim.responses.script("Rome.")
    assert types(ask(opened(sim), conversation="conv_1"))[-1] == "response.completed"


def test_a_client_that_leaves_before_a_broken_answer_leaves_nothing() -> None:
    sim = Emulator(faults=[Latency(5), ConnectionReset()], replies=["Paris."])
    socket = opened(sim)
    assert ask(socket) == []
    socket.close()
    assert socket.next(9.0) is None


def test_a_response_that_is_deleted_breaks_the_connection() -> None:
    sim = Emulator(ids="sequential")
    sim.responses.script("Paris.", hold=True)
    socket = opened(sim)
    ask(socket)
    sim.responses.delete("resp_1")
    assert taken(socket) == [LOST]


def test_reset_breaks_connections() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    busy, idle, woken = opened(sim), opened(sim), []
    busy.wake = lambda: woken.append(1)
    ask(busy)
    sim.reset()
    assert (busy.state, idle.state, woken) == (State.ABORTED, State.ABORTED, [1])
    assert busy.next(0.0) is None
    sim.reset()


def test_a_connection_lasts_an_hour() -> None:
    sim = Emulator(unscripted="echo")
    socket = opened(sim)
    sim.clock.advance(3599)
    assert types(ask(socket))[-1] == "response.completed"
    sim.clock.advance(1)
    refused, close = ask(socket)
    assert refused["error"]["code"] == "websocket_connection_limit_reached"
    assert (close, socket.state) == (Close(1000), State.CLOSED)
    assert types(ask(opened(sim)))[-1] == "response.completed"
