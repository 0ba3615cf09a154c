"""Models are built when their first value is read, once, whatever threads read it."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread

import pytest
from pydantic_core import SchemaSerializer

from convsim.core.behavior import Behavior
from convsim.items.catalogue import CATALOGUE
from convsim.items.computer import SafetyCheck
from convsim.items.fields import Input
from tests.profiles import IN_FULL

# Fresh processes only have models that are not built; each reads four types in sixteen threads at once.
_AT_ONCE = """
import sys, threading
from convsim import Emulator
from tests.bench.mixed import MIXED

start = threading.Barrier(16)
failed = []
sim = Emulator()

def create(number):
    items = [MIXED[(number + step) % len(MIXED)] for step in range(4)]
    start.wait()
    try:
        sim.conversations.create(items=items)
    except BaseException as error:
        failed.append(error)

threads = [threading.Thread(target=create, args=(number,)) for number in range(16)]
sys.setswitchinterval(1e-6)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed
assert sum(len(state.items) for state in sim.state.values()) == 64
"""


def test_sixteen_threads_read_their_first_items_at_once_in_a_fresh_process() -> None:
    for _ in range(3 if IN_FULL else 1):
        done = subprocess.run([sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class Inner(Input):
    text: str


class Outer(Input):
    inner: Inner


def test_no_thread_reads_a_value_before_the_models_inside_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Outer] = []
    value = {"inner": {"text": "Hi"}}
    other = Thread(target=lambda: read.append(Outer.read(value, Behavior())))

    def rebuild() -> None:
        other.start()
        other.join(0.05)
        assert read == []
        monkeypatch.undo()
        Inner.model_rebuild()

    monkeypatch.setattr(Inner, "model_rebuild", rebuild)
    Outer.read(value, Behavior())
    other.join()
    assert read[0].inner.text == "Hi"


def test_no_model_is_built_before_a_value_is_read() -> None:
    code = """
from convsim import Emulator
from convsim.items.catalogue import CATALOGUE

sim = Emulator()
sim.conversations.create(items=[{"role": "user", "content": "Hi"}])
built = [name for name, row in CATALOGUE.items() for model in row.models if model.__pydantic_complete__]
assert built == ["message"], built
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_models_inside_a_model_are_built_with_it() -> None:
    CATALOGUE["computer_call_output"].models[0].read(
        {
            "type": "computer_call_output",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot"},
            "acknowledged_safety_checks": [{"id": "check_1"}],
        },
        Behavior(),
    )
    assert isinstance(SafetyCheck.__pydantic_serializer__, SchemaSerializer)


def test_the_first_event_of_a_realtime_session_builds_all_that_it_holds() -> None:
    # pydantic before 2.14 cannot write an object whose model is not built.
    code = """
from convsim import Emulator
from convsim.realtime.content import InputText

part = {"type": "input_text", "text": "Hi"}
connection = Emulator().realtime.connect()
connection.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [part]}})
assert connection.events()[-1]["item"]["content"] == [part], connection.events()
assert InputText.__pydantic_complete__
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
