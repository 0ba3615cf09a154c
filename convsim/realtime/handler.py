"""From a client event that keeps the schema to the part of the session that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convsim.items.fields import OMITTED
from convsim.realtime import errors as faults
from convsim.realtime import events
from convsim.realtime.audio import InputBuffer, decoded
from convsim.realtime.configuration import Configuration
from convsim.realtime.editor import Editor
from convsim.realtime.outbox import Outbox
from convsim.realtime.responses import Responder
from convsim.realtime.settings import SessionChange


class Handler:
    """Each method answers one kind of event, or raises the refusal and has changed nothing."""

    def __init__(self, outbox: Outbox, configuration: Configuration, editor: Editor, responder: Responder) -> None:
        self._out = outbox
        self._configuration = configuration
        self._responder = responder
        self._editor = editor
        self._buffer = InputBuffer()
        self._methods: Mapping[str, Callable[[Any], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append_audio,
            "input_audio_buffer.commit": self._commit_audio,
            "input_audio_buffer.clear": self._clear_audio,
            "conversation.item.create": editor.create,
            "conversation.item.truncate": editor.truncate,
            "conversation.item.delete": editor.delete,
            "conversation.item.retrieve": editor.retrieve,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }

    def carry_out(self, event: events.Event) -> None:
        """Answer the event; raises the refusal."""
        self._methods[event.type](event)

    def _update(self, event: events.SessionUpdate | events.BetaSessionUpdate) -> None:
        if isinstance(event.session, SessionChange) and event.session.type != "realtime":
            raise faults.not_emulated("convsim does not emulate transcription sessions.", "session.type")
        self._configuration.change(event.session)
        self._out.event("session.updated", session=self._configuration.document)

    def _append_audio(self, event: events.AudioAppend) -> None:
        """Not acknowledged (documented)."""
        self._buffer.append(decoded("audio", event.audio))

    def _commit_audio(self, event: events.AudioCommit) -> None:
        self._editor.commit(self._buffer.commit(self._configuration.audio_format("input")))

    def _clear_audio(self, event: events.AudioClear) -> None:
        self._buffer.clear()
        self._out.event("input_audio_buffer.cleared")

    def _respond(self, event: events.ResponseCreate | events.BetaResponseCreate) -> None:
        self._responder.create(None if event.response is OMITTED else event.response)

    def _cancel(self, event: events.ResponseCancel) -> None:
        self._responder.cancel(None if event.response_id is OMITTED else event.response_id)
