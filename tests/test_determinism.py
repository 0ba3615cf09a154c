"""The same calls give the same bytes: in another process, after a reset, and beside other conversations."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convsim import APIStatusError, Emulator
from tests.profiles import first_unless_in_full

HELLO = {"role": "user", "content": "hello"}
CALL = {"type": "function_call", "arguments": "{}", "call_id": "call_1", "name": "f"}
REFUSED: list[Callable[[Emulator, str], object]] = [
    lambda sim, here: sim.conversations.create(items=[HELLO, {"type": "item_reference", "id": "msg_x"}]),
    lambda sim, here: sim.conversations.create(metadata={"k": "v" * 513}),
    lambda sim, here: sim.conversations.retrieve("conv_x"),
    lambda sim, here: sim.conversations.items.create(here, items=[HELLO, {"role": "nobody"}]),
    lambda sim, here: sim.conversations.items.create(here, items=[HELLO] * 21),
    lambda sim, here: sim.conversations.items.create(here, items=[{"id": "msg_x"}, HELLO]),
    lambda sim, here: sim.conversations.items.list(here, after="msg_x"),
]


def refuse(sim: Emulator, conversation_id: str) -> list[str]:
    """Every kind of request that is refused, and its sentence."""
    said = []
    for request in REFUSED:
        with pytest.raises(APIStatusError) as caught:
            request(sim, conversation_id)
        said.append(caught.value.message)
    return said


def script(sim: Emulator) -> list[Any]:
    """Calls of every kind, over HTTP with its headers and through the Direct API, and all that they answered."""
    heard: list[Any] = []
    with httpx2.Client(
        transport=sim.httpx2_transport(),
        base_url="https://api.openai.com/v1",
        headers={"Authorization": "Bearer sk-test"},
    ) as client:

        def ask(method: str, path: str, **options: Any) -> Any:
            answer = client.request(method, path, **options)
            heard.append((answer.status_code, answer.headers.raw, answer.content))
            return answer.json()

        first = ask("POST", "/conversations", json={"metadata": {"b": "2", "a": "1"}, "items": [HELLO, CALL]})["id"]
        second = ask("POST", "/conversations")["id"]
        for conversation_id in (first, second, first):
            page = ask("POST", f"/conversations/{conversation_id}/items", json={"items": [HELLO] * 3})
            ask("GET", f"/conversations/{conversation_id}/items", params={"limit": 2, "after": page["last_id"]})
            heard.append(refuse(sim, conversation_id))
            sim.clock.advance(0.4)
        ask("POST", f"/conversations/{second}/items", json={"items": [{"id": page["first_id"], **HELLO}]})
        ask("DELETE", f"/conversations/{first}/items/{page['first_id']}")
        ask("POST", f"/conversations/{first}", json={"metadata": {"c": "3"}})
        ask("GET", "/nowhere")
        ask("GET", f"/conversations/{first}", headers={"Authorization": ""})
        ask("DELETE", f"/conversations/{first}")
    heard.append(sim.project("proj_b").conversations.create(items=[HELLO]).to_dict())
    heard.append({key: state.to_dict() for key, state in sim.state.items()})
    return heard


def digest(heard: list[Any]) -> str:
    return hashlib.sha256(repr(heard).encode()).hexdigest()


def digest_in_another_process(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.test_determinism"]
    root = Path(__file__).parents[1]
    return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True).stdout


def test_other_processes_give_the_same_bytes() -> None:
    here = digest(script(Emulator(seed=7)))

    assert {digest_in_another_process(hash_seed) for hash_seed in first_unless_in_full("4711", "0", "1")} == {here}


def test_another_seed_gives_other_bytes() -> None:
    assert digest(script(Emulator(seed=7))) != digest(script(Emulator(seed=8)))


@pytest.mark.parametrize("ids", ["live", "sequential"])
def test_a_reset_gives_the_same_bytes_again(ids: Any) -> None:
    sim = Emulator(ids=ids)
    first = script(sim)
    sim.reset()

    assert script(sim) == first


def ids_of_one(beside: Callable[[Emulator, str], object]) -> list[str]:
    """All ids of the conversation that is created first; ``beside`` is called between its calls."""
    sim = Emulator()
    made = sim.conversations.create(items=[HELLO])
    for _ in range(4):
        beside(sim, made.id)
        sim.conversations.items.create(made.id, items=[HELLO, CALL])
    return [made.id, *(item.id for item in sim.state[made.id].items)]


def a_second_conversation(sim: Emulator, here: str) -> None:
    other = sim.conversations.create(items=[HELLO, HELLO])
    sim.conversations.items.create(other.id, items=[HELLO] * 5)
    sim.seed(f"conv_{len(sim.state)}", items=[HELLO])
    sim.conversations.delete(other.id)


def a_link_from_here(sim: Emulator, here: str) -> None:
    last = sim.conversations.items.list(here, limit=1).data[0]
    sim.conversations.create(items=[last, HELLO])


BESIDE = {
    "a second conversation": a_second_conversation,
    "refused requests": refuse,
    "a link from here": a_link_from_here,
    "reading": lambda sim, here: sim.conversations.items.list(here, limit=1).get_next_page,
    "another project": lambda sim, here: sim.project("proj_b").conversations.create(items=[HELLO]),
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_ids_of_a_conversation_do_not_depend_on_what_happens_beside_it(beside: Any) -> None:
    alone = ids_of_one(lambda sim, here: None)

    assert len(set(alone)) == 10
    assert ids_of_one(beside) == alone


if __name__ == "__main__":
    sys.stdout.write(digest(script(Emulator(seed=7))))
