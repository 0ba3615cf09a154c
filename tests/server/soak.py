"""64 clients on loopback that mix operations and streams, compared with a model: ``python -m tests.server.soak``.

Each client works on conversations of its own, and keeps what it has been told. At the end the server holds exactly
that: nothing is lost, nothing is there twice, and nothing was answered with a 5xx. A command and no test: it loads the
machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import time
from collections import Counter
from typing import Any

import httpx2

from convsim import Emulator
from convsim.server.admission import loopback_hosts
from convsim.server.runner import Port, ServerThread

KEY = {"Authorization": "Bearer sk-soak"}
HELLO = {"role": "user", "content": "hello"}
TURN = {"model": "gpt-4.1", "input": "hello", "store": True}
_MOST_ITEMS = 60


class Client:
    """One client: ``held`` are the ids of the items of each conversation, as it has been told."""

    def __init__(self, http: httpx2.AsyncClient, number: int) -> None:
        self.held: dict[str, list[str]] = {}
        self.counted: Counter[str] = Counter()
        self._http = http
        self._random = random.Random(number)

    async def work(self, end: float) -> None:
        """Do one thing after the other until the time is over."""
        steps = [self.create, self.add, self.add, self.list, self.retrieve, self.remove, self.turn, self.stream]
        steps += [self.leave, self.forget]
        while time.monotonic() < end:
            step = self._random.choice(steps) if self.held else self.create
            await step()
            self.counted[step.__name__] += 1

    async def ask(self, method: str, path: str, given: object = None) -> Any:
        """Return an answer with status 200; end the run for any other."""
        answer = await self._http.request(method, path, json=given)
        if answer.status_code != 200:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def any(self) -> str:
        return self._random.choice(list(self.held))

    async def create(self) -> None:
        if len(self.held) < 5:
            self.held[(await self.ask("POST", "/conversations", {}))["id"]] = []

    async def add(self) -> None:
        name = self.any()
        if len(self.held[name]) < _MOST_ITEMS:
            told = await self.ask("POST", f"/conversations/{name}/items", {"items": [HELLO, HELLO]})
            self.held[name] += [item["id"] for item in told["data"]]

    async def list(self) -> None:
        name = self.any()
        page = await self.ask("GET", f"/conversations/{name}/items?limit=100&order=asc")
        assert [item["id"] for item in page["data"]] == self.held[name], "a list is not what was told"

    async def retrieve(self) -> None:
        name = self.any()
        if self.held[name]:
            item = self._random.choice(self.held[name])
            assert (await self.ask("GET", f"/conversations/{name}/items/{item}"))["id"] == item

    async def remove(self) -> None:
        name = self.any()
        if self.held[name]:
            item = self.held[name].pop(self._random.randrange(len(self.held[name])))
            await self.ask("DELETE", f"/conversations/{name}/items/{item}")

    async def turn(self) -> None:
        name = self.any()
        if len(self.held[name]) < _MOST_ITEMS:
            await self.ask("POST", "/responses", TURN | {"conversation": name})
            await self.look_again(name, 2)

    async def stream(self) -> None:
        name = self.any()
        if len(self.held[name]) >= _MOST_ITEMS:
            return
        async with self._http.stream(
            "POST", "/responses", json=TURN | {"conversation": name, "stream": True}
        ) as answer:
            assert answer.status_code == 200
            last = [line async for line in answer.aiter_lines() if line.startswith("event: ")][-1]
        assert last == "event: response.completed"
        await self.look_again(name, 2)

    async def leave(self) -> None:
        """Begin a stream outside any conversation, and leave it."""
        async with self._http.stream("POST", "/responses", json=TURN | {"stream": True}) as answer:
            async for _ in answer.aiter_lines():
                break

    async def forget(self) -> None:
        if len(self.held) > 3:
            name = self.any()
            del self.held[name]
            await self.ask("DELETE", f"/conversations/{name}")

    async def look_again(self, name: str, more: int) -> None:
        """Take over what a turn has put behind the items that were there."""
        page = await self.ask("GET", f"/conversations/{name}/items?limit=100&order=asc")
        found = [item["id"] for item in page["data"]]
        assert found[:-more] == self.held[name], "a turn has changed what was there"
        self.held[name] = found


async def soak(url: str, clients: int, seconds: float) -> list[Client]:
    """All clients at once; the first thing that goes wrong ends it."""
    limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx2.AsyncClient(base_url=f"{url}/v1", headers=KEY, timeout=30, limits=limits) as http:
        end = time.monotonic() + seconds
        workers = [Client(http, number) for number in range(clients)]
        async with asyncio.TaskGroup() as tasks:
            for worker in workers:
                tasks.create_task(worker.work(end))
    return workers


def main() -> int:
    """Run it, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=64)
    given = parser.parse_args()
    sim, port = Emulator(unscripted="echo"), Port()
    with ServerThread(port, sim.asgi(allowed_hosts=loopback_hosts(port.number))):
        asyncio.run(soak(port.url, given.clients, given.seconds / 4))
        settled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sim.reset()
        workers = asyncio.run(soak(port.url, given.clients, given.seconds))
    told = {name: items for worker in workers for name, items in worker.held.items()}
    stored = {name: [item.id for item in state.items] for name, state in sim.state.items()}
    counted = sum((worker.counted for worker in workers), Counter[str]())
    print(f"{sum(counted.values())} steps: {dict(counted.most_common())}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most: {settled} KiB after a quarter of the time, {most} KiB at the end")
    print(f"conversations {len(stored)}, items {sum(map(len, stored.values()))}, journal {sim.journal!r}")
    if stored != told:
        print("the server holds something else than its clients were told")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
