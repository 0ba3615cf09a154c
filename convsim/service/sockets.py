"""Turns over a WebSocket: the connections to ``/v1/responses``, on which each message of a client begins a turn.

A message is handled as the request of the same turn over HTTP: it is read, refused, faulted, played and noted in the
same way, and the events of its stream are sent as frames. A refusal is an ``error`` event, and a fault that breaks an
answer breaks the connection.
"""

from __future__ import annotations

import math
import re
from collections import ChainMap, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any
from weakref import WeakSet

from pydantic_core import from_json, to_json

from convsim import errors
from convsim.errors import APIStatusError, ConvsimError, RefusedRouteError
from convsim.http import wire
from convsim.http.bodies import CutBody
from convsim.http.messages import (
    Body,
    Chunk,
    Close,
    Frame,
    Opening,
    Outcome,
    Request,
    Response,
    Sent,
    State,
    TransportFault,
)
from convsim.http.websocket import ABNORMAL_CLOSURE
from convsim.journal.entries import LAST_EVENTS
from convsim.operations.responses import create_response
from convsim.responses.record import Record
from convsim.service.delivery import BodyDelivery
from convsim.service.router import HTTPOrigin
from convsim.service.service import Service

Json = dict[str, Any]

PATH = "/responses"

_CREATE = "response.create"
# Other events that the live API accepts (documented).
_NOT_EMULATED = ("response.steer", "response.inject")

_LANE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_MOST_LANES = 32
_MOST_AT_ONCE = 16
_MOST_WAITING = 1_000
# The members that an event has beside those of a request; the journal keeps them with its body.
_OF_EVENTS = ("stream_id", "generate")
_LONGEST = 3600.0

_LOST = Close(ABNORMAL_CLOSURE)
_NORMAL = 1000
_REFUSED = 400


class TurnSockets:
    """The connections of one emulator to ``/v1/responses``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: WeakSet[TurnSocket] = WeakSet()

    def open(self, path: str) -> Opening | None:
        """Return the function that opens a connection; None for another path, and for another service than OpenAI."""
        return self._opened if path == PATH and self._service.options.service == "openai" else None

    def connect(self, project: str) -> TurnSocket:
        """Open a connection of the test itself."""
        return self._added(Request("GET", PATH, f"/v1{PATH}", "", (), b""), project, raises=True)

    def reset(self) -> None:
        """Break all connections."""
        for socket in list(self._open):
            socket.abort()

    def _opened(self, request: Request) -> TurnSocket | Outcome:
        try:
            project = self._service.keys.project(request)
        except APIStatusError as error:
            return self._denied(request, error)
        return self._added(request, project)

    def _added(self, request: Request, project: str, *, raises: bool = False) -> TurnSocket:
        socket = TurnSocket(self._service, request, project, raises=raises)
        self._open.add(socket)
        return socket

    def _denied(self, request: Request, error: APIStatusError) -> Outcome:
        """Answer an opening request whose key is missing or wrong: as text, with the status in the body (recorded)."""
        service = self._service
        told = {name: error.body[name] for name in ("message", "type", "code", "param")}
        body = to_json({"error": told, "status": error.status_code})
        with service.lock:
            now = service.clock.now()
            answer = wire.response(
                error.status_code,
                body,
                request_id=service.request_ids.next(),
                now=now,
                project=None,
                media_type=b"text/plain",
            )
            service.journal.exchange(now, None, None, request, answer, ())
        return answer


@dataclass(eq=False)
class _Lane:
    """The messages of one ``stream_id`` that wait (None: of those without one), and the turn that is open.

    Of the open turn, ``previous`` is the id that it continues, ``recent`` the responses that it can continue (it writes
    its own into the first map), ``late`` its outcome until that is due, ``body`` its stream, and ``is_whole`` says
    whether the last event of that was sent.
    """

    name: str | None
    waiting: deque[Json] = field(default_factory=deque)
    is_busy: bool = False
    previous: str | None = None
    recent: ChainMap[str, Record] = field(default_factory=ChainMap)
    late: tuple[Outcome, float] | None = None
    body: Body | None = None
    is_whole: bool = False

    def leave(self) -> Body | None:
        """Forget the open turn, because the client has left, and return its stream, to be closed."""
        outcome = self.late[0] if self.late is not None else None
        head = outcome.partial if isinstance(outcome, TransportFault) else outcome
        body = self.body or (head.body if head is not None else None)
        self.late = self.body = None
        return None if isinstance(body, bytes) else body


class TurnSocket:
    """One client's connection. Adapters use it as a :class:`~convsim.http.messages.WebSocket`.

    The turns of one lane run one after the other, those of several lanes at once. The connection remembers the newest
    response of each lane, so that a turn can continue it even with ``store=false`` (documented). With ``raises`` the
    client is the test itself: errors of convsim and of scripts are raised; otherwise they are told as events, because
    an exception cannot reach a client through a connection.

    Every field is guarded by ``_lock``, from any thread. It is not held while a turn is asked for and while a body is
    read, because both may call code of the test, and a body has a lock of its own. Only the reader does these two: the
    thread that calls :meth:`next`. So the reader alone changes ``_recent``, which its turns read without the lock.
    """

    def __init__(self, service: Service, opening: Request, project: str, *, raises: bool = False) -> None:
        self.state: State = State.OPEN
        self._service = service
        self._opening = opening
        self._project = project
        self._raises = raises
        self._began = service.clock.now()
        self._lock = RLock()
        self._wake: Callable[[], None] = lambda: None
        self._ready: deque[Sent] = deque()
        self._names: set[str] = set()
        self._newest: dict[str | None, str] = {}
        self._recent: dict[str, Record] = {}
        # Those with an open turn or a waiting message.
        self._lanes: dict[str | None, _Lane] = {}

    @property
    def wake(self) -> Callable[[], None]:
        return self._wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._wake = wake
            for lane in self._lanes.values():
                if lane.body is not None:
                    lane.body.wake = wake

    def receive(self, data: str | bytes) -> None:
        """Put a message into its lane, behind the earlier ones, or refuse a message that cannot begin a turn."""
        with self._lock:
            if self.state is not State.OPEN:
                return
            if self._service.clock.now() - self._began >= _LONGEST:
                self._tell_error(None, 400, errors.connection_too_old().body)
                self._ready.append(Close(_NORMAL))
                return
            name: str | None = None
            try:
                event = _event(data)
                name = _lane_of(event)
                self._require_room(name)
                if (found := _not_emulated(event)) is not None:
                    raise self._missed(found)
            except APIStatusError as error:
                origin = HTTPOrigin(self._request())
                outcome = self._service.refuse(error, create_response.operation, self._project, origin)
                assert isinstance(outcome, Response), "a refused message meets no fault"
                self._answer(name, outcome)
            except RefusedRouteError as error:
                if self._raises:
                    raise
                self._tell_error(name, 501, wire.miss(error))
            else:
                if name is not None:
                    self._names.add(name)
                self._lanes.setdefault(name, _Lane(name)).waiting.append(event)

    def next(self, now: float) -> Sent | float | None:
        while True:
            with self._lock:
                if self.state is not State.OPEN:
                    return None
                item = self._ready.popleft() if self._ready else None
                lane = self._next_to_begin() if item is None else None
                event = self._begin(lane) if lane is not None else None
            if isinstance(item, Close):
                self._end(State.CLOSED)
            if item is not None:
                return item
            if lane is not None and event is not None:
                self._ask(lane, event, now)
            elif wait := self._advance(now):
                return wait

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._end(State.CLOSED)

    def abort(self) -> None:
        """Break the connection at once."""
        self._end(State.ABORTED)
        self._wake()

    def _end(self, state: State) -> None:
        with self._lock:
            if self.state is not State.OPEN:
                return
            self.state = state
            left = [lane.leave() for lane in self._lanes.values()]
            self._lanes.clear()
        for body in left:
            if body is not None:
                body.close()

    # --- messages, and the turns that they begin -------------------------------------------------------------------

    def _require_room(self, name: str | None) -> None:
        """Refuse a lane too many (documented), and a message too many, a bound of convsim."""
        if name is not None and name not in self._names and len(self._names) >= _MOST_LANES:
            raise errors.too_many_streams()
        if sum(len(lane.waiting) for lane in self._lanes.values()) >= _MOST_WAITING:
            raise errors.too_many_messages(_MOST_WAITING)

    def _next_to_begin(self) -> _Lane | None:
        """Return a lane whose next turn can begin, or None."""
        if sum(lane.is_busy for lane in self._lanes.values()) >= _MOST_AT_ONCE:
            return None
        return next((lane for lane in self._lanes.values() if not lane.is_busy), None)

    def _begin(self, lane: _Lane) -> Json:
        """Take the next message of a lane, whose turn is open from here on."""
        event = lane.waiting.popleft()
        lane.is_busy, lane.is_whole = True, False
        lane.previous, lane.recent = event.get("previous_response_id"), ChainMap({}, self._recent)
        return event

    def _free(self, lane: _Lane) -> None:
        """End the turn of a lane, which goes if no message waits in it."""
        lane.is_busy = False
        if not lane.waiting:
            self._lanes.pop(lane.name, None)

    def _ask(self, lane: _Lane, event: Json, now: float) -> None:
        """Carry out the turn of an event up to its answer.

        An exception that the service has noted, of a turn without a script or of a script's function, is told in an
        event; any other is a fault of convsim itself, and is raised.
        """
        try:
            outcome = self._outcome(lane, event)
        except Exception as error:
            with self._lock:
                self._forget(lane)
                self._free(lane)
                if self._raises:
                    raise
                if isinstance(error, ConvsimError):
                    error.__traceback__ = None  # the service keeps the error, and should not keep the event
                    self._tell_error(lane.name, 501, wire.miss(error))
                elif any(error is noted for noted in self._service.raised):
                    self._tell_error(lane.name, 500, errors.script_raised(error).body)
                else:
                    raise
            return
        with self._lock:
            lane.late = outcome, now + outcome.delay
            left = lane.leave() if self.state is not State.OPEN else None
        if left is not None:
            left.close()

    def _outcome(self, lane: _Lane, event: Json) -> Outcome:
        """Return the outcome of the same turn over HTTP."""
        service = self._service
        body = {name: value for name, value in event.items() if name not in ("type", *_OF_EVENTS)} | {"stream": True}
        request = self._request(to_json(body | {name: event[name] for name in _OF_EVENTS if name in event}))
        try:
            _require_streamed(event)
            given = create_response.read(service.behavior, {"body": body})
        except APIStatusError as error:
            return service.refuse(error, create_response.operation, self._project, HTTPOrigin(request))
        given.recent = lane.recent
        if event.get("generate") is False:
            given.sent["generate"] = False
        return service.call(create_response, given, self._project, HTTPOrigin(request))

    def _request(self, body: bytes = b"") -> Request:
        opening = self._opening
        return Request("POST", PATH, opening.full_path, opening.query, opening.headers, body)

    def _missed(self, found: str) -> RefusedRouteError:
        """Return the error, noted as a miss, for a feature that the live API has and convsim does not."""
        error = RefusedRouteError(
            f"{found} was not answered over the WebSocket to {PATH}: the live API has it, and convsim does not"
            f" emulate it. It emulates {_CREATE!r}, whose members are those of responses.create, 'stream_id', and"
            " 'generate' without a conversation."
        )
        self._service.refused.append(error)
        return error

    # --- outcomes and events ---------------------------------------------------------------------------------------

    def _advance(self, now: float) -> float:
        """Make the next due frame ready and return 0, or return the seconds to wait."""
        waits = [math.inf]
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in lanes:
            with self._lock:
                late, body = lane.late, lane.body
                if late is not None and late[1] <= now:
                    self._hear(lane, late[0])
                    return 0.0
            if late is not None:
                waits.append(late[1] - now)
            elif body is not None:
                item = body.next(now)
                if not isinstance(item, (int, float)):
                    with self._lock:
                        self._tell(lane, body, item)
                    return 0.0
                waits.append(item)
        return min(waits)

    def _hear(self, lane: _Lane, outcome: Outcome) -> None:
        """Handle the outcome of a turn: a stream, an answer in one piece, or a broken connection."""
        lane.late = None
        head = outcome.partial if isinstance(outcome, TransportFault) else outcome
        if head is None:
            self._ready.append(_LOST)
        elif isinstance(outcome, TransportFault):
            self._open(lane, CutBody(head.body, outcome.after_bytes))
        elif isinstance(head.body, bytes):
            self._answer(lane.name, head)
            if head.status >= _REFUSED:
                self._forget(lane)
            self._free(lane)
        else:
            self._open(lane, head.body)

    def _open(self, lane: _Lane, body: Body) -> None:
        lane.body = body
        body.wake = self._wake

    def _answer(self, name: str | None, answer: Response) -> None:
        """Tell an answer in one piece: a refusal as an event. A body without an error comes from a fault.

        Such a body is sent unchanged; a gateway's breaks the connection.
        """
        body = answer.content
        try:
            error = from_json(body)["error"]
        except (ValueError, KeyError, TypeError):
            error = None
        if isinstance(error, dict):
            self._tell_error(name, answer.status, error)
        else:
            self._ready.append(Frame(body.decode("utf-8", "replace")) if answer.status < _REFUSED else _LOST)

    def _forget(self, lane: _Lane) -> None:
        """Forget the response of its lane that a refused turn should have continued (documented)."""
        newest = self._newest.get(lane.name)
        if newest is not None and lane.previous == newest:
            self._recent.pop(newest, None)

    def _tell_error(self, name: str | None, status: int, error: Json) -> None:
        told = {member: error.get(member) for member in ("type", "code", "message", "param")}
        named = {"stream_id": name} if name is not None else {}
        self._ready.append(Frame(to_json({"type": "error", "status": status, **named, "error": told}).decode()))

    def _tell(self, lane: _Lane, body: Body, item: Chunk | TransportFault | None) -> None:
        """Make an event a frame. After the last event the lane is free; an earlier end closes the connection."""
        if isinstance(item, Chunk):
            lane.is_whole = lane.is_whole or item.event in LAST_EVENTS
            if item.data.endswith(b"\n\n"):
                self._ready.append(Frame(_named(item.data.partition(b"\ndata: ")[2][:-2].decode(), lane.name)))
            return
        lane.body = None
        if lane.is_whole and item is None:
            for response_id, record in lane.recent.maps[0].items():
                self._recent.pop(self._newest.get(lane.name, ""), None)
                self._recent[response_id] = record
                self._newest[lane.name] = response_id
            self._free(lane)
        else:
            closing = body.closing if isinstance(body, BodyDelivery) else None
            self._ready.append(closing or _LOST)


def _event(data: str | bytes) -> Json:
    """Return the message as an event of a known type; raise the refusal of any other message (inferred)."""
    if isinstance(data, bytes):
        raise errors.binary_frame()
    event = wire.parse_json(data.encode("utf-8", "surrogatepass"))
    if not isinstance(event, dict):
        raise errors.wrong_type("", "an object", event)
    if event.get("type") is None:
        raise errors.missing("type")
    if event["type"] not in (_CREATE, *_NOT_EMULATED):
        raise errors.unsupported_value("type", str(event["type"]), (_CREATE,))
    return event


def _lane_of(event: Mapping[str, Any]) -> str | None:
    lane = event.get("stream_id")
    if "stream_id" in event and not (isinstance(lane, str) and _LANE.fullmatch(lane)):
        raise errors.invalid_stream_id()
    return lane


def _not_emulated(event: Mapping[str, Any]) -> str | None:
    """Return the part of the event that convsim does not emulate, or None."""
    if event["type"] in _NOT_EMULATED:
        return repr(event["type"])
    warms = event.get("generate") is False and event.get("conversation") is not None
    return "'generate' with a conversation" if warms else None


def _named(text: str, lane: str | None) -> str:
    """Append the name of the lane to the members of an event, unless a fault has garbled its JSON."""
    return f'{text[:-1]},"stream_id":"{lane}"}}' if lane is not None and text.endswith("}") else text


def _require_streamed(body: Mapping[str, Any]) -> None:
    """Raise the refusal of members that are not supported over a WebSocket (documented; the sentences are inferred)."""
    if body.get("background") is True:
        raise errors.not_over_websocket("background")
    if body.get("stream") is False:
        raise errors.not_over_websocket("stream")
    if not isinstance(body.get("generate"), bool | None):
        raise errors.wrong_type("generate", "a boolean", body["generate"])
