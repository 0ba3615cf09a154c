"""Turns over the WebSocket of the server, by the official SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from convsim import Emulator
from convsim.faults import CloseConnection
from tests.server.asking import Running, running


@pytest.fixture
def served() -> Iterator[Running]:
    sim = Emulator(ids="sequential", api_keys=["sk-test"])
    sim.seed("conv_1")
    with running(sim) as started:
        yield started


def connected(served: Running, key: str = "sk-test", path: str = "/v1") -> Any:
    return openai.OpenAI(api_key=key, base_url=f"{served.url}{path}").responses.connect()


def heard(connection: Any) -> list[str]:
    """The types of the events of one turn."""
    told = []
    for event in connection:
        told.append(event.type)
        if event.type in ("response.completed", "error"):
            break
    return told


def test_one_turn_comes_behind_the_other(served: Running) -> None:
    served.sim.responses.script("Paris.", delay=0.01)
    served.sim.responses.script("Rome.")
    with connected(served) as connection:
        for said in ("Where?", "And?"):
            connection.response.create(model="gpt-4.1", input=said, conversation="conv_1")
            assert heard(connection)[-1] == "response.completed"
    served.sim.assert_items(
        "conv_1", [("user", "Where?"), ("assistant", "Paris."), ("user", "And?"), ("assistant", "Rome.")]
    )


def test_a_held_turn_is_finished_by_the_test(served: Running) -> None:
    served.sim.responses.script("Paris.", hold=True)
    with connected(served) as connection:
        connection.response.create(model="gpt-4.1", input="Where?")
        while connection.recv().type != "response.output_text.delta":
            pass
        served.sim.responses.finish()
        assert heard(connection)[-1] == "response.completed"


def test_a_wrong_key_is_refused_as_it_connects(served: Running) -> None:
    with pytest.raises(InvalidStatus, match="401"), connected(served, "sk-other"):
        pass


@pytest.mark.parametrize("code", [1006, 1011])
def test_a_fault_ends_the_connection(served: Running, code: int) -> None:
    served.sim.responses.script("Paris.")
    with served.sim.faults.add(CloseConnection(code), on="response.output_text.delta"), connected(served) as connection:
        connection.response.create(model="gpt-4.1", input="Where?", conversation="conv_1")
        with pytest.raises(ConnectionClosedError):
            heard(iter(connection.recv, None))
    served.sim.assert_items("conv_1", [])


def test_a_session_has_its_own(served: Running) -> None:
    with connected(served, path="/_session/other/v1") as connection:
        connection.response.create(model="gpt-4.1", input="Where?", conversation="conv_1")
        assert heard(connection) == ["error"]
    assert not served.sim.journal.select(operation="responses.create")
