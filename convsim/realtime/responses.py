"""Responses: scripted replies told in the live order of events, one response at a time.

::

    response.created
      response.output_item.added, conversation.item.added, response.content_part.added
        ...delta, ...
        ...done
      response.content_part.done, response.output_item.done, conversation.item.done
    response.done

Up to the first delta this is observed live, the end is second-hand. ``rate_limits.updated`` is left out: no number in
it could be believed.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from convsim.errors import UsageError
from convsim.items.fields import OMITTED
from convsim.realtime import errors
from convsim.realtime.configuration import Configuration, finished
from convsim.realtime.conversation import Conversation
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.items import start
from convsim.realtime.outbox import Outbox, json_text
from convsim.realtime.replies import Plan, Reply, Stream, plan
from convsim.realtime.session_item import SessionItem, quoted
from convsim.responses.vocabulary import Call, Failure, Reasoning, Refusal, Speech, Text

if TYPE_CHECKING:
    from convsim.realtime.events import BetaResponseParams, ResponseParams

# Deltas are padded to a multiple of this many characters (derived from three captured ones).
_PADDED = 16
_DAY = 86_400


class Script(NamedTuple):
    """The replies to one ``response.create``; ``hold`` leaves it active, ``delay`` is in seconds before it begins."""

    replies: tuple[Reply, ...]
    hold: bool
    delay: float


def scripted(whose: str, replies: tuple[Reply | str, ...], hold: bool, delay: float) -> Script:  # noqa: FBT001
    """The script that a test gave to ``whose`` queue; raises ``UsageError``."""
    made = tuple(Text(reply) if isinstance(reply, str) else reply for reply in replies)
    for reply in made:
        if not isinstance(reply, (Text, Speech, Call)):
            foreign = isinstance(reply, (Refusal, Reasoning, Failure))
            why = f"{type(reply).__name__} is of Responses; " if foreign else ""
            raise UsageError(f"{whose}.script({reply!r}): {why}write a string, Text(...), Speech(...) or Call(...)")
    return Script(made, hold, seconds(delay))


def seconds(delay: float) -> float:
    """The delay; raises ``UsageError`` for what is none, or longer than a day."""
    if not (isinstance(delay, (int, float)) and 0 <= delay <= _DAY):
        raise UsageError(f"delay={delay!r}: write seconds, 0 to {_DAY}, which is a day")
    return delay


class Said(NamedTuple):
    """An item that the model has begun, and the members by which events refer to it."""

    plan: Plan
    entry: SessionItem
    where: dict[str, Any]


class Responder:
    """Answers ``response.create`` from its scripts, or else from the ``common`` ones; knows the active response."""

    def __init__(
        self,
        outbox: Outbox,
        ids: RealtimeIds,
        configuration: Configuration,
        items: Conversation,
        common: deque[Script],
    ) -> None:
        self._out = outbox
        self._ids = ids
        self._configuration = configuration
        self._items = items
        self._document: dict[str, Any] = {}
        self._said: list[Said] = []
        self._open: Said | None = None
        self.conversation_id = outbox.mint("conv")
        self.scripts: deque[Script] = deque()
        self._common = common
        self.active: str | None = None

    def create(self, params: ResponseParams | BetaResponseParams | None) -> None:
        """Begin a response and, unless its script holds it, end it; raises the refusal."""
        if self.active is not None:
            raise errors.response_is_active(self.active)
        if params is not None:
            _check_emulated(params)
        script = self._next()
        self._out.wait(script.delay)
        self.active = self._out.mint("resp")
        self._document = self._configuration.response(self.active, self.conversation_id, params)
        self._said = []
        self._out.event("response.created", response=self._document)
        for reply in script.replies:
            self._close("completed")
            self._begin(reply, self.active)
        if not script.hold:
            self.end("completed")

    def _next(self) -> Script:
        for queue in (self.scripts, self._common):
            with suppress(IndexError):  # other sessions take from the common one, too
                return queue.popleft()
        raise errors.not_emulated(
            "convsim has no reply to this response.create: call session.script(...) or sim.realtime.script(...) before."
        )

    def cancel(self, response_id: str | None) -> None:
        """End the active response as cancelled, its open item as incomplete; raises the refusal when none is active."""
        if self.active is None or response_id not in (None, self.active):
            raise errors.no_active_response()
        self.end("cancelled")

    def end(self, status: str) -> None:
        """End the active response, if there is one, as ``completed`` or ``cancelled``."""
        if self.active is not None:
            self._close("completed" if status == "completed" else "incomplete")
            output = [said.entry.document for said in self._said]
            self._out.event("response.done", response=finished(self._document, status, output))
            self.active = None

    def say(self, reply: Reply) -> SessionItem:
        """Put what the model says into the conversation, without a response around it."""
        told, entry, before = self._start(reply)
        self._out.item_added(before, json_text(entry.document))
        entry.end(_last(told, entry, "completed"))
        self._out.item_done(before, json_text(entry.document))
        return entry

    def _start(self, reply: Reply) -> tuple[Plan, SessionItem, str]:
        """The item in progress, at the end of the conversation, and what stands before it."""
        dialect = self._configuration.dialect
        told = plan(reply, dialect, self._configuration.audio_format("output"), self._ids.call)
        document = start(self._items.fresh(self._out.mint), told.kind, "in_progress", dialect) | told.first
        entry = SessionItem(document, {0: told.audio} if told.audio else None)
        return told, entry, quoted(self._items.add(entry))

    def _begin(self, reply: Reply, response_id: str) -> None:
        told, entry, before = self._start(reply)
        index = len(self._said)
        self._out.event("response.output_item.added", response_id=response_id, output_index=index, item=entry.document)
        self._out.item_added(before, json_text(entry.document))
        where = {"response_id": response_id, "item_id": entry.id, "output_index": index, **told.where}
        if told.part:
            self._out.event("response.content_part.added", **where, part=told.part[0])
        for stream in reversed(told.streams):
            self._tell(stream, where)
        self._open = Said(told, entry, where)
        self._said.append(self._open)

    def _tell(self, stream: Stream, where: dict[str, Any]) -> None:
        for delta in stream.deltas:
            padding = {"obfuscation": self._ids.letters(_PADDED - len(delta) % _PADDED)} if stream.obfuscated else {}
            self._out.event(f"{stream.kind}.delta", **where, delta=delta, **padding)

    def _close(self, status: str) -> None:
        """End the open item, if there is one."""
        if self._open is None:
            return
        (told, entry, where), self._open = self._open, None
        for stream in told.streams:
            self._out.event(f"{stream.kind}.done", **where, **stream.done)
        if told.part:
            self._out.event("response.content_part.done", **where, part=told.part[1])
        entry.end(_last(told, entry, status))
        self._out.event(
            "response.output_item.done",
            response_id=where["response_id"],
            output_index=where["output_index"],
            item=entry.document,
        )
        # It may have been deleted while the response was held.
        if self._items.find(entry.id) is entry:
            self._out.item_done(quoted(self._items.before(entry.id)), json_text(entry.document))


def _last(told: Plan, entry: SessionItem, status: str) -> dict[str, Any]:
    return entry.document | {"status": status} | told.last


def _check_emulated(params: ResponseParams | BetaResponseParams) -> None:
    if params.conversation == "none":
        raise errors.not_emulated("convsim does not emulate responses out of band.", "response.conversation")
    if params.input is not OMITTED:
        raise errors.not_emulated("convsim does not emulate responses to an input.", "response.input")
