"""A process that is forked while another thread holds convsim's locks can make requests all the same."""

from __future__ import annotations

import os
import signal
import threading

import httpx
import pytest

from convsim import Emulator
from convsim.adapters import active, environment, interception
from convsim.core.forks import renew_objects
from convsim.items.fields import building
from tests.asking import KEY_LOCK, lock
from tests.waiting import PATIENCE

URL = "https://api.openai.com/v1/conversations"
KEY = {"Authorization": "Bearer sk-x"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_is_answered() -> None:
    sim = Emulator()
    held, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with active.lock, lock(sim), building(), getattr(environment, KEY_LOCK):
            held.set()
            leave.wait(PATIENCE)

    with sim.patch():
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)  # where it hangs
            answers = [httpx.post(URL, headers=KEY)]
            with Emulator().patch():
                answers.append(httpx.post(URL, headers=KEY))
            with building():
                pass
            os._exit([answer.status_code for answer in answers] != [200, 200])
        status = os.waitpid(child, 0)[1]
        leave.set()
        thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_what_a_forked_process_does_to_its_locks() -> None:
    """The same in this process, which is the one that coverage sees."""
    sim = Emulator()
    before = active.lock, lock(sim)
    interception.renew_locks()
    renew_objects()
    assert active.lock is not before[0]
    assert lock(sim) is not before[1]
    with sim.patch():
        assert httpx.post(URL, headers=KEY).status_code == 200
