"""Requests that outlive their test: spans of openai-agents, clients with a made-up key, requests of other threads.

From the first test with the fixture (or the guard's beginning) until the end of the run, requests are watched also
between tests. The terminal summary reports those that belong to no test.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from threading import Thread
from typing import Any

import pytest

from convsim.adapters.active import Patch
from convsim.adapters.interception import patched_in
from convsim.errors import RefusedError
from convsim.http.messages import Opening, Outcome, Request, Response
from convsim.http.urls import BaseUrls
from pytest_convsim import leftovers_of
from pytest_convsim._summary import Tally, tally

_HOST, _PATH = "api.openai.com", "/v1/traces/ingest"
_LONGEST_FLUSH = 2.0

_kept: list[ExitStack] = []
"""The patches that stay in place until the interpreter ends."""


def leftovers(config: pytest.Config) -> Leftovers:
    """Return the leftovers of the run; the first call starts to watch for them."""
    if leftovers_of not in config.stash:
        config.stash[leftovers_of] = found = Leftovers(tally(config), answer=config.getini("convsim_traces") != "pass")
        config.add_cleanup(found.close)
    return config.stash[leftovers_of]


class Leftovers:
    """The app for posted traces, and the collector of refusals that belong to no test."""

    def __init__(self, told: Tally, *, answer: bool) -> None:
        self._told = told
        self._exit = ExitStack()
        self._exit.enter_context(patched_in(Patch(TraceUrls(answer=answer), self, None, self._note)))

    def close(self) -> None:
        """Stop watching, unless openai-agents is loaded: it posts spans until the interpreter ends."""
        if "agents.tracing" in sys.modules:
            _kept.append(self._exit)
        else:
            self._exit.close()

    def serves(self, method: str, path: str) -> bool:
        return method == "POST"

    def handle(self, request: Request) -> Outcome:
        self._told.traces += 1
        return Response(204, [(b"content-length", b"0")], b"")

    def connect(self, path: str) -> Opening | None:
        return None

    def pass_time(self, seconds: float) -> float:
        return seconds

    def add(self, errors: Iterable[RefusedError]) -> None:
        """Collect refusals that belong to no test."""
        self._told.lines += [f"in thread {error.thread.name!r}: {error}" for error in errors]

    def _note(self, error: RefusedError) -> None:
        # In the main thread, the error itself fails the test that caused it.
        if error.thread is not threading.main_thread():
            self.add([error])


class TraceUrls(BaseUrls):
    """The one URL to which openai-agents posts its traces; no URL if traces are let out."""

    def __init__(self, *, answer: bool) -> None:
        super().__init__()
        self._answer = answer

    def claim(self, host: str, port: int | None, path: str) -> str | None:
        name = host.removesuffix(".").lower()
        return path if self._answer and (name, path) == (_HOST, _PATH) else None

    def has_host(self, host: str, port: int | None) -> bool:
        return False


# --- threads -------------------------------------------------------------------------------------------------------

_POOLS = ("anyio", "asyncio", "concurrent.futures", "convsim.server", "trio", "uvloop")


def threads_of_others(*, of_pools: bool = False) -> set[Thread]:
    """Return the running threads but this one: their later requests do not belong to the test that begins.

    Threads of pools and loops are included only between tests.
    """
    others = set(threading.enumerate()) - {threading.current_thread()}
    return others if of_pools else {thread for thread in others if not _works_for_tests(thread)}


def _works_for_tests(thread: Any) -> bool:
    """Return whether it is a thread of a pool or a loop, which works for the running test."""
    homes = type(thread).__module__, getattr(getattr(thread, "_target", None), "__module__", None) or ""
    return any(home.startswith(_POOLS) for home in homes)


# --- traces --------------------------------------------------------------------------------------------------------


def flush_traces(key: str) -> None:
    """Let openai-agents post its spans while they are answered, and make it forget the key of the test."""
    tracing, processors = sys.modules.get("agents.tracing"), sys.modules.get("agents.tracing.processors")
    if tracing is None or processors is None:
        return

    def flush() -> None:
        with suppress(Exception):  # raised by a processor of the user's own
            tracing.flush_traces()

    thread = Thread(target=flush, name="convsim-flush-traces", daemon=True)
    thread.start()
    thread.join(_LONGEST_FLUSH)
    exporter = processors.default_exporter()
    if exporter.api_key == key:
        exporter.api_key = None
