"""One Realtime session, sans-io: frames of the client go in, frames, pings and closes come out.

::

    session = Session()
    session.receive('{"type":"conversation.item.create","item":{...}}')
    for sent in session.events_to_send():   # Frame | Ping | Close, each with its delay in seconds
        ...

No socket, no thread, no sleep; the time comes from the clock that it is given. A reconnect is a new session, empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic_core import from_json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.errors import APIStatusError, AuthenticationError, UsageError
from convsim.http.messages import Sent
from convsim.http.websocket import LOST, require_close, require_ping
from convsim.realtime import errors as faults
from convsim.realtime import events
from convsim.realtime.configuration import Configuration
from convsim.realtime.conversation import Conversation
from convsim.realtime.editor import Editor
from convsim.realtime.fields import Dialect
from convsim.realtime.handler import Handler
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.outbox import Outbox, written
from convsim.realtime.replies import Reply
from convsim.realtime.responses import Responder, Script, scripted, seconds
from convsim.responses.vocabulary import Call, Speech, Text

TakenOver = Callable[[str, str | None], bool]

P = ParamSpec("P")
R = TypeVar("R")


def _at_once(method: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """What the test lets the session do, whole, from any thread; ``on_change`` is told."""

    @wraps(method)
    def call(self: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            result = method(self, *args, **kwargs)
        self.on_change()
        return result

    return call


class Session:
    """The server's side of one connection.

    ``model`` is shown in the session object; ``dialect`` is "ga", or "beta" for clients that send the header
    ``OpenAI-Beta: realtime=v1``; ``seed`` and ``scope`` make the ids (two sessions of one scope have the same).
    ``scripts`` are shared with other sessions: one without a script of its own takes the next of them.
    With a ``refusal`` the session is none: its error and a close with 3000 (authentication) or 4000 are all that it
    has to send (observed live).

    All methods are safe from several threads: ``lock`` makes each whole, and several for who holds it. ``on_change`` is
    called, without the lock, when the test's side may have left something to send.
    """

    def __init__(
        self,
        *,
        model: str = "gpt-realtime",
        dialect: Dialect = "ga",
        behavior: Behavior | None = None,
        clock: Clock | None = None,
        seed: int = 0,
        scope: str = "",
        scripts: deque[Script] | None = None,
        refusal: APIStatusError | None = None,
    ) -> None:
        if dialect not in ("ga", "beta"):
            raise UsageError(f"Session(dialect={dialect!r}): write 'ga' or 'beta'")
        self.lock = RLock()
        self.on_change: Callable[[], object] = lambda: None
        self._behavior = behavior or Behavior()
        self._dialect = dialect
        clock = clock or Clock()
        ids = RealtimeIds(seed, scope)
        self._out = Outbox(ids, clock, dialect, self._behavior)
        self._items = Conversation()
        self._configuration = Configuration(dialect, self._out.mint("sess"), model, clock.now())
        self._editor = Editor(self._out, ids, self._configuration, self._items, self._behavior)
        common = scripts if scripts is not None else deque()
        self._responder = Responder(self._out, ids, self._configuration, self._items, common)
        self._handler = Handler(self._out, self._configuration, self._editor, self._responder)
        self._start(refusal)

    def _start(self, refusal: APIStatusError | None) -> None:
        if refusal is not None:
            self._refuse(faults.of_schema(refusal), 3000 if isinstance(refusal, AuthenticationError) else 4000)
        elif self._dialect == "beta" and self._behavior.realtime_beta == "refuse":
            self._refuse(faults.beta_is_disabled(), 4000)
        else:
            self._out.event("session.created", session=self._configuration.document)
            if self._behavior.realtime_conversation_created:
                conversation = {"id": self._responder.conversation_id, "object": "realtime.conversation"}
                self._out.event("conversation.created", conversation=conversation)

    def _refuse(self, refusal: faults.RefusedEventError, code: int) -> None:
        self._out.error(refusal)
        self._out.close(code, ".".join(filter(None, ("invalid_request_error", refusal.code))))

    # --- the client's side -----------------------------------------------------------------------------------------

    def receive(self, data: str | bytes, taken_over: TakenOver | None = None) -> None:
        """Take one message of the client: ``str`` from a text frame, ``bytes`` from a binary one.

        Raises nothing: what is wrong is answered with an ``error`` event. After a close nothing is taken any more.
        ``taken_over`` is asked, with its type and ``event_id``, about an event that keeps the schema: where it says so,
        the session leaves the event alone.
        """
        with self.lock:
            if self.closed:
                return
            event_id: str | None = None
            try:
                value = _parsed(data)
                if isinstance(value, dict) and isinstance(value.get("event_id"), str):
                    event_id = value["event_id"]
                event = events.read(value, self._dialect)
                if taken_over is None or not taken_over(event.type, event_id):
                    self._handler.carry_out(event)
            except faults.RefusedEventError as refusal:
                self._out.error(refusal, event_id)

    def refuse(
        self,
        kind: str,
        event_id: str | None,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str = "server_error",  # noqa: A002 - as the event names it
        echo: bool | None = None,
    ) -> None:
        """Answer a client event of this kind and ``event_id`` with an ``error``.

        ``echo`` is whether the error repeats the ``event_id``; None leaves that to the rules.
        """
        refusal = faults.RefusedEventError(faults.FAMILIES[kind], code, message, param, type)
        with self.lock:
            if echo is None:
                self._out.error(refusal, event_id)
            else:
                self._out.event("error", error=refusal.error(event_id if echo else None))

    def events_to_send(self) -> list[Sent]:
        """What has come up since the last call, in the order in which it is to be sent."""
        with self.lock:
            return self._out.take()

    @property
    def closed(self) -> bool:
        """Whether the session has ended, from whichever side."""
        return self._out.closed

    # --- the test's side -------------------------------------------------------------------------------------------

    @property
    def order(self) -> tuple[str, ...]:
        """The ids of all items, first to last."""
        with self.lock:
            return tuple(entry.id for entry in self._items)

    @property
    def items(self) -> tuple[dict[str, Any], ...]:
        """All items, first to last, as acknowledgements show them: parsed JSON, without audio."""
        with self.lock:
            return tuple(entry.plain() for entry in self._items)

    @property
    def configuration(self) -> dict[str, Any]:
        """The session object as parsed JSON."""
        with self.lock:
            copied: dict[str, Any] = from_json(written(self._configuration.document))
        return copied

    @property
    def active_response(self) -> str | None:
        """The id of the response in progress."""
        return self._responder.active

    @_at_once
    def script(self, *replies: Reply | str, hold: bool = False, delay: float = 0.0) -> None:
        """Queue the replies to one ``response.create``, each an item of the response.

        ``hold`` leaves the last one, and the response, open until :meth:`finish` or the client's ``response.cancel``;
        ``delay`` is in seconds before ``response.created``.
        """
        self._responder.scripts.append(scripted("session", replies, hold, delay))

    @_at_once
    def finish(self) -> None:
        """End the response that a script holds open, if there is one."""
        self._responder.end("completed")

    @_at_once
    def add(self, item: Reply | Mapping[str, Any], *, delay: float = 0.0) -> str:
        """Put an item at the end of the conversation as if the service had; returns its id.

        ``item`` is what the model says, or a mapping as in ``conversation.item.create``, which must keep the rules of
        the schema and may answer a call that is not there. What only the model makes, the assistant's messages and
        function calls, is in progress and then done. Raises ``UsageError``.
        """
        if not isinstance(item, (Text, Speech, Call, Mapping)):
            raise UsageError(f"session.add({item!r}): write Text(...), Speech(...), Call(...) or an item")
        self._wait(delay)
        if not isinstance(item, Mapping):
            return self._responder.say(item).id
        try:
            return self._editor.add(events.read_item(dict(item), self._dialect)).id
        except faults.RefusedEventError as refusal:
            self._out.wait(-delay)
            raise UsageError(f"session.add({item!r}): {refusal.message}") from None

    @_at_once
    def error(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str = "server_error",  # noqa: A002 - as the event names it
        event_id: str | None = None,
        delay: float = 0.0,
    ) -> None:
        """Send an ``error`` event, which changes nothing; ``event_id`` is the client's, where it is to be repeated."""
        self._wait(delay)
        refusal = faults.RefusedEventError("session", code, message, param, type)
        self._out.event("error", error=refusal.error(event_id))

    @_at_once
    def expire(self, *, delay: float = 0.0) -> None:
        """Reach the maximum duration: the error, then a close with 1001 and the error's text (observed live).

        From now on, whatever the ``delay``, nothing of the client is taken.
        """
        refusal = faults.session_expired()
        self._wait(delay)
        self._out.error(refusal)
        self._out.close(1001, refusal.message)

    @_at_once
    def drop(self, code: int = LOST, reason: str = "", *, delay: float = 0.0) -> None:
        """End the connection with a close frame; with 1006, which no frame can carry, without one.

        From now on, whatever the ``delay``, nothing of the client is taken.
        """
        require_close("session.drop", code, reason)
        self._wait(delay)
        self._out.close(code, reason)

    def end(self, code: int, reason: str = "") -> None:
        """The same at once, for who has the session and tells nobody."""
        with self.lock:
            self._out.close(code, reason)

    @_at_once
    def ping(self, data: bytes = b"", *, delay: float = 0.0) -> None:
        """Send a ping; the live service does so about every 20 seconds (observed live)."""
        require_ping("session.ping", data)
        self._wait(delay)
        self._out.ping(data)

    def _wait(self, delay: float) -> None:
        self._out.wait(seconds(delay))


def _parsed(data: str | bytes) -> Any:
    if not isinstance(data, str):
        raise faults.binary_frame()
    try:
        # A lone surrogate, which no text frame can carry, fails here.
        return from_json(data.encode(), allow_inf_nan=False)
    except ValueError:
        raise faults.invalid_json() from None
