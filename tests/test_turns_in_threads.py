"""Turns of many threads at once: each is stored whole or meets the lock, and no script is used twice."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from convsim import Emulator
from tests.asking import check, client
from tests.waiting import PATIENCE

THREADS = 32


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(sim: Emulator, bodies: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The answers to these turns, each asked by a thread of its own."""
    barrier = Barrier(len(bodies))

    def ask(body: dict[str, Any]) -> tuple[int, str]:
        with client(sim) as http:
            barrier.wait(PATIENCE)
            answer = http.post("/responses", json={"model": "gpt-4.1"} | body)
            return answer.status_code, answer.text

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(ask, bodies))


@pytest.mark.parametrize("stream", [False, True])
def test_a_turn_is_stored_whole_or_meets_the_lock(stream: bool) -> None:
    sim = Emulator(ids="sequential")
    sim.conversations.create()
    sim.responses.script(lambda turn: f"re: {turn.text}", times="always")
    bodies = [{"input": f"turn {n}", "conversation": "conv_1", "stream": stream} for n in range(THREADS)]
    answers = at_once(sim, bodies)
    done = sum(status == 200 for status, _ in answers)
    refused = {json.loads(text)["error"]["code"] for status, text in answers if status == 400}
    assert done + sum(status == 400 for status, _ in answers) == THREADS
    assert refused <= {"conversation_locked"}
    assert done > 0
    texts = [item.content[0].text for item in sim.state["conv_1"].items]
    assert len(texts) == 2 * done
    assert [f"re: {text}" for text in texts[::2]] == texts[1::2]
    assert sim.responses.open == ()
    check(sim)


def test_two_threads_never_share_a_script() -> None:
    replies = [f"reply {n}" for n in range(THREADS)]
    sim = Emulator(replies=replies)
    answers = at_once(sim, [{"input": "Hi"} for _ in range(THREADS)])
    said = Counter(json.loads(text)["output"][0]["content"][0]["text"] for _, text in answers)
    assert said == Counter(replies)
