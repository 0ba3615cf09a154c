"""A server for the tests of a module, which serves the next client whatever a test has sent to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from convsim import Emulator
from tests.server.asking import KEY, Complaints, Running, running
from tests.waiting import PATIENCE, until


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(Emulator(replies=[])) as server:
        yield server


@pytest.fixture(autouse=True)
def next_client_is_served(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check that the server has ended what it began, logged no exception, and serves the next client."""
    server: Running | None = request.getfixturevalue("server") if "server" in request.fixturenames else None
    with Complaints() as complaints:
        yield
        if server is not None:
            answer = requests.post(f"{server.url}/v1/conversations", headers=KEY, json={}, timeout=PATIENCE)
            assert answer.status_code == 200
            until(lambda: not server.uvicorn.server_state.tasks)
            server.sim.reset()
    assert "caplog" in request.fixturenames or not complaints
