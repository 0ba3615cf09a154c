"""The server fixtures: one port for the whole run, and behind it an emulator for each test or for the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple
from warnings import warn

import pytest

from convsim import Emulator, RefusedError
from convsim.adapters.environment import key_set
from convsim.emulator import unused
from convsim.server.admission import loopback_hosts
from convsim.server.application import Application
from convsim.server.runner import Port, ServerThread
from pytest_convsim import emulator_of, has_failed
from pytest_convsim._options import emulator_for, from_ini
from pytest_convsim._report import is_told

_FIXTURE = "convsim_session_server"


class Server(NamedTuple):
    """An emulator behind a port of this machine.

    ``base_url`` is for clients, ``sim`` is the emulator, and ``control_token`` opens the control plane below
    ``/_convsim/``.
    """

    base_url: str
    sim: Emulator
    control_token: str

    def __repr__(self) -> str:
        """Omit the token: pytest shows fixtures of failing tests."""
        return f"Server(base_url={self.base_url!r}, sim={self.sim!r})"


class SharedPort:
    """The port of this process: each emulator answers below the name of its own session."""

    def __init__(self, config: pytest.Config) -> None:
        own = Emulator(**from_ini(config))
        self._port = Port()
        self._app: Application = own.asgi(allowed_hosts=loopback_hosts(self._port.number), control=True)
        self._thread = ServerThread(self._port, self._app)
        self._names = (f"test-{number}" for number in count(1))

    def stop(self) -> None:
        """Close the port."""
        self._thread.stop()

    @contextmanager
    def serve(self, sim: Emulator) -> Iterator[Server]:
        """Answer for the emulator until the context ends."""
        name = next(self._names)
        self._app.sessions.keep(name, sim.asgi().served)
        try:
            yield Server(f"{self._port.url}/_session/{name}/v1", sim, self._app.control_token)
        finally:
            self._app.sessions.drop(name)


@contextmanager
def environment(server: Server) -> Iterator[None]:
    """Give child processes the server's URL, and a made-up key."""
    with key_set(server.sim.api_key), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.base_url)
        yield


@contextmanager
def served_emulator(request: pytest.FixtureRequest, port: SharedPort) -> Iterator[Server]:
    """Serve the test's emulator: the one of the fixture ``convsim`` if the test uses both."""
    node = request.node
    patched = "convsim" in request.fixturenames
    if patched:
        sim: Emulator = request.getfixturevalue("convsim")
    else:
        sim = emulator_for(node)
        node.stash[emulator_of], node.stash[is_told] = sim, False
    with port.serve(sim) as server, environment(server):
        yield server
    if not patched and not node.stash.get(has_failed, False):
        for category, sentences in unused(sim):
            warn(sentences, category, stacklevel=2)
        _fail_for([*sim.refused, *sim.raised])


class SessionServer:
    """A plugin that sets the environment of tests with the session's server, registered with the first of them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told: Sequence[Exception] = ()
        self._exit = ExitStack()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Set the environment of a test that uses the server."""
        if _FIXTURE in getattr(item, "fixturenames", ()):
            self.begin()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Restore the environment, and fail the test for refused requests and exceptions since the last one."""
        self._exit.close()
        errors = [*self._server.sim.refused, *self._server.sim.raised]
        new = [error for error in errors if not any(error is told for told in self._told)]
        self._told = errors
        if not item.stash.get(has_failed, False):
            _fail_for(new)

    def begin(self) -> None:
        """Set the environment."""
        self._exit.enter_context(environment(self._server))


@contextmanager
def session_server(request: pytest.FixtureRequest, port: SharedPort) -> Iterator[Server]:
    """Serve one emulator for the whole session, with the ini options."""
    with port.serve(Emulator(**from_ini(request.config))) as server:
        plugin = SessionServer(server)
        request.config.pluginmanager.register(plugin)
        plugin.begin()  # the setup of the first test has begun already
        try:
            yield server
        finally:
            request.config.pluginmanager.unregister(plugin)


def _fail_for(errors: Sequence[Exception]) -> None:
    """Raise the first exception of a script's function, or fail with the sentences of the refused requests."""
    for error in errors:
        if not isinstance(error, RefusedError):
            raise error
    if sentences := "\n".join(dict.fromkeys(map(str, errors))):
        pytest.fail(sentences, pytrace=False)
