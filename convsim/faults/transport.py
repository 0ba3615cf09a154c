"""Faults of connections, and late answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from convsim.errors.misuse import SECONDS, count, require
from convsim.faults.fault import (
    AnswerFault,
    Fault,
    FaultContext,
    Moment,
    Plan,
    Target,
)
from convsim.http.messages import Outcome, TransportErrorKind, TransportFault

if TYPE_CHECKING:
    from convsim.faults.rules import Rule


class ConnectionFault(AnswerFault):
    """The client's library raises its own exception."""

    kind: ClassVar[TransportErrorKind]

    def answer(self, context: FaultContext) -> Outcome:
        return TransportFault(self.kind)


class ConnectionRefused(ConnectionFault):
    """Nothing listens at the address: the library's ``ConnectError``."""

    moments: ClassVar[tuple[Moment, ...]] = ("before",)
    kind: ClassVar[TransportErrorKind] = "refused"


class DNSFailure(ConnectionFault):
    """The host's name has no address: the library's ``ConnectError``."""

    moments: ClassVar[tuple[Moment, ...]] = ("before",)
    kind: ClassVar[TransportErrorKind] = "dns"


class ConnectTimeout(ConnectionFault):
    """The connection is never accepted: the library's ``ConnectTimeout``, at once."""

    moments: ClassVar[tuple[Moment, ...]] = ("before",)
    kind: ClassVar[TransportErrorKind] = "connect_timeout"


class ReadTimeout(ConnectionFault):
    """No answer comes: the library's ``ReadTimeout``, at once. To let the time pass, arm :class:`Latency`."""

    kind: ClassVar[TransportErrorKind] = "read_timeout"


class ConnectionReset(ConnectionFault):
    """The connection breaks before the answer: the library's ``ReadError``."""

    kind: ClassVar[TransportErrorKind] = "reset"


@dataclass(frozen=True, repr=False)
class BodyReset(AnswerFault):
    """The connection breaks after ``after_bytes`` bytes of the answer's body: the library's ``ReadError``.

    A streamed response ends there, as if its client had left.

    >>> armed = sim.faults.add(BodyReset(after_bytes=100), on="conversations.items.list")
    """

    moments: ClassVar[tuple[Moment, ...]] = ("after",)
    streams = True

    after_bytes: int = 10

    def __post_init__(self) -> None:
        require("BodyReset(after_bytes", self.after_bytes, count(0))

    def answer(self, context: FaultContext) -> Outcome:
        return TransportFault("reset_in_body", partial=context.response, after_bytes=self.after_bytes)


@dataclass(frozen=True, repr=False)
class Latency(Fault):
    """The answer or event comes ``seconds`` later; a client with a shorter timeout gets its ``ReadTimeout``.

    The operation is carried out either way, unless another fault answers before it. An emulator with
    ``virtual_time=True`` moves its clock instead of waiting.

    >>> armed = sim.faults.add(Latency(30), on="responses.create")
    """

    moments: ClassVar[tuple[Moment, ...]] = ("after",)
    targets: ClassVar[tuple[Target, ...]] = ("operation", "server event", "stream event")

    seconds: float

    def __post_init__(self) -> None:
        require("Latency(", self.seconds, SECONDS)

    def enter(self, plan: Plan, rule: Rule) -> None:
        if rule.due():
            plan.delay += self.seconds
            plan.happened(rule, self)
