"""Bodies sent over time, as clients of httpx and httpx2 read them: in threads, under asyncio and under trio."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from freezegun import freeze_time
from openai import OpenAI

from convsim import Emulator
from convsim.adapters.transports import Httpx2Transport, HttpxTransport
from convsim.faults import Latency
from convsim.http.bodies import gathered
from convsim.http.messages import Account, Chunk, Request, Response, TransportFault
from tests.asking import LONGEST_WAIT_FOR_BODY
from tests.waiting import PATIENCE, until

URL = "https://api.openai.com/v1/responses"


class Live:
    """A body into which a test puts its items while a client reads."""

    def __init__(self, *items: Chunk | TransportFault) -> None:
        self._items: deque[Chunk | TransportFault | None] = deque(items)
        self.wake: Callable[[], None] = lambda: None
        self.account = Account(None)
        self.waits = 0
        self.closed = 0
        self.longest = math.inf

    def put(self, item: Chunk | TransportFault | None) -> None:
        self._items.append(item)
        self.wake()

    def next(self, now: float) -> Chunk | TransportFault | float | None:
        if self._items:
            return self._items.popleft()
        self.waits += 1
        return self.longest

    due = gathered

    def close(self, code: int = 1006, reason: str = "") -> None:
        self.closed += 1


def transport(module: Any, body: Live) -> Any:
    class Streaming:
        def handle(self, request: Request) -> Response:
            return Response(200, [(b"Content-Type", b"text/event-stream")], body)

    app: Any = Streaming()
    return Httpx2Transport(app, str) if module is httpx2 else HttpxTransport(app, str)


class Sync:
    """A client that reads in a thread of its own."""

    def __init__(self, module: Any, body: Live, leave_after: int | None = None) -> None:
        self.heard: list[bytes] = []
        self.error: Exception | None = None
        self._module, self._body, self._leave_after = module, body, leave_after

    def run(self) -> None:
        with self._module.Client(transport=transport(self._module, self._body)) as client:
            try:
                with client.stream("POST", URL) as response:
                    for data in response.iter_raw():
                        self.heard.append(data)
                        if len(self.heard) == self._leave_after:
                            return
            except self._module.HTTPError as error:
                self.error = error


class Async(Sync):
    """A client that reads in a task, beside another one that must not be blocked."""

    backend = "asyncio"

    def run(self) -> None:
        anyio.run(self._main, backend=self.backend)

    async def _main(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
            async with self._module.AsyncClient(transport=transport(self._module, self._body)) as client:
                try:
                    async with client.stream("POST", URL) as response:
                        async for data in response.aiter_raw():
                            self.heard.append(data)
                            if len(self.heard) == self._leave_after:
                                break
                except self._module.HTTPError as error:
                    self.error = error


class Trio(Async):
    backend = "trio"


FRONTS = [(module, way) for module in (httpx, httpx2) for way in (Sync, Async, Trio)]


@pytest.fixture(params=FRONTS, ids=[f"{module.__name__} {way.__name__.lower()}" for module, way in FRONTS])
def front(request: pytest.FixtureRequest) -> Callable[..., Any]:
    module, way = request.param
    return lambda *arguments, **options: way(module, *arguments, **options)


def test_each_chunk_arrives_before_the_next_is_made(front: Callable[..., Any]) -> None:
    body = Live(Chunk(b"one"))
    client = front(body)
    thread = threading.Thread(target=client.run)
    thread.start()
    until(lambda: client.heard == [b"one"] and body.waits)
    body.put(Chunk(b"two"))
    until(lambda: client.heard == [b"one", b"two"])
    body.put(None)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert client.error is None
    assert body.closed


# The generators of httpx itself are not closed by a loop that is left, which trio says.
@pytest.mark.filterwarnings("ignore:.*<async_generator object:pytest.PytestUnraisableExceptionWarning")
def test_a_client_that_leaves_early_closes_the_body(front: Callable[..., Any]) -> None:
    body = Live(Chunk(b"one"), Chunk(b"two"))
    client = front(body, leave_after=1)
    client.run()
    assert client.heard == [b"one"]
    assert body.closed


def test_a_body_breaks_with_the_librarys_exception(front: Callable[..., Any]) -> None:
    body = Live(Chunk(b"one"), TransportFault("reset_in_body"))
    client = front(body)
    client.run()
    assert client.heard == [b"one"]
    assert type(client.error).__name__ == "ReadError"
    assert str(client.error.request.url) == URL


def test_a_long_wait_is_made_in_pieces(front: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LONGEST_WAIT_FOR_BODY, 0.01)
    body = Live()
    client = front(body)
    thread = threading.Thread(target=client.run)
    thread.start()
    until(lambda: body.waits > 3)
    body.put(None)
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_loop_that_has_ended_is_not_woken(front: Callable[..., Any]) -> None:
    body = Live()
    body.longest = 0.001
    client = front(body)
    thread = threading.Thread(target=client.run)
    thread.start()
    until(lambda: body.waits > 1)
    body.put(None)
    thread.join(PATIENCE)
    body.wake()
    assert client.error is None


# --- clocks that a test has stopped ----------------------------------------------------------------------------------


# freezegun reads all attributes of all modules, and those of openai import the rest of it. What openai calls gets the
# real time, a few calls deep: websockets would begin its timeouts by one clock and end them by the other.
WITHOUT_CLOCKS = [
    "_pytest",
    "agents",
    "hypothesis",
    "mcp",
    "openai",
    "opentelemetry",
    "pydantic",
    "requests",
    "websockets",
]


def test_what_is_late_comes_while_freezegun_has_stopped_the_clock() -> None:
    sim = Emulator()
    sim.faults.add(Latency(0.01), on="response.completed")
    sim.responses.script("one two")
    sim.realtime.script("three", delay=0.01)
    with freeze_time("2020-01-01", ignore=WITHOUT_CLOCKS), sim.patch():
        with OpenAI(api_key="k").responses.create(model="m", input="Hi", stream=True) as stream:
            assert [event.type for event in stream][-1] == "response.completed"
        with OpenAI(api_key="k").realtime.connect(model="m") as connection:
            connection.response.create()
            assert [connection.recv().type for _ in range(2)] == ["session.created", "response.created"]


def test_an_asynchronous_client_waits_too(slow: Live) -> None:
    client = Async(httpx2, slow)
    with freeze_time("2020-01-01", ignore=WITHOUT_CLOCKS, real_asyncio=True):
        client.run()
    assert client.heard == [b"late"]


@pytest.fixture
def slow() -> Live:
    """A body whose one chunk is due a little after it was asked for first."""
    body = Live()
    started: list[float] = []

    def next_item(now: float) -> Any:
        started.append(now)
        if body.account.sent:
            return None
        if (left := started[0] + 0.01 - now) > 0:
            return left
        body.account.note(b"late", arrived=True)
        return Chunk(b"late")

    body.next = next_item  # type: ignore[method-assign]
    return body
