"""One way to say "this file, this command, this screen", with the network forbidden."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import re
import socket
import sys
from pathlib import Path
from typing import Any, Protocol

import httpx
import httpx2
import pytest

from convsim import Emulator
from tests.inner_runs import UNUSED, Package, packages

NEIGHBOURS = (
    "anyio",
    "asyncio",
    "html",
    "hypothesispytest",
    "metadata",
    "pytest_httpx",
    "pytest_httpx2",
    "randomly",
    "rerunfailures",
    "respx",
    "socket",
    "time_machine",
    "xdist",
)
"""Plugins by the names of their entry points: a run loads those that it asks for. Ours is loaded as it is installed."""

_OFFLINE = """
import pathlib, socket

def refuse(host, *args, **kwargs):
    with pathlib.Path(__file__).with_name("reached.txt").open("a") as file:
        file.write(f"{host}\\n")
    raise OSError(f"there is no network: {host}")

socket.getaddrinfo = refuse
"""


class Run(Protocol):
    """Writes ``source`` as the test module, runs pytest on it, and gives what it said."""

    def __call__(
        self,
        source: str,
        *arguments: str,
        using: tuple[str, ...] = (),
        ini: str = "",
        apart: bool = False,
        cold: bool = False,
    ) -> pytest.RunResult: ...


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that a run in this process tried to reach."""
    hosts: list[str] = []

    def refuse(host: Any, *args: Any, **kwargs: Any) -> None:
        hosts.append(host)
        raise OSError(f"there is no network: {host}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return hosts


@pytest.fixture(scope="session")
def imported() -> None:
    """A run in this process forgets what it imported, but not what was there before: the SDK takes half a second."""
    with Emulator().patch() as sim, sim.openai() as client:
        client.conversations.create()
        asyncio.run(sim.async_openai().conversations.create())
    for library in httpx, httpx2:
        library.HTTPTransport().close()
    gc.freeze()  # or each collection of garbage would look at all of it
    youngest, young, old = gc.get_threshold()
    gc.set_threshold(youngest, young, 5 * old)  # and at what the runs import later


@pytest.fixture(scope="session")
def plugins() -> list[tuple[Package, set[str]]]:
    """The installed packages with plugins, and their names."""
    named = ((one, {entry.name for entry in one.entry_points if entry.group == "pytest11"}) for one in packages())
    return [(one, names) for one, names in named if names]


class Keeper:
    """A plugin of a run in this process: remembers our modules, because the next run needs them, too."""

    def __init__(self) -> None:
        self.modules: dict[str, Any] = {}

    def pytest_unconfigure(self) -> None:
        ours = ("convsim", "pytest_convsim", "openai")
        self.modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ours}


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    reached: list[str],
    imported: None,
    plugins: list[tuple[Package, set[str]]],
) -> Run:
    """In this process, or ``apart`` in one of its own; ``using`` names the neighbours that are loaded.

    A process apart, and each of xdist's workers, is a fork; a ``cold`` one is a new interpreter.
    """
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    # With it, a run that ends would answer traces until the interpreter ends.
    monkeypatch.delitem(sys.modules, "agents.tracing", raising=False)

    def run(
        source: str,
        *arguments: str,
        using: tuple[str, ...] = (),
        ini: str = "",
        apart: bool = False,
        cold: bool = False,
    ) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        if ini:
            pytester.makeini(f"[pytest]\n{ini}")
        off = [word for name in (*NEIGHBOURS, *UNUSED) if name not in using for word in ("-p", f"no:{name}")]
        if apart or cold or "xdist" in using:
            pytester.makeconftest(_OFFLINE)
        if apart or "xdist" in using:
            monkeypatch.setattr(sys, "executable", request.getfixturevalue("python"))
        if apart or cold:
            result = pytester.runpytest_subprocess(*off, *arguments)
        else:
            keeper = Keeper()
            with monkeypatch.context() as patch:
                seen = [one for one, names in plugins if not names.isdisjoint(("convsim", *using))]
                patch.setattr(importlib.metadata, "distributions", lambda: seen)
                result = pytester.runpytest_inprocess(*off, *arguments, plugins=[keeper])
            sys.modules.update(keeper.modules)
        kept = Path(pytester.path, "reached.txt")
        reached.extend(kept.read_text().splitlines() if kept.exists() else [])
        return result

    return run


def name_of(case: str) -> str:
    """The name of the test for a case."""
    return "test_" + re.sub(r"\W+", "_", case)


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """The outcomes of a run with ``-rA`` by test, such as "passed", and "passed error" where its end failed, too."""
    told: dict[str, str] = {}
    for line in result.stdout.lines:
        if found := re.match(r"(PASSED|FAILED|ERROR|XFAIL|XPASS) test_\w+\.py::(.+?)(?: - .*)?$", line):
            told[found[2]] = f"{told.get(found[2], '')} {found[1].lower()}".strip()
    return told


APP = """
import httpx2

def fetch(path="data"):
    return httpx2.get(f"https://example.org/{path}").text

def swallow(path="data"):
    try:
        return fetch(path)
    except Exception:
        return ""

def wrap(tries=1):
    # As the SDK did up to openai 2: an error of any kind is tried again, and the last one wrapped.
    for turn in range(tries):
        try:
            return fetch()
        except Exception as error:
            if turn == tries - 1:
                raise ConnectionError("no connection") from error
"""


@pytest.fixture
def app(pytester: pytest.Pytester) -> None:
    """Code under test in a module ``app``, which reaches for a host of its own."""
    pytester.makepyfile(app=APP)
