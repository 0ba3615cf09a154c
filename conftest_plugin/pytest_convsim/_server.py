"""The server fixtures: one port for the whole run, and behind it an emulator for each test or for the session."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple

import pytest

from convsim import Emulator
from convsim.adapters.environment import key_set
from convsim.faults.registry import warn_of_unused
from convsim.server.admission import loopback_hosts
from convsim.server.application import Application
from convsim.server.runner import Port, ServerThread
from pytest_convsim import emulator_of, has_failed
from pytest_convsim._options import from_ini, from_markers

_FIXTURE = "convsim_session_server"


class Server(NamedTuple):
    """An emulator behind a port of this machine.

    ``base_url`` is what clients are given, ``sim`` the emulator that answers there, and ``control_token`` what the
    control plane below ``/_convsim/`` wants.
    """

    base_url: str
    sim: Emulator
    control_token: str


class SharedPort:
    """The port of this process: each emulator answers there below a session's name of its own."""

    def __init__(self, config: pytest.Config) -> None:
        self._port = Port()
        own = Emulator(**from_ini(config))
        self._app: Application = own.asgi(allowed_hosts=loopback_hosts(self._port.number), control=True)
        self._thread = ServerThread(self._port, self._app)
        self._names = (f"test-{number}" for number in count(1))

    def stop(self) -> None:
        """Close it."""
        self._thread.stop()

    @contextmanager
    def serve(self, sim: Emulator) -> Iterator[tuple[Server, deque[str]]]:
        """Answer for the emulator; the queue gets the sentences of what it had no answer for."""
        name, served = next(self._names), sim.asgi().served
        self._app.sessions.keep(name, served)
        try:
            yield Server(f"{self._port.url}/_session/{name}/v1", sim, self._app.control_token), served.api.missed
        finally:
            self._app.sessions.drop(name)


@contextmanager
def environment(server: Server) -> Iterator[None]:
    """Name the server to child processes, and give them a key that is no real one."""
    with key_set(server.sim.api_key), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.base_url)
        yield


@contextmanager
def served_emulator(request: pytest.FixtureRequest, port: SharedPort) -> Iterator[Server]:
    """The test's emulator behind the port: that of the fixture ``convsim`` where the test has it, too."""
    node = request.node
    patched = "convsim" in request.fixturenames
    options = {**from_ini(request.config), **from_markers(node)}
    sim: Emulator = request.getfixturevalue("convsim") if patched else Emulator(**options)
    node.stash[emulator_of] = sim
    with port.serve(sim) as (server, missed), environment(server):
        yield server
    if not node.stash.get(has_failed, False):
        _fail_for(missed)
        if not patched:
            warn_of_unused(sim.faults)


class SessionServer:
    """A plugin of its own, registered with the first test that uses the session's server: it names the server to the
    tests that use it, and to no others.
    """

    def __init__(self, server: Server, missed: deque[str]) -> None:
        self._server = server
        self._missed = missed
        self._exit = ExitStack()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Set the environment of a test that uses the server."""
        if _FIXTURE in getattr(item, "fixturenames", ()):
            self.begin()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Set it back, and fail the test for what the server had no answer for."""
        self._exit.close()
        missed = list(self._missed)
        self._missed.clear()
        if not item.stash.get(has_failed, False):
            _fail_for(missed)

    def begin(self) -> None:
        """Set the environment."""
        self._exit.enter_context(environment(self._server))


@contextmanager
def session_server(request: pytest.FixtureRequest, port: SharedPort) -> Iterator[Server]:
    """One emulator for the whole session, with the ini options."""
    with port.serve(Emulator(**from_ini(request.config))) as (server, missed):
        plugin = SessionServer(server, missed)
        request.config.pluginmanager.register(plugin)
        plugin.begin()  # the test that asks first is being set up already
        try:
            yield server
        finally:
            request.config.pluginmanager.unregister(plugin)


def _fail_for(missed: Iterable[str]) -> None:
    if sentences := "\n".join(dict.fromkeys(missed)):
        pytest.fail(sentences, pytrace=False)
