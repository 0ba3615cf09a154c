"""``sim.responses.connect()``: a WebSocket for turns without a client."""

from __future__ import annotations

from typing import Any

import pytest

from convsim import Emulator, RefusedRouteError, UnscriptedTurnError, UsageError
from convsim.direct.turn_connection import TurnConnection
from convsim.faults import CloseConnection, GarbleEvent, Latency
from convsim.http.messages import Close

DELTA = "response.output_text.delta"


def ask(connection: TurnConnection, said: object = "Hi", **members: Any) -> list[str]:
    """The types of the events of a turn."""
    connection.send({"type": "response.create", "model": "gpt-4.1", "input": said, **members})
    return [event["type"] for event in connection.events()]


def test_a_turn_is_carried_out_when_it_is_sent() -> None:
    sim = Emulator(replies=["Paris."])
    sim.seed("conv_1")
    connection = sim.responses.connect()
    connection.send({"type": "response.create", "model": "gpt-4.1", "input": "Where?", "conversation": "conv_1"})
    sim.assert_items("conv_1", [("user", "Where?"), ("assistant", "Paris.")])
    assert connection.recv()["type"] == "response.created"
    assert connection.events()[-1]["type"] == "response.completed"
    assert connection.events() == []
    sim.assert_called("responses.create", conversation="conv_1")


def test_a_project_has_connections_of_its_own() -> None:
    sim = Emulator(api_keys={"sk-a": "a"}, replies=["Paris."])
    sim.project("a").seed("conv_1")
    ask(sim.project("a").responses.connect(), conversation="conv_1")
    sim.project("a").assert_items("conv_1", [("user", "Hi"), ("assistant", "Paris.")])


def test_delays_move_the_clock() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", delay=30)
    began = sim.clock.now()
    assert ask(sim.responses.connect())[-1] == "response.completed"
    assert sim.clock.now() == began + 30


def test_a_delay_moves_the_clock_to_the_last_second_at_most() -> None:
    sim = Emulator(now=2**32 - 10)
    sim.responses.script("Paris.", delay=30)
    assert ask(sim.responses.connect())[-1] == "response.completed"
    assert sim.clock.now() == 2**32 - 1


def test_a_late_answer_moves_the_clock() -> None:
    sim = Emulator(replies=["Paris."], faults=[Latency(5)])
    began = sim.clock.now()
    assert ask(sim.responses.connect())[-1] == "response.completed"
    assert sim.clock.now() == began + 5


def test_a_held_turn_goes_on_when_it_is_finished() -> None:
    sim = Emulator()
    sim.responses.script("Paris.", hold=True)
    connection = sim.responses.connect()
    assert ask(connection)[-1] == DELTA
    with pytest.raises(UsageError, match="no event has arrived"):
        connection.recv()
    sim.responses.finish()
    assert [event["type"] for event in connection.events()][-1] == "response.completed"


def test_a_refusal_is_an_event() -> None:
    connection = Emulator().responses.connect()
    for message in ("{", b"{}"):
        connection.send(message)
        assert connection.recv()["type"] == "error"
    assert ask(connection, temperature="hot") == ["error"]


def test_misuse_is_raised_and_the_connection_goes_on() -> None:
    def broken(turn: object) -> str:
        raise LookupError("no such city")

    sim = Emulator()
    connection = sim.responses.connect()
    with pytest.raises(UnscriptedTurnError):
        ask(connection)
    with pytest.raises(RefusedRouteError, match=r"'response\.steer' was not answered"):
        connection.send({"type": "response.steer", "input": "Hi", "previous_response_id": "resp_1"})
    sim.responses.script(broken)
    with pytest.raises(LookupError):
        ask(connection)
    assert (len(sim.refused), len(sim.raised)) == (2, 1)
    sim.clear_scripts()
    sim.responses.script("Paris.")
    assert ask(connection)[-1] == "response.completed"


@pytest.mark.parametrize("event", [{"type": {1, 2}}, {"type": float("nan")}, 5, []])
def test_an_event_is_json(event: Any) -> None:
    with pytest.raises(UsageError, match=r"write an event (that JSON can hold|as a mapping)"):
        Emulator().responses.connect().send(event)


def test_a_fault_closes_the_connection() -> None:
    sim = Emulator(replies=["Paris."])
    sim.faults.add(GarbleEvent("{nonsense"), on="response.in_progress")
    sim.faults.add(CloseConnection(1011, "boom"), on=DELTA)
    connection = sim.responses.connect()
    assert ask(connection) == ["response.created", "response.output_item.added", "response.content_part.added"]
    assert connection.closed == Close(1011, "boom")
    for call in (connection.recv, lambda: ask(connection)):
        with pytest.raises(UsageError, match=r"the connection closed with 1011 'boom'; sim\.responses\.connect\(\)"):
            call()


def test_the_test_closes_the_connection() -> None:
    sim = Emulator(replies=["Paris."])
    connection = sim.responses.connect()
    connection.send({"type": "response.create", "model": "gpt-4.1", "input": "Hi"})
    connection.close()
    connection.close(1001)
    assert connection.closed == Close(1000)
    assert len(connection.events()) == 9


@pytest.mark.parametrize("connect", [lambda sim: sim.responses.connect(), lambda sim: sim.realtime.connect()])
@pytest.mark.parametrize("close", [(5,), ("1000",), (1000, None), (1006, "lost")])
def test_a_close_that_no_frame_carries_is_refused(connect: Any, close: Any) -> None:
    connection = connect(Emulator())
    with pytest.raises(UsageError, match=r"^connection\.close\("):
        connection.close(*close)
    assert connection.closed is None


def test_a_reset_breaks_the_connection() -> None:
    sim = Emulator()
    connection = sim.responses.connect()
    assert connection.closed is None
    sim.reset()
    assert connection.closed == Close(1006)


def test_azure_ai_foundry_has_none() -> None:
    with pytest.raises(UsageError, match="no source describes a WebSocket of Azure AI Foundry"):
        Emulator(service="foundry").responses.connect()
