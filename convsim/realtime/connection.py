"""Connections: a client and its Realtime session, with what goes wrong between them and the note of all that went."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from typing import Any, NamedTuple

from pydantic_core import from_json

from convsim.errors import UsageError
from convsim.faults.events import CloseConnection, DropEvent, RefuseEvent
from convsim.faults.fault import Fault, Moment
from convsim.faults.transport import Latency
from convsim.http.messages import Close, Frame, Sent
from convsim.http.websocket import LOST
from convsim.realtime.session import Session
from convsim.service.service import Service


class _Going(NamedTuple):
    """What is on its way to the client, or only in its place there; ``faults`` are those that have happened to it."""

    sent: Sent
    faults: Sequence[Fault]
    arrives: bool


class Connection:
    """One client's connection.

    ``session`` is the service's end of it: its ``order`` and ``items``, and what a test lets it do; ``id`` is the
    session's. ``project`` is the one that the client's key sees, None where there is none. The adapter's side is that
    of :class:`~convsim.http.messages.Peer`.
    """

    def __init__(self, session: Session, project: str | None, service: Service) -> None:
        self.session = session
        self.project = project
        self.wake: Callable[[], None] = lambda: None
        self._service = service
        self.id: str = session.configuration["id"]
        self._ended: Close | None = None
        self.broken = False
        self._going: deque[_Going] = deque()
        # The delay of what goes next, with that of what was dropped before it.
        self._late = 0.0
        session.on_change = self._changed

    def __repr__(self) -> str:
        count = len(self.session.order)
        state = f"closed with {self._ended.code}" if self._ended else "open"
        return f"<{type(self).__name__} {self.id}: {count} item{'s' if count != 1 else ''}, {state}>"

    @property
    def closed(self) -> Close | None:
        """How the connection ended, from whichever side: code and reason, or None while it lasts."""
        return self._ended

    # --- the adapter's side ----------------------------------------------------------------------------------------

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client, whatever the armed faults leave of it."""
        happened: list[tuple[Fault, Moment]] = []

        def taken_over(kind: str, event_id: str | None) -> bool:
            happened.extend(self._due(kind))
            fault, moment = happened[0] if happened else (None, "after")
            if isinstance(fault, RefuseEvent):
                self.session.refuse(
                    kind, event_id, fault.message, code=fault.code, param=fault.param, type=fault.type, echo=fault.echo
                )
            return isinstance(fault, RefuseEvent) or moment == "before"

        with self.session.lock:
            if self.session.closed:
                self._note("client", data, arrived=False)
                return
            self.session.receive(data, taken_over if self._service.faults else None)
            self._note("client", data, [fault for fault, _ in happened])
            for fault, _ in happened:
                if isinstance(fault, CloseConnection):
                    self._lose(self.session.events_to_send(), [fault])
                    self.session.end(fault.code, fault.reason)

    def events_to_send(self) -> list[Sent]:
        """What has come up to be sent, and what armed faults leave of it."""
        with self.session.lock:
            taken = self.session.events_to_send()
            coming: list[Sent] = []
            for position, sent in enumerate(taken):
                self._late += sent.delay
                faults = self._faults_of(sent) if self._service.faults else ()
                fault = self._befallen(faults) if faults else None
                if isinstance(fault, CloseConnection):
                    self.session.end(fault.code, fault.reason)
                    self._lose([*taken[position:], *self.session.events_to_send()], [fault])
                    coming.append(self._go(Close(fault.code, fault.reason), ()))
                    break
                if fault is not None:
                    self._lose([sent], faults)
                else:
                    coming.append(self._go(sent, faults))
            if self._going:
                self._note_lost()
            return coming

    def pass_time(self, seconds: float) -> float:
        """Let a delay begin; gives what of it the adapter has to wait."""
        with self._service.lock:
            return self._service.wait(seconds)

    def sent(self) -> None:
        """The oldest event that is on its way has been sent."""
        with self.session.lock:
            sent, faults, _ = self._going.popleft()
            if isinstance(sent, Close):
                self._ended = sent._replace(delay=0.0)
                self._note("server", (sent.code, sent.reason), faults)
            elif isinstance(sent, Frame):
                self._note("server", sent.text, faults)
            self._note_lost()

    def lost(self, code: int, reason: str = "") -> None:
        """The client has closed, or (1006) is no longer there."""
        with self.session.lock:
            self._lose(self.session.events_to_send(), [])
            self._going = deque(going._replace(arrives=False) for going in self._going)
            self._note_lost()
            if self._ended is None:
                self._ended = Close(code, reason)
                self._note("client", (code, reason))
            self.session.end(code, reason)
            self.session.events_to_send()

    def cut(self) -> None:
        """Break it at once, and note nothing of it any more."""
        with self.session.lock:
            self.broken = True
            self.session.end(LOST)
        self.wake()

    def _changed(self) -> None:
        self.wake()

    # --- what goes over it -----------------------------------------------------------------------------------------

    def _due(self, kind: str) -> list[tuple[Fault, Moment]]:
        with self._service.lock:
            return self._service.faults.on_event(kind, self.id)

    def _faults_of(self, sent: Sent) -> list[Fault]:
        return [fault for fault, _ in self._due(_kind(sent.text))] if isinstance(sent, Frame) else []

    def _befallen(self, faults: Sequence[Fault]) -> Fault | None:
        """Let the delays among the faults of one event count; gives the one that keeps it from arriving."""
        self._late += sum(fault.seconds for fault in faults if isinstance(fault, Latency))
        return next((fault for fault in faults if isinstance(fault, (CloseConnection, DropEvent))), None)

    def _go(self, sent: Sent, faults: Sequence[Fault]) -> Sent:
        if self._late != sent.delay:
            sent = sent._replace(delay=self._late)
        self._late = 0.0
        self._going.append(_Going(sent, faults, arrives=True))
        return sent

    def _lose(self, sent: Iterable[Sent], faults: Sequence[Fault]) -> None:
        self._going.extend(_Going(one, faults, arrives=False) for one in sent)

    def _note_lost(self) -> None:
        """Note what never arrives and has nothing before it that may."""
        while self._going and not self._going[0].arrives:
            sent, faults, _ = self._going.popleft()
            if isinstance(sent, Frame):
                self._note("server", sent.text, faults, arrived=False)

    def _note(
        self, sender: Any, told: str | bytes | tuple[int, str], faults: Sequence[Fault] = (), *, arrived: bool = True
    ) -> None:
        service = self._service
        with service.lock:
            if not self.broken:
                service.journal.frame(service.clock.now(), self.project, self.id, sender, told, faults, arrived)


class DirectConnection(Connection):
    """A connection without a client: the test itself sends and receives, in the words of the official SDK.

    Nothing waits: an event that comes with a delay moves the clock of the emulator on when it is taken.
    """

    def __init__(self, session: Session, project: str | None, service: Service) -> None:
        super().__init__(session, project, service)
        self._arrived: deque[dict[str, Any]] = deque()

    def send(self, event: Mapping[str, Any] | str | bytes) -> None:
        """Send one client event: as a mapping, or as the very text of a frame, which need not be JSON.

        ``bytes`` are a binary frame. Raises :class:`~convsim.errors.UsageError` for a mapping that is no JSON, and when
        the session has closed.
        """
        self._take()
        if self._ended is not None:
            raise _over("send", self._ended)
        if not isinstance(event, str | bytes):
            try:
                event = dumps(dict(event), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise UsageError(f"connection.send({event!r}): {error}; write an event as JSON has it") from None
        self.receive(event)

    def recv(self) -> dict[str, Any]:
        """The next server event as parsed JSON; pings are answered unseen.

        Raises :class:`~convsim.errors.UsageError` when there is none: nothing comes later by itself.
        """
        with self.session.lock:
            self._take()
            if self._arrived:
                return self._arrived.popleft()
        if self._ended is not None:
            raise _over("recv", self._ended)
        raise UsageError("connection.recv(): no event has come; connection.events() gives those that have, be it none")

    def events(self) -> list[dict[str, Any]]:
        """All server events that have not been taken yet, oldest first; none is an empty list."""
        with self.session.lock:
            self._take()
            arrived = list(self._arrived)
            self._arrived.clear()
            return arrived

    def pass_time(self, seconds: float) -> float:
        with self._service.lock:
            self._service.clock.advance(seconds)
        return 0.0

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it, as the client; what has arrived can still be taken."""
        self._take()
        self.lost(code, reason)

    @property
    def closed(self) -> Close | None:
        self._take()
        return self._ended

    def _take(self) -> None:
        with self.session.lock:
            for sent in self.events_to_send():
                self.pass_time(sent.delay)
                self.sent()
                if isinstance(sent, Frame):
                    self._arrived.append(from_json(sent.text))


def _kind(event: str) -> str:
    """The ``type`` of a server event, which begins with it."""
    return event.split('"', 4)[3]


def _over(name: str, close: Close) -> UsageError:
    return UsageError(
        f"connection.{name}(): the session closed with {close.code} {close.reason!r};"
        " sim.realtime.connect() begins a new one"
    )
