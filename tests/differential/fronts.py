"""The same calls by three ways: as Python calls, over HTTP, and through a port. Each gives a status and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx2

from convsim import APIStatusError, Emulator
from tests.asking import client
from tests.server.asking import running

Told = tuple[int | None, Any]
"""A status and the JSON of the answer; the status is None where no answer came."""


class Front(Protocol):
    """A way to the emulator; over one ``meets_faults``, a request may be refused or lost."""

    meets_faults: bool

    def create(self, items: list[Any]) -> Told: ...

    def append(self, conversation_id: str, items: list[Any]) -> Told: ...

    def page(self, conversation_id: str, after: str | None, limit: int, order: str) -> Told: ...

    def retrieve(self, conversation_id: str, item_id: str) -> Told: ...

    def delete_item(self, conversation_id: str, item_id: str) -> Told: ...

    def delete(self, conversation_id: str) -> Told: ...

    def turn(self, conversation_id: str, text: str, leave_after: int | None) -> Told:
        """A turn, streamed unless ``leave_after`` is -1; the client leaves after so many events."""


class Direct:
    """The Direct API."""

    meets_faults = False

    def __init__(self, sim: Emulator) -> None:
        self._sim = sim

    def create(self, items: list[Any]) -> Told:
        return _told(lambda: self._sim.conversations.create(items=items))

    def append(self, conversation_id: str, items: list[Any]) -> Told:
        return _told(lambda: self._sim.conversations.items.create(conversation_id, items=items))

    def page(self, conversation_id: str, after: str | None, limit: int, order: str) -> Told:
        options: dict[str, Any] = {"limit": limit, "order": order} | ({} if after is None else {"after": after})
        return _told(lambda: self._sim.conversations.items.list(conversation_id, **options))

    def retrieve(self, conversation_id: str, item_id: str) -> Told:
        return _told(lambda: self._sim.conversations.items.retrieve(item_id, conversation_id=conversation_id))

    def delete_item(self, conversation_id: str, item_id: str) -> Told:
        return _told(lambda: self._sim.conversations.items.delete(item_id, conversation_id=conversation_id))

    def delete(self, conversation_id: str) -> Told:
        return _told(lambda: self._sim.conversations.delete(conversation_id))

    def turn(self, conversation_id: str, text: str, leave_after: int | None) -> Told:
        asked: dict[str, Any] = {"model": "gpt-4.1", "input": text, "conversation": conversation_id}
        if leave_after == -1:
            return _told(lambda: self._sim.responses.create(**asked))
        try:
            events: Any = self._sim.responses.create(stream=True, **asked)
        except APIStatusError as error:
            return error.status_code, {"error": error.body}
        with events:
            for count, _ in enumerate(events, 1):
                if count == leave_after:
                    break
        return 200, None


class HTTP:
    """A client of httpx2, on a transport or on a port."""

    meets_faults = True

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def create(self, items: list[Any]) -> Told:
        return self._ask("POST", "/conversations", {"items": items})

    def append(self, conversation_id: str, items: list[Any]) -> Told:
        return self._ask("POST", f"/conversations/{conversation_id}/items", {"items": items})

    def page(self, conversation_id: str, after: str | None, limit: int, order: str) -> Told:
        behind = "" if after is None else f"&after={after}"
        return self._ask("GET", f"/conversations/{conversation_id}/items?limit={limit}&order={order}{behind}")

    def retrieve(self, conversation_id: str, item_id: str) -> Told:
        return self._ask("GET", f"/conversations/{conversation_id}/items/{item_id}")

    def delete_item(self, conversation_id: str, item_id: str) -> Told:
        return self._ask("DELETE", f"/conversations/{conversation_id}/items/{item_id}")

    def delete(self, conversation_id: str) -> Told:
        return self._ask("DELETE", f"/conversations/{conversation_id}")

    def turn(self, conversation_id: str, text: str, leave_after: int | None) -> Told:
        asked: dict[str, Any] = {"model": "gpt-4.1", "input": text, "conversation": conversation_id}
        if leave_after == -1:
            return self._ask("POST", "/responses", asked)
        with self._http.stream("POST", "/responses", json={**asked, "stream": True}) as answer:
            if answer.status_code != 200:
                return answer.status_code, json.loads(answer.read())
            for count, _ in enumerate(line for line in answer.iter_lines() if line.startswith("data: ")):
                if count + 1 == leave_after:
                    break
        return 200, None

    def _ask(self, method: str, path: str, given: Any = None) -> Told:
        try:
            answer = self._http.request(method, path, json=given)
        except httpx2.TransportError:
            return None, None
        return answer.status_code, answer.json()


def _told(call: Callable[[], Any]) -> Told:
    try:
        return 200, call().to_dict()
    except APIStatusError as error:
        return error.status_code, {"error": error.body}


@contextmanager
def direct(sim: Emulator) -> Iterator[Front]:
    yield Direct(sim)


@contextmanager
def http(sim: Emulator) -> Iterator[Front]:
    with client(sim) as made:
        yield HTTP(made)


@contextmanager
def port(sim: Emulator) -> Iterator[Front]:
    headers = {"Authorization": "Bearer sk-test"}
    with (
        running(sim) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port.number}/v1", headers=headers) as made,
    ):
        yield HTTP(made)


FRONTS = {"direct": direct, "http": http, "port": port}
