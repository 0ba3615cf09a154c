"""Every Realtime scenario over the fronts that can perform it: each frame whole, and no other frame.

Where ``CI`` is set, these are all fronts; else those without a socket and one of the clients in rotation.
"""

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
from tests.profiles import IN_FULL
from tests.waiting import PATIENCE

from .failing import require_same
from .fronts import emulator
from .realtime_fronts import WITHOUT_A_SOCKET, Front, Line, fronts, sdk_async, sdk_sync, websockets_sync

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


def chosen(number: int, scenario: RealtimeScenario, *, in_full: bool) -> tuple[Front, ...]:
    """The fronts over which the scenario of this number goes."""
    able = fronts(scenario)
    # The SDK's beta takes longer to import than all scenarios of the beta; test_websocket.py has it in every run.
    left_out = (*WITHOUT_A_SOCKET, *((sdk_sync, sdk_async) if scenario.opening.dialect == "beta" else ()))
    clients = tuple(front for front in able if front not in left_out)
    if in_full or not clients:
        return able
    return (*(front for front in able if front in WITHOUT_A_SOCKET), clients[number % len(clients)])


CASES = [
    pytest.param(scenario, chosen(number, scenario, in_full=IN_FULL), id=scenario.name)
    for number, scenario in enumerate(REALTIME_SCENARIOS)
]


@pytest.mark.parametrize(("scenario", "over"), CASES)
def test_scenario(scenario: RealtimeScenario, over: tuple[Front, ...]) -> None:
    require_same(scenario, over, failure, at_the_same_step)


def at_the_same_step(one: Failure, other: Failure) -> bool:
    """Texts may differ between fronts: a front without a socket hears at once that nothing more comes."""
    return one.number == other.number


def test_without_ci_every_client_still_performs_scenarios() -> None:
    met = [front for n, told in enumerate(REALTIME_SCENARIOS) for front in chosen(n, told, in_full=False)]

    for client in (sdk_async, sdk_sync, websockets_sync):
        assert met.count(client) >= 25, client


def test_in_full_every_scenario_goes_over_every_front_that_can_perform_it() -> None:
    for number, told in enumerate(REALTIME_SCENARIOS):
        assert chosen(number, told, in_full=True) == fronts(told)
