"""Processes of ``convsim serve`` that are forked from one that has imported what it needs.

Starting Python and importing a server takes longer than most tests of the command; forking takes a few milliseconds.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Self

IMPORTED = (
    "convsim.direct.webhooks",
    "convsim.emulator",
    "convsim.faults",
    "convsim.operations.responses",
    *(f"convsim.server.{name}" for name in ("application", "lenient", "protocols", "reading", "runner", "webhooks")),
    "convsim.server.websockets",
    "convsim.service.foundry",
    "convsim.service.state_files",
    "uvicorn.lifespan.off",
    "uvicorn.loops.asyncio",
)


class Forked:
    """As much of ``subprocess.Popen`` as the tests use; ``settings`` are values of modules, by their dotted names."""

    def __init__(self, forks: socket.socket, arguments: Sequence[str], settings: Mapping[str, float]) -> None:
        pipes = [os.pipe() for _ in range(3)]
        asked = {
            "arguments": arguments,
            "settings": settings,
            "folder": str(Path.cwd()),
            "temporary": os.environ.get("TMPDIR", ""),
        }
        socket.send_fds(forks, [json.dumps(asked).encode()], [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        self.stdout: IO[str] | None
        self.stdout, self._stderr, self._told = (os.fdopen(read) for read, _ in pipes)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def send_signal(self, how: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, how)

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = int(self._told.readline())
        return self.returncode

    def wait(self, timeout: float) -> int:
        if self.poll() is None:
            select.select([self._told], [], [], timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired("serve", timeout)
        return status

    def communicate(self, timeout: float) -> tuple[str, str]:
        self.wait(timeout)
        assert self.stdout is not None
        with self.stdout, self._stderr, self._told:
            return self.stdout.read(), self._stderr.read()


class Forks:
    """The process that forks, until the context ends."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen([sys.executable, __file__, str(number)], pass_fds=[number])

    def start(self, *arguments: str, settings: Mapping[str, float]) -> Forked:
        return Forked(self._socket, arguments, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        assert self._process.wait(20) == 0


def _fork(requests: socket.socket) -> None:
    """Fork for each request, until there are no more; return in the forked process, too, when its command has ended."""
    main = import_module("convsim.cli.main").main
    for name in IMPORTED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps the watchers
    while True:
        text, files, *_ = socket.recv_fds(requests, 2**16, 3)
        if not text:
            return
        if os.fork() == 0:
            break
        for file in files:
            os.close(file)
    requests.close()
    *outputs, told = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child != 0:  # the watcher
        for output in outputs:
            os.close(output)
        os.write(told, b"%d\n" % child)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    os.close(told)
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
        os.close(output)
    asked = json.loads(text)
    os.chdir(asked["folder"])
    os.environ["TMPDIR"] = asked["temporary"]
    for name, value in asked["settings"].items():
        module, _, member = name.rpartition(".")
        setattr(import_module(module), member, value)
    sys.exit(main(["serve", *asked["arguments"]]))


if __name__ == "__main__":
    _fork(socket.socket(fileno=int(sys.argv[1])))
