"""The events of Realtime sessions and of Responses streams, and what can go wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convsim.errors import UsageError
from convsim.faults.fault import Fault, Place
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close, is_text

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
"""What a session takes, in both dialects."""

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
"""What a session sends, in one dialect or in both."""

STREAM_EVENTS: tuple[str, ...] = (
    "error",
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_summary_part.done",
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
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
    "response.web_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call.completed",
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
    "response.compaction.compacting",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
    "response.incomplete",
    "response.failed",
)
"""What a stream of Responses tells."""

SENT_EVENTS = tuple(dict.fromkeys((*SERVER_EVENTS, *STREAM_EVENTS)))
"""What the service sends, in a session or in a stream; some names mean both."""


class EventFault(Fault):
    """Something goes wrong with an event, and never with an operation; of several the first one armed happens."""

    usual_operations: ClassVar[tuple[str, ...] | None] = ("conversation.item.create",)
    places: ClassVar[tuple[Place, ...]] = ("client event", "server event")


@dataclass(frozen=True, repr=False)
class RefuseEvent(EventFault):
    """The service answers a client event with an ``error``, and does not carry it out.

    ``echo`` says whether the error repeats the event's ``event_id``; None leaves that to the emulator's rules. The
    usual message is that of the HTTP APIs (inferred).
    """

    places = ("client event",)

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
            raise UsageError(f"RefuseEvent(echo={self.echo!r}): write True, False, or None for what the rules say")


class DropEvent(EventFault):
    """All is carried out, but this server event of it never arrives: usually, the acknowledgement of an item."""

    usual_operations = ("conversation.item.added", "conversation.item.created")
    places = ("server event",)
    moments = ("after",)


@dataclass(frozen=True, repr=False)
class CloseConnection(EventFault):
    """The connection ends: with a close frame, or for 1006 without one. A stream breaks off, whatever the code.

    It ends before a client event is carried out, or after; a server event is not sent, whatever the moment.
    """

    moments = ("before", "after")

    code: int = ABNORMAL_CLOSURE
    reason: str = ""

    def __post_init__(self) -> None:
        check_close("CloseConnection", self.code, self.reason)
