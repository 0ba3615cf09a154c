"""Faults of events: those of Realtime sessions and of streamed responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from convsim.errors import UsageError
from convsim.errors.misuse import FLAG, MAYBE_TEXT, TEXT, Kind, is_text, optional, require, require_fields
from convsim.faults.fault import Fault, Moment, Plan, Target
from convsim.http.messages import Close, Frame, TransportFault
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close
from convsim.responses.vocabulary import Failure

if TYPE_CHECKING:
    from convsim.faults.rules import Rule

Instead = Frame | Close | TransportFault | Failure | None
"""The replacement of an event: another text, the end of the connection or of the response, or nothing."""

_LINE = Kind(lambda value: is_text(value) and value.isprintable(), "one line of text that UTF-8 can carry")
_REFUSE_EVENT = {
    **dict.fromkeys(("code", "param"), MAYBE_TEXT),
    **dict.fromkeys(("message", "type"), TEXT),
    "echo": Kind(optional(FLAG).fits, "True, False, or None to follow the rules"),
}
_FAIL_RESPONSE = {
    **dict.fromkeys(("code", "message"), TEXT),
    **dict.fromkeys(("type", "param"), MAYBE_TEXT),
}


class EventFault(Fault):
    """A fault of an event; of several armed for one event, the first happens."""

    usual_operations: ClassVar[tuple[str, ...] | None] = ("conversation.item.create",)
    targets: ClassVar[tuple[Target, ...]] = ("client event", "server event", "stream event")

    def instead(self) -> Instead:
        """Return the replacement of a server event or stream event."""
        raise UsageError(f"{type(self).__name__} sends nothing: use one of its subclasses")

    def enter(self, plan: Plan, rule: Rule) -> None:
        if rule.due() and plan.event is None:
            plan.event, plan.moment = self, rule.moment
            plan.happened(rule, self)


@dataclass(frozen=True, repr=False)
class RefuseEvent(EventFault):
    """An ``error`` event answers the client's event, which is not carried out.

    The arguments are the members of the error; the default message is that of the HTTP APIs (inferred). ``echo`` says
    whether the error repeats the ``event_id`` of the client's event; None leaves that to the emulator's rules.

    >>> armed = sim.faults.add(RefuseEvent("slow_down", "Not now."), on="conversation.item.create")
    """

    targets: ClassVar[tuple[Target, ...]] = ("client event",)

    code: str | None = None
    message: str = "The server had an error while processing your request. Sorry about that!"
    param: str | None = None
    type: str = "server_error"
    echo: bool | None = None

    def __post_init__(self) -> None:
        require_fields(self, _REFUSE_EVENT)


class _SentFault(EventFault):
    """A fault of an event that the service sends."""

    targets: ClassVar[tuple[Target, ...]] = ("server event", "stream event")
    moments: ClassVar[tuple[Moment, ...]] = ("after",)


class DropEvent(_SentFault):
    """The event never arrives, all others do: by default, the acknowledgement of a Realtime item."""

    usual_operations: ClassVar[tuple[str, ...] | None] = ("conversation.item.added", "conversation.item.created")

    def instead(self) -> Instead:
        return None


@dataclass(frozen=True, repr=False)
class GarbleEvent(_SentFault):
    """The event arrives with ``text`` instead of its JSON.

    >>> armed = sim.faults.add(GarbleEvent("{"), on="response.output_text.delta")
    """

    usual_operations: ClassVar[tuple[str, ...] | None] = ("response.output_text.delta",)

    text: str = '{"type": "resp'

    def __post_init__(self) -> None:
        require("GarbleEvent(text", self.text, _LINE)

    def instead(self) -> Instead:
        return Frame(self.text)


@dataclass(frozen=True, repr=False)
class CloseConnection(EventFault):
    """The connection ends instead of the event.

    A WebSocket ends with a close frame of that ``code`` and ``reason``, or for 1006 without one. If the rule names a
    client event of Realtime, it ends before the event is carried out, or after it with ``after_commit=True``. A stream
    breaks with the library's ``ReadError``; with any other code it ends normally, as if it were complete.

    >>> armed = sim.faults.add(CloseConnection(1011, "bye"), on="response.done")
    """

    moments: ClassVar[tuple[Moment, ...]] = ("before", "after")

    code: int = ABNORMAL_CLOSURE
    reason: str = ""

    def __post_init__(self) -> None:
        check_close("CloseConnection", self.code, self.reason)

    def instead(self) -> Instead:
        return Close(self.code, self.reason)


class _StreamFault(_SentFault):
    """A fault of a streamed response, at one of its events."""

    usual_operations: ClassVar[tuple[str, ...] | None] = ("response.output_text.delta",)
    targets: ClassVar[tuple[Target, ...]] = ("stream event",)


class StallStream(_StreamFault):
    """The stream stops at the event: the library's ``ReadTimeout``, at once.

    A WebSocket, which has no such timeout, breaks. To let the time pass on the clock, give the event a :class:`Latency`
    longer than the client's timeout.
    """

    def instead(self) -> Instead:
        return TransportFault("read_timeout")


@dataclass(frozen=True, repr=False)
class FailResponse(_StreamFault):
    """An ``error`` event replaces the event, ``response.failed`` follows, and the conversation gets no items.

    The arguments are the members of the error; ``type`` defaults to the code. A response that had ended before it was
    streamed (again) is unchanged: only the stream ends with the error.

    >>> armed = sim.faults.add(FailResponse("rate_limit_exceeded", "Slow down."), on="response.in_progress")
    """

    code: str = "server_error"
    message: str = "The server had an error while processing your request. Sorry about that!"
    type: str | None = None
    param: str | None = None

    def __post_init__(self) -> None:
        require_fields(self, _FAIL_RESPONSE)

    def objection(self, name: str) -> str | None:
        if name not in ("error", "response.completed", "response.failed", "response.incomplete"):
            return None
        return f"{self!r} ends a response that is in progress, and behind {name} it has ended"

    def instead(self) -> Instead:
        return Failure(self.code, self.message, type=self.type, param=self.param)
