"""What a session has to send: frames, pings and closes in order, each with its delay."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.http.messages import Close, Frame, Ping, Sent
from convsim.realtime.errors import ECHO, RefusedEventError
from convsim.realtime.fields import Dialect
from convsim.realtime.ids import RealtimeIds


def written(value: Any) -> str:
    """JSON as the service writes it: compact, raw UTF-8, keys in the order given (observed live)."""
    return to_json(value).decode()


class Outbox:
    """The queue of one session; what is put in after a close is lost, as on a closed socket."""

    def __init__(self, ids: RealtimeIds, clock: Clock, dialect: Dialect, behavior: Behavior) -> None:
        self._ids = ids
        self._clock = clock
        self._added = "conversation.item.added" if dialect == "ga" else "conversation.item.created"
        self._tells_done = dialect == "ga"
        self._echo = behavior.realtime_event_id_echo
        self._queue: list[Sent] = []
        self._delay = 0.0
        self.closed = False

    def mint(self, prefix: str) -> str:
        return self._ids.mint(prefix, self._clock.now())

    def wait(self, seconds: float) -> None:
        """Delay what is put in next."""
        self._delay += seconds

    def event(self, kind: str, /, **members: Any) -> None:
        """A server event: ``type``, ``event_id``, then ``members`` in the order given (observed live)."""
        self._put(Frame(written({"type": kind, "event_id": self.mint("event"), **members}), self._delay))

    def item_added(self, before: str, item: str) -> None:
        """GA's ``conversation.item.added`` or beta's ``conversation.item.created``.

        ``before`` (the id of the item before, or null) and ``item`` are JSON already.
        """
        self._item(self._added, before, item)

    def item_done(self, before: str, item: str) -> None:
        """GA's ``conversation.item.done``; nothing in the beta dialect."""
        if self._tells_done:
            self._item("conversation.item.done", before, item)

    def error(self, refusal: RefusedEventError, event_id: str | None = None) -> None:
        """An ``error`` event, which repeats the client's ``event_id`` where the rules say so."""
        echoed = ECHO[refusal.family] if self._echo == "rules" else self._echo == "always"
        self.event("error", error=refusal.error(event_id if echoed else None))

    def ping(self, data: bytes) -> None:
        self._put(Ping(data, self._delay))

    def close(self, code: int, reason: str) -> None:
        self._put(Close(code, reason, self._delay))
        self.closed = True

    def take(self) -> list[Sent]:
        """All that is to be sent, once."""
        taken, self._queue = self._queue, []
        return taken

    def _item(self, kind: str, before: str, item: str) -> None:
        event_id = self.mint("event")
        text = f'{{"type":"{kind}","event_id":"{event_id}","previous_item_id":{before},"item":{item}}}'
        self._put(Frame(text, self._delay))

    def _put(self, sent: Sent) -> None:
        if not self.closed:
            self._queue.append(sent)
            self._delay = 0.0
