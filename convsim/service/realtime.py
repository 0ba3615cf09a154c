"""``sim.realtime``: the Realtime sessions of an emulator, opened by clients and by the test itself."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import NamedTuple, get_args
from urllib.parse import parse_qs

from convsim import errors
from convsim.errors import APIStatusError
from convsim.errors.misuse import TEXT, choice, require
from convsim.http.keys import DEFAULT_PROJECT
from convsim.http.messages import Opening, Request
from convsim.realtime.fields import Dialect
from convsim.realtime.replies import Reply
from convsim.realtime.responses import Script, scripted
from convsim.realtime.session import Session
from convsim.service.connection import Connection, DirectConnection
from convsim.service.service import Service

PATH = "/realtime"

_AZURE = (".azure.com", ".azure.us", ".azure.cn")
_MOST_CONNECTIONS = 1_000
_KEY = "openai-insecure-api-key."
_BETA = "openai-beta.realtime-v1"


class _Slot(NamedTuple):
    """The place of a client in the order of connecting; the next reset replaces ``connections``."""

    number: int
    seed: int
    scope: str
    connections: dict[int, Connection]


def _keep(connection: Connection, slot: _Slot) -> None:
    """Put a connection into its slot; if there are too many, forget the oldest that has closed."""
    there = slot.connections
    there[slot.number] = connection
    if len(there) > _MOST_CONNECTIONS:
        oldest = next((number for number, one in sorted(there.copy().items()) if one.closed), None)
        if oldest is not None:
            there.pop(oldest, None)


class Realtime:
    """The Realtime sessions of an emulator: one conversation for each connection, invisible to all other operations.

    >>> sim.realtime.script("Hello.")
    >>> connection = sim.realtime.connect()
    >>> connection.send({"type": "response.create"})
    >>> connection.events()[-1]["type"]
    'response.done'
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        # By slot: each connection is opened by a thread of its own, in any order.
        self._connections: dict[int, Connection] = {}
        self._slots = 0
        self._scripts: deque[Script] = deque()

    def connect(self, *, model: str = "gpt-realtime", dialect: Dialect = "ga") -> DirectConnection:
        """Open a new session with an empty conversation; its first event is ``session.created``.

        ``dialect="beta"`` speaks the events of the original documentation, independent of
        ``Behavior(realtime_beta=...)``, which is about clients with the header ``OpenAI-Beta: realtime=v1``. Raises
        :class:`~convsim.errors.UsageError` for another dialect, and for a model that is not a string.
        """
        require("sim.realtime.connect(model", model, TEXT)
        require("sim.realtime.connect(dialect", dialect, choice(*get_args(Dialect)))
        slot = self._slot()
        connection = DirectConnection(self._session(slot, model, dialect), DEFAULT_PROJECT, self._service)
        _keep(connection, slot)
        return connection

    def script(self, *replies: Reply | str, hold: bool = False, delay: float = 0.0) -> None:
        """Queue the replies to one ``response.create`` of the session that asks first, which may not exist yet.

        Scripts of that session itself come first. ``hold`` and ``delay`` are those of ``session.script``.
        """
        self._scripts.append(scripted("sim.realtime.script", replies, hold=hold, delay=delay))

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All connections since the emulator began or was reset, of clients and of the test, oldest first.

        Of more than 1,000, the oldest that have closed are forgotten.
        """
        return tuple(connection for _, connection in sorted(self._connections.items()))

    @property
    def unused(self) -> tuple[str, ...]:
        """The scripts that no ``response.create`` has used, each as the test wrote it."""
        own = (script for connection in self.connections for script in connection.session.scripts)
        return tuple(script.words for script in (*self._scripts, *own))

    def clear_scripts(self) -> None:
        """Forget the scripts that no ``response.create`` has used."""
        for queue in (self._scripts, *(connection.session.scripts for connection in self.connections)):
            queue.clear()

    def reset(self) -> None:
        """Break all connections, and forget them and all scripts."""
        self._scripts.clear()
        connections, self._connections = self.connections, {}
        for connection in connections:
            connection.abort()

    def open(self, path: str) -> Opening | None:
        """Take a slot for a client that begins to connect; return None if the path is not the one of Realtime.

        The slot decides the ids of the session. The refusal of a wrong opening request is sent on the connection, which
        then closes (observed live).
        """
        return partial(self._open, self._slot()) if path == PATH else None

    def _slot(self) -> _Slot:
        service = self._service
        with service.lock:
            self._slots += 1
            return _Slot(self._slots, service.seed, service.request_ids.next(), self._connections)

    def _open(self, slot: _Slot, request: Request) -> Connection:
        query = parse_qs(request.query)
        request = _with_what_browsers_offer(request)
        project, refusal = None, None
        dialect: Dialect = "beta" if b"realtime=v1" in request.header(b"openai-beta") else "ga"
        try:
            project = self._service.keys.project(request)
            _check(query)
            if dialect == "beta" and self._service.behavior.realtime_beta == "refuse" and not _is_azure(request):
                raise errors.realtime_beta_disabled()
        except APIStatusError as error:
            refusal = error
        session = self._session(slot, _model(query), dialect, refusal)
        connection = Connection(session, project, self._service)
        _keep(connection, slot)
        return connection

    def _session(self, slot: _Slot, model: str, dialect: Dialect, refusal: APIStatusError | None = None) -> Session:
        return Session(
            model=model,
            dialect=dialect,
            behavior=self._service.behavior,
            clock=self._service.clock,
            seed=slot.seed,
            scope=slot.scope,
            scripts=self._scripts,
            unscripted=self._service.options.unscripted,
            refusal=refusal,
        )


def _check(query: dict[str, list[str]]) -> None:
    """Raise the refusal of an opening request that asks for no session, or for one that convsim does not emulate."""
    for parameter in ("call_id", "intent"):
        if parameter in query:
            raise errors.connection_not_emulated(parameter)
    if not _model(query):
        raise errors.missing_model()


def _model(query: dict[str, list[str]]) -> str:
    """Return the model of the opening request; Azure's clients send it as ``deployment`` (documented)."""
    return (query.get("model") or query.get("deployment") or [""])[-1]


def _is_azure(request: Request) -> bool:
    """Return whether the request is for Azure, by host or by path on any host: Azure still serves the beta."""
    host = request.header(b"host").decode("latin-1").partition(":")[0].lower()
    return host.endswith(_AZURE) or request.full_path.startswith("/openai/")


def _with_what_browsers_offer(request: Request) -> Request:
    """Move headers out of the subprotocols, where browsers, which cannot set headers, put them (documented)."""
    offered = [word.strip() for word in request.header(b"sec-websocket-protocol").decode("latin-1").split(",")]
    more = [
        (b"authorization", b"Bearer " + word.removeprefix(_KEY).encode("latin-1"))
        for word in offered
        if word.startswith(_KEY)
    ]
    more += [(b"openai-beta", b"realtime=v1")] if _BETA in offered else []
    return request._replace(headers=[*more, *request.headers]) if more else request
