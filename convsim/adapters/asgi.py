"""ASGI: an app as an application for servers and for the in-process transports of httpx2 and Starlette.

HTTP bodies are sent chunk by chunk, each when it is due, and closed when the client leaves. A WebSocket is the same
stream of messages that :mod:`convsim.adapters.websockets` serves; the server handles its frames, and ASGI has no pings,
so those of a session are left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache, partial
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from convsim.adapters.drivers import call_soon, take_async
from convsim.errors import ConvsimError, UnscriptedTurnError
from convsim.http import wire
from convsim.http.bodies import CutBody
from convsim.http.messages import (
    App,
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
    WebSocket,
)
from convsim.http.websocket import ABNORMAL_CLOSURE

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ASGI(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


ABORT = "convsim.abort"
"""An extension of the scope: a function that breaks the connection at once. ``convsim serve`` provides it."""

MAX_BODY = 64 * 2**20
_MOST_DIGITS = 20  # of a length that is read: Python's int() refuses thousands
MAX_SILENCE = 600.0
_LONGEST_WAIT = 3600.0
_MOST_AT_ONCE = 256 * 2**10
_SILENT = ("read_timeout", "connect_timeout")


class ASGIApp:
    """``app`` as an ASGI application; ``below`` makes a URL's path relative to the base URL.

    A request that convsim does not answer (a :class:`~convsim.errors.ConvsimError` of the app) gets a 501 with the
    sentence of that error. If a fault breaks the connection and the server has no :data:`ABORT`, the application raises
    ``ConnectionResetError`` or ``TimeoutError``.
    """

    def __init__(self, app: App, below: Callable[[str], str]) -> None:
        self._app = app
        self._below = lru_cache(maxsize=256)(below)  # clients ask for the same paths again and again

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(path_of(scope), scope, receive, send)

    async def answer(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request at ``path``, which replaces the path of the scope."""
        if scope["type"] == "websocket":
            await self._websocket(path, scope, receive, send)
            return
        body = await read_body(scope, receive, send)
        if body is not None:
            outcome = self._handle(self._request(path, scope, scope["method"], body))
            if isinstance(outcome, Response) and isinstance(outcome.body, bytes) and not outcome.delay:
                await send_whole(send, outcome)
            else:
                await _give(outcome, scope, receive, send)

    async def _websocket(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(path, scope, "GET", b"")
        opening: Opening | None = None
        refusal: Outcome | None = None
        try:
            opening = self._app.connect(request.path)
        except ConvsimError as error:
            refusal = _miss(error)
        await receive()  # websocket.connect
        if opening is None:
            await _deny(refusal or self._handle(request), scope, receive, send)
            return
        stream = opening(request)
        if isinstance(stream, (Response, TransportFault)):
            await _deny(stream, scope, receive, send)
            return
        offered = scope.get("subprotocols", ())
        # The subprotocols that browsers offer besides their key (documented).
        await send({"type": "websocket.accept", "subprotocol": "realtime" if "realtime" in offered else None})
        broke_off = await _Conversation(stream, receive, send).broke_off()
        if broke_off:
            await _break_off(scope, receive)

    def _handle(self, request: Request) -> Outcome:
        try:
            return self._app.handle(request)
        except ConvsimError as error:
            return _miss(error)

    def _request(self, path: str, scope: Scope, method: str, body: bytes) -> Request:
        query = scope.get("query_string", b"").decode("latin-1")
        return Request(method, self._below(path), path, query, list(scope["headers"]), body)


def path_of(scope: Scope) -> str:
    """Return the path of the request as it was sent, below the mount point of the application."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"], safe="/%:@!$&'()*+,;=~").encode()
    return raw.decode("latin-1").partition("?")[0].removeprefix(scope.get("root_path", ""))


async def lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's messages at its start and its end, which need no work."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def read_body(scope: Scope, receive: Receive, send: Send) -> bytes | None:
    """Return the body of the request; None if the client has left, or was refused for its size."""
    length = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = value
    body = bytearray()
    while not (length.isdigit() and int(length[:_MOST_DIGITS]) > MAX_BODY) and len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False) and len(body) <= MAX_BODY:
            return bytes(body)
    sentence = f"The body is larger than {MAX_BODY} bytes, the most that convsim reads."
    await send_whole(send, envelope(413, sentence, "convsim_body_too_large", close=True))
    return None


def envelope(
    status: int,
    sentence: str,
    code: str,
    *,
    kind: str = "convsim_error",
    more: Iterable[tuple[bytes, bytes]] = (),
    close: bool = False,
) -> Response:
    """Return a refusal of convsim itself, in the live envelope of errors; clients are told not to retry it."""
    error = {"message": sentence, "type": kind, "param": None, "code": code}
    body = json.dumps({"error": error}, indent=2, ensure_ascii=False).encode("utf-8", "replace")
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"x-should-retry", b"false"),
        *more,
    ]
    if close:
        headers.append((b"connection", b"close"))
    return Response(status, headers, body)


_SCRIPT_FROM_OUTSIDE = '\nFrom another process: POST /_convsim/replies {"replies": ["..."]}'


def _miss(error: ConvsimError) -> Response:
    """Return the answer to a request that convsim does not answer.

    The emulator keeps the error, and its traceback would keep the request, whose body may be long.
    """
    error.__traceback__ = None
    advice = _SCRIPT_FROM_OUTSIDE if isinstance(error, UnscriptedTurnError) else ""
    return envelope(501, f"{error}{advice}", str(wire.miss(error)["code"]))


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or the opening of a WebSocket, with ``response``, and read no more of it."""
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await _deny(response, scope, receive, send)
    else:
        await send_whole(send, response)


async def send_whole(send: Send, response: Response) -> None:
    """Send an answer whose body is complete.

    The ``send`` of ``convsim serve`` has a method ``whole`` for that; one that wraps it has none.
    """
    whole: Callable[[int, list[tuple[bytes, bytes]], bytes], Awaitable[None]] | None = getattr(send, "whole", None)
    if whole is not None:
        await whole(response.status, _lower(response), response.content)
    else:
        await send({"type": "http.response.start", "status": response.status, "headers": _lower(response)})
        await send({"type": "http.response.body", "body": response.body})


def _lower(response: Response) -> list[tuple[bytes, bytes]]:
    """Return the headers with names in lower case, as ASGI requires."""
    return [(name.lower(), value) for name, value in response.headers]


async def _give(outcome: Outcome, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the outcome of a request, or break the connection."""
    await _wait(outcome.delay, receive)
    head = outcome if isinstance(outcome, Response) else outcome.partial
    if head is None:
        await _break_off(scope, receive, silent=isinstance(outcome, TransportFault) and outcome.kind in _SILENT)
        return
    body = head.body if isinstance(outcome, Response) else CutBody(head.body, outcome.after_bytes)
    if isinstance(body, bytes):
        await send_whole(send, head)
        return
    await send({"type": "http.response.start", "status": head.status, "headers": _lower(head)})
    fault = await _send_body(body, receive, send)
    if fault is not None:
        await _break_off(scope, receive, silent=fault.kind in _SILENT)


async def _send_body(body: Body, receive: Receive, send: Send) -> TransportFault | None:
    """Send a streamed body until its end or until the client leaves; return a fault in it."""
    data, behind = body.due(monotonic(), _MOST_AT_ONCE)
    try:
        await _send_piece(data, behind, send)
        if isinstance(behind, (int, float)):
            behind = await _send_late(body, receive, send)
    except OSError:  # raised by some servers when the client has left
        behind = None
    finally:
        body.close()
    return behind


async def _send_late(body: Body, receive: Receive, send: Send) -> TransportFault | None:
    """Send items that are not yet due, as :func:`_send_body` does."""
    import anyio

    behind: TransportFault | float | None = 0.0

    async def watch(scope: anyio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch, tasks.cancel_scope)
        try:
            while isinstance(behind, (int, float)):
                item = await take_async(body)
                if isinstance(item, Chunk):
                    data, behind = body.due(monotonic(), _MOST_AT_ONCE)
                    await _send_piece(item.data + data, behind, send)
                else:
                    behind = item
                    await _send_piece(b"", behind, send)
        except OSError:
            behind = None
        tasks.cancel_scope.cancel()
    return behind if isinstance(behind, TransportFault) else None


async def _send_piece(data: bytes, behind: TransportFault | float | None, send: Send) -> None:
    if behind is None:
        await send({"type": "http.response.body", "body": data})
    elif data:
        await send({"type": "http.response.body", "body": data, "more_body": True})


async def _break_off(scope: Scope, receive: Receive, *, silent: bool = False) -> None:
    """Break the connection; with ``silent``, not before the client has given up."""
    import anyio

    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        if silent:
            raise TimeoutError("The read operation timed out")
        raise ConnectionResetError("Connection reset by peer")
    with anyio.move_on_after(MAX_SILENCE if silent else 0):
        await _left(receive)
    abort()
    await _left(receive)


async def _wait(seconds: float, receive: Receive) -> None:
    """Let the delay of an answer pass, unless its client leaves."""
    if seconds:
        import anyio

        with anyio.move_on_after(seconds):
            await _left(receive)


async def _left(receive: Receive) -> None:
    """Wait until the server notices that the client is gone; it would report an earlier return as an error."""
    while not (await receive())["type"].endswith(".disconnect"):
        pass


async def _deny(outcome: Outcome, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the opening request of a WebSocket with an HTTP response instead of a connection."""
    await _wait(outcome.delay, receive)
    if not isinstance(outcome, Response):
        await _break_off(scope, receive)
    elif "websocket.http.response" in scope.get("extensions", {}):
        start = {"type": "websocket.http.response.start", "status": outcome.status, "headers": _lower(outcome)}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": outcome.content})
    else:
        await send({"type": "websocket.close"})


class _Conversation:
    """One accepted WebSocket: messages of the client go into ``stream``, due items are sent."""

    def __init__(self, stream: WebSocket, receive: Receive, send: Send) -> None:
        import anyio

        self._stream = stream
        self._receive = receive
        self._send = send
        self._sending = anyio.Lock()
        self._ended = False
        self._broke = False

    async def broke_off(self) -> bool:
        """Serve it to its end. Return whether it must end without a close frame."""
        import anyio

        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._take)
                schedule = call_soon()
                while True:
                    self._woken = anyio.Event()
                    self._stream.wake = partial(schedule, self._woken.set)
                    wait = await self._send_due()
                    if self._ended:
                        break
                    with anyio.move_on_after(min(wait, _LONGEST_WAIT)):
                        await self._woken.wait()
                tasks.cancel_scope.cancel()
        finally:
            self._stream.close()
        return self._broke

    async def _take(self) -> None:
        """Take the client's messages: each is answered before the next is read."""
        while (message := await self._receive())["type"] == "websocket.receive":
            await self._send_due()
            text = message.get("text")
            self._stream.receive(text if text is not None else message["bytes"])
            self._stream.wake()
        self._ended = True
        self._stream.close(message.get("code", ABNORMAL_CLOSURE), message.get("reason") or "")
        self._stream.wake()

    async def _send_due(self) -> float:
        """Send the items that are due; return the seconds to wait for more."""
        async with self._sending:
            while not self._ended:
                item = self._stream.next(monotonic())
                if isinstance(item, (int, float)):
                    return item
                await self._send_one(item)
        return math.inf

    async def _send_one(self, item: Sent | None) -> None:
        try:
            if isinstance(item, Frame):
                await self._send({"type": "websocket.send", "text": item.text})
            elif item is None or isinstance(item, Close):
                self._ended = True
                self._broke = item.code == ABNORMAL_CLOSURE if item else self._stream.state is State.ABORTED
                if item is not None and not self._broke:
                    await self._send({"type": "websocket.close", "code": item.code, "reason": item.reason})
        except OSError:  # the way of servers to say that the client has left
            self._ended = True
