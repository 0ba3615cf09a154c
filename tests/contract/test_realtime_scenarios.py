"""Every Realtime scenario over every front that can perform it: each frame whole, and no other frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from convsim.contract.events import event
from convsim.contract.matching import Memory, frame_differences, recall
from convsim.contract.realtime import Heard, RealtimeScenario, Send, Step
from convsim.contract.scenarios import REALTIME_SCENARIOS
from convsim.contract.telling import Failure, frame
from convsim.realtime import Session
from tests.adapters.conftest import no_network
from tests.asking import check

from .failing import fail
from .fronts import emulator
from .realtime_fronts import PATIENCE, Front, Line, direct, fronts

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
    assert [thread for thread in left if thread.name == "convsim-websocket"] == []
    for thread in left:
        thread.join(PATIENCE)  # that of the library, which ends behind its connection
        assert not thread.is_alive()


def perform(step: Step, line: Line, session: Session, memory: Memory) -> None:
    if isinstance(step, Send):
        line.send(recall(step.message if isinstance(step.message, (str, bytes)) else dict(step.message), memory))
    else:
        getattr(session, step.method)(*recall(list(step.arguments), memory), **step.options)


def listen(line: Line, heard: Heard, memory: Memory) -> list[str]:
    """Where what comes is not what must be heard, a line each."""
    try:
        texts = line.take(len(heard.events))
    except (TimeoutError, ConnectionClosed) as error:
        return [f"expected {len(heard.events)} events, got {error!r}"]
    found = [
        f"event {number}: {difference}"
        for number, (expected, text) in enumerate(zip(heard.events, texts, strict=False), 1)
        for difference in frame_differences(expected, text, memory)
    ]
    found += [f"expected {wanted['type']}, and it did not come" for wanted in heard.events[len(texts) :]]
    found += [f"not expected, and it came: {text}" for text in texts[len(heard.events) :]]
    if not found and heard.sizes is not None and (sizes := tuple(len(text.encode()) for text in texts)) != heard.sizes:
        found.append(f"sizes: expected {heard.sizes}, got {sizes}")
    if not found and heard.close is not None and (close := line.closed()) != heard.close:
        found.append(f"expected {heard.close}, got {close}")
    return found


def failure(scenario: RealtimeScenario, front: Front) -> Failure | None:
    """The first step behind which not all is heard that must be, and nothing else."""
    sim = emulator(scenario.options)
    memory: Memory = {}
    with front(sim, scenario.opening) as line:
        session = sim.realtime.connections[-1].session
        if lines := listen(line, scenario.opening.heard, memory):
            return Failure(0, frame(scenario.opening), tuple(lines))
        for number, step in enumerate(scenario.steps, 1):
            perform(step, line, session, memory)
            lines = listen(line, step.heard, memory)
            try:
                check(session)
            except AssertionError as error:
                lines.append(f"the session's items are broken: {error}")
            if lines:
                return Failure(number, frame(step), tuple(lines))
        if not session.closed:
            perform(FENCE, line, session, memory)
            lines = listen(line, FENCE.heard, memory)
        order = tuple(recall(list(scenario.order), memory))
        if session.order != order:
            lines.append(f"order: expected {order}, got {session.order}")
    return Failure(len(scenario.steps), "after the last step", tuple(lines)) if lines else None


@pytest.mark.parametrize(("scenario", "front"), CASES)
def test_scenario(scenario: RealtimeScenario, front: Front) -> None:
    found = failure(scenario, front)
    if found is not None:
        before = [] if front is direct or scenario.opening.needs_socket else [direct]
        fail(scenario, front, found, ((each, fails_at(failure(scenario, each), found.number)) for each in before))


def fails_at(failure: Failure | None, number: int) -> bool:
    """Texts may differ between fronts: a front without a socket hears at once that nothing more comes."""
    return failure is not None and failure.number == number
