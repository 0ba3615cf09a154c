"""Deliveries: streams on their way to a client, with delays, faults and the journal's notes.

A delivery reads a :class:`~convsim.http.messages.Stream` item by item. It lets the delays pass, on the clock of the
emulator or by telling the adapter to wait; applies the armed faults to events by their name; and notes each item when
it is sent, or when it is certain that it never will be. It is a stream itself, whose items are due.

No lock is held between two calls. Within one, the delivery's own lock comes first and that of the service second, so a
stream may take the service's lock in its ``next`` and ``close``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import RLock
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from convsim.faults.fault import Fault, Plan, Target
from convsim.http.bodies import gathered
from convsim.http.messages import Account, Chunk, Close, Frame, State, Stream, TransportFault
from convsim.http.websocket import ABNORMAL_CLOSURE
from convsim.responses.vocabulary import Failure
from convsim.service.service import Service

if TYPE_CHECKING:
    from convsim.responses.readers import EventStream


class _Item(Protocol):
    @property
    def delay(self) -> float: ...


T = TypeVar("T", bound=_Item)


class Delivery(ABC, Generic[T]):
    """One stream on its way to its client.

    ``subject`` is the id of the conversation or session by which a rule of faults may select it. ``lock`` makes each
    call atomic. ``wait`` replaces that of the service, for readers that never wait.
    """

    target: ClassVar[Target]
    """The kind of its events, as faults name it."""

    def __init__(
        self,
        service: Service,
        stream: Stream[T],
        subject: str | None,
        *,
        lock: AbstractContextManager[object] | None = None,
        wait: Callable[[float], float] | None = None,
    ) -> None:
        self._service = service
        self._stream = stream
        self._subject = subject
        self._lock = lock or RLock()
        self._wait = wait or service.wait
        self.state: State = State.OPEN
        # The next item, the effects of the armed faults on it, and the instant at which it is due.
        self._held: tuple[T, Plan] | None = None
        self._due: float
        # How much of the stream's time has passed on the emulator's clock without a wait of the adapter.
        self._skipped = 0.0

    @property
    def wake(self) -> Callable[[], None]:
        return self._stream.wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        self._stream.wake = wake

    def next(self, now: float) -> T | float | None:
        with self._lock:
            while self.state is State.OPEN or self._held is not None:
                if self._held is None:
                    item = self._stream.next(now + self._skipped)
                    if item is None:
                        self.state = State.CLOSED
                        return None
                    if isinstance(item, (int, float)):
                        if item == math.inf or (item := self._pass(item)):
                            return item
                        continue
                    armed = self._service.armed
                    if not item.delay and (armed is None or not armed.rules):
                        return self._sent(item, [])
                    self._hold(item, now)
                if self._due > now:
                    return self._due - now
                if (item := self._send(now)) is not None:
                    return item
            return None

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        with self._lock:
            if self.state is not State.OPEN:
                return
            self.state = State.CLOSED
            held, self._held = self._held, None
            if held is not None:
                self._note(held[0], held[1].faults, arrived=False)
            self._break_off([], code, reason)

    def happening(self, target: Target, event: str) -> Plan:
        """Return the effects of the armed faults on this event now, and count them."""
        with self._service.lock:
            return self._service.faults.on_event(target, event, self._subject)

    def _hold(self, item: T, now: float) -> None:
        """Take the next item of the stream, and the faults that will happen to it."""
        armed = self._service.armed
        event = self._event_of(item) if armed is not None and armed.rules else None
        plan = self.happening(self.target, event) if event is not None else Plan()
        delay = item.delay + plan.delay
        self._held = item, plan
        self._due = now + (self._pass(delay) if delay else 0.0)

    def _send(self, now: float) -> T | None:
        """Return the item that is due, or the replacement by a fault."""
        assert self._held is not None
        (item, plan), self._held = self._held, None
        if plan.event is None:
            return self._sent(item, plan.faults)
        self._note(item, plan.faults, arrived=False)
        instead = plan.event.instead()
        if isinstance(instead, (Close, TransportFault)):
            self.state = State.CLOSED
            self._break_off([plan.event], *instead[:2] if isinstance(instead, Close) else ())
        if instead is not None and (other := self._exchanged(item, instead)) is not None:
            self._held, self._due = (other, Plan()), now
        return None

    def _sent(self, item: T, faults: list[Fault]) -> T:
        """Return an item that is sent as it is."""
        if isinstance(item, (Close, TransportFault)):
            self.state = State.CLOSED
        self._note(item, faults, arrived=True)
        return item

    def _pass(self, seconds: float) -> float:
        """Let the time pass, at most a day; return how much of it the adapter has to wait."""
        with self._service.lock:
            wait = self._wait(seconds)
        self._skipped += seconds - wait
        return wait

    # --- what differs between the messages of a WebSocket and the body of an answer --------------------------------

    @abstractmethod
    def _event_of(self, item: T) -> str | None:
        """Return the name by which faults find the item."""

    @abstractmethod
    def _exchanged(self, item: T, instead: Frame | Close | TransportFault | Failure) -> T | None:
        """Return the replacement of the item; None if there is none, or if another item follows."""

    @abstractmethod
    def _note(self, item: T, faults: list[Fault], *, arrived: bool) -> None:
        """Note an item that is sent, or never will be."""

    @abstractmethod
    def _break_off(self, faults: list[Fault], code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Close the stream, and note its remaining items as never sent."""


class BodyDelivery(Delivery[Chunk | TransportFault]):
    """The body of an answer; the faults that happen in it are added to ``faults``, those of the exchange.

    ``read_timeout`` is how long the client waits for each chunk, None for no limit.
    """

    target: ClassVar[Target] = "stream event"
    _stream: EventStream

    def __init__(
        self,
        service: Service,
        stream: EventStream,
        subject: str | None,
        faults: list[Fault],
        read_timeout: float | None = None,
    ) -> None:
        super().__init__(service, stream, subject)
        self.faults: list[Fault] = faults
        self.account: Account = Account(self)
        self.closing: Close | None = None
        """How a fault ends a WebSocket that tells these events."""
        self._read_timeout = math.inf if read_timeout is None else read_timeout
        self._since: float | None = None

    def next(self, now: float) -> Chunk | TransportFault | float | None:
        if self._since is None:
            self._since = now
        item = super().next(now)
        if item is None and not self.account.over:
            self._lose_the_rest()
        if not isinstance(item, (int, float)):
            self._since = now
            return item
        left = self._since + self._read_timeout - now
        if left > 0:
            return min(item, left)
        self.close()
        return TransportFault("read_timeout")

    def due(self, now: float, most: int) -> tuple[bytes, TransportFault | float | None]:
        with self._lock:
            armed = self._service.armed
            ready = b""
            if self.state is State.OPEN and self._held is None and (armed is None or not armed.rules):
                ready = self._stream.ready(most)
                self.account.note(ready, arrived=True)
            rest, item = gathered(self, now, most - len(ready))
            return ready + rest, item

    def _pass(self, seconds: float) -> float:
        if seconds <= self._read_timeout:
            return super()._pass(seconds)
        if not super()._pass(self._read_timeout):
            self._since = -math.inf  # the client's timeout has passed on the emulator's clock
        return math.inf

    def _event_of(self, item: Chunk | TransportFault) -> str | None:
        return item.event if isinstance(item, Chunk) else None

    def _exchanged(
        self, item: Chunk | TransportFault, instead: Frame | Close | TransportFault | Failure
    ) -> Chunk | TransportFault | None:
        if isinstance(instead, Failure):
            self._stream.fail(instead)
            return None
        if isinstance(instead, Close):
            self.closing = instead
            return TransportFault("reset_in_body") if instead.code == ABNORMAL_CLOSURE else None
        if isinstance(instead, TransportFault):
            return instead
        assert isinstance(item, Chunk), "only chunks have events"
        return Chunk(f"event: {item.event}\ndata: {instead.text}\n\n".encode(), item.event)

    def _note(self, item: Chunk | TransportFault, faults: list[Fault], *, arrived: bool) -> None:
        self.faults += faults
        if isinstance(item, Chunk):
            self.account.note(item.data, arrived=arrived)

    def _break_off(self, faults: list[Fault], code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._stream.close(code, reason)
        self._lose_the_rest()

    def _lose_the_rest(self) -> None:
        self.account.note(self._stream.rest(), arrived=False)
        self.account.close()
