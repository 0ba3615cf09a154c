"""The promises of docs/security.md about the whole that no other module tests: no socket, no file, no process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

# A first round imports what is imported late; the second is watched.
WATCHED = """
import asyncio, json, socket, sys
import httpx, httpx2
from convsim import Emulator
from convsim.faults import RateLimited
from convsim.realtime import Text

URL, KEY = "https://api.openai.com/v1/conversations", {"Authorization": "Bearer sk-test"}
HI = {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.org/a.png"}]}

def everything():
    sim = Emulator(api_keys=["sk-test", "sk-other"])
    with sim.patch(), httpx.Client(headers=KEY) as old, sim.openai(max_retries=0) as client:
        made = httpx2.post(URL, json={"items": [HI]}, headers=KEY).json()["id"]
        old.get(f"{URL}/{made}/items")
        client.conversations.items.create(made, items=[HI])
        httpx2.post(URL, headers={"Authorization": "Bearer sk-wrong"})
        sim.faults.add(RateLimited())
        httpx2.post(URL, headers=KEY)
    connection = sim.realtime.connect()
    connection.session.script(Text("Hello"))
    connection.send({"type": "response.create"})
    connection.events()
    sim.restore(sim.copy().snapshot())
    sim.reset()
    return sim.story(), sim.page(), repr(sim), str(sim.journal), sim.conversations.create().id

def what_would():
    Emulator().dump("state.json")
    socket.socket().close()

seen, watching = [], False

def watch(event, arguments):
    if watching and event.partition(".")[0] in ("open", "socket", "subprocess", "os", "shutil", "ctypes", "urllib"):
        seen.append([event, repr(arguments)])

everything()
sys.addaudithook(watch)
for run in everything, what_would:
    watching = True
    run()
    watching = False
    print(json.dumps(seen))
"""


def test_an_emulator_opens_no_socket_reads_no_file_and_starts_nothing(tmp_path: Path, python: str) -> None:
    command = [python, "-c", WATCHED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    of_everything, with_what_would = map(json.loads, done.stdout.splitlines())
    assert of_everything == []
    assert {"open", "socket.__new__"} <= {event for event, _ in with_what_would}
