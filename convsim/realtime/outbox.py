"""The queue of a session: frames, pings and closes in order, each with its delay."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.http.messages import Close, Frame, Ping, Sent
from convsim.realtime.errors import ECHO, EventError
from convsim.realtime.fields import Dialect
from convsim.realtime.ids import RealtimeIds


def json_text(value: Any) -> str:
    """Return JSON as the service writes it: compact, raw UTF-8, keys in the order given (observed live)."""
    return to_json(value).decode()


class Outbox:
    """The ``queue`` of one session; events after a close are dropped, as on a closed socket."""

    def __init__(self, ids: RealtimeIds, clock: Clock, dialect: Dialect, behavior: Behavior) -> None:
        self._ids = ids
        self._clock = clock
        self._added = "conversation.item.added" if dialect == "ga" else "conversation.item.created"
        self._tells_done = dialect == "ga"
        self._echo = behavior.realtime_event_id_echo
        self.queue: deque[Sent] = deque()
        self._delay = 0.0
        self.closed: bool = False

    def mint(self, prefix: str) -> str:
        return self._ids.mint(prefix, self._clock.now())

    def wait(self, seconds: float) -> None:
        """Delay the next event."""
        self._delay += seconds

    def event(self, kind: str, /, **members: Any) -> None:
        """Queue a server event: ``type``, ``event_id``, then ``members`` in the order given (observed live)."""
        self._put(Frame(json_text({"type": kind, "event_id": self.mint("event"), **members}), self._delay))

    def item_added(self, before: str, item: str) -> None:
        """Queue GA's ``conversation.item.added`` or beta's ``conversation.item.created``.

        ``before`` (the id of the item before, or null) and ``item`` are JSON already.
        """
        self._item(self._added, before, item)

    def item_done(self, before: str, item: str) -> None:
        """Queue GA's ``conversation.item.done``; the beta dialect has no such event."""
        if self._tells_done:
            self._item("conversation.item.done", before, item)

    def acknowledge(self, before: str, item: str) -> None:
        """Queue all events that acknowledge an item: those of the two methods above, made in one step for speed."""
        if self.closed:
            return
        now, rest = self._clock.now(), f'","previous_item_id":{before},"item":{item}}}'
        event_id = self._ids.mint("event", now)
        self.queue.append(Frame(f'{{"type":"{self._added}","event_id":"{event_id}{rest}', self._delay))
        self._delay = 0.0
        if self._tells_done:
            event_id = self._ids.mint("event", now)
            self.queue.append(Frame(f'{{"type":"conversation.item.done","event_id":"{event_id}{rest}'))

    def error(self, error: EventError, event_id: str | None = None, *, echo: bool | None = None) -> None:
        """Queue an ``error``; ``echo`` says whether it repeats the client's ``event_id``, None means by rule."""
        if echo is None:
            echo = ECHO[error.group] if self._echo == "rules" else self._echo == "always"
        self.event("error", error=error.error(event_id if echo else None))

    def ping(self, data: bytes) -> None:
        self._put(Ping(data, self._delay))

    def close(self, code: int, reason: str) -> None:
        self._put(Close(code, reason, self._delay))
        self.closed = True

    def next(self) -> Sent | float | None:
        """Return the next item, as a stream does."""
        if self.queue:
            return self.queue.popleft()
        return None if self.closed else math.inf

    def take(self, behind: int = 0) -> list[Sent]:
        """Take all items after the first ``behind``."""
        taken = list(self.queue)[behind:]
        for _ in taken:
            self.queue.pop()
        return taken

    def end(self) -> None:
        """Close the queue: the other side has ended the connection."""
        self.queue.clear()
        self.closed = True

    def _item(self, kind: str, before: str, item: str) -> None:
        event_id = self._ids.mint("event", self._clock.now())
        text = f'{{"type":"{kind}","event_id":"{event_id}","previous_item_id":{before},"item":{item}}}'
        self._put(Frame(text, self._delay))

    def _put(self, sent: Sent) -> None:
        if not self.closed:
            self.queue.append(sent)
            self._delay = 0.0
