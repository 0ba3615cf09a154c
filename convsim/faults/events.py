"""Faults of events: those of Realtime sessions and of streamed responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from convsim.errors import UsageError
from convsim.faults.fault import Fault, Moment, Plan, Target
from convsim.http.messages import Close, Frame, TransportFault
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close, is_text
from convsim.responses.vocabulary import Failure

if TYPE_CHECKING:
    from convsim.faults.rules import Rule

CLIENT_EVENTS: tuple[str, ...] = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.truncate",
    "conversation.item.delete",
    "conversation.item.retrieve",
    "response.create",
    "response.cancel",
)
"""The client events of a session, in both dialects."""

SERVER_EVENTS: tuple[str, ...] = (
    "error",
    "session.created",
    "session.updated",
    "conversation.created",
    "conversation.item.added",
    "conversation.item.created",
    "conversation.item.done",
    "conversation.item.deleted",
    "conversation.item.retrieved",
    "conversation.item.truncated",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.text.delta",
    "response.text.done",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.audio.delta",
    "response.audio.done",
    "response.output_audio_transcript.delta",
    "response.output_audio_transcript.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
)
"""The server events of a session, in one dialect or in both."""


STREAM_EVENTS: tuple[str, ...] = (
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_list_tools.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.generating",
    "response.image_generation_call.partial_image",
    "response.image_generation_call.completed",
    "response.shell_call_command.added",
    "response.shell_call_command.delta",
    "response.shell_call_command.done",
    "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
    "response.apply_patch_call_operation_diff.delta",
    "response.apply_patch_call_operation_diff.done",
    "error",
    "response.completed",
    "response.incomplete",
    "response.failed",
)
"""The events of a streamed response."""

Instead = Frame | Close | TransportFault | Failure | None
"""The replacement of an event: another text, the end of the connection or of the response, or nothing."""


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
        for name in ("code", "message", "param", "type"):
            value, optional = getattr(self, name), name in ("code", "param")
            if not (value is None and optional) and not is_text(value):
                words = "a string that UTF-8 can carry" + (", or None" if optional else "")
                raise UsageError(f"RefuseEvent({name}={value!r}): write {words}")
        if self.echo is not None and not isinstance(self.echo, bool):
            raise UsageError(f"RefuseEvent(echo={self.echo!r}): write True, False, or None to follow the rules")


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
        if not is_text(self.text) or not self.text.isprintable():
            raise UsageError(f"GarbleEvent(text={self.text!r}): write one line of text that UTF-8 can carry")

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
        for name in ("code", "message", "type", "param"):
            value, optional = getattr(self, name), name in ("type", "param")
            if not (value is None and optional) and not is_text(value):
                words = "a string that UTF-8 can carry" + (", or None" if optional else "")
                raise UsageError(f"FailResponse({name}={value!r}): write {words}")

    def objection(self, name: str) -> str | None:
        if name not in ("error", "response.completed", "response.failed", "response.incomplete"):
            return None
        return f"{self!r} ends a response that is in progress, and behind {name} it has ended"

    def instead(self) -> Instead:
        return Failure(self.code, self.message, type=self.type, param=self.param)
