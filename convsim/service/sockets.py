"""Turns over a WebSocket: the connections to ``/v1/responses``, where each message of a client asks for a turn.

A message is the request of the same turn over HTTP: it is read, refused, faulted, played and noted as that one, and
what its stream tells goes out as frames. A refusal is an ``error`` event, and what breaks an answer breaks the
connection. Turns come one behind the other, also those of different lanes (``stream_id``).
"""

from __future__ import annotations

import math
import re
from collections import ChainMap, deque
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, NamedTuple
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
# What the live API takes besides (documented).
_NOT_EMULATED = ("response.steer", "response.inject")
_TERMINAL = ("response.completed", "response.incomplete", "response.failed")

_LANE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_MOST_LANES = 32
_LONGEST = 3600.0

_LOST = Close(ABNORMAL_CLOSURE)
_NORMAL = 1000
_REFUSED = 400


class TurnSockets:
    """The connections of one emulator on which clients ask for turns."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: WeakSet[TurnSocket] = WeakSet()

    def open(self, path: str) -> Opening | None:
        """What answers a client that begins to connect; None when it is not about turns."""
        return self._opened if path == PATH else None

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
        """The answer to an opening request without a key, or with another one: as text, with its status (recorded)."""
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


class _Asked(NamedTuple):
    """A turn that a client has asked for: its lane, what it continues, and the responses that it may continue.

    It writes its own response into the first map.
    """

    lane: str | None
    previous: str | None
    recent: ChainMap[str, Record]


class TurnSocket:
    """One client's connection. The adapter's side is that of :class:`~convsim.http.messages.WebSocket`.

    It remembers the newest response of each lane, so that a turn can continue it also where it was not to be stored
    (documented).
    """

    def __init__(self, service: Service, opening: Request, project: str) -> None:
        self.state = State.OPEN
        self._service = service
        self._opening = opening
        self._project = project
        self._began = service.clock.now()
        self._lock = RLock()
        self._wake: Callable[[], None] = lambda: None
        self._waiting: deque[str | bytes] = deque()
        self._ready: deque[Sent] = deque()
        # The turn that is being answered, what it came to and when that is handed over, and what is told of it.
        self._asked: _Asked | None = None
        self._late: tuple[Outcome, float] | None = None
        self._body: Body | None = None
        self._is_whole = False
        self._recent: dict[str, Record] = {}
        self._newest: dict[str | None, str] = {}

    @property
    def wake(self) -> Callable[[], None]:
        return self._wake

    @wake.setter
    def wake(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._wake = wake
            if self._body is not None:
                self._body.wake = wake

    def receive(self, data: str | bytes) -> None:
        """Take one message of the client, which is answered when those before have been."""
        with self._lock:
            if self.state is State.OPEN:
                self._waiting.append(data)

    def next(self, now: float) -> Sent | float | None:
        while True:
            with self._lock:
                if self.state is not State.OPEN:
                    return None
                if self._ready:
                    return self._send(self._ready.popleft())
                if self._late is not None and self._late[1] > now:
                    return self._late[1] - now
                body = self._body
                if self._late is not None:
                    self._hear(self._late[0])
                    continue
                if body is None and not self._waiting:
                    return math.inf
                data = self._waiting.popleft() if body is None else ""
            # Without the lock: a turn may call code of the test.
            if body is None:
                self._ask(data, now)
                continue
            item = body.next(now)
            if isinstance(item, (int, float)):
                return item
            with self._lock:
                self._tell(body, item)

    def close(self, code: int = ABNORMAL_CLOSURE, reason: str = "") -> None:
        self._end(State.CLOSED)

    def abort(self) -> None:
        """Break it off at once."""
        self._end(State.ABORTED)
        self._wake()

    def _end(self, state: State) -> None:
        with self._lock:
            if self.state is not State.OPEN:
                return
            self.state = state
            body, self._body = self._body, None
            self._drop()
        if body is not None:
            body.close()

    def _drop(self) -> None:
        """Forget the answer that was to be handed over: its client has left. Called under the lock."""
        if self._late is not None:
            outcome, self._late = self._late[0], None
            head = outcome.partial if isinstance(outcome, TransportFault) else outcome
            if head is not None and not isinstance(head.body, bytes):
                head.body.close()

    def _send(self, item: Sent) -> Sent:
        if isinstance(item, Close):
            self.state = State.CLOSED
        return item

    # --- a turn ----------------------------------------------------------------------------------------------------

    def _ask(self, data: str | bytes, now: float) -> None:
        """Carry out what a message asks for."""
        if self._service.clock.now() - self._began >= _LONGEST:
            self._refuse(400, errors.connection_too_old().body)
            self._ready.append(Close(_NORMAL))
            return
        try:
            outcome = self._outcome(data)
        except ConvsimError as error:
            self._refuse(501, wire.miss(error))
        except Exception as error:  # of a script's function; the service has noted it
            self._refuse(500, errors.script_raised(error).body)
        else:
            with self._lock:
                self._late = outcome, now + outcome.delay
                if self.state is not State.OPEN:
                    self._drop()

    def _outcome(self, data: str | bytes) -> Outcome:
        """What the same turn comes to over HTTP."""
        service, opening = self._service, self._opening
        request = Request("POST", PATH, opening.full_path, opening.query, opening.headers, b"")
        self._asked = _Asked(None, None, ChainMap({}, self._recent))
        try:
            event = _event(data)
            lane = self._lane_of(event)
            body = {name: value for name, value in event.items() if name not in ("type", "stream_id")}
            self._asked = self._asked._replace(lane=lane, previous=body.get("previous_response_id"))
            self._require_emulated(event)
            request = request._replace(body=to_json(body | {"stream": True}))
            _require_streamed(body)
            given = create_response.read(service.behavior, {"body": body | {"stream": True}})
        except APIStatusError as error:
            return service.refuse(error, create_response.operation, self._project, HTTPOrigin(request))
        given.recent = self._asked.recent
        return service.call(create_response, given, self._project, HTTPOrigin(request, given.conversation_id))

    def _lane_of(self, event: Mapping[str, Any]) -> str | None:
        if "stream_id" not in event:
            return None
        lane = event["stream_id"]
        if not isinstance(lane, str) or not _LANE.fullmatch(lane):
            raise errors.invalid_stream_id()
        named = self._newest.keys() - {None}
        if lane not in named and len(named) >= _MOST_LANES:
            self._asked = _Asked(lane, None, ChainMap())
            raise errors.too_many_streams()
        self._newest.setdefault(lane, "")
        return lane

    def _require_emulated(self, event: Mapping[str, Any]) -> None:
        """Raise, and note as a miss, what the live API takes and convsim does not."""
        found = event["type"] if event["type"] in _NOT_EMULATED else None
        if found is None and event.get("generate") is not None:
            found = "generate"
        if found is not None:
            error = RefusedRouteError(
                f"{found!r} was not answered over the WebSocket to {PATH}: the live API has it, and convsim does not"
                f" emulate it. It emulates {_CREATE!r}, whose members are those of responses.create and 'stream_id'."
            )
            self._service.refused.append(error)
            raise error

    def _hear(self, outcome: Outcome) -> None:
        """Take up what a turn came to. Called under the lock."""
        self._late = None
        head = outcome.partial if isinstance(outcome, TransportFault) else outcome
        if head is None:
            self._ready.append(_LOST)
        elif isinstance(outcome, TransportFault):
            self._begin(CutBody(head.body, outcome.after_bytes))
        elif isinstance(head.body, bytes):
            self._answer(head.status, head.body)
        else:
            self._begin(head.body)

    def _begin(self, body: Body) -> None:
        self._is_whole = False
        self._body = body
        body.wake = self._wake

    def _answer(self, status: int, body: bytes) -> None:
        """What is answered in one piece is a refusal, or what a fault says instead: a gateway breaks the connection."""
        try:
            self._refuse(status, from_json(body)["error"])
        except (ValueError, KeyError, TypeError):
            self._ready.append(Frame(body.decode("utf-8", "replace")) if status < _REFUSED else _LOST)

    def _refuse(self, status: int, error: Any) -> None:
        """Answer with an error, and forget the response that the turn was to continue (documented)."""
        lane, previous = self._asked[:2] if self._asked is not None else (None, None)
        if previous is not None and self._newest.get(lane) == previous:
            self._recent.pop(previous, None)
            self._newest[lane] = ""
        named = {"stream_id": lane} if lane is not None else {}
        told = {name: error.get(name) for name in ("type", "code", "message", "param")}
        self._ready.append(Frame(to_json({"type": "error", "status": status, **named, "error": told}).decode()))

    def _tell(self, body: Body, item: Chunk | TransportFault | None) -> None:
        """Send the event as a frame; at its end, go on with the next turn or end as the stream did."""
        if isinstance(item, Chunk):
            self._is_whole = self._is_whole or item.event in _TERMINAL
            if item.data.endswith(b"\n\n"):
                self._ready.append(Frame(self._named(item.data.partition(b"\ndata: ")[2][:-2].decode())))
            return
        self._body = None
        if self._is_whole and item is None:
            self._remember()
        else:
            closing = body.closing if isinstance(body, BodyDelivery) else None
            self._ready.append(closing or _LOST)

    def _named(self, text: str) -> str:
        """The event with the name of its lane behind all other members."""
        lane = self._asked.lane if self._asked is not None else None
        return f'{text[:-1]},"stream_id":"{lane}"}}' if lane is not None and text.endswith("}") else text

    def _remember(self) -> None:
        """Keep the response as the newest of its lane, and forget the one before."""
        if self._asked is None:
            return
        for response_id, record in self._asked.recent.maps[0].items():
            self._recent.pop(self._newest.get(self._asked.lane, ""), None)
            self._recent[response_id] = record
            self._newest[self._asked.lane] = response_id


def _event(data: str | bytes) -> Json:
    """The message as an event of a type that exists; raises the refusal of any other (inferred)."""
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


def _require_streamed(body: Mapping[str, Any]) -> None:
    """Raise the refusal of what turns over a WebSocket cannot be (inferred; documented as not supported)."""
    if body.get("background") is True:
        raise errors.not_over_websocket("background")
    if body.get("stream") is False:
        raise errors.not_over_websocket("stream")
