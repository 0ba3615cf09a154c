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
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, get_args

from pydantic_core import from_json

from convsim.core.behavior import Behavior
from convsim.core.clock import Clock
from convsim.errors import APIStatusError, AuthenticationError, UnscriptedTurnError, UsageError
from convsim.errors.misuse import INTEGER, MAYBE_TEXT, SECONDS, TEXT, Kind, choice, instance, optional, require, shown
from convsim.http.messages import Sent
from convsim.http.websocket import ABNORMAL_CLOSURE, check_close, check_ping
from convsim.items.fields import OMITTED
from convsim.realtime import errors, events
from convsim.realtime.configuration import Configuration
from convsim.realtime.conversation import Conversation
from convsim.realtime.fields import Dialect
from convsim.realtime.ids import RealtimeIds
from convsim.realtime.item_events import ItemEvents
from convsim.realtime.outbox import Outbox, json_text
from convsim.realtime.replies import Reply, checked
from convsim.realtime.responses import Responder, Script, scripted
from convsim.responses.vocabulary import as_json

P = ParamSpec("P")
R = TypeVar("R")


def _at_once(method: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """Make a method of the test's side atomic and callable from any thread; it wakes the reader at its end."""

    @wraps(method)
    def call(self: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            result = method(self, *args, **kwargs)
        self.wake()
        return result

    return call


_KINDS: Mapping[str, Kind] = {
    "model": TEXT,
    "dialect": choice(*get_args(Dialect)),
    "behavior": optional(instance(Behavior)),
    "clock": optional(instance(Clock)),
    "seed": INTEGER,
    "scope": TEXT,
    "scripts": optional(instance(deque)),
    "unscripted": choice("refuse", "echo"),
    "refusal": optional(instance(APIStatusError)),
}


class Session:
    """The server's side of one connection.

    ``model`` is shown in the session object; ``dialect`` is "ga", or "beta" for clients that send the header
    ``OpenAI-Beta: realtime=v1``; ``seed`` and ``scope`` decide the ids (two sessions of one scope have the same).
    ``scripts`` are shared with other sessions: a session without a script of its own takes the next of them. A
    ``response.create`` without any gets an ``error``, and ``missed`` is called with an
    :class:`~convsim.errors.UnscriptedTurnError`; ``unscripted="echo"`` answers it with the user's words. A
    ``refusal`` makes the session send only that error and a close with 3000 (authentication) or 4000 (observed live).

    Unless a method says otherwise, it is safe from several threads: ``lock`` makes each atomic, and several while a
    caller holds it. ``wake`` is called, without the lock, when the test's side may have queued an event.

    >>> session = Session()
    >>> session.receive('{"type": "input_audio_buffer.clear"}')
    >>> [json.loads(sent.text)["type"] for sent in session.events_to_send()]
    ['session.created', 'input_audio_buffer.cleared']
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
        unscripted: Literal["refuse", "echo"] = "refuse",
        refusal: APIStatusError | None = None,
    ) -> None:
        given = (model, dialect, behavior, clock, seed, scope, scripts, unscripted, refusal)
        for (name, kind), value in zip(_KINDS.items(), given, strict=True):
            require(f"Session({name}", value, kind)
        self.lock: RLock = RLock()
        self.wake: Callable[[], None] = lambda: None
        self.missed: Callable[[UnscriptedTurnError], None] = lambda error: None
        self._behavior = behavior or Behavior()
        self._dialect = dialect
        clock = clock or Clock()
        ids = RealtimeIds(seed, scope)
        self._out = Outbox(ids, clock, dialect, self._behavior)
        self._items = Conversation()
        self._configuration = Configuration(dialect, self._out.mint("sess"), model, clock.now())
        self._item_events = ItemEvents(self._out, ids, self._configuration, self._items, self._behavior)
        common = scripts if scripts is not None else deque()
        echoes = unscripted == "echo"
        self._responder = Responder(
            self._out, ids, self._configuration, self._items, common, self._behavior, echoes=echoes
        )
        self._parts = events.Parts(self._out, self._configuration, self._item_events, self._responder)
        self._start(refusal)

    def _start(self, refusal: APIStatusError | None) -> None:
        if refusal is not None:
            self._refuse(errors.of_schema(refusal), 3000 if isinstance(refusal, AuthenticationError) else 4000)
        else:
            self._out.event("session.created", session=self._configuration.document)
            if self._behavior.realtime_conversation_created:
                conversation = {"id": self._responder.conversation_id, "object": "realtime.conversation"}
                self._out.event("conversation.created", conversation=conversation)

    def _refuse(self, refusal: errors.EventError, code: int) -> None:
        self._out.error(refusal)
        self._out.close(code, ".".join(filter(None, ("invalid_request_error", refusal.code))))

    # --- the client's side -----------------------------------------------------------------------------------------

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client: ``str`` from a text frame, ``bytes`` from a binary one.

        Never raises: an ``error`` event answers a wrong message. After a close, messages are ignored.
        """
        with self.lock:
            event = self.read(data)
            if event is not None:
                self.carry_out(event)

    def read(self, data: str | bytes) -> events.Event | None:
        """Return the event in a message, without carrying it out; called with the ``lock`` held.

        Returns None if the session has closed, or has answered the message with an ``error``.
        """
        if self._out.closed:
            return None
        if isinstance(data, str) and (event := events.read_json(data, self._dialect)) is not None:
            return event
        value: Any = None
        try:
            value = _parsed(data)
            return events.read(value, self._dialect)
        except errors.EventError as error:
            event_id = value.get("event_id") if isinstance(value, dict) else None
            self._out.error(error, event_id if isinstance(event_id, str) else None)
            return None

    def carry_out(self, event: events.Event) -> None:
        """Carry out the event, or answer it with an ``error``; called with the ``lock`` held."""
        try:
            events.CLIENT_EVENTS[event.type].carry_out(self._parts, event)
        except errors.EventError as error:
            self.refuse(event, error)
            if error.code == errors.UNSCRIPTED:
                self.missed(UnscriptedTurnError(error.message))

    def refuse(self, event: events.Event, error: errors.EventError, *, echo: bool | None = None) -> None:
        """Answer the event with an ``error``; called with the ``lock`` held.

        ``echo`` says whether it repeats the ``event_id``, None leaves that to the rules.
        """
        event_id = None if event.event_id is OMITTED else event.event_id
        self._out.error(error, event_id, echo=echo)

    def events_to_send(self, behind: int = 0) -> list[Sent]:
        """Take the events queued since the last call, in the order in which they are to be sent.

        The first ``behind`` of them stay for the next call.
        """
        with self.lock:
            return self._out.take(behind)

    @property
    def waiting(self) -> int:
        """The number of events to be sent."""
        return len(self._out.queue)

    def next(self, now: float) -> Sent | float | None:
        """Return the oldest queued event, ``math.inf`` if there is none, or None at the end.

        The caller lets the event's ``delay`` pass (see :class:`~convsim.http.messages.Stream`).
        """
        with self.lock:
            return self._out.next()

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        """Close the session, because the client has closed or has left: no event is sent any more."""
        with self.lock:
            self._out.end()

    @property
    def closed(self) -> bool:
        """Whether either side has ended the session."""
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
            return tuple(entry.document for entry in self._items)

    @property
    def configuration(self) -> dict[str, Any]:
        """The session object as parsed JSON."""
        with self.lock:
            copied: dict[str, Any] = from_json(json_text(self._configuration.document))
        return copied

    @property
    def scripts(self) -> deque[Script]:
        """The session's own scripts that no ``response.create`` has used."""
        return self._responder.scripts

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
        self._responder.scripts.append(scripted("session.script", replies, hold=hold, delay=delay))

    @_at_once
    def finish(self) -> None:
        """End the response that a script holds open, if any."""
        self._responder.end("completed")

    @_at_once
    def add(self, item: Reply | str | Mapping[str, Any], *, delay: float = 0.0) -> str:
        """Append an item to the conversation as if the service had; return its id.

        ``item`` is a reply of the model, a string for a text, or a mapping as in ``conversation.item.create``, which
        must keep the rules of the schema and may answer a call that does not exist. Items that only the model makes,
        the assistant's messages and function calls, are in progress and then done. Raises
        :class:`~convsim.errors.UsageError`, and adds nothing, for an item that no service would add.
        """
        if not isinstance(item, Mapping):
            reply = checked("session.add", item)
            self._wait(delay)
            return self._responder.say(reply).id
        document = as_json("session.add(item", dict(item))
        self._wait(delay)
        try:
            return self._item_events.add(events.read_item(document, self._dialect)).id
        except errors.EventError as refusal:
            self._out.wait(-delay)
            raise UsageError(f"session.add({shown(item)}): {refusal.message}") from None

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
        """Send an ``error`` event, which changes nothing; ``event_id`` is the client's, if it is to be repeated."""
        require("session.error(message", message, TEXT)
        require("session.error(type", type, TEXT)
        for name, value in {"code": code, "param": param, "event_id": event_id}.items():
            require(f"session.error({name}", value, MAYBE_TEXT)
        self._wait(delay)
        refusal = errors.EventError("session", code, message, param, type)
        self._out.event("error", error=refusal.error(event_id))

    @_at_once
    def expire(self, *, delay: float = 0.0) -> None:
        """Reach the maximum duration: send the error, then a close with 1001 and the error's text (observed live).

        From now on, whatever the ``delay``, the session ignores the client.
        """
        refusal = errors.session_expired()
        self._wait(delay)
        self._out.error(refusal)
        self._out.close(1001, refusal.message)

    @_at_once
    def drop(self, code: int = ABNORMAL_CLOSURE, reason: str = "", *, delay: float = 0.0) -> None:
        """End the connection with a close frame, or, with 1006, which no frame can carry, without one.

        From now on, whatever the ``delay``, the session ignores the client.
        """
        check_close("session.drop", code, reason)
        self._wait(delay)
        self._out.close(code, reason)

    @_at_once
    def ping(self, data: bytes = b"", *, delay: float = 0.0) -> None:
        """Send a ping; the live service does so about every 20 seconds (observed live)."""
        check_ping("session.ping", data)
        self._wait(delay)
        self._out.ping(data)

    def _wait(self, delay: float) -> None:
        require("delay", delay, SECONDS)
        self._out.wait(delay)


def _parsed(data: str | bytes) -> Any:
    if not isinstance(data, str):
        raise errors.binary_frame()
    try:
        # Fails for a lone surrogate, which no text frame can carry.
        return from_json(data.encode(), allow_inf_nan=False)
    except ValueError:
        raise errors.invalid_json() from None
