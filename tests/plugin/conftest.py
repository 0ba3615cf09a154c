"""One way to say "this file, this command, this screen", with the network forbidden."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any, Protocol

import httpx
import httpx2
import pytest

from convsim import Emulator

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
        self, source: str, *arguments: str, using: tuple[str, ...] = (), ini: str = "", apart: bool = False
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


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, reached: list[str], imported: None) -> Run:
    """In this process, or ``apart`` in one of its own; ``using`` names the neighbours that are loaded.

    xdist's workers are processes of their own in either way.
    """
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    # With it, a run that ends would answer traces until the interpreter ends.
    monkeypatch.delitem(sys.modules, "agents.tracing", raising=False)

    def run(
        source: str, *arguments: str, using: tuple[str, ...] = (), ini: str = "", apart: bool = False
    ) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        if ini:
            pytester.makeini(f"[pytest]\n{ini}")
        off = [word for name in NEIGHBOURS if name not in using for word in ("-p", f"no:{name}")]
        if apart or "xdist" in using:
            pytester.makeconftest(_OFFLINE)
        start = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        result = start(*off, *arguments)
        kept = Path(pytester.path, "reached.txt")
        reached.extend(kept.read_text().splitlines() if kept.exists() else [])
        return result

    return run


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
