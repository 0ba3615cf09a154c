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
from convsim.items.stored import StoredItem
from convsim.responses import usage
from convsim.responses.events import Event
from convsim.responses.history import Entry
from convsim.responses.output import Reply
from convsim.responses.plan import Hosting, Plan, context_of, make_plan, unnamed
from convsim.responses.prompts import Prompts, text_of
from convsim.responses.record import Record, items_up_to
from convsim.responses.response import Json
from convsim.responses.scripts import Script, Scripts, silent
from convsim.responses.settings import Settings
from convsim.responses.telling import Telling
from convsim.responses.turn import Turn
from convsim.responses.vocabulary import Failure
from convsim.responses.webhooks import Ended
from convsim.store.ends import hold_together
from convsim.store.store import Conversation, Store

Guard = AbstractContextManager[object]

_NO_GUARD: Guard = nullcontext()

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
    another turn is open, and that of a context that is too long. Once played, it has its ``plan``, its ``id``, and a
    ``number`` from 1 on. It adds its response to ``recent``, stored or not. ``settings`` are those of the request.
    """

    plan: Plan
    id: str

    def __init__(
        self,
        responses: Responses,
        request: Json,
        items: Sequence[Entry],
        *,
        conversation: Conversation | None = None,
        previous: Record | None = None,
        recent: MutableMapping[str, Record] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings: Settings = settings or Settings(request)
        self._responses = responses
        self._request = request
        self._items = [item for item in items if CATALOGUE[item.type].stored]
        self._conversation = conversation
        self._previous = previous
        self._recent = recent
        self._guard: Guard = _NO_GUARD
        self.hosting: Hosting | None = None
        """Set before the turn is played."""
        self._readers: WeakSet[Waiting] | None = None
        self.touched: list[str] = []
        """The ids of the items that the turn has added to its conversation: at its end all at once, or none."""
        # The open turns among which it is.
        self._listed: MutableMapping[str, Run] | None = None
        self._closed = False
        self.background: bool = self.settings.background
        self.held: bool = False
        self.over: bool = False
        self.number: int = 0
        if conversation is not None and conversation.locked_by is not None:
            raise errors.conversation_locked()
        window = responses.context_window
        if window is not None and not self.settings.truncates and self._counted() > window:
            raise errors.context_length_exceeded()
        if conversation is not None:
            conversation.locked_by = self

    # --- the model's part ------------------------------------------------------------------------------------------

    def at_once(self) -> bool:
        """Play the turn and end it, if that takes neither time nor code of the test; return whether it has ended.

        Called under the lock, instead of :meth:`play`.
        """
        settings = self.settings
        if settings.streamed or settings.background:
            return False
        place = self._conversation.id if self._conversation is not None else None
        script = self._responses.scripts.claim_at_once(settings.model, place)
        if script is None:
            return False
        try:
            self._begin(script, script.at_once)
        except BaseException:
            self._give_up(script)
            raise
        self.end()
        return True

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
            # Over a WebSocket, a request may prepare a turn without output (documented).
            found = silent() if self._request.get("generate") is False else scripts.find(turn, guard)
            replies = found.answer(turn)
            with guard:
                self._begin(found, replies)
        except BaseException:
            with guard:
                self._give_up(found)
            raise

    def _give_up(self, script: Script | None) -> None:
        """Leave everything as it was before the turn, the script included."""
        self._let_go()
        if script is not None:
            self._responses.scripts.release(script)

    def _turn(self) -> Turn:
        return Turn(
            model=self.settings.model,
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
        self.plan = plan = make_plan(
            responses,
            self.settings,
            self._items,
            script,
            replies,
            conversation=self._conversation,
            previous=self._previous,
            previous_id=self._request.get("previous_response_id"),
            hosting=self.hosting,
        )
        self.id = plan.response.id
        self.held = script.hold
        responses.begun += 1
        self.number = responses.begun
        if self.background:
            self._listed = responses.background
        else:
            if plan.telling is not None:
                self._tell(plan.telling)
            if script.hold or plan.telling is not None:
                self._listed = responses.foreground
        if self._listed is not None:
            self._listed[self.id] = self

    def _tell(self, telling: Telling) -> None:
        telling.tell(self.plan.said, fails=self.plan.failure is not None)

    # --- what the client gets --------------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether the answer takes time: a stream, or a body that does not exist yet."""
        return self.settings.streamed or (self.held and not self.background)

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
        response = self.plan.response
        return self.plan.body or response.body(response.state("queued" if self.background else "in_progress"))

    def snapshot(self) -> Json:
        """Return the response in its present state."""
        document: Json = from_json(self.body())
        return document

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
            if self.plan.telling is not None:
                self._tell(self.plan.telling)
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
        self._end_plan()
        output = [one.item for one in self.plan.said]
        appends = self.settings.keeps or self._responses.behavior.store_false_items == "append"
        if self.plan.failure is not None:
            output = []
        elif appends:
            self._append(output)
        self._keep(output)

    def cancel(self) -> None:
        """End without output."""
        self.plan.state = self.plan.response.state("cancelled")
        self._keep([])

    def leave(self, position: int) -> None:
        """Handle a client that left after this many events: the conversation stays unchanged, or the turn ends there.

        Takes the lock itself.
        """
        with self._guard:
            if self.over:
                return
            plan, telling = self.plan, self.plan.telling
            output = [one.item for one in plan.said]
            if self._responses.behavior.stream_left == "complete":
                self._end_plan()
                self._keep([] if plan.failure is not None else output)
                return
            if telling is not None:
                finished = output[: telling.finished(position)]
                telling.break_off(position)
                if finished:
                    self._append(finished)
            plan.state = plan.response.state("cancelled")
            self._keep([])

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
            self._end_plan()
            self._keep([])
            return True

    def close(self) -> None:
        """End as if it had never begun: its streams break off."""
        self.over = self._closed = True
        self._let_go()

    def _end_plan(self) -> None:
        plan, now = self.plan, self._responses.clock.now()
        script, failure, telling = plan.script, plan.failure, plan.telling
        if failure is None:
            state = plan.response.ended(script.status, plan.said, plan.usage, now=now, reason=script.reason)
        else:
            error = {"code": failure.code, "message": failure.message}
            state = plan.response.ended("failed", plan.said, None, now=now, error=error)
        plan.state = state
        if telling is not None:
            if failure is not None:
                telling.fail(failure)
            telling.end(state)

    def _append(self, output: Sequence[StoredItem]) -> None:
        """Append input and output to the conversation together, unless it was deleted meanwhile."""
        conversation, store = self._conversation, self._responses.store
        if conversation is not None and store.conversations.get(conversation.id) is conversation:
            hold_together(output)
            items = *self.plan.input, *output
            store.add(conversation, *items)
            for item in items:
                self.touched.append(item.id)

    def _keep(self, output: Sequence[StoredItem]) -> None:
        """Store the response for retrieval, with its complete output, and its items by their ids."""
        plan, responses = self.plan, self._responses
        assert plan.state is not None
        self.over = True
        plan.body = body = plan.response.body(plan.state)
        status = plan.state["status"]
        if self.background:
            responses.webhooks.append(Ended(self.id, status, int(responses.clock.now())))
        if self.settings.keeps or self.background or self._recent is not None:
            tokens = plan.tokens
            for item in output:
                tokens += item.tokens
            if not self.touched:
                hold_together(output)
            record = Record(
                body=body,
                input=plan.input,
                output=tuple(output),
                anchor=plan.anchor,
                tokens=tokens,
                previous=self._previous,
                conversation_id=self._conversation.id if self._conversation is not None else None,
                behind=plan.behind,
                events=plan.telling.events if self.background and plan.telling is not None else (),
            )
            if self._recent is not None:
                self._recent[self.id] = record
            if self.settings.keeps or self.background:
                for item in () if self.touched else (*plan.input, *output):
                    responses.store.keep(item)
                responses.store.size += len(body)
                responses.ended[self.id] = record
        self._let_go()

    def _let_go(self) -> None:
        if self._conversation is not None and self._conversation.locked_by is self:
            self._conversation.locked_by = None
        if self._listed is not None:
            self._listed.pop(self.id, None)  # a stream that is garbage is no longer listed

    def _counted(self) -> int:
        """Return the tokens of the whole input, which the usage of a script does not change."""
        before = context_of(self._conversation, self._previous)
        return usage.input_tokens(self._request, before, unnamed(self._items))


def _document(item: Entry) -> Json:
    """Return an item as a script sees it: with nothing hidden, and without an id if it has none yet."""
    if isinstance(item, StoredItem):
        document: Json = from_json(item.full or item.wire)
        return document
    given: Json = from_json(to_json(item.document("")))
    del given["id"]
    return given
