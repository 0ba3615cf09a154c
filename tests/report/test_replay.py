"""Exchanges as a test."""

from __future__ import annotations

import httpx2
import pytest

from convsim import Emulator
from convsim.faults import ConnectionReset, Rule
from convsim.report.replay import render_replay
from tests import asking


def test_what_was_answered_over_http_is_in_it() -> None:
    sim = Emulator(faults=[Rule(ConnectionReset(), skip=2)])
    with asking.client(sim) as http:
        http.post("/conversations", json={"metadata": {"a": "'"}})
        http.get("/conversations/conv_1/items?limit=2")
        with pytest.raises(httpx2.ReadError):
            http.get("/conversations/conv_1")
    sim.seed("conv_1")
    assert render_replay(sim.journal).splitlines()[6:] == [
        """        answer = http.request('POST', '/conversations', json={'metadata': {'a': "'"}})""",
        "        assert answer.status_code == 200",
        "        answer = http.request('GET', '/conversations/conv_1/items?limit=2')",
        "        assert answer.status_code == 404",
    ]


def test_nothing_is_a_test_too() -> None:
    compile(render_replay([]), "test", "exec")
