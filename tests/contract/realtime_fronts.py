"""Every way to a Realtime session, made to look alike: a message goes in, the texts of frames come out."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import takewhile
from threading import Timer
from typing import Any, NamedTuple

import openai
import websockets
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect  # before anything is patched, as its documentation says

from convsim import Emulator
from convsim.contract.realtime import Opening, RealtimeScenario
from convsim.http.messages import Close, Frame
from convsim.http.websocket import ABNORMAL_CLOSURE
from tests.waiting import PATIENCE

from .fronts import BASE, awaited

VERSION = int(websockets.version.version.partition(".")[0])

Message = Mapping[str, Any] | str | bytes


class Line(NamedTuple):
    """One client's connection: ``take`` gives the next ``number`` texts, ``closed`` the close that comes next.

    A front that can see it gives more texts than were asked for, when there are more.
    """

    send: Callable[[Message], None]
    take: Callable[[int], list[str]]
    closed: Callable[[], Close]


def written(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


# --- without a socket ----------------------------------------------------------------------------------------------


@contextmanager
def direct(sim: Emulator, opening: Opening) -> Iterator[Line]:
    """As tests without a client speak: in parsed events."""
    connection = sim.realtime.connect(model=str(opening.model), dialect=opening.dialect)

    def take(number: int) -> list[str]:
        return [written(event) for event in connection.events()]

    def closed() -> Close:
        assert connection.closed is not None
        return connection.closed

    yield Line(connection.send, take, closed)


@contextmanager
def sans_io(sim: Emulator, opening: Opening) -> Iterator[Line]:
    """As adapters do: in texts and bytes."""
    connection = sim.realtime.connect(model=str(opening.model), dialect=opening.dialect)
    closes: list[Close] = []

    def send(message: Message) -> None:
        connection.receive(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def take(number: int) -> list[str]:
        sent = list(takewhile(lambda item: isinstance(item, tuple), iter(lambda: connection.next(0.0), None)))
        closes.extend(one for one in sent if isinstance(one, Close))
        return [one.text for one in sent if isinstance(one, Frame)]

    yield Line(send, take, closes.pop)


# --- the library websockets ----------------------------------------------------------------------------------------


@contextmanager
def websockets_sync(sim: Emulator, opening: Opening) -> Iterator[Line]:
    query = f"?model={opening.model}" if opening.model is not None else ""
    headers = {"Authorization": f"Bearer {opening.key}"} if opening.key is not None else {}
    headers |= {"OpenAI-Beta": "realtime=v1"} if opening.dialect == "beta" else {}
    url = f"{BASE.replace('https', 'wss')}/realtime{query}"
    with sim.patch(), connect(url, additional_headers=headers) as socket:

        def send(message: Message) -> None:
            socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

        def take(number: int) -> list[str]:
            return [str(socket.recv(PATIENCE)) for _ in range(number)]

        yield Line(send, take, lambda: closing(lambda: socket.recv(PATIENCE)))


def closing(receive: Callable[[], object]) -> Close:
    """How it closes, when nothing else comes."""
    try:
        message = receive()
    except ConnectionClosed as end:
        return Close(end.rcvd.code, end.rcvd.reason) if end.rcvd else Close(ABNORMAL_CLOSURE)
    raise AssertionError(message)


# --- the official SDK ----------------------------------------------------------------------------------------------

# Built once: that costs more than the scenarios do.
client = cache(lambda build, key: build(api_key=key, base_url=BASE, max_retries=0))


def connecting(build: type, opening: Opening) -> Any:
    """The SDK's manager of a connection; without a model only that of today can be had."""
    own = client(build, opening.key)
    model = {"model": opening.model} if opening.model is not None else {}
    return (own.beta if opening.dialect == "beta" else own).realtime.connect(**model)


def sending(connection: Any, message: Message) -> Any:
    """Return the function that sends it: the SDK's method for the event, its ``send``, or that of the library."""
    if isinstance(message, (str, bytes)):
        return connection._connection.send(message)
    members = dict(message)
    *path, verb = members.pop("type", "send").split(".")
    resource = connection
    for name in path:
        resource = getattr(resource, name, None)
    method = getattr(resource, verb, None)
    try:
        inspect.signature(method).bind(**members)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return connection.send(dict(message))
    return method(**members)  # type: ignore[misc]


@contextmanager
def sdk_sync(sim: Emulator, opening: Opening) -> Iterator[Line]:
    # recv_bytes() waits for ever: what does not come is a connection that breaks.
    watchdog = Timer(PATIENCE, sim.reset)
    with sim.patch(), connecting(openai.OpenAI, opening) as connection:
        watchdog.start()
        try:
            yield Line(
                lambda message: sending(connection, message),
                lambda number: [connection.recv_bytes().decode() for _ in range(number)],
                lambda: closing(connection.recv_bytes),
            )
        finally:
            watchdog.cancel()
    watchdog.join()


@contextmanager
def sdk_async(sim: Emulator, opening: Opening) -> Iterator[Line]:
    with sim.patch():
        manager = connecting(openai.AsyncOpenAI, opening)
        connection = awaited(manager.__aenter__())

        async def received() -> bytes:
            received: bytes = await asyncio.wait_for(connection.recv_bytes(), PATIENCE)
            return received

        async def sent(message: Message) -> None:
            await sending(connection, message)

        async def texts(number: int) -> list[str]:
            return [(await received()).decode() for _ in range(number)]

        yield Line(
            lambda message: awaited(sent(message)),
            lambda number: awaited(texts(number)),
            lambda: closing(lambda: awaited(received())),
        )
        awaited(manager.__aexit__(None, None, None))


Front = Callable[[Emulator, Opening], Any]

WITHOUT_A_SOCKET: tuple[Front, ...] = (direct, sans_io)


def fronts(scenario: RealtimeScenario) -> tuple[Front, ...]:
    """Those by which its session can be opened, and which hear all of it."""
    opening = scenario.opening
    found = () if opening.needs_socket else WITHOUT_A_SOCKET
    found += (sdk_async,) if opening.key is not None else ()
    # The clients of threads of version 13 forget what they have not read when the close comes.
    if not scenario.closes or VERSION >= 14:
        found += (sdk_sync, websockets_sync) if opening.key is not None else (websockets_sync,)
    return found
