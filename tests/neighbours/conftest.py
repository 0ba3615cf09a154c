"""One way to run a file of tests beside its neighbours, with the network forbidden; under the guard, too.

A run loads the neighbours that it names, and convsim as it is installed, in a process of its own.
"""

from __future__ import annotations

from typing import Protocol

import pytest

pytest_plugins = ["pytester"]

_OFFLINE = """
import socket

ask = socket.getaddrinfo

def refuse(host, *args, **kwargs):
    if host == "localhost":
        return ask(host, *args, **kwargs)
    raise OSError(f"there is no network: {host}")

socket.getaddrinfo = refuse
"""

_GUARDED = """
import httpx2, pytest
from convsim import RefusedHostError

def test_the_guard_is_still_there():
    with pytest.raises(RefusedHostError, match="convsim_guard is on"):
        httpx2.get("https://api.openai.com/v1/models")
"""


class Run(Protocol):
    """Writes ``source`` as the test module, runs pytest on it, and requires these outcomes."""

    def __call__(
        self, source: str, *arguments: str, using: tuple[str, ...] = (), passed: int = 0, failed: int = 0, ini: str = ""
    ) -> pytest.RunResult: ...


@pytest.fixture(params=["fixture", "guard"])
def run(request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run with the guard off, and with it on: then a last test finds it in force."""
    guarded = request.param == "guard"
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(_OFFLINE)

    def run(
        source: str, *arguments: str, using: tuple[str, ...] = (), passed: int = 0, failed: int = 0, ini: str = ""
    ) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        if guarded:
            pytester.makepyfile(test_the_guard=_GUARDED)
        pytester.makeini(f"[pytest]\nconvsim_guard = {guarded}\n{ini}")
        loaded = [word for name in ("convsim", *using) for word in ("-p", name)]
        result = pytester.runpytest_subprocess(*loaded, *arguments)
        result.assert_outcomes(passed=passed + guarded, failed=failed)
        return result

    return run
