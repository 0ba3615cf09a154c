"""Responses: scripted replies told in the live order of events, one response at a time.

::

    response.created
      response.output_item.added, conversation.item.added, response.content_part.added      for each item
        ...delta, ...
        ...done                                                                             again for each
      response.content_part.done, conversation.item.done, response.output_item.done
    response.done

All of it is recorded, the order of several items in one recording. ``rate_limits.updated`` is left out: no number in it
could be believed.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from convsim.core.behavior import Behavior
from convsim.errors.misuse import FLAG, SECONDS, require
from convsim.items.fields import OMITTED
from convsim.realtime import errors
from convsim.realtime.configuration import Configuration, finished
from convsim.realtime.conversation import Conversation
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.items import first_members
from convsim.realtime.outbox import Outbox
from convsim.realtime.replies import Deltas, Plan, Reply, checked, plan
from convsim.realtime.session_item import SessionItem, quoted
from convsim.responses.vocabulary import Call, Text

if TYPE_CHECKING:
    from convsim.realtime.events import BetaResponseParams, ResponseParams

# Deltas are padded to a multiple of this many characters (recorded).
_PADDED = 16


class Script(NamedTuple):
    """The replies to one ``response.create``; ``hold`` leaves it active, ``delay`` is in seconds before it begins.

    ``words`` are the test's own call, for messages.
    """

    replies: tuple[Reply, ...]
    hold: bool
    delay: float
    words: str


def scripted(call: str, replies: tuple[Reply | str, ...], *, hold: bool, delay: float) -> Script:
    """Return the script that a test gave to ``call``; raise ``UsageError``."""
    made = tuple(checked(call, reply) for reply in replies)
    require(f"{call}(hold", hold, FLAG)
    require("delay", delay, SECONDS)
    return Script(made, hold, delay, f"{call}({', '.join(map(repr, replies))})")


class Said(NamedTuple):
    """An item that the model has begun, and the members by which events refer to it."""

    plan: Plan
    entry: SessionItem
    where: dict[str, Any]


class Responder:
    """Answers ``response.create`` from its scripts, or else from the ``common`` ones; holds the active response.

    With ``echoes``, the user's words are the answer to all others.
    """

    def __init__(
        self,
        outbox: Outbox,
        ids: RealtimeIds,
        configuration: Configuration,
        items: Conversation,
        common: deque[Script],
        behavior: Behavior,
        *,
        echoes: bool,
    ) -> None:
        self._out = outbox
        self._ids = ids
        self._configuration = configuration
        self._items = items
        self._document: dict[str, Any] = {}
        self._said: list[Said] = []
        self._open: list[Said] = []
        self.conversation_id: str = outbox.mint("conv")
        self.scripts: deque[Script] = deque()
        self._common = common
        self._echoes = echoes
        self._done_is_null = behavior.realtime_done_previous_item_id == "null"
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
        self._said, self._open = [], []
        self._out.event("response.created", response=self._document)
        for position, reply in enumerate(script.replies):
            calls_follow = any(isinstance(later, Call) for later in script.replies[position + 1 :])
            self._begin(reply, self.active, "commentary" if calls_follow else "final_answer")
        if script.hold:
            self._close(self._open[:-1], "completed")
        else:
            self.end("completed")

    def _next(self) -> Script:
        for queue in (self.scripts, self._common):
            with suppress(IndexError):  # other sessions take from the common queue, too
                return queue.popleft()
        said = self._items.user_text()
        if self._echoes:
            return Script((Text(said),), hold=False, delay=0.0, words="")
        raise errors.unscripted(said)

    def cancel(self, response_id: str | None) -> None:
        """End the active response as cancelled, its open item as incomplete; raise the refusal if none is active."""
        if self.active is None or response_id not in (None, self.active):
            raise errors.no_active_response()
        self.end("cancelled")

    def end(self, status: str) -> None:
        """End the active response, if any, as ``completed`` or ``cancelled``."""
        if self.active is not None:
            self._close(list(self._open), "completed" if status == "completed" else "incomplete")
            output = [said.entry.document for said in self._said]
            self._out.event("response.done", response=finished(self._document, status, output))
            self.active = None

    def say(self, reply: Reply) -> SessionItem:
        """Append an item of the model, without a response around it."""
        told, entry, before = self._start(reply, "final_answer")
        self._out.item_added(before, entry.json)
        entry.end(_last(told, entry, "completed"))
        self._out.item_done(before, entry.json)
        return entry

    def _start(self, reply: Reply, phase: str) -> tuple[Plan, SessionItem, str]:
        """Append the item in progress; return its plan, the item, and the one before it as JSON.

        Messages of some models have a phase: "commentary" before a call, otherwise "final_answer" (recorded). A phase
        given by the test is shown with every model.
        """
        dialect = self._configuration.dialect
        told = plan(reply, dialect, self._configuration.audio_format("output"), self._ids.call)
        document = first_members(self._items.fresh(self._out.mint), told.kind, "in_progress", dialect) | told.first
        if told.kind == "message" and dialect == "ga":
            own = reply.phase if isinstance(reply, Text) else None
            if own or self._configuration.family.has_phase:
                document["phase"] = own or phase
        entry = SessionItem(document, {0: told.audio} if told.audio else None)
        return told, entry, quoted(self._items.add(entry))

    def _begin(self, reply: Reply, response_id: str, phase: str) -> None:
        told, entry, before = self._start(reply, phase)
        index = len(self._said)
        self._out.event("response.output_item.added", response_id=response_id, output_index=index, item=entry.document)
        self._out.item_added(before, entry.json)
        where = {"response_id": response_id, "item_id": entry.id, "output_index": index, **told.where}
        if told.part:
            self._out.event("response.content_part.added", **where, part=told.part[0])
        for stream in reversed(told.streams):
            self._tell(stream, where)
        self._said.append(Said(told, entry, where))
        self._open.append(self._said[-1])

    def _tell(self, stream: Deltas, where: dict[str, Any]) -> None:
        for delta in stream.deltas:
            padding = {"obfuscation": self._ids.letters(-len(delta) % _PADDED)} if stream.obfuscated else {}
            self._out.event(f"{stream.kind}.delta", **where, delta=delta, **padding)

    def _close(self, open_items: list[Said], status: str) -> None:
        """End these items in turn; ``status`` is that of the last, the others were complete when it began."""
        for said in open_items:
            self._open.remove(said)
            self._end_item(said, status if said is open_items[-1] else "completed")

    def _end_item(self, said: Said, status: str) -> None:
        told, entry, where = said
        for stream in told.streams:
            self._out.event(f"{stream.kind}.done", **where, **stream.done)
        if told.part:
            self._out.event("response.content_part.done", **where, part=told.part[1])
        entry.end(_last(told, entry, status))
        # A client may have deleted it while the response was held.
        if self._items.find(entry.id) is entry:
            self._out.item_done(self._before_done(entry), entry.json)
        self._out.event(
            "response.output_item.done",
            response_id=where["response_id"],
            output_index=where["output_index"],
            item=entry.document,
        )

    def _before_done(self, entry: SessionItem) -> str:
        """Return the item before, as ``conversation.item.done`` names it: null was recorded for the second item."""
        before = entry.before
        is_second = before is not None and before.before is None
        return quoted(None if is_second and self._done_is_null else before)


def _last(told: Plan, entry: SessionItem, status: str) -> dict[str, Any]:
    return entry.document | {"status": status} | told.last


def _check_emulated(params: ResponseParams | BetaResponseParams) -> None:
    if params.conversation == "none":
        raise errors.not_emulated("convsim does not emulate responses out of band.", "response.conversation")
    if params.input is not OMITTED:
        raise errors.not_emulated("convsim does not emulate responses to an input.", "response.input")
