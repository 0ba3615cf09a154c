from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import openai
import pytest

from convsim import Emulator
from convsim.faults import RateLimited, Rule
from convsim.realtime import Text
from tests.asking import check
from tests.waiting import PATIENCE

BASE = "https://api.openai.com/v1"
BATCH = 5
WRITERS = 4
BATCHES = 25


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def batch(mark: str) -> list[dict[str, Any]]:
    """Items that say to which batch they belong, and where in it they stand."""
    return [{"role": "user", "content": f"{mark} {number}"} for number in range(BATCH)]


def whole_batches(items: list[dict[str, Any]]) -> list[str]:
    """The marks of a page's batches, oldest first; each must be there whole and in one piece."""
    said = [item["content"][0]["text"].rpartition(" ") for item in items]
    marks = [mark for mark, _, _ in said[::BATCH]]
    assert said == [(mark, " ", str(number)) for mark in marks for number in range(BATCH)]
    return marks


def over_http(sim: Emulator) -> tuple[Callable[[list[Any]], None], Callable[[str], list[Any]]]:
    client = httpx2.Client(transport=sim.httpx2_transport(), base_url=BASE, headers={"Authorization": "Bearer sk-x"})

    def write(items: list[Any]) -> None:
        assert client.post("/conversations/conv_a/items", json={"items": items}).status_code == 200

    def read(order: str) -> list[Any]:
        data: list[Any] = client.get("/conversations/conv_a/items", params={"limit": 100, "order": order}).json()[
            "data"
        ]
        return data

    return write, read


def directly(sim: Emulator) -> tuple[Callable[[list[Any]], None], Callable[[str], list[Any]]]:
    def write(items: list[Any]) -> None:
        assert len(sim.conversations.items.create("conv_a", items=items).data) == BATCH

    def read(order: Any) -> list[Any]:
        return [item.to_dict() for item in sim.conversations.items.list("conv_a", limit=100, order=order).data]

    return write, read


def require_all_batches(sim: Emulator) -> None:
    """Every batch that was written is there once and whole, in its writer's order, and all ids differ."""
    items = [item.to_dict() for item in sim.state["conv_a"].items]
    marks = whole_batches(items)
    for writer in range(WRITERS):
        own = [mark for mark in marks if mark.startswith(f"{writer}:")]
        assert own == [f"{writer}:{number}" for number in range(BATCHES)]
    assert len(marks) == WRITERS * BATCHES
    assert len({item["id"] for item in items}) == len(items)
    check(sim)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("front", [over_http, directly])
def test_threads_see_every_create_whole(front: Any) -> None:
    sim = Emulator()
    sim.seed("conv_a")
    write, read = front(sim)
    start = Barrier(WRITERS + 3)

    def writing(writer: int) -> None:
        start.wait()
        for number in range(BATCHES):
            write(batch(f"{writer}:{number}"))

    def reading(order: str) -> None:
        start.wait()
        for _ in range(BATCHES):
            items = read(order)
            whole_batches(items if order == "asc" else items[::-1])

    def looking() -> None:
        start.wait()
        for _ in range(BATCHES):
            whole_batches([item.to_dict() for item in sim.state["conv_a"].items])

    with ThreadPoolExecutor(WRITERS + 3) as threads:
        running = [threads.submit(writing, writer) for writer in range(WRITERS)]
        running += [threads.submit(reading, order) for order in ("asc", "desc")]
        running.append(threads.submit(looking))
        for each in running:
            each.result()
    require_all_batches(sim)


def test_tasks_see_every_create_whole() -> None:
    sim = Emulator()
    sim.seed("conv_a")

    async def talk() -> None:
        headers = {"Authorization": "Bearer sk-x"}
        async with httpx2.AsyncClient(transport=sim.httpx2_transport(), base_url=BASE, headers=headers) as client:

            async def writing(writer: int) -> None:
                for number in range(BATCHES):
                    await client.post("/conversations/conv_a/items", json={"items": batch(f"{writer}:{number}")})
                    await asyncio.sleep(0)

            async def reading() -> None:
                for _ in range(BATCHES):
                    answer = await client.get("/conversations/conv_a/items", params={"limit": 100, "order": "asc"})
                    whole_batches(answer.json()["data"])
                    await asyncio.sleep(0)

            await asyncio.gather(*(writing(writer) for writer in range(WRITERS)), reading(), reading())

    asyncio.run(talk())
    require_all_batches(sim)


@pytest.mark.usefixtures("restless")
def test_threads_that_come_first_share_one_project_and_get_ids_of_their_own() -> None:
    for _ in range(20):
        sim = Emulator()
        transport = sim.httpx2_transport()
        start = Barrier(8)

        def create(number: int, transport: httpx2.BaseTransport = transport, start: Barrier = start) -> tuple[str, str]:
            client = httpx2.Client(transport=transport, base_url=BASE, headers={"Authorization": "Bearer sk-x"})
            start.wait()
            answer = client.post("/conversations", json={"metadata": {"number": str(number)}})
            assert answer.json()["metadata"] == {"number": str(number)}
            return answer.json()["id"], answer.headers["x-request-id"]

        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(create, range(8)))
        assert {conversation_id for conversation_id, _ in made} == sim.state.keys()
        assert len(sim.state) == len({request_id for _, request_id in made}) == 8


@pytest.mark.usefixtures("restless")
def test_a_reset_between_threads_leaves_a_sound_store() -> None:
    sim = Emulator()
    start = Barrier(3)

    def creating() -> None:
        start.wait()
        for _ in range(50):
            sim.conversations.create(items=batch("x"))

    def resetting() -> None:
        start.wait()
        for _ in range(50):
            sim.reset()

    with ThreadPoolExecutor(3) as threads:
        for each in [threads.submit(creating), threads.submit(creating), threads.submit(resetting)]:
            each.result()
    check(sim)
    assert all(len(state.items) == BATCH for state in sim.state.values())


@pytest.mark.usefixtures("restless")
def test_threads_number_their_entries_in_the_journal_without_gaps() -> None:
    sim = Emulator()
    http = httpx2.Client(transport=sim.httpx2_transport(), base_url=BASE, headers={"Authorization": "Bearer sk-x"})

    def work(number: int) -> None:
        for _ in range(20):
            if number % 2:
                http.post("/conversations")
            else:
                sim.conversations.create()
            assert len(list(sim.journal)) > 0

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))

    assert [entry.number for entry in sim.journal] == list(range(1, 121))
    assert sorted(entry.conversation or "" for entry in sim.journal) == sorted(sim.state)


@pytest.mark.parametrize("front", [over_http, directly])
@pytest.mark.usefixtures("restless")
def test_the_journal_has_the_order_of_the_commits(front: Any) -> None:
    sim = Emulator()
    sim.seed("conv_a")
    write, _ = front(sim)
    barrier = Barrier(WRITERS)

    def work(mark: int) -> None:
        barrier.wait()
        for number in range(BATCHES):
            write(batch(f"{mark}-{number}"))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))

    noted = [item for entry in list(sim.journal)[1:] for item in entry.items]
    assert noted == [item.id for item in sim.state["conv_a"].items]


# --- sixteen threads, each with items, turns and a Realtime session ------------------------------------------------

THREADS = 16
ROUNDS = 2


def heard(connection: Any) -> dict[str, Any]:
    event = connection.recv()
    return event if isinstance(event, dict) else event.to_dict()


def talk(sim: Emulator, sdk: openai.OpenAI, connection: Any, mark: str) -> None:
    """Do some of everything, and read what this thread has written, and nothing else."""
    for number in range(ROUNDS):
        said = f"{mark}:{number}"
        made = sdk.conversations.create(items=[{"type": "message", "role": "user", "content": said}])
        asked: Any = {"model": "gpt-4.1", "input": said, "conversation": made.id}
        assert sdk.responses.create(**asked).output_text == f"re: {said}"
        events = list(sdk.responses.create(**asked, stream=True))
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == f"re: {said}"
        sim.assert_items(made.id, [("user", said)] + 2 * [("user", said), ("assistant", f"re: {said}")])
    session = heard(connection)["session"]["id"]
    content = [{"type": "input_text", "text": mark}]
    connection.send(
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}}
    )
    connection.send({"type": "response.create"})
    while heard(connection)["type"] != "response.done":
        pass
    connection.close()
    sim.assert_items(session, [("user", mark), ("assistant", "Heard.")])


def scripted(threads: int) -> Emulator:
    sim = Emulator()
    sim.responses.script(lambda turn: f"re: {turn.text}", times=threads * ROUNDS * 2)
    for _ in range(threads):
        sim.realtime.script(Text("Heard."))
    return sim


@pytest.mark.usefixtures("restless")
def test_threads_arm_and_disarm_faults_beside_each_other() -> None:
    sim, start = Emulator(), Barrier(WRITERS)

    def arm(_: int) -> None:
        start.wait(PATIENCE)
        for _ in range(300):
            armed = sim.faults.add(RateLimited())
            sim.faults.add(RateLimited(), on="conversations.delete")
            armed.disarm()

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(arm, range(WRITERS)))
    assert len(sim.faults) == WRITERS * 300
    assert {str(rule) for rule in sim.faults} == {str(Rule(RateLimited(), on="conversations.delete"))}


@pytest.mark.usefixtures("restless")
def test_sixteen_threads_on_one_emulator() -> None:
    start = Barrier(THREADS)
    # Without the interpreter's lock, the SDK's models must not be built by several threads at once.
    with (
        scripted(1).patch() as first,
        openai.OpenAI(api_key="sk-x") as sdk,
        sdk.realtime.connect(model="gpt-realtime") as connection,
    ):
        talk(first, sdk, connection, "first")

    with scripted(THREADS).patch() as sim, openai.OpenAI(api_key="sk-x") as sdk:

        def work(number: int) -> None:
            start.wait(PATIENCE)
            options: Any = {"open_timeout": PATIENCE}
            with sdk.realtime.connect(model="gpt-realtime", websocket_connection_options=options) as connection:
                talk(sim, sdk, connection, f"thread {number}")

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(work, range(THREADS)))
    assert len(sim.state) == THREADS * ROUNDS
    assert len(sim.realtime.connections) == THREADS
    assert [entry.number for entry in sim.journal] == list(range(1, len(sim.journal) + 1))
    assert (sim.unused_scripts, sim.refused) == ((), ())
    check(sim)


@pytest.mark.usefixtures("restless")
def test_sixteen_threads_on_one_emulator_each() -> None:
    """Each ends with the bytes and the journal of an emulator that works alone."""
    start = Barrier(THREADS)

    def work(number: int) -> tuple[Any, list[str]]:
        sim = scripted(1)
        with sim.openai() as sdk:
            if number:
                start.wait(PATIENCE)
            talk(sim, sdk, sim.realtime.connect(), "one")
        assert sim.unused_scripts == ()
        check(sim)
        return sim.snapshot().to_dict(), str(sim.journal).splitlines()

    alone = work(0)
    with ThreadPoolExecutor(THREADS) as threads:
        together = list(threads.map(work, range(1, THREADS + 1)))
    assert together == THREADS * [alone]
