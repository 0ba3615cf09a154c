"""Questions of tests to an emulator: over HTTP with a plain client, and about private state.

This is the only test module that uses private names of convsim (test_private_names.py checks that), so that a change of
one of them edits one file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

import httpx2

from convsim import Emulator
from convsim.errors import validation as grammar
from convsim.http.messages import App, Outcome, Request, Response
from convsim.journal.journal import Journal
from convsim.operations.project import Project
from convsim.realtime import Session
from convsim.server.runner import ServerThread
from convsim.service.service import Service
from convsim.service.sockets import TurnSocket
from convsim.store.index import Place
from convsim.store.store import Conversation, Store

HELLO: Any = {"role": "user", "content": "hello"}
CALL = {"type": "function_call", "arguments": "{}", "call_id": "call_1", "name": "f"}
IMAGE = {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.org/a.png"}]}
INCLUDED = ["message.input_image.image_url", "reasoning.encrypted_content", "message.output_text.logprobs"]
ATTEMPT = "x-stainless-retry-count"


# --- private names -------------------------------------------------------------------------------------------------

# For monkeypatch.setattr: the distance of labels in an index; the locks of convsim.items.fields, of clocks and of
# convsim.adapters.environment; how long a serving thread is waited for, and how long it waits at once; the functions of
# libraries that were found before a mock replaced them; how long the plugin waits for traces.
INDEX_GAP = "convsim.store.index._GAP"
BUILDING_LOCK = "_lock"
CLOCKS_LOCK = "_lock"
KEY_LOCK = "_lock"
FOUND_LAST = "convsim.adapters.patching._found_last"
MOST_CONNECTIONS = "convsim.service.realtime._MOST_CONNECTIONS"
LONGEST_END = "convsim.adapters.websockets.thread._LONGEST_END"
LONGEST_WAIT = "convsim.adapters.websockets.thread._LONGEST_WAIT"
MOST_AT_ONCE = "convsim.adapters.asgi._MOST_AT_ONCE"
LONGEST_FLUSH = "pytest_convsim._leftovers._LONGEST_FLUSH"
LONGEST_WAIT_FOR_BODY = "convsim.adapters.drivers._LONGEST_WAIT"


def lanes(socket: TurnSocket) -> list[str | None]:
    """The lanes of a connection that have an open turn or a waiting message."""
    return list(socket._lanes)


def check(checked: Any) -> None:
    """Raise ``AssertionError`` unless all invariants hold: of an emulator, a session, a store, or a part of one."""
    if isinstance(checked, Emulator):
        for project in checked._service.projects.values():
            project.store._check()
    elif isinstance(checked, Session):
        checked._items._check()
    else:
        checked._check()


def app(sim: Emulator) -> App:
    """Return the app that the emulator gives to its adapters."""
    return sim._app


def handler(sim: Emulator) -> Callable[[Request], Outcome]:
    """Return the app that answers requests."""
    return sim._app.handle


def handle(sim: Emulator, request: Request) -> Outcome:
    """Return the outcome of one request, with no client between."""
    return app(sim).handle(request)


def service(sim: Emulator) -> Service:
    """Return the state that all parts of the emulator share."""
    return sim._service


def uvicorn_of(thread: ServerThread) -> Any:
    """The server that runs in the thread."""
    return thread._server


def lock(sim: Emulator) -> AbstractContextManager[object]:
    """The lock that every operation takes."""
    return sim._service.lock


def keep_journal_in(sim: Emulator, journal: Journal) -> None:
    """Have the requests of clients noted in another journal than ``sim.journal``."""
    sim._service.journal = journal


def project_named(sim: Emulator, name: str) -> Project:
    """Return the project with its store and ids, made when there is none of that name."""
    return sim._service.project(name)


def project_of(sim: Emulator, key: str) -> str:
    """Return the name of the project that an API key is for."""
    return sim._service.keys.given[key] if sim._service.keys.given else "proj_default"


def versions(sim: Emulator) -> Mapping[Any, Collection[Store]]:
    """Return the earlier versions of stores that are kept for stale reads."""
    return {(rule, name): kept for rule in sim.faults for name, kept in rule.versions.items()}


def pictures(sim: Emulator) -> list[object]:
    """Return the pictures of the default project that a test holds."""
    return list(project_named(sim, "proj_default").store._pictures)


def pictures_of(store: Store) -> list[Any]:
    """The references to the pictures that a store keeps up."""
    return store._pictures


def sentences() -> Mapping[str, object]:
    """Return the sentences of the grammar, by the type of pydantic's error."""
    return grammar._SENTENCES


def links(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation's places in its index, by item id."""
    return conversation._links


def label(place: Place[Any]) -> int:
    """Return the number that says where the place stands in its index."""
    return place._label


def relabel(place: Place[Any], label: int) -> None:
    """Give a place another label, as only a broken index would."""
    place._label = label


def plugin_module(name: str) -> Any:
    """Return a module of the plugin that is imported when it is used."""
    return import_module(f"pytest_convsim._{name}")


def forget_leftovers() -> None:
    """End what the plugin keeps until the interpreter ends, of a run of pytest inside this one."""
    kept = getattr(sys.modules.get("pytest_convsim._leftovers"), "_kept", [])
    while kept:
        kept.pop().close()


# --- over HTTP -----------------------------------------------------------------------------------------------------


def client(sim: Emulator, key: str = "sk-test", **headers: str) -> httpx2.Client:
    """Return a client of httpx2 on the emulator."""
    sent = {"Authorization": f"Bearer {key}"} | headers
    return httpx2.Client(transport=sim.httpx2_transport(), base_url="https://api.openai.com/v1", headers=sent)


def whole(response: Response) -> bytes:
    """Return the body of an answer that is not sent in pieces."""
    assert isinstance(response.body, bytes)
    return response.body


def heard(answer: httpx2.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return all bytes of an answer, its headers in order."""
    return answer.status_code, answer.headers.raw, answer.content


def everything(sim: Emulator, *keys: str) -> list[Any]:
    """Return the answers to every GET for each key (any, if none is named): conversations, pages and single items."""
    answers: list[Any] = []
    for key in keys or ("sk-test",):
        with client(sim, key) as http:

            def ask(path: str, query: dict[str, Any], http: httpx2.Client = http) -> Any:
                answer = http.get(path, params=query)
                answers.append((path, answer.status_code, answer.content))
                return answer.json()

            name = project_of(sim, key)
            for conversation_id, state in sim.project(name).state.items():
                ask(f"/conversations/{conversation_id}", {})
                for order in ("asc", "desc"):
                    page = ask(f"/conversations/{conversation_id}/items", {"order": order, "limit": 3})
                    while page["has_more"]:
                        cursor = page["last_id"]
                        page = ask(
                            f"/conversations/{conversation_id}/items", {"order": order, "limit": 3, "after": cursor}
                        )
                for item in state.items:
                    ask(f"/conversations/{conversation_id}/items/{item.id}", {})
                    ask(f"/conversations/{conversation_id}/items/{item.id}", {"include[]": INCLUDED})
    return answers


def what_follows(sim: Emulator, *keys: str) -> list[Any]:
    """More calls of every kind for each key, and all bytes that they answer: ids, instants, request ids, order."""
    answers: list[Any] = []
    for key in keys or ("sk-test",):
        with client(sim, key) as http:
            made = http.post("/conversations", json={"items": [HELLO, CALL], "metadata": {"a": "1"}})
            answers.append(heard(made))
            sim.clock.advance(0.25)
            new = made.json()["id"]
            name = project_of(sim, key)
            for conversation_id in (*sim.project(name).state, new):
                path = f"/conversations/{conversation_id}"
                answers.append(heard(http.post(f"{path}/items", json={"items": [HELLO, CALL]})))
                answers.append(heard(http.get(f"{path}/items", params={"limit": 100})))
            answers.append(heard(http.get("/conversations/conv_nowhere")))
            answers.append(heard(http.delete(f"/conversations/{new}")))
    return answers
