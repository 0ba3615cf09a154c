"""Turns over the WebSocket of the official SDK, through the patch: sync and async, one turn after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.responses.responses_server_event import ResponseWsError
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from convsim import Call, Emulator
from convsim.faults import CloseConnection, ConnectionReset, Latency
from tests.asking import check
from tests.waiting import until

ANSWERS = ["Paris is nice.", Call("f", call_id="call_1"), "Rome."]


@pytest.fixture
def sim() -> Iterator[Emulator]:
    with Emulator(ids="sequential", replies=ANSWERS, virtual_time=True).patch() as patched:
        patched.seed("conv_1")
        yield patched
        patched.clear_scripts()
    assert [thread for thread in threading.enumerate() if thread.name == "convsim-websocket"] == []


def sdk(**options: Any) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-test", **options)


def heard(connection: Any) -> list[Any]:
    """The events of one turn."""
    told = []
    for event in connection:
        told.append(event)
        if event.type in ("response.completed", "response.failed", "error"):
            break
    return told


def test_three_turns_in_one_conversation(sim: Emulator) -> None:
    output: Any = {"type": "function_call_output", "call_id": "call_1", "output": "1"}
    with sdk().responses.connect() as connection:
        for said in ("Where?", "And?", [output]):
            connection.response.create(model="gpt-4.1", input=said, conversation="conv_1")
            last = heard(connection)[-1].response
    assert last.output_text == "Rome."
    sim.assert_items(
        "conv_1",
        [
            ("user", "Where?"),
            ("assistant", "Paris is nice."),
            ("user", "And?"),
            {"type": "function_call", "call_id": "call_1"},
            {"type": "function_call_output", "call_id": "call_1"},
            ("assistant", "Rome."),
        ],
    )
    sim.assert_called("responses.create", conversation="conv_1", times=3)
    check(sim)


def test_the_deltas_are_those_of_a_stream(sim: Emulator) -> None:
    with sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?", store=False)
        told = heard(connection)
        assert [event.delta for event in told if event.type == "response.output_text.delta"] == [
            "Paris",
            " is",
            " nice.",
        ]
        connection.response.create(
            model="gpt-4.1", input="And?", store=False, previous_response_id=told[-1].response.id, stream_id="main"
        )
        assert {event.stream_id for event in heard(connection)} == {"main"}


@pytest.mark.asyncio
async def test_the_asynchronous_client(sim: Emulator) -> None:
    client = openai.AsyncOpenAI(api_key="sk-test")
    async with client.responses.connect() as connection:
        for _ in range(2):
            await connection.response.create(model="gpt-4.1", input="Where?")
            async for event in connection:
                if event.type == "response.completed":
                    break
        await connection.response.create(model="gpt-4.1", input="Where?", previous_response_id="resp_9")
        refused = await connection.recv()
    assert isinstance(refused, ResponseWsError)
    assert (refused.status, refused.error.code) == (400, "previous_response_not_found")


def test_a_wrong_key_is_refused_as_it_connects() -> None:
    with (
        Emulator(api_keys=["sk-other"]).patch(),
        pytest.raises(InvalidStatus, match="401") as caught,
        sdk().responses.connect(),
    ):
        pass
    answer = caught.value.response
    assert answer.headers["content-type"] == "text/plain"
    assert answer.body is not None
    assert b"Incorrect API key provided: sk-test" in answer.body


@pytest.mark.parametrize("code", [1006, 1011])
def test_a_connection_that_breaks_leaves_nothing(sim: Emulator, code: int) -> None:
    with (
        sim.faults.add(CloseConnection(code, ""), on="response.output_text.delta"),
        sdk().responses.connect() as opened,
    ):
        opened.response.create(model="gpt-4.1", input="Where?", conversation="conv_1")
        with pytest.raises(ConnectionClosedError):
            heard(iter(opened.recv, None))
    sim.assert_items("conv_1", [])
    assert sdk().responses.create(model="gpt-4.1", input="Where?", conversation="conv_1").status == "completed"


def test_a_turn_that_gets_no_answer(sim: Emulator) -> None:
    with sim.faults.add(ConnectionReset(), on="responses.create"), sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?")
        with pytest.raises(ConnectionClosedError):
            connection.recv()


def test_late_events_pass_on_the_clock(sim: Emulator) -> None:
    before = sim.clock.now()
    sim.faults.add(Latency(50), on="response.output_text.done")
    with sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?")
        assert heard(connection)[-1].type == "response.completed"
    assert sim.clock.now() == before + 50


def test_a_held_turn_is_finished_by_the_test(sim: Emulator) -> None:
    sim.clear_scripts()
    sim.responses.script("Paris.", hold=True)
    with sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?", conversation="conv_1")
        while connection.recv().type != "response.output_text.delta":
            pass
        sim.responses.finish()
        assert heard(connection)[-1].type == "response.completed"


def test_a_client_that_leaves_lets_the_conversation_go(sim: Emulator) -> None:
    sim.clear_scripts()
    sim.responses.script("Paris.", hold=True)
    with sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?", conversation="conv_1")
        connection.recv()
    until(lambda: not sim.responses.open)
    sim.assert_items("conv_1", [])


def test_an_unscripted_turn_is_told_and_counts_as_a_miss(sim: Emulator) -> None:
    sim.clear_scripts()
    with sdk().responses.connect() as connection:
        connection.response.create(model="gpt-4.1", input="Where?")
        (refused,) = heard(connection)
    assert "No script answers this turn" in refused.error.message
    assert len(sim.refused) == 1
