"""Connections without a client: the Realtime sessions of an emulator, spoken to in events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from json import dumps
from typing import Any, get_args

from pydantic_core import from_json

from convsim.behavior import Behavior
from convsim.clock import Clock
from convsim.errors import UsageError
from convsim.realtime.fields import Dialect
from convsim.realtime.outbox import Close, Ping
from convsim.realtime.session import Session


class Connection:
    """The client's end of one session, in the words of the official SDK's connection; nothing waits.

    ``session`` is the service's end: its ``order`` and ``items``, and what a test lets it do. An event that comes with
    a delay moves the clock of the emulator on when it is taken. One thread at a time.
    """

    def __init__(self, session: Session, pass_time: Callable[[float], object]) -> None:
        self.session = session
        self._pass_time = pass_time
        self._arrived: deque[dict[str, Any]] = deque()
        self._close: Close | None = None

    def send(self, event: Mapping[str, Any] | str | bytes) -> None:
        """Send one client event: as a mapping, or as the very text of a frame, which need not be JSON.

        ``bytes`` are a binary frame. Raises :class:`~convsim.errors.UsageError` for a mapping that is no JSON, and when
        the session has closed.
        """
        self._take()
        if self._close is not None:
            raise _ended("send", self._close)
        if not isinstance(event, str | bytes):
            try:
                event = dumps(dict(event), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise UsageError(f"connection.send({event!r}): {error}; write an event as JSON has it") from None
        self.session.receive(event)

    def recv(self) -> dict[str, Any]:
        """The next server event as parsed JSON; pings are answered unseen.

        Raises :class:`~convsim.errors.UsageError` when there is none: nothing comes later by itself.
        """
        self._take()
        if self._arrived:
            return self._arrived.popleft()
        if self._close is not None:
            raise _ended("recv", self._close)
        raise UsageError("connection.recv(): no event has come; connection.events() gives those that have, be it none")

    def events(self) -> list[dict[str, Any]]:
        """All server events that have not been taken yet, oldest first; none is an empty list."""
        self._take()
        arrived = list(self._arrived)
        self._arrived.clear()
        return arrived

    @property
    def closed(self) -> Close | None:
        """How the session ended: code and reason, or None while it lasts."""
        self._take()
        return self._close

    def _take(self) -> None:
        for sent in self.session.events_to_send():
            self._pass_time(sent.delay)
            if isinstance(sent, Close):
                self._close = sent
            elif not isinstance(sent, Ping):
                self._arrived.append(from_json(sent.text))


class Realtime:
    """``sim.realtime``: one conversation for each connection, which no other operation sees."""

    def __init__(self, *, seed: Callable[[], int], scope: Callable[[], str], behavior: Behavior, clock: Clock) -> None:
        self._seed = seed
        self._scope = scope
        self._behavior = behavior
        self._clock = clock
        self._connections: list[Connection] = []

    def connect(self, *, model: str = "gpt-realtime", dialect: Dialect = "ga") -> Connection:
        """A new session, whose conversation is empty; its first event is ``session.created``.

        ``dialect="beta"`` speaks the events of the original documentation, as to clients with the header
        ``OpenAI-Beta: realtime=v1``. Raises :class:`~convsim.errors.UsageError` for another one.
        """
        if dialect not in get_args(Dialect):
            raise UsageError(f"sim.realtime.connect(dialect={dialect!r}): write 'ga' or 'beta'")
        session = Session(
            model=model,
            dialect=dialect,
            behavior=self._behavior,
            clock=self._clock,
            seed=self._seed(),
            scope=self._scope(),
        )
        connection = Connection(session, self._clock.advance)
        self._connections.append(connection)
        return connection

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Every connection since the emulator began or was reset, oldest first."""
        return tuple(self._connections)


def _ended(name: str, close: Close) -> UsageError:
    return UsageError(
        f"connection.{name}(): the session closed with {close.code} {close.reason!r};"
        " sim.realtime.connect() begins a new one"
    )
