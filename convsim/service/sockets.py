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
    Sent,
    State,
    TransportFault,
)
from convsim.http.websocket import ABNORMAL_CLOSURE
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
_TERMINAL = ("response.completed", "response.incomplete", "response.failed")

_LANE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_MOST_LANES = 32
_MOST_AT_ONCE = 16
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

    def reset(self) -> None:
        """Break all connections."""
        for socket in list(self._open):
            socket.abort()

    def _opened(self, request: Request) -> TurnSocket | Outcome:
        try:
            project = self._service.keys.project(request)
        except APIStatusError as error:
            return self._denied(request, error)
        socket = TurnSocket(self._service, request, project)
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
    """A sequence of turns under one ``stream_id``; None for messages without one.

    ``newest`` is the id of its last completed response. The other members describe the open turn: ``previous`` is the
    id that it continues, ``recent`` the responses that it can continue (it writes its own into the first map), ``late``
    its outcome until that is due, ``body`` its stream, and ``is_whole`` whether the last event of that was sent.
    """

    name: str | None
    newest: str | None = None
    waiting: deque[Json] = field(default_factory=deque)
    previous: str | None = None
    recent: ChainMap[str, Record] = field(default_factory=ChainMap)
    late: tuple[Outcome, float] | None = None
    body: Body | None = None
    is_whole: bool = False

    @property
    def is_busy(self) -> bool:
        return self.late is not None or self.body is not None

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
    response of each lane, so that a turn can continue it even with ``store=false`` (documented).
    """

    def __init__(self, service: Service, opening: Request, project: str) -> None:
        self.state: State = State.OPEN
        self._service = service
        self._opening = opening
        self._project = project
        self._began = service.clock.now()
        self._lock = RLock()
        self._wake: Callable[[], None] = lambda: None
        self._arrived: deque[str | bytes] = deque()
        self._ready: deque[Sent] = deque()
        self._lanes: dict[str | None, _Lane] = {None: _Lane(None)}
        self._recent: dict[str, Record] = {}

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
        """Accept a message of the client; it is answered after the earlier ones of its lane."""
        with self._lock:
            if self.state is State.OPEN:
                self._arrived.append(data)

    def next(self, now: float) -> Sent | float | None:
        while True:
            with self._lock:
                if self.state is not State.OPEN:
                    return None
                item = self._ready.popleft() if self._ready else None
                data = self._arrived.popleft() if self._arrived and item is None else None
                lane = self._next_to_begin() if item is None and data is None else None
            # Without the lock: a turn may call code of the test, and a stream has a lock of its own.
            if item is not None:
                if isinstance(item, Close):
                    self._end(State.CLOSED)
                return item
            if data is not None:
                self._sort(data)
            elif lane is not None:
                self._ask(lane, lane.waiting.popleft(), now)
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
        for body in left:
            if body is not None:
                body.close()

    # --- messages, and the turns that they begin -------------------------------------------------------------------

    def _sort(self, data: str | bytes) -> None:
        """Put a message into its lane, or refuse a message that cannot begin a turn."""
        if self._service.clock.now() - self._began >= _LONGEST:
            self._refuse(None, 400, errors.connection_too_old().body)
            self._ready.append(Close(_NORMAL))
            return
        name: str | None = None
        try:
            event = _event(data)
            name = _lane_of(event)
            if name not in self._lanes and len(self._lanes) > _MOST_LANES:
                raise errors.too_many_streams()
            if (found := _not_emulated(event)) is not None:
                raise self._missed(found)
        except APIStatusError as error:
            outcome = self._service.refuse(error, create_response.operation, self._project, HTTPOrigin(self._request()))
            self._hear(_Lane(name), outcome)
        except RefusedRouteError as error:
            self._refuse(_Lane(name), 501, wire.miss(error))
        else:
            with self._lock:  # another thread may end the connection, and walks over the lanes
                self._lanes.setdefault(name, _Lane(name)).waiting.append(event)

    def _next_to_begin(self) -> _Lane | None:
        """Return a lane whose next turn can begin, or None."""
        if sum(lane.is_busy for lane in self._lanes.values()) >= _MOST_AT_ONCE:
            return None
        return next((lane for lane in self._lanes.values() if lane.waiting and not lane.is_busy), None)

    def _ask(self, lane: _Lane, event: Json, now: float) -> None:
        """Begin the turn of an event."""
        lane.previous, lane.recent = event.get("previous_response_id"), ChainMap({}, self._recent)
        try:
            outcome = self._outcome(lane, event)
        except ConvsimError as error:
            self._refuse(lane, 501, wire.miss(error))
        except Exception as error:  # of a script's function; the service has noted it
            self._refuse(lane, 500, errors.script_raised(error).body)
        else:
            with self._lock:
                lane.late = outcome, now + outcome.delay
                left = lane.leave() if self.state is not State.OPEN else None
            if left is not None:
                left.close()

    def _outcome(self, lane: _Lane, event: Json) -> Outcome:
        """Return the outcome of the same turn over HTTP."""
        service = self._service
        body = {name: value for name, value in event.items() if name not in ("type", "stream_id")} | {"stream": True}
        named = {"stream_id": lane.name} if lane.name is not None else {}
        request = self._request(to_json(body | named))  # as the journal keeps it
        try:
            _require_streamed(event)
            given = create_response.read(service.behavior, {"body": body})
        except APIStatusError as error:
            return service.refuse(error, create_response.operation, self._project, HTTPOrigin(request))
        given.recent = lane.recent
        return service.call(create_response, given, self._project, HTTPOrigin(request))

    def _request(self, body: bytes = b"") -> Request:
        opening = self._opening
        return Request("POST", PATH, opening.full_path, opening.query, opening.headers, body)

    def _missed(self, found: str) -> RefusedRouteError:
        """Return the error, noted as a miss, for a feature that the live API has and convsim does not."""
        error = RefusedRouteError(
            f"{found!r} was not answered over the WebSocket to {PATH}: the live API has it, and convsim does not"
            f" emulate it. It emulates {_CREATE!r}, whose members are those of responses.create and 'stream_id'."
        )
        self._service.refused.append(error)
        return error

    # --- outcomes and events ---------------------------------------------------------------------------------------

    def _advance(self, now: float) -> float:
        """Make the next due frame ready and return 0, or return the seconds to wait."""
        waits = [math.inf]
        for lane in list(self._lanes.values()):
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
            self._begin(lane, CutBody(head.body, outcome.after_bytes))
        elif isinstance(head.body, bytes):
            self._answer(lane, head.status, head.body)
        else:
            self._begin(lane, head.body)

    def _begin(self, lane: _Lane, body: Body) -> None:
        lane.body, lane.is_whole = body, False
        body.wake = self._wake

    def _answer(self, lane: _Lane, status: int, body: bytes) -> None:
        """Send a refusal as an event. A body without an error comes from a fault; a gateway's breaks the connection."""
        try:
            self._refuse(lane, status, from_json(body)["error"])
        except (ValueError, KeyError, TypeError):
            self._ready.append(Frame(body.decode("utf-8", "replace")) if status < _REFUSED else _LOST)

    def _refuse(self, lane: _Lane | None, status: int, error: Any) -> None:
        """Send an error event, and forget the response that the turn should have continued (documented)."""
        told = {name: error.get(name) for name in ("type", "code", "message", "param")}
        named = {"stream_id": lane.name} if lane is not None and lane.name is not None else {}
        self._ready.append(Frame(to_json({"type": "error", "status": status, **named, "error": told}).decode()))
        if lane is not None and lane.newest is not None and lane.previous == lane.newest:
            self._recent.pop(lane.newest, None)

    def _tell(self, lane: _Lane, body: Body, item: Chunk | TransportFault | None) -> None:
        """Make an event a frame. After the last event the lane is free; an earlier end closes the connection."""
        if isinstance(item, Chunk):
            lane.is_whole = lane.is_whole or item.event in _TERMINAL
            if item.data.endswith(b"\n\n"):
                self._ready.append(Frame(_named(item.data.partition(b"\ndata: ")[2][:-2].decode(), lane.name)))
            return
        lane.body = None
        if lane.is_whole and item is None:
            for response_id, record in lane.recent.maps[0].items():
                self._recent.pop(lane.newest or "", None)
                self._recent[response_id] = record
                lane.newest = response_id
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
    """Return the name of the part of the event that convsim does not emulate, or None."""
    if event["type"] in _NOT_EMULATED:
        return str(event["type"])
    return "generate" if event.get("generate") is not None else None


def _named(text: str, lane: str | None) -> str:
    """Append the name of the lane to the members of an event, unless a fault has garbled its JSON."""
    return f'{text[:-1]},"stream_id":"{lane}"}}' if lane is not None and text.endswith("}") else text


def _require_streamed(body: Mapping[str, Any]) -> None:
    """Raise the refusal of members that are not supported over a WebSocket (documented; the sentences are inferred)."""
    if body.get("background") is True:
        raise errors.not_over_websocket("background")
    if body.get("stream") is False:
        raise errors.not_over_websocket("stream")
