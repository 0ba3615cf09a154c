"""How many hands one request passes through: the functions of convsim that it runs, the files that they stand in, and
the instructions of the interpreter, which no other load of the machine changes.

python -m tests.bench.path
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2

import convsim
from convsim import Emulator

ROOT = Path(convsim.__file__).parent
URL = "https://api.openai.com/v1/conversations"
BODY = {"items": [{"type": "message", "role": "user", "content": "Hello"}]}


def counted(run: Callable[[], object]) -> Counter[str]:
    """The functions of convsim that ``run`` calls, in the order of their first call, with the instructions of each."""
    found: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> Any:
        path = Path(frame.f_code.co_filename)
        if ROOT not in path.parents:
            return None
        name = f"{path.relative_to(ROOT)}:{frame.f_code.co_firstlineno} {frame.f_code.co_qualname}"
        frame.f_trace_opcodes = True
        found[name] += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        run()
    finally:
        sys.settrace(before)
    return found


@contextmanager
def client() -> Iterator[httpx2.Client]:
    """A client of an emulator that is patched in."""
    with Emulator().patch(), httpx2.Client(headers={"Authorization": "Bearer sk-any"}) as made:
        yield made


def create() -> Counter[str]:
    """One POST that creates a conversation with a message, by a patched client that has asked before."""
    with client() as http:
        http.post(URL, json=BODY)
        return counted(lambda: http.post(URL, json=BODY))


def page() -> Counter[str]:
    """One GET of a page of twenty items, by a patched client that has asked for it before."""
    with client() as http:
        made = http.post(URL, json={"items": BODY["items"] * 20}).json()["id"]
        http.get(f"{URL}/{made}/items")
        return counted(lambda: http.get(f"{URL}/{made}/items"))


def turn() -> Counter[str]:
    """One scripted turn on a conversation, in which the user and the model say one text each."""
    sim = Emulator()
    sim.seed("conv_bench")
    sim.responses.script("It is sunny.", times="always")
    body = {"model": "gpt-5.5", "input": "How is the weather?", "conversation": "conv_bench"}
    url = "https://api.openai.com/v1/responses"
    with sim.patch(), httpx2.Client(headers={"Authorization": "Bearer sk-any"}) as http:
        for _ in range(2):
            http.post(url, json=body)
        return counted(lambda: http.post(url, json=body))


def event() -> Counter[str]:
    """One Realtime event that creates an item, and the two events that answer it."""
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
    connection = Emulator().realtime.connect()

    def ask() -> None:
        connection.send({"type": "conversation.item.create", "item": item})
        connection.events()

    ask()
    return counted(ask)


if __name__ == "__main__":
    for name, found in (
        ("POST /v1/conversations", create()),
        ("GET of a page of twenty items", page()),
        ("POST /v1/responses", turn()),
        ("conversation.item.create", event()),
    ):
        files = {line.partition(":")[0] for line in found}
        print(f"{name}: {len(found)} functions in {len(files)} files, {found.total():,} instructions")
        if "-v" in sys.argv:
            print("\n".join(f"  {number:5} {line}" for line, number in found.items()))
