"""A Python that starts in no time: a fork of a process that has imported what its runs import.

To import the libraries takes an interpreter most of a second, longer than most of what tests do with it. A fork ends as
every interpreter does: threads are waited for, what was registered for its exit is called, and coverage saves what it
measured. But it does not free its memory, which takes longer than most of them run; nor do the workers of the tests.
"""

from __future__ import annotations

import atexit
import gc
import inspect
import marshal
import os
import runpy
import select
import shlex
import socket
import subprocess
import sys
import threading
from pathlib import Path

FIRST = "test_first.py"


class Forking:
    """The process to fork from. Its forks run as ``python``, a path to use where ``sys.executable`` is used."""

    def __init__(self, folder: Path, first: str, python: str = sys.executable, *, tests: bool = True) -> None:
        """``first`` is the source of tests, or of a script, which it runs before the first fork."""
        folder.mkdir()
        (folder / FIRST).write_text(first)
        executable = folder / "python"
        client = [sys.executable, "-IS", str(Path(__file__).with_name("fork_client.py")), str(folder), str(executable)]
        executable.write_text(f'#!/bin/sh\nexec {shlex.join(client)} "$@"\n')
        executable.chmod(0o755)
        self.python = str(executable)
        command = [python, __file__, "tests" if tests else "script"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        assert self._process.stdout is not None
        said = self._process.stdout.read().decode()
        assert said.endswith("ready"), said

    def stop(self) -> None:
        """End it, as the end of this process would."""
        self._process.communicate()


def main() -> None:
    """Serve in this folder; a fork leaves the loop and becomes the process that was asked for."""
    if sys.argv[1] == "tests":
        run_tests()
    else:
        runpy.run_path(FIRST)
    assert threading.active_count() == 1, "only a process of one thread is forked whole"
    # Forks find no garbage when they look for it, and need not read the files of all modules to show a failure's lines.
    inspect.getmodule(main.__code__)
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("socket")
        door.listen()
        os.write(1, b"ready")
        with open(os.devnull, "w") as nothing:  # noqa: PTH123 - opened for its number
            os.dup2(nothing.fileno(), 1)
        forks: list[int] = []
        while True:
            ready, _, _ = select.select([door.fileno(), 0], [], [])
            if 0 in ready:
                for fork in forks:
                    os.waitpid(fork, 0)
                return  # the process that started this one has ended
            forks = [fork for fork in forks if os.waitpid(fork, os.WNOHANG) == (0, 0)]
            visitor, _ = door.accept()
            forks.append(os.fork())
            if forks[-1] == 0:
                break
            visitor.close()
    request, streams, _, _ = socket.recv_fds(visitor, 65536, 3)
    while more := visitor.recv(65536):
        request += more
    if fork := os.fork():
        for stream in streams:
            os.close(stream)
        visitor.send(b"%16d" % fork)
        _, status = os.waitpid(fork, 0)
        visitor.send(b"%d" % (os.waitstatus_to_exitcode(status) % 256))
        os._exit(0)
    visitor.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    become(*marshal.loads(request))


def run_tests() -> None:
    """Run tests that use the libraries: pytest rewrites the assertions of plugins as it imports them; not of ours."""
    import pytest  # only where it is used: it takes long, and forks of a script need none

    Path("pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    off = ("convsim", "cacheprovider", "rerunfailures")  # the last one would start a thread
    assert pytest.main([*(word for name in off for word in ("-p", f"no:{name}")), FIRST]) == 0
    del sys.modules[FIRST.removesuffix(".py")]


def become(executable: str, words: list[str], folder: str, environment: dict[str, str]) -> None:
    """Run ``[-u] -c CODE``, ``-m MODULE``, ``-mMODULE`` or ``FILE``, each with its arguments."""
    sys.executable = executable
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if words[0] == "-u":
        del words[0]
    if words[0] in ("-c", "-m"):
        words[:2] = ["".join(words[:2])]
    kind, name = words[0][:2], words[0][2:]
    if kind in ("-c", "-m"):
        sys.path.insert(0, folder)
    sys.argv[:] = [kind, *words[1:]]
    if kind == "-c":
        exec(name, {"__name__": "__main__"})
    elif kind == "-m":
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")


def leave(status: int) -> None:
    """End as an interpreter does, in its order, but leave the memory to the system."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for output in sys.stdout, sys.stderr:
        if output is not None and not output.closed:
            output.flush()
    os._exit(status % 256)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        leave(ended.code or 0)
    leave(0)
