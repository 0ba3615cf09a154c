"""Connections that go wrong, and answers that take their time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convsim.faults.fault import DAY, AnswerFault, Fault, FaultContext, require_count, require_number
from convsim.http.messages import Outcome, TransportErrorKind, TransportFault


class ConnectionFault(AnswerFault):
    """The client's library raises its own exception."""

    kind: ClassVar[TransportErrorKind]

    def answer(self, context: FaultContext) -> Outcome:
        return TransportFault(self.kind)


class ConnectionRefused(ConnectionFault):
    """Nobody listens: the library's ``ConnectError``."""

    moments = ("before",)
    kind = "refused"


class DNSFailure(ConnectionFault):
    """The host has no address: the library's ``ConnectError``."""

    moments = ("before",)
    kind = "dns"


class ConnectTimeout(ConnectionFault):
    """Nobody answers the connection: the library's ``ConnectTimeout``, at once."""

    moments = ("before",)
    kind = "connect_timeout"


class ReadTimeout(ConnectionFault):
    """No answer comes: the library's ``ReadTimeout``, at once. To wait for it, see :class:`Latency`."""

    kind = "read_timeout"


class ConnectionReset(ConnectionFault):
    """The connection breaks before the answer: the library's ``ReadError``."""

    kind = "reset"


@dataclass(frozen=True, repr=False)
class BodyReset(AnswerFault):
    """The connection breaks behind ``after_bytes`` of the answer's body: the library's ``ReadError``, as it is read."""

    moments = ("after",)

    after_bytes: int = 10

    def __post_init__(self) -> None:
        require_count(f"BodyReset(after_bytes={self.after_bytes!r})", self.after_bytes, 0)

    def answer(self, context: FaultContext) -> Outcome:
        return TransportFault("reset_in_body", partial=context.response, after_bytes=self.after_bytes)


@dataclass(frozen=True, repr=False)
class Latency(Fault):
    """The answer takes ``seconds``. Where the client's own timeout is shorter, it gets that instead.

    The operation is carried out either way, unless another fault answers before it. An emulator with
    ``virtual_time=True`` moves its clock instead of waiting. Where its rule names server events of Realtime, they come
    so much later.
    """

    moments = ("after",)
    places = ("operation", "server event")

    seconds: float

    def __post_init__(self) -> None:
        require_number(f"Latency({self.seconds!r})", self.seconds, "seconds, up to a day", below=DAY + 1)
