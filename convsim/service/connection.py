"""Connections: they apply faults between a client and its Realtime session, and note all messages in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from convsim.faults.events import CloseConnection, RefuseEvent
from convsim.faults.fault import Fault, Plan, Target
from convsim.http.messages import Close, Frame, Sent, State, TransportFault
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close, event_data
from convsim.realtime.errors import EventError
from convsim.realtime.events import CLIENT_EVENTS
from convsim.realtime.session import Session
from convsim.responses.vocabulary import Failure
from convsim.service.arrivals import Arrivals
from convsim.service.delivery import Delivery
from convsim.service.service import Service


class Connection(Delivery[Sent]):
    """One client's connection.

    ``session`` is the service's end: its ``order`` and ``items``, and the methods by which a test acts as the service;
    ``id`` is the session's. ``project`` is the project of the client's key, None if there is none. Adapters use the
    interface of :class:`~convsim.http.messages.WebSocket`.
    """

    target: ClassVar[Target] = "server event"

    def __init__(
        self,
        session: Session,
        project: str | None,
        service: Service,
        *,
        wait: Callable[[float], float] | None = None,
    ) -> None:
        self.id: str = session.configuration["id"]
        super().__init__(service, session, self.id, lock=session.lock, wait=wait)
        self.session = session
        session.missed = service.refused.append
        self.project = project
        self._ended: Close | None = None

    def __repr__(self) -> str:
        count = len(self.session.order)
        state = f"closed with {self._ended.code}" if self._ended else "open"
        return f"<{type(self).__name__} {self.id}: {count} item{'s' if count != 1 else ''}, {state}>"

    @property
    def closed(self) -> Close | None:
        """The code and reason with which either side ended the connection, or None while it is open."""
        return self._ended

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client, after the armed faults have changed, refused or dropped it."""
        session = self.session
        with session.lock:
            if session.closed:
                self._journalize("client", data, arrived=False)
                return
            armed = self._service.armed is not None and self._service.armed.rules
            waiting = session.waiting if armed else 0
            event = session.read(data)
            plan = self.happening("client event", event.type) if armed and event is not None else Plan()
            fault = plan.event
            if event is not None and isinstance(fault, RefuseEvent):
                group = CLIENT_EVENTS[event.type].error_group
                error = EventError(group, fault.code, fault.message, fault.param, fault.type)
                session.refuse(event, error, echo=fault.echo)
            elif event is not None and plan.moment == "after":
                session.carry_out(event)
            self._journalize("client", data, plan.faults)
            if isinstance(fault, CloseConnection):
                for lost in session.events_to_send(waiting):
                    self._note(lost, [fault], arrived=False)
                session.drop(fault.code, fault.reason)

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        with self.session.lock:
            super().close(code, reason)
            if self._ended is None:
                self._ended = Close(code, reason)
                self._journalize("client", (code, reason))

    def abort(self) -> None:
        """Break the connection off at once; the journal gets no further entry."""
        with self.session.lock:
            self.state = State.ABORTED
            self._held = None
            self.session.close()
        self.wake()

    # --- as every delivery -----------------------------------------------------------------------------------------

    def _event_of(self, item: Sent) -> str | None:
        return item.text.split('"', 4)[3] if isinstance(item, Frame) else None  # the type comes first in the frame

    def _exchanged(self, item: Sent, instead: Frame | Close | TransportFault | Failure) -> Sent:
        assert isinstance(instead, (Frame, Close)), "the other faults happen to the events of streams"
        return instead

    def _note(self, item: Sent, faults: list[Fault], *, arrived: bool) -> None:
        if isinstance(item, Frame):
            self._journalize("server", item.text, faults, arrived=arrived)
        elif isinstance(item, Close) and arrived:
            self._ended = item._replace(delay=0.0)
            self._journalize("server", (item.code, item.reason), faults)

    def _break_off(self, faults: list[Fault], code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        for lost in self.session.events_to_send():
            self._note(lost, faults, arrived=False)
        self._stream.close(code, reason)

    def _journalize(
        self, sender: Any, told: str | bytes | tuple[int, str], faults: Sequence[Fault] = (), *, arrived: bool = True
    ) -> None:
        if self.state is not State.ABORTED:
            with self._service.lock:
                self._service.journal.frame(
                    self._service.clock.now(), self.project, self.id, sender, told, faults, arrived=arrived
                )


class DirectConnection(Arrivals, Connection):
    """A connection without a client: the test itself sends and receives, with the official SDK's method names.

    No call waits: taking a delayed event moves the clock of the emulator forward. ``session`` is the service's end: its
    ``items``, and the methods by which a test acts as the service; ``id`` is the session's.

    >>> connection = sim.realtime.connect()
    >>> connection.send({"type": "input_audio_buffer.clear"})
    >>> [event["type"] for event in connection.events()]
    ['session.created', 'input_audio_buffer.cleared']
    """

    _closed_with: ClassVar[str] = "the session closed with {}; sim.realtime.connect() begins a new one"

    def __init__(self, session: Session, project: str | None, service: Service) -> None:
        Arrivals.__init__(self)
        Connection.__init__(self, session, project, service, wait=self._at_once)

    def send(self, event: Mapping[str, Any] | str | bytes) -> None:
        """Send one client event: as a mapping, or as the text of a frame, which need not be JSON.

        ``bytes`` are a binary frame. Raises :class:`~convsim.errors.UsageError` for a mapping that is not JSON, and
        after the session has closed.
        """
        data = event_data(event)
        self._require_open("send")
        self.receive(data)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection as a client does; events that have arrived can still be taken.

        Raises :class:`~convsim.errors.UsageError` for a code or a reason that no close frame can carry.
        """
        check_close("connection.close", code, reason)
        self._take()
        super().close(code, reason)

    def _take(self) -> Close | None:
        with self.session.lock:  # held over both steps, so that threads keep the order of the events
            while isinstance(sent := self.next(0.0), tuple):
                if isinstance(sent, Frame):
                    self._arrive(sent.text)
        return self._ended

    def _at_once(self, seconds: float) -> float:
        self._service.clock.pass_time(seconds)
        return 0.0
