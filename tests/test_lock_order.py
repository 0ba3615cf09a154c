"""The order of locks that the architecture page promises: each inner lock is taken after the outer ones, if at all.

Every lock of convsim is exchanged for one that knows its rank, and a scenario passes through all of them. While the
service's lock is held, only locks of the last rank are taken; while a function of the test runs, none is held.
"""

from __future__ import annotations

import ast
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from importlib import import_module
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Self

import httpx2
import pytest
from starlette.testclient import TestClient
from websockets.sync.client import connect

import convsim
from convsim import Emulator
from convsim.adapters import interception
from convsim.faults import FailResponse, GarbleEvent, RateLimited
from tests.asking import BUILDING_LOCK, HELLO, KEY_LOCK, lock
from tests.waiting import PATIENCE

BASE = "https://api.openai.com/v1"
KEY = {"Authorization": "Bearer sk-test"}
RANKS = ("sessions", "patches", "points", "stream", "service", "leaf")

# Where a module makes its locks, or keeps the one that it made: by what name, of which rank.
LOCKS = {
    "adapters.active": ("RLock", "patches"),
    "adapters.environment": (KEY_LOCK, "leaf"),
    "adapters.interception": ("RLock", "patches"),
    "adapters.patching": ("RLock", "points"),
    "adapters.websockets.thread": ("Lock", "leaf"),
    "items.fields": (BUILDING_LOCK, "leaf"),
    "realtime.session": ("RLock", "stream"),
    "server.sessions": ("Lock", "sessions"),
    "service.delivery": ("RLock", "stream"),
    "service.service": ("Lock", "service"),
    "service.sockets": ("RLock", "stream"),
}


class Watch:
    """Which locks each thread holds, and what was taken while others were held."""

    def __init__(self) -> None:
        self._held = threading.local()
        self.orders: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    @property
    def held(self) -> list[Watched]:
        """Those of the running thread, the innermost last."""
        if not hasattr(self._held, "locks"):
            self._held.locks = []
        locks: list[Watched] = self._held.locks
        return locks

    def taken(self, taken: Watched) -> None:
        if taken not in self.held:
            for outer in dict.fromkeys(self.held):
                self.orders.add((outer.rank, taken.rank))
                if RANKS.index(outer.rank) >= RANKS.index(taken.rank):
                    self.wrong.append(f"{taken.rank} was taken while {outer.rank} was held")
        self.held.append(taken)

    def called(self) -> None:
        """Called by a function of the test."""
        if self.held:
            self.wrong.append(f"a function of the test ran while {[each.rank for each in self.held]} were held")


class Watched:
    def __init__(self, watch: Watch, rank: str, inner: Any) -> None:
        self.rank = rank
        self._watch = watch
        self._inner = inner

    def __enter__(self) -> Self:
        self._watch.taken(self)
        self._inner.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._watch.held.remove(self)
        self._inner.__exit__(*error)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch()
    for module, (name, rank) in LOCKS.items():
        owner = import_module(f"convsim.{module}")
        kept = getattr(owner, name)
        made: Any = _maker(watch, rank, kept) if kept in (Lock, RLock) else Watched(watch, rank, kept)
        monkeypatch.setattr(owner, name, made)
    interception.renew_locks()  # the ones that are made on import
    yield watch
    monkeypatch.undo()
    interception.renew_locks()
    assert watch.wrong == []


def _maker(watch: Watch, rank: str, kind: Callable[[], Any]) -> Callable[[], Watched]:
    return lambda: Watched(watch, rank, kind())


def test_the_watch_knows_all_locks() -> None:
    root = Path(convsim.__file__).parent
    making = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in root.rglob("*.py")
        if "Lock(" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Lock", "ModuleLock", "RLock")
    }

    assert making == LOCKS.keys()


@pytest.mark.parametrize(
    ("outer", "inner", "says"),
    [
        ("stream", "service", None),
        ("service", "stream", "stream was taken while service was held"),
        ("service", "patches", "patches was taken while service was held"),
        ("leaf", "leaf", "leaf was taken while leaf was held"),
    ],
)
def test_the_watch_notices_an_inner_lock_that_is_held_while_an_outer_one_is_taken(
    outer: str, inner: str, says: str | None
) -> None:
    watch = Watch()
    first = Watched(watch, outer, RLock())
    with first, first, Watched(watch, inner, Lock()):
        pass

    assert watch.wrong == [says] * (says is not None)


def test_the_watch_notices_a_function_that_runs_under_a_lock() -> None:
    watch = Watch()
    with Watched(watch, "service", Lock()):
        watch.called()
    watch.called()

    assert watch.wrong == ["a function of the test ran while ['service'] were held"]


def test_locks_are_taken_in_their_order(watch: Watch) -> None:
    sim, inner = Emulator(virtual_time=True), Emulator()
    assert isinstance(lock(sim), Watched)
    with ExitStack() as sockets, ExitStack() as patches:
        patches.enter_context(sim.patch())
        client = patches.enter_context(httpx2.Client(base_url=BASE, headers=KEY))
        _over_http(sim, client)
        _directly(sim)
        _turns(sim, client, watch)
        with inner.patch():
            client.post("/conversations").raise_for_status()
        _turns_over_a_socket(sim)
        _over_a_socket(sim, sockets)  # closed when the patch has ended, and the connection with it
    _realtime(sim)
    _sessions(sim)
    sim.restore(sim.snapshot())
    sim.reset()

    assert watch.orders >= {("patches", "points"), ("stream", "service")}


def _over_http(sim: Emulator, client: httpx2.Client) -> None:
    with sim.faults.add(RateLimited()):
        assert client.post("/conversations").status_code == 429
    made = client.post("/conversations", json={"items": [HELLO]}).json()["id"]
    assert client.get(f"/conversations/{made}/items").status_code == 200
    assert client.get("/conversations/conv_x").status_code == 404


def _directly(sim: Emulator) -> None:
    made = sim.conversations.create(items=[HELLO])
    assert len(sim.state[made.id].items) == 1
    assert sim.transcript(made.id)
    assert sim.story()


def _turns(sim: Emulator, client: httpx2.Client, watch: Watch) -> None:
    """Turns whose words are a function's, which uses the emulator: whole, streamed, left early, in the background."""
    asked: list[str] = []

    def chosen(turn: Any) -> bool:
        watch.called()
        return bool(sim.state)

    def said(turn: Any) -> str:
        watch.called()
        asked.append(turn.text)
        sim.conversations.create(items=[HELLO])
        return "Hello, how are you?"

    sim.responses.script(said, when=chosen, times="always")
    body = {"model": "gpt-5.5", "input": "Hi", "conversation": next(iter(sim.state))}
    assert client.post("/responses", json=body).status_code == 200
    assert "response.completed" in client.post("/responses", json=body | {"stream": True}).text
    with sim.faults.add(FailResponse(), on="response.output_text.delta"):
        assert "response.failed" in client.post("/responses", json=body | {"stream": True}).text
    with client.stream("POST", "/responses", json=body | {"stream": True}) as answer:
        next(answer.iter_raw())
    with client.stream("POST", "/responses", json=body | {"stream": True, "background": True}) as answer:
        next(answer.iter_raw())
        sim.clock.advance(60)
        sim.conversations.create()  # each call ends the turns whose time has come, and wakes their readers
    assert asked == ["Hi"] * 5


def _turns_over_a_socket(sim: Emulator) -> None:
    """A turn to its end, one that a fault fails, and one that the client leaves."""
    asked = {"type": "response.create", "model": "gpt-5.5", "input": "Hi"}
    with connect("wss://api.openai.com/v1/responses", additional_headers=KEY) as connection:
        for last in ("response.completed", "response.failed"):
            with sim.faults.add(FailResponse(), on="response.output_text.delta") if "failed" in last else nullcontext():
                connection.send(json.dumps(asked))
                while last not in str(connection.recv(timeout=PATIENCE)):
                    pass
        sim.clear_scripts()
        sim.responses.script("Hello", hold=True)
        connection.send(json.dumps(asked))
        assert "response.created" in str(connection.recv(timeout=PATIENCE))


def _over_a_socket(sim: Emulator, sockets: ExitStack) -> None:
    url = "wss://api.openai.com/v1/realtime?model=gpt-realtime"
    connection = sockets.enter_context(connect(url, additional_headers=KEY))
    assert "session.created" in str(connection.recv(timeout=PATIENCE))
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    with sim.faults.add(GarbleEvent(), on="conversation.item.added"):
        connection.send(json.dumps({"type": "conversation.item.create", "item": item}))
        for _ in range(2):
            connection.recv(timeout=PATIENCE)
    sim.realtime.connections[0].session.add("Hello")
    assert connection.recv(timeout=PATIENCE)


def _realtime(sim: Emulator) -> None:
    connection = sim.realtime.connect()
    sim.realtime.script("Hello", delay=1.0)
    connection.send({"type": "response.create"})
    assert connection.events()
    connection.session.expire()
    assert connection.closed


def _sessions(sim: Emulator) -> None:
    """A session that begins with its first request, and one that a test keeps and drops."""
    app = sim.asgi()
    app.sessions.keep("kept", Emulator().asgi().served)
    http = TestClient(app)
    for name in ("begun", "kept"):
        http.post(f"/_session/{name}/v1/conversations", headers=KEY).raise_for_status()
    app.sessions.drop("kept")
