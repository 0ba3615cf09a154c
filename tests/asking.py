"""What the tests of journal and snapshots ask an emulator, over HTTP and without a client library's own mind."""

from __future__ import annotations

from typing import Any

import httpx2

from convsim import Emulator

HELLO: Any = {"role": "user", "content": "hello"}
CALL = {"type": "function_call", "arguments": "{}", "call_id": "call_1", "name": "f"}
IMAGE = {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.org/a.png"}]}
INCLUDED = ["message.input_image.image_url", "reasoning.encrypted_content", "message.output_text.logprobs"]
ATTEMPT = "x-stainless-retry-count"


def client(sim: Emulator, key: str = "sk-test", **headers: str) -> httpx2.Client:
    """A client of httpx2 on the emulator."""
    sent = {"Authorization": f"Bearer {key}"} | headers
    return httpx2.Client(transport=sim.httpx2_transport(), base_url="https://api.openai.com/v1", headers=sent)


def check(sim: Emulator) -> None:
    """Every invariant of every project's store holds."""
    for project in sim._projects.values():
        project.store._check()


def heard(answer: httpx2.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """All bytes of an answer, its headers in order."""
    return answer.status_code, answer.headers.raw, answer.content


def everything(sim: Emulator, *keys: str) -> list[Any]:
    """What each key (any, when none is named) hears for every GET: conversations, pages and single items."""
    answers: list[Any] = []
    for key in keys or ("sk-test",):
        with client(sim, key) as http:

            def ask(path: str, query: dict[str, Any], http: httpx2.Client = http) -> Any:
                answer = http.get(path, params=query)
                answers.append((path, answer.status_code, answer.content))
                return answer.json()

            name = sim._keys.given[key] if sim._keys.given else "proj_default"
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
            name = sim._keys.given[key] if sim._keys.given else "proj_default"
            for conversation_id in (*sim.project(name).state, new):
                path = f"/conversations/{conversation_id}"
                answers.append(heard(http.post(f"{path}/items", json={"items": [HELLO, CALL]})))
                answers.append(heard(http.get(f"{path}/items", params={"limit": 100})))
            answers.append(heard(http.get("/conversations/conv_nowhere")))
            answers.append(heard(http.delete(f"/conversations/{new}")))
    return answers
