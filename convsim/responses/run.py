"""One response from created to its end, sans-io.

A :class:`Run` locks its conversation from its creation until it has ended, was cancelled, its client has left, or it
was garbage-collected: the conversation refers to it weakly, so that a forgotten run does not keep it locked.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from pydantic_core import from_json, to_json

from convsim import errors
from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.core.ids import IdFactory
from convsim.http.messages import Chunk
from convsim.items.catalogue import CATALOGUE
from convsim.items.fields import Item
from convsim.items.stored import StoredItem
from convsim.responses import usage
from convsim.responses.events import Event
from convsim.responses.output import Reply
from convsim.responses.plan import Hosting, Plan, context_of, make_plan, under_id
from convsim.responses.prompts import Prompts, text_of
from convsim.responses.record import Record, items_up_to
from convsim.responses.response import Json, body
from convsim.responses.scripts import Script, Scripts
from convsim.responses.turn import Turn
from convsim.responses.vocabulary import Failure
from convsim.responses.webhooks import Ended
from convsim.store.ends import hold_together
from convsim.store.store import Conversation, Store

Guard = AbstractContextManager[object]

# This many events are sent at once, before the first output.
_AT_ONCE = 2


@dataclass(slots=True, kw_only=True, eq=False)
class Responses:
    """The responses of one project: those that ended, those that are open, and the ports they read.

    ``context_window`` is how many tokens a model can read, None if tokens are not counted. ``webhooks`` are the ended
    background turns whose webhooks were not taken yet.
    """

    store: Store
    ids: IdFactory
    clock: Clock
    behavior: Behavior
    scripts: Scripts
    context_window: int | None = None
    prompts: Prompts = field(default_factory=Prompts)
    webhooks: deque[Ended] = field(default_factory=deque)
    ended: dict[str, Record] = field(default_factory=dict)
    background: dict[str, Run] = field(default_factory=dict)
    foreground: MutableMapping[str, Run] = field(default_factory=WeakValueDictionary)
    begun: int = 0

    def find_open(self, response_id: str) -> Run | None:
        return self.background.get(response_id) or self.foreground.get(response_id)

    def open(self) -> list[Run]:
        """Return the open turns, oldest first."""
        return sorted([*self.background.values(), *self.foreground.values()], key=lambda run: run.number)

    def settle(self) -> list[Run]:
        """End the background turns that are due, and return them, to be woken."""
        return [run for run in list(self.background.values()) if run.settle()]

    def close(self) -> list[Run]:
        """Close all open turns, as if they had never begun, and return them, to be woken."""
        closed = self.open()
        for run in closed:
            run.close()
        return closed


class Waiting(Protocol):
    """A reader of a run, which is woken when there may be something to read."""

    wake: Callable[[], None]


class Run:
    """A turn: ``request`` is its parsed body, ``items`` is its input, of which stored items stay unchanged.

    Made under the lock, when only the model can still refuse the turn. Raises the refusal of a conversation on which
    another turn is open, and that of a context that is too long. Once played, it has its ``plan``, and a ``number``
    from 1 on. It adds its response to ``recent``, stored or not.
    """

    plan: Plan

    def __init__(
        self,
        responses: Responses,
        request: Json,
        items: Sequence[Item | StoredItem],
        *,
        conversation: Conversation | None = None,
        previous: Record | None = None,
        recent: MutableMapping[str, Record] | None = None,
    ) -> None:
        self._responses = responses
        self._request = request
        self._items = [item for item in items if CATALOGUE[item.type].stored]
        self._conversation = conversation
        self._previous = previous
        self._recent = recent
        self._streamed = request.get("stream") is True
        self._keeps = request.get("store") is not False
        self._guard: Guard = nullcontext()
        self.hosting: Hosting | None = None
        """Set before the turn is played."""
        self._readers: WeakSet[Waiting] | None = None
        self.touched: list[str] = []
        """The ids of the items that the turn has added to its conversation: at its end all at once, or none."""
        self._closed = False
        self.background: bool = request.get("background") is True
        self.held: bool = False
        self.over: bool = False
        self.number: int = 0
        if conversation is not None and conversation.locked_by is not None:
            raise errors.conversation_locked()
        window = responses.context_window
        if window is not None and request.get("truncation") != "auto" and self._counted() > window:
            raise errors.context_length_exceeded()
        if conversation is not None:
            conversation.locked_by = self

    # --- the model's part ------------------------------------------------------------------------------------------

    def play(self, guard: Guard) -> None:
        """Let the model answer: find the script, call its function, make the items, begin the response.

        The test's function is called without the ``guard``, which is the lock. Its exception, and the error of a turn
        without a script, leave everything unchanged, the script included.
        """
        self._guard = guard
        scripts = self._responses.scripts
        found: Script | None = None
        try:
            turn = self._turn()
            found = scripts.find(turn, guard)
            replies = found.answer(turn)
            with guard:
                self._begin(found, replies)
        except BaseException:
            with guard:
                self._let_go()
                if found is not None:
                    scripts.release(found)
            raise

    def _turn(self) -> Turn:
        return Turn(
            model=self._request["model"],
            conversation=self._conversation.id if self._conversation is not None else None,
            instructions=text_of(self._request.get("instructions")),
            agent=self.hosting.agent if self.hosting is not None else None,
            _body=self._request,
            _input=lambda: [_document(item) for item in self._items],
            _before=self._before,
        )

    def _before(self) -> list[Json]:
        """Return the items before the input, as many as ``truncation: auto`` leaves."""
        with self._guard:
            if self._conversation is not None:
                items = self._conversation.items()
            else:
                items = items_up_to(self._previous, self._responses.store)
        window = self._responses.context_window
        if window is not None:
            surplus = self._counted() - window
            while items and surplus > 0:
                surplus -= items.pop(0).tokens
        return [_document(item) for item in items]

    def _begin(self, script: Script, replies: Sequence[Reply]) -> None:
        """Make the plan: from here on the response is in progress."""
        responses = self._responses
        self.plan = make_plan(
            responses,
            self._request,
            self._items,
            script,
            replies,
            conversation=self._conversation,
            previous=self._previous,
            hosting=self.hosting,
        )
        if not self.background:
            self._tell()
        self.held = script.hold
        responses.begun += 1
        self.number = responses.begun
        if self.background:
            responses.background[self.id] = self
        elif self.waits:
            responses.foreground[self.id] = self

    def _tell(self) -> None:
        plan = self.plan
        if plan.telling is not None:
            plan.telling.tell(plan.said, fails=plan.failure is not None)

    # --- what the client gets --------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.plan.response.id

    @property
    def waits(self) -> bool:
        """Whether the answer takes time: a stream, or a body that does not exist yet."""
        return self._streamed or (self.held and not self.background)

    def answer(self) -> Chunk:
        """Return the body of a turn that does not stream; one that is not in the background ends with it."""
        if self.background:
            return Chunk(self.body())
        with self._guard:
            self.end()
        return Chunk(self.body(), delay=self.plan.script.delay)

    def told(self) -> Chunk:
        """Return the whole answer in one piece; a turn that is not in the background ends. Called under the lock."""
        plan = self.plan
        if not self.background:
            self.held = False
            self.end()
        if plan.telling is not None:
            return Chunk(b"".join(event.frame() for event in plan.telling.events), delay=plan.script.delay)
        return Chunk(self.body(), delay=0.0 if self.background else plan.script.delay)

    def chunk(self, position: int) -> Chunk | float | None:
        """Return the event at that position, None after the last one, or the seconds to wait: infinity while held."""
        plan = self.plan
        if self._closed:
            return None
        if plan.telling is None:
            return None if position else math.inf if self.held and not self.over else self.answer()
        if not self.over:
            if self.background:
                with self._guard:
                    self.settle()
            elif self.held and position >= plan.telling.stops:
                return math.inf
        events = plan.telling.events
        if position == len(events) and not self.over:
            if self.background:
                return math.inf if self.held else plan.due - self._responses.clock.now()
            with self._guard:
                self.end()
        if position >= len(events):
            return None
        event = events[position]
        late = position == _AT_ONCE and not self.background
        return Chunk(event.frame(), event.name, plan.script.delay if late else 0.0)

    def ready(self, position: int, most: int) -> list[bytes]:
        """Return the events of a stream from that position on that are sent at once, up to about ``most`` bytes."""
        plan = self.plan
        if self.background or self._closed or plan.telling is None:
            return []
        events = plan.telling.events
        end = plan.telling.stops if self.held and not self.over else len(events)
        if plan.script.delay:
            end = min(end, _AT_ONCE) if position <= _AT_ONCE else end
        frames = []
        for event in events[position:end]:
            frames.append(event.frame())
            most -= len(frames[-1])
            if most <= 0:
                break
        return frames

    def told_behind(self, position: int) -> Sequence[Event]:
        """Return the events of a stream after that position, as far as they are certain."""
        return self.plan.telling.events[position:] if self.plan.telling is not None else ()

    def body(self) -> bytes:
        """Return the response as it is answered now."""
        return self.plan.body or body(self.snapshot())

    def snapshot(self) -> Json:
        """Return the response in its present state."""
        return self.plan.document or self.plan.response.open("queued" if self.background else "in_progress")

    # --- the end; callers hold the lock ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Continue a held turn; one in the background ends at once. Callers :meth:`wake` it."""
        self.held = False
        self.plan.due = self._responses.clock.now()
        self.settle()

    def settle(self) -> bool:
        """End a background turn that is due; return whether it has."""
        due = self.background and not self.held and not self.over and self._responses.clock.now() >= self.plan.due
        if due:
            self._tell()
            self.end()
        return due

    def wake(self) -> None:
        """Tell the readers that something has happened; a reader sets a flag, and looks later."""
        for reader in list(self._readers or ()):
            reader.wake()

    def tell(self, reader: Waiting) -> None:
        """Wake the reader from now on, as long as it lives."""
        self._readers = self._readers or WeakSet()
        self._readers.add(reader)

    def end(self) -> None:
        """Append input and output, store the response, unlock the conversation; does nothing after the end."""
        if self.over:
            return
        self._tell_end()
        appends = self._keeps or self._responses.behavior.store_false_items == "append"
        if appends and self.plan.failure is None:
            self._append()
        self._keep()

    def cancel(self) -> None:
        """End without output."""
        self.plan.document = self.plan.response.cancelled()
        self.plan.said = []
        self._keep()

    def leave(self, position: int) -> None:
        """Handle a client that left after this many events: the conversation stays unchanged, or the turn ends there.

        Takes the lock itself.
        """
        with self._guard:
            if self.over:
                return
            if self._responses.behavior.stream_left == "complete":
                self._tell_end()
            else:
                telling = self.plan.telling
                self.plan.said = self.plan.said[: telling.finished(position) if telling is not None else 0]
                if telling is not None:
                    telling.break_off(position)
                self.plan.document = self.plan.response.cancelled()
                if self.plan.said:
                    self._append()
            self._keep()

    def fail(self, failure: Failure, position: int) -> bool:
        """Fail after this many events of the stream: the conversation gets no items. Return False if it has ended.

        Takes the lock itself.
        """
        with self._guard:
            telling = self.plan.telling
            if self.over or telling is None:
                return False
            telling.break_off(position)
            self.plan.said = self.plan.said[: telling.finished(position)]
            self.plan.failure = failure
            self.held = False
            self._tell_end()
            self._keep()
            return True

    def close(self) -> None:
        """End as if it had never begun: its streams break off."""
        self.over = self._closed = True
        self._let_go()

    def _tell_end(self) -> None:
        plan, now = self.plan, self._responses.clock.now()
        spoken = [one.document for one in plan.said]
        if plan.failure is None:
            plan.document = plan.response.ended(
                plan.script.status, spoken, plan.usage, now=now, reason=plan.script.reason
            )
        else:
            error = {"code": plan.failure.code, "message": plan.failure.message}
            plan.document = plan.response.ended("failed", spoken, None, now=now, error=error)
        if plan.telling is not None:
            if plan.failure is not None:
                plan.telling.fail(plan.failure)
            plan.telling.end(plan.document)

    def _append(self) -> None:
        """Append input and output to the conversation together, unless it was deleted meanwhile."""
        conversation, kept = self._conversation, self._responses.store
        hold_together([one.item for one in self.plan.said])
        if conversation is not None and kept.conversations.get(conversation.id) is conversation:
            for item in (*self.plan.input, *(one.item for one in self.plan.said)):
                kept.add(conversation, item)
                self.touched.append(item.id)

    def _keep(self) -> None:
        """Store the response for retrieval, and its items by their ids."""
        plan, responses = self.plan, self._responses
        assert plan.document is not None
        self.over = True
        plan.body = body(plan.document)
        if self.background:
            responses.webhooks.append(Ended(self.id, plan.document["status"], int(responses.clock.now())))
        if self._keeps or self.background or self._recent is not None:
            counts = plan.document["status"] in ("completed", "incomplete")
            given_out = tuple(one.item for one in plan.said) if counts else ()
            hold_together(given_out)
            record = Record(
                body=plan.body,
                input=plan.input,
                output=given_out,
                anchor=plan.anchor,
                tokens=plan.tokens + sum([item.tokens for item in given_out]),
                previous=self._previous,
                conversation_id=self._conversation.id if self._conversation is not None else None,
                behind=plan.behind,
                events=plan.telling.events if self.background and plan.telling is not None else (),
            )
            if self._recent is not None:
                self._recent[self.id] = record
            if self._keeps or self.background:
                for item in (*plan.input, *given_out):
                    responses.store.keep(item)
                responses.store.size += len(plan.body)
                responses.ended[self.id] = record
        self._let_go()

    def _let_go(self) -> None:
        if self._conversation is not None and self._conversation.locked_by is self:
            self._conversation.locked_by = None
        if self.number:
            self._responses.background.pop(self.id, None)
            self._responses.foreground.pop(self.id, None)

    def _counted(self) -> int:
        """Return the tokens of the whole input, which the usage of a script does not change."""
        items = [under_id(item, lambda _: "") for item in self._items]
        return usage.input_tokens(self._request, context_of(self._conversation, self._previous), items)


def _document(item: Item | StoredItem) -> Json:
    """Return an item as a script sees it: with nothing hidden, and without an id if it has none yet."""
    if isinstance(item, StoredItem):
        document: Json = from_json(item.full or item.wire)
        return document
    given: Json = from_json(to_json(item.document("")))
    del given["id"]
    return given
