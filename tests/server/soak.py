"""64 clients on loopback that mix operations and streams, compared with a model: ``python -m tests.server.soak``.

Each client works on conversations of its own, and keeps what it has been told. After each quarter of the time the
server holds exactly that: nothing is lost, nothing is there twice, and nothing was answered with a 5xx. Then it is
reset, and what its process still keeps in memory must not grow from quarter to quarter. A command and no test: it loads
the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from tests.bench.served import COMMAND, started

KEY = {"Authorization": "Bearer sk-soak"}
HELLO = {"role": "user", "content": "hello"}
TURN = {"model": "gpt-4.1", "input": "hello"}
REPLIES = {"convsim_replies": 1, "scripts": [{"replies": ["hello again"], "times": "always"}]}
_MOST_ITEMS = 60
_QUARTERS = 4
_ALLOWED = 1.1
"""How much more memory the last quarter may leave than the second: the first fills the journal and the caches."""


class Client:
    """One client: ``held`` are the ids of the items of each conversation, as it has been told."""

    def __init__(self, http: httpx2.AsyncClient, number: int) -> None:
        self.held: dict[str, list[str]] = {}
        self.counted: Counter[str] = Counter()
        self._http = http
        self._random = random.Random(number)
        self._steps: list[Callable[[], Awaitable[None]]] = [
            *(self.create, self.retrieve, self.update, self.forget),
            *(self.add, self.add, self.list_items, self.retrieve_item, self.remove),
            *(self.turn, self.stream, self.leave, self.later, self.one_response, self.compact, self.count_tokens),
            self.talk,
        ]

    async def work(self, end: float) -> None:
        """Do one thing after the other until the time is over."""
        while time.monotonic() < end:
            step: Any = self._random.choice(self._steps) if self.held else self.create
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

    # --- conversations and items -----------------------------------------------------------------------------------

    async def create(self) -> None:
        if len(self.held) < 5:
            self.held[(await self.ask("POST", "/conversations", {}))["id"]] = []

    async def retrieve(self) -> None:
        name = self.any()
        assert (await self.ask("GET", f"/conversations/{name}"))["id"] == name

    async def update(self) -> None:
        metadata = {"n": str(self._random.random())}
        told = await self.ask("POST", f"/conversations/{self.any()}", {"metadata": metadata})
        assert told["metadata"] == metadata

    async def forget(self) -> None:
        if len(self.held) > 3:
            name = self.any()
            del self.held[name]
            await self.ask("DELETE", f"/conversations/{name}")

    async def add(self) -> None:
        name = self.any()
        if len(self.held[name]) < _MOST_ITEMS:
            told = await self.ask("POST", f"/conversations/{name}/items", {"items": [HELLO, HELLO]})
            self.held[name] += [item["id"] for item in told["data"]]

    async def list_items(self) -> None:
        name = self.any()
        page = await self.ask("GET", f"/conversations/{name}/items?limit=100&order=asc")
        assert [item["id"] for item in page["data"]] == self.held[name], "a list is not what was told"

    async def retrieve_item(self) -> None:
        name = self.any()
        if self.held[name]:
            item = self._random.choice(self.held[name])
            assert (await self.ask("GET", f"/conversations/{name}/items/{item}"))["id"] == item

    async def remove(self) -> None:
        name = self.any()
        if self.held[name]:
            item = self.held[name].pop(self._random.randrange(len(self.held[name])))
            await self.ask("DELETE", f"/conversations/{name}/items/{item}")

    # --- turns -----------------------------------------------------------------------------------------------------

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

    async def later(self) -> None:
        """A turn in the background, which comes too late to be cancelled: nothing holds it."""
        made = (await self.ask("POST", "/responses", TURN | {"background": True}))["id"]
        answer = await self._http.post(f"/responses/{made}/cancel")
        assert (answer.status_code, "Cannot cancel" in answer.text) == (400, True), answer.text

    async def one_response(self) -> None:
        """A turn outside any conversation: looked at, and deleted."""
        made = (await self.ask("POST", "/responses", TURN))["id"]
        assert (await self.ask("GET", f"/responses/{made}"))["id"] == made
        assert len((await self.ask("GET", f"/responses/{made}/input_items"))["data"]) == 1
        await self.ask("DELETE", f"/responses/{made}")

    async def compact(self) -> None:
        assert (await self.ask("POST", "/responses/compact", {"model": "gpt-4.1", "input": "hello"}))["output"]

    async def count_tokens(self) -> None:
        assert (await self.ask("POST", "/responses/input_tokens", {"input": "hello"}))["input_tokens"] > 0

    async def look_again(self, name: str, more: int) -> None:
        """Take over what a turn has put behind the items that were there."""
        page = await self.ask("GET", f"/conversations/{name}/items?limit=100&order=asc")
        found = [item["id"] for item in page["data"]]
        assert found[:-more] == self.held[name], "a turn has changed what was there"
        self.held[name] = found

    # --- Realtime --------------------------------------------------------------------------------------------------

    async def talk(self) -> None:
        """A session with one item."""
        url = str(self._http.base_url).replace("http", "ws", 1) + "realtime?model=gpt-realtime"
        async with connect(url, additional_headers=KEY) as socket:
            assert json.loads(await socket.recv())["type"] == "session.created"
            content = [{"type": "input_text", "text": "hello"}]
            item = {"type": "message", "role": "user", "content": content}
            await socket.send(json.dumps({"type": "conversation.item.create", "item": item}))
            told = [json.loads(await socket.recv())["type"] for _ in range(2)]
            assert told == ["conversation.item.added", "conversation.item.done"]


class Control:
    """The server under load: what it stores, and how much memory its process has."""

    def __init__(self, root: str, token: str, process: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.Client(base_url=f"{root}/_convsim", headers=headers, timeout=60)
        self._process = process

    def stored(self) -> dict[str, list[str]]:
        names = [one["id"] for one in self._http.get("/state").raise_for_status().json()["conversations"]]
        return {name: [item["id"] for item in self._http.get(f"/state/{name}").json()["items"]] for name in names}

    def reset(self) -> None:
        self._http.post("/reset", json={}).raise_for_status()

    def memory(self) -> float:
        """MiB that the process has; on Linux alone."""
        pages = int(Path(f"/proc/{self._process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def soak(root: str, clients: int, seconds: float) -> list[Client]:
    """All clients at once; the first thing that goes wrong ends it."""
    limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx2.AsyncClient(base_url=f"{root}/v1", headers=KEY, timeout=30, limits=limits) as http:
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
    with tempfile.TemporaryDirectory() as folder:
        replies, token = Path(folder, "replies.json"), Path(folder, "token")
        replies.write_text(json.dumps(REPLIES), encoding="utf-8")
        command = [*COMMAND, "--replies", str(replies), "--control-token-file", str(token)]
        with started(command) as server:
            control = Control(server.root, token.read_text().strip(), server.process)
            return 0 if _quarters(control, server.root, given.clients, given.seconds / _QUARTERS) else 1


def _quarters(control: Control, root: str, clients: int, seconds: float) -> bool:
    counted: Counter[str] = Counter()
    left: list[float] = []
    for quarter in range(_QUARTERS):
        workers = asyncio.run(soak(root, clients, seconds))
        counted += sum((worker.counted for worker in workers), Counter[str]())
        told = {name: items for worker in workers for name, items in worker.held.items()}
        stored = control.stored()
        if stored != told:
            print("the server holds something else than its clients were told")
            return False
        loaded = control.memory()
        control.reset()
        left.append(control.memory())
        items = sum(map(len, stored.values()))
        print(
            f"quarter {quarter + 1}: {counted.total()} steps so far; {len(stored)} conversations with {items} items, as"
            f" told; memory {loaded:.1f} MiB, after a reset {left[-1]:.1f} MiB",
            flush=True,
        )
    print(dict(counted.most_common()))
    if left[-1] > left[1] * _ALLOWED:
        print("memory grows")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
