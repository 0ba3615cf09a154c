"""Every Realtime scenario over every front that can perform it: each frame whole, and no other frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from convsim.contract.events import event
from convsim.contract.matching import Memory, frame_differences, recall
from convsim.contract.realtime import Heard, RealtimeScenario, Send, Step
from convsim.contract.scenarios import REALTIME_SCENARIOS
from convsim.realtime import Session
from tests.adapters.conftest import no_network
from tests.asking import check

from .fronts import emulator
from .realtime_fronts import PATIENCE, Front, Line, fronts

CASES = [
    pytest.param(scenario, front, id=f"{scenario.name}-{front.__name__}")
    for scenario in REALTIME_SCENARIOS
    for front in fronts(scenario)
]

# Nothing answers it but this, and it changes nothing that a scenario looks at: what stands before was all.
FENCE = Send({"type": "input_audio_buffer.clear"}, Heard((event("input_audio_buffer.cleared"),)))

# The SDK's own use of websockets is deprecated in the newest of its versions.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def offline() -> Iterator[None]:
    with no_network():
        yield


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    assert [thread for thread in left if thread.name == "convsim-realtime"] == []
    for thread in left:
        thread.join(PATIENCE)  # that of the library, which ends behind its connection
        assert not thread.is_alive()


def perform(step: Step, line: Line, session: Session, memory: Memory) -> None:
    if isinstance(step, Send):
        line.send(recall(step.message if isinstance(step.message, (str, bytes)) else dict(step.message), memory))
    else:
        getattr(session, step.method)(*recall(list(step.arguments), memory), **step.options)


def listen(line: Line, heard: Heard, memory: Memory, what: object) -> None:
    texts = line.take(len(heard.events))
    found = [
        difference
        for expected, text in zip(heard.events, texts, strict=False)
        for difference in frame_differences(expected, text, memory)
    ]
    assert (found, texts[len(heard.events) :], len(texts)) == ([], [], len(heard.events)), what
    assert heard.sizes is None or tuple(len(text.encode()) for text in texts) == heard.sizes
    assert heard.close is None or line.closed() == heard.close


@pytest.mark.parametrize(("scenario", "front"), CASES)
def test_scenario(scenario: RealtimeScenario, front: Front) -> None:
    sim = emulator(scenario.options)
    memory: Memory = {}
    with front(sim, scenario.opening) as line:
        session = sim.realtime.connections[-1].session
        listen(line, scenario.opening.heard, memory, scenario.opening)
        for number, step in enumerate(scenario.steps):
            perform(step, line, session, memory)
            listen(line, step.heard, memory, f"step {number}: {step}")
            check(session)
        if not session.closed:
            perform(FENCE, line, session, memory)
            listen(line, FENCE.heard, memory, "nothing more")
        assert session.order == tuple(recall(list(scenario.order), memory))
