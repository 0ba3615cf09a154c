"""The WebSocket front, in whatever version of websockets is installed: .ci/run has it with several."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websockets
from openai import AsyncOpenAI, OpenAI
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.sync.client import connect  # before anything is patched, as its documentation says

from convsim import Behavior, Emulator, RefusedHostError
from convsim.realtime import Close, Text
from tests.asking import LONGEST_END
from tests.waiting import PATIENCE, until

ELSEWHERE = "wss://elsewhere.test/v1/realtime?model=gpt-realtime"
URL = "wss://api.openai.com/v1/realtime?model=gpt-realtime"
ITEM = ['{"type":"conversation.item.added",', '{"type":"conversation.item.done",']
KEY = {"Authorization": "Bearer sk-test"}
VERSION = int(websockets.version.version.partition(".")[0])

# The SDK's own use of websockets 17 is deprecated there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def said(item_id: str) -> Any:
    content = [{"type": "input_text", "text": item_id}]
    return {"type": "message", "role": "user", "id": item_id, "content": content}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "convsim-websocket"] == []


async def heard(**options: Any) -> list[str]:
    """Return all that the server says by itself until it closes, and how it does.

    Asynchronously: the clients of threads of version 13 forget what they have not read when the close comes.
    """
    async with connect_async(**options) as socket:
        frames: list[str] = []
        while True:
            try:
                frames.append(str(await asyncio.wait_for(socket.recv(), PATIENCE)))
            except ConnectionClosed as closed:
                return [*frames, f"{closed.rcvd.code} {closed.rcvd.reason}" if closed.rcvd else "lost"]


def order(sim: Emulator, number: int = -1) -> tuple[str, ...]:
    return sim.realtime.connections[number].session.order


def test_the_sdk_edits_a_conversation() -> None:
    with Emulator().patch() as sim, OpenAI(api_key="sk-test").realtime.connect(model="gpt-realtime") as connection:
        assert connection.recv().type == "session.created"
        for item_id, previous in (("one", None), ("three", "one"), ("zero", "root"), ("two", "one")):
            connection.conversation.item.create(item=said(item_id), previous_item_id=previous)  # type: ignore[arg-type]
            added, done = connection.recv(), connection.recv()
            assert (added.type, done.type) == ("conversation.item.added", "conversation.item.done")
        assert added.previous_item_id == "one"  # type: ignore[union-attr]
        connection.conversation.item.delete(item_id="one")
        assert connection.recv().type == "conversation.item.deleted"
        connection.conversation.item.create(item=said("late"), previous_item_id="one", event_id="mine")
        refused: Any = connection.recv()
        assert refused.error.code == "item_create_invalid_previous_item_id"
        assert order(sim) == ("zero", "two", "three")
    assert sim.realtime.connections[0].closed == Close(1000)


def test_the_asynchronous_sdk_edits_a_conversation() -> None:
    async def edit() -> list[Any]:
        own = AsyncOpenAI(api_key="sk-test")
        async with own, own.realtime.connect(model="gpt-realtime") as connection:
            for item_id, previous in (("one", "root"), ("two", "one"), ("zero", "root")):
                await connection.conversation.item.create(item=said(item_id), previous_item_id=previous)
            return [await connection.recv() for _ in range(7)]

    with Emulator().patch() as sim:
        events = asyncio.run(edit())
    assert [event.previous_item_id for event in events[1::2]] == [None, "one", None]
    assert order(sim) == ("zero", "one", "two")


def test_the_sdk_s_beta_client_speaks_the_beta_dialect() -> None:
    async def create() -> tuple[Any, Any]:
        own = AsyncOpenAI(api_key="sk-test")
        async with own, own.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
            await connection.conversation.item.create(item=said("one"))
            return await connection.recv(), await connection.recv()

    with (
        Emulator(behavior=Behavior(realtime_beta="serve")).patch() as sim,
        OpenAI(api_key="sk-test").beta.realtime.connect(model="gpt-4o-realtime-preview") as connection,
    ):
        connection.conversation.item.create(item=said("one"))
        events: Any = (connection.recv(), connection.recv())
        again = asyncio.run(create())
        assert order(sim, 0) == order(sim, 1) == ("one",)
    for created, made in (events, again):
        assert (created.type, created.session.modalities) == ("session.created", ["audio", "text"])
        assert (made.type, made.item.object) == ("conversation.item.created", "realtime.item")


def test_the_beta_dialect_is_refused_where_that_is_asked_for() -> None:
    with Emulator(behavior=Behavior(realtime_beta="refuse")).patch():
        beta = {"OpenAI-Beta": "realtime=v1"}
        error, close = asyncio.run(heard(uri=URL, additional_headers=KEY | beta))
    assert '"code":"beta_api_shape_disabled"' in error
    assert close == "4000 invalid_request_error.beta_api_shape_disabled"


def test_the_library_itself_is_caught_by_whatever_name() -> None:
    async def greeted(connecting: Callable[..., Any], **headers: Any) -> str:
        async with connecting(URL, **headers) as socket:
            return str(await socket.recv())

    header = "extra_headers" if VERSION < 14 else "additional_headers"
    with Emulator().patch(), connect(URL, additional_headers=KEY) as socket:
        greetings = [
            str(socket.recv()),
            asyncio.run(greeted(websockets.connect, **{header: KEY})),
            asyncio.run(greeted(connect_async, additional_headers=KEY)),
        ]
    assert all(greeting.startswith('{"type":"session.created"') for greeting in greetings)


def test_the_legacy_client_is_caught_at_each_attempt() -> None:
    from websockets.legacy.client import connect as connect_legacy

    async def greet() -> list[str]:
        greetings = []
        connecting = connect_legacy(URL, extra_headers=KEY, ssl=True)
        async for socket in connecting:
            greetings.append(str(await socket.recv()))
            if len(greetings) == 2:
                await socket.close()
                return greetings
            await socket.close()
        raise AssertionError

    with Emulator().patch() as sim:
        first, second = asyncio.run(greet())
    assert first.startswith('{"type":"session.created"')
    assert first != second
    assert len(sim.realtime.connections) == 2


@pytest.mark.skipif(VERSION < 17, reason="websockets has a client for trio since 17")
def test_the_client_of_trio_is_caught() -> None:
    import trio
    from websockets.trio.client import connect as connect_trio  # type: ignore[import-not-found, unused-ignore]

    async def greet(url: str) -> str:
        async with connect_trio(url, additional_headers=KEY) as socket:
            return str(await socket.recv())

    with Emulator().patch() as sim:
        assert trio.run(greet, URL).startswith('{"type":"session.created"')
        with pytest.raises(RefusedHostError):
            trio.run(greet, "wss://elsewhere.test/")
    assert len(sim.realtime.connections) == 1


def test_a_client_made_before_the_patch_is_caught_and_afterwards_let_go() -> None:
    from websockets.legacy.client import connect as connect_legacy

    async def use(connecting: Any) -> None:
        with Emulator(base_urls=["https://elsewhere.test/v1"]).patch() as sim:
            for _ in range(2):
                socket = await connecting
                assert str(await socket.recv()).startswith('{"type":"session.created"')
                await socket.close()
        with Emulator().patch() as other, pytest.raises(RefusedHostError):
            await connecting
        assert len(sim.realtime.connections) == 2
        assert other.realtime.connections == ()

    async def make() -> None:
        await use(connect_legacy(ELSEWHERE, extra_headers=KEY))
        if VERSION >= 14:
            await use(connect_async(ELSEWHERE, additional_headers=KEY))

    asyncio.run(make())


def test_several_clients_at_once_have_their_turns() -> None:
    async def ids(sim: Emulator) -> list[Any]:
        own = AsyncOpenAI(api_key="sk-test")

        async def connected(number: int) -> Any:
            async with own.realtime.connect(model=f"model-{number}") as connection:
                created: Any = await connection.recv()
                return created.session.id, created.session.model

        async with own:
            return list(await asyncio.gather(*map(connected, range(8))))

    runs = []
    for _ in range(5):
        with Emulator().patch() as sim:
            runs.append(asyncio.run(ids(sim)))
        models = [connection.session.configuration["model"] for connection in sim.realtime.connections]
        assert models == [f"model-{number}" for number in range(8)]
    assert runs == [runs[0]] * 5


@pytest.mark.parametrize("option", ["nonsense", "extra_header"])
def test_an_option_that_does_not_exist_is_refused_as_ever(option: str) -> None:
    from websockets.legacy.client import connect as connect_legacy

    options: Any = {option: {"X": "y"}}

    async def attempt(connecting: Any) -> None:
        await connecting(URL, **options)

    with Emulator().patch() as sim:
        for connecting in (connect_async, connect_legacy):
            with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
                asyncio.run(attempt(connecting))
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
            connect(URL, **options)
    assert sim.realtime.connections == ()


def test_options_that_the_client_refuses_leave_nothing_open() -> None:
    async def attempt(**options: Any) -> None:
        async with connect_async(URL, **options):
            raise AssertionError

    wrong: list[dict[str, Any]] = [{"compression": "bogus"}, {"subprotocols": "realtime"}]
    with Emulator().patch() as sim:
        for options in wrong:
            with pytest.raises((ValueError, TypeError)):
                connect(URL, **options)
            with pytest.raises((ValueError, TypeError)):
                asyncio.run(attempt(**options))
        with pytest.raises((ValueError, TypeError), match="ssl=None is incompatible with a wss:// URI"):
            asyncio.run(attempt(ssl=None))
    assert sim.realtime.connections == ()


def test_tls_for_a_url_without_it_is_refused_as_ever() -> None:
    context = ssl.create_default_context()
    plain = URL.replace("wss", "ws")

    async def attempt() -> None:
        async with connect_async(plain, ssl=context):
            raise AssertionError

    with Emulator().patch() as sim:
        with pytest.raises((ValueError, TypeError), match="incompatible with a ws:// URI"):
            asyncio.run(attempt())
        with pytest.raises((ValueError, TypeError), match="incompatible with a ws:// URI"):
            connect(plain, ssl=context)
    assert sim.realtime.connections == ()


def test_a_client_that_reconnects_as_the_patch_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LONGEST_END, 2 * PATIENCE)
    outcomes: list[Any] = []
    connected, held, tried = threading.Event(), threading.Event(), threading.Event()

    def survive() -> None:
        try:
            with connect(URL, additional_headers=KEY) as socket:
                connected.set()
                while True:
                    socket.recv()
        except ConnectionClosed:
            try:
                connect(URL, additional_headers=KEY)
            except OSError as error:
                outcomes.append(str(error))
        finally:
            tried.set()

    def hold_up(session: Any) -> None:
        """Keep the end of the patch from ending before the client has tried again."""
        with session.lock:
            session.wake()
            held.set()
            tried.wait(PATIENCE)

    client = threading.Thread(target=survive)
    with Emulator().patch() as sim:
        other = connect(URL, additional_headers=KEY)
        client.start()
        assert connected.wait(PATIENCE)
        threading.Thread(target=hold_up, args=(sim.realtime.connections[0].session,)).start()
        assert held.wait(PATIENCE)
    client.join(PATIENCE)
    other.close()
    assert outcomes == ["the emulator that answers here is no longer patched in"]


@pytest.mark.skipif(VERSION < 14, reason="websockets reconnects since 14, but for the legacy client")
def test_each_attempt_to_connect_is_a_fresh_session() -> None:
    async def greet() -> list[str]:
        ids = []
        async for socket in connect_async(URL, additional_headers=KEY):
            ids.append(str(await socket.recv()))
            sim.realtime.connections[-1].session.drop(1011)
            if len(ids) == 2:
                return ids
            with pytest.raises(ConnectionClosedError):
                await socket.recv()
        raise AssertionError

    with Emulator().patch() as sim:
        first, second = asyncio.run(greet())
    assert first != second


def test_the_sdk_reconnects_to_a_fresh_and_empty_session() -> None:
    async def survive() -> tuple[list[str], list[int]]:
        own = AsyncOpenAI(api_key="sk-test")
        seen: list[str] = []
        reasons: list[int] = []

        def again(event: Any) -> Any:
            reasons.append(event.close_code)
            return None

        async with (
            own,
            own.realtime.connect(model="gpt-realtime", on_reconnecting=again, initial_delay=0.01) as connection,
        ):
            await connection.conversation.item.create(item=said("one"))
            async for event in connection:
                seen.append(event.type)
                if seen.count("session.created") == 2:
                    return seen, reasons
                if event.type == "conversation.item.done":
                    sim.realtime.connections[0].session.drop(1012)
        raise AssertionError

    with Emulator().patch() as sim:
        seen, reasons = asyncio.run(survive())
    assert seen == ["session.created", "conversation.item.added", "conversation.item.done", "session.created"]
    assert reasons == [1012]
    assert (order(sim, 0), order(sim, 1)) == (("one",), ())


def test_what_the_test_lets_the_session_do_arrives_by_itself() -> None:
    async def listen() -> list[str]:
        own = AsyncOpenAI(api_key="sk-test")
        async with own, own.realtime.connect(model="gpt-realtime") as connection:
            await connection.recv()
            waiting = asyncio.create_task(connection.recv())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            session = sim.realtime.connections[-1].session
            session.ping(b"live")
            session.add(Text("hello"))
            events = [await waiting, await connection.recv()]
            session.expire()
            events.append(await connection.recv())
            with pytest.raises(ConnectionClosed, match="maximum duration of 60 minutes"):
                await connection.recv()
            return [event.type for event in events]

    with Emulator().patch() as sim:
        assert asyncio.run(listen()) == ["conversation.item.added", "conversation.item.done", "error"]
    assert sim.realtime.connections[-1].closed == Close(1001, "Your session hit the maximum duration of 60 minutes.")


def test_a_lost_connection_has_no_close_frame() -> None:
    with Emulator().patch() as sim, connect(URL, additional_headers=KEY) as socket:
        socket.recv()
        sim.realtime.connections[-1].session.drop()
        with pytest.raises(ConnectionClosedError) as caught:
            socket.recv()
    assert caught.value.rcvd is None
    assert sim.realtime.connections[-1].closed == Close(1006)


def test_a_client_that_is_gone_is_noticed() -> None:
    with Emulator().patch() as sim:
        socket = connect(URL, additional_headers=KEY)
        socket.recv()
        socket.socket.shutdown(2)
        until(lambda: sim.realtime.connections[0].closed)
        socket.close()
    assert sim.realtime.connections[0].closed == Close(1006)


def test_late_events_are_waited_for_and_time_may_be_virtual() -> None:
    with Emulator(now=1000, virtual_time=True).patch() as sim, connect(URL, additional_headers=KEY) as socket:
        socket.recv()
        sim.realtime.connections[-1].session.add(Text("hello"), delay=100)
        assert [str(socket.recv())[:34], str(socket.recv())[:33]] == ITEM
        assert sim.clock.now() == 1100
    with Emulator().patch() as sim, connect(URL, additional_headers=KEY) as socket:
        socket.recv()
        begun = time.monotonic()
        sim.realtime.connections[-1].session.add(Text("hello"), delay=0.05)
        assert [str(socket.recv())[:34], str(socket.recv())[:33]] == ITEM
        assert time.monotonic() - begun >= 0.05


def test_what_is_still_late_at_the_end_never_arrives() -> None:
    with Emulator().patch() as sim, connect(URL, additional_headers=KEY) as socket:
        socket.recv()
        sim.realtime.connections[-1].session.add(Text("hello"), delay=10_000)
    assert [(entry.title, entry.arrived) for entry in sim.journal] == [
        ("< session.created", True),
        ("< conversation.item.added", False),
        ("< conversation.item.done", False),
        ("> close 1000", True),
    ]


def test_the_end_of_the_patch_breaks_what_is_open() -> None:
    with Emulator().patch() as sim:
        socket = connect(URL, additional_headers=KEY)
        socket.recv()
    with pytest.raises(ConnectionClosedError):
        socket.recv(timeout=PATIENCE)
    assert sim.realtime.connections[-1].closed == Close(1006)
    socket.close()


def test_reset_breaks_and_forgets_them_and_the_ids_begin_again() -> None:
    with Emulator().patch() as sim:
        with connect(URL, additional_headers=KEY) as socket:
            first = socket.recv()
            sim.reset()
            assert sim.realtime.connections == ()
            with pytest.raises(ConnectionClosedError):
                socket.recv(timeout=PATIENCE)
        with connect(URL, additional_headers=KEY) as socket:
            assert socket.recv() == first


def test_large_frames_and_many_unread_ones_pass() -> None:
    text = "x" * 1_100_000  # websockets takes 1 MiB unless it is told otherwise
    item = said("large") | {"content": [{"type": "input_text", "text": text}]}
    with Emulator().patch() as sim, OpenAI(api_key="sk-test").realtime.connect(model="gpt-realtime") as connection:
        connection.conversation.item.create(item=item)
        for number in range(50):
            unread = {"type": "input_text", "text": "x" * 20_000}  # in all, more than sockets hold
            connection.conversation.item.create(item=said(f"item_{number}") | {"content": [unread]})
        events: list[Any] = [connection.recv() for _ in range(1 + 2 * 51)]
        assert len(order(sim)) == 51
    assert events[1].item.content[0].text == text


@pytest.mark.parametrize(
    ("url", "headers", "code", "reason"),
    [
        (URL, {}, 3000, "invalid_request_error"),
        (URL, {"Authorization": "Bearer sk-other"}, 3000, "invalid_request_error.invalid_api_key"),
        (URL.partition("?")[0], KEY, 4000, "invalid_request_error.missing_model"),
    ],
    ids=["no key", "wrong key", "no model"],
)
def test_a_refused_client_is_told_on_the_open_connection(url: str, headers: Any, code: int, reason: str) -> None:
    with Emulator(api_keys=["sk-test"]).patch():
        error, close = asyncio.run(heard(uri=url, additional_headers=headers))
    assert error.startswith('{"type":"error"')
    assert close == f"{code} {reason}"


def test_any_other_path_is_answered_as_over_http() -> None:
    with Emulator().patch() as sim, pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        connect("wss://api.openai.com/v1/nothing", additional_headers=KEY)
    assert caught.value.response.status_code == 404
    assert b"Invalid URL (GET /v1/nothing)" in (caught.value.response.body or b"")
    assert sim.journal[-1].status == 404


def test_other_hosts_are_refused() -> None:
    async def reach(url: str) -> None:
        async with connect_async(url):
            raise AssertionError

    with Emulator().patch() as sim:
        with pytest.raises(RefusedHostError):
            connect("wss://user:secret@elsewhere.test:8443/path?key=secret")
        with pytest.raises(RefusedHostError):
            asyncio.run(reach("ws://elsewhere.test/path"))
    first, second = map(str, sim.refused)
    assert first.startswith("GET wss://elsewhere.test:8443/path was not sent: the emulator is patched in, and")
    assert second.startswith("GET ws://elsewhere.test/path was not sent: the emulator is patched in, and elsewhere")
    assert "secret" not in first


def test_afterwards_nothing_is_patched() -> None:
    from websockets.asyncio import client as asynchronous
    from websockets.sync import client as synchronous

    def standing() -> list[Any]:
        owners = [asynchronous.connect, getattr(synchronous, "reconnect", synchronous)]
        return [*(dict(vars(owner)) for owner in owners), synchronous.connect.__code__]

    before = standing()
    with Emulator().patch():
        assert standing() != before
    assert standing() == before
