"""How many hands one request passes through: the functions of convsim that it runs, and the files that they stand in.

python -m tests.bench.path
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx2

import convsim
from convsim import Emulator

ROOT = Path(convsim.__file__).parent


def functions(run: Callable[[], object]) -> list[str]:
    """The functions of convsim that ``run`` calls, as ``file:line name``, in the order of their first call."""
    found: dict[str, None] = {}

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        path = Path(code.co_filename)
        if event == "call" and ROOT in path.parents:
            found[f"{path.relative_to(ROOT)}:{code.co_firstlineno} {code.co_qualname}"] = None

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return list(found)


def create() -> list[str]:
    """Those of one POST that creates a conversation with a message, by a patched client that has asked before."""
    body = {"items": [{"type": "message", "role": "user", "content": "Hello"}]}
    url = "https://api.openai.com/v1/conversations"
    with Emulator().patch(), httpx2.Client(headers={"Authorization": "Bearer sk-any"}) as client:
        client.post(url, json=body)
        return functions(lambda: client.post(url, json=body))


def turn() -> list[str]:
    """Those of one scripted turn on a conversation, in which the user and the model say one text each."""
    sim = Emulator()
    sim.seed("conv_bench")
    sim.responses.script("It is sunny.", times="always")
    body = {"model": "gpt-5.5", "input": "How is the weather?", "conversation": "conv_bench"}
    url = "https://api.openai.com/v1/responses"
    with sim.patch(), httpx2.Client(headers={"Authorization": "Bearer sk-any"}) as client:
        for _ in range(2):
            client.post(url, json=body)
        return functions(lambda: client.post(url, json=body))


def event() -> list[str]:
    """Those of one Realtime event that creates an item, and of the two events that answer it."""
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
    connection = Emulator().realtime.connect()

    def ask() -> None:
        connection.send({"type": "conversation.item.create", "item": item})
        connection.events()

    ask()
    return functions(ask)


if __name__ == "__main__":
    for name, called in (
        ("POST /v1/conversations", create()),
        ("POST /v1/responses", turn()),
        ("conversation.item.create", event()),
    ):
        files = {line.partition(":")[0] for line in called}
        print(f"{name}: {len(called)} functions in {len(files)} files")
        if "-v" in sys.argv:
            print("\n".join(f"  {line}" for line in called))
