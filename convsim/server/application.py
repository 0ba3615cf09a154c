"""The server as one ASGI application: admission, then the session, then the API or the control plane."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from convsim.adapters.asgi import Message, Receive, Scope, Send, envelope, lifespan, refuse, send_whole
from convsim.http.messages import Response
from convsim.server.admission import Admission, Headers
from convsim.server.sessions import MAX_SESSIONS, Served, Sessions, named

if TYPE_CHECKING:
    from convsim.server.webhooks import Poster

PREFIX = "/_convsim"
MAX_AT_ONCE = 512
MAX_STORED = 2**30


class Application:
    """Emulators behind one port; returned by :meth:`convsim.Emulator.asgi`.

    ``control_token`` is the token of the control plane, empty if there is none. ``log`` is called with a line for each
    request, without parts that may be secret. ``poster`` posts the webhooks of turns that end during a request.
    """

    def __init__(self, sessions: Sessions, admission: Admission, *, control: bool) -> None:
        self.sessions = sessions
        self.control_token: str = os.urandom(16).hex() if control else ""
        self.log: Callable[[str], None] | None = None
        self.poster: Poster | None = None
        self._admission = admission
        self._at_once = 0

    @property
    def served(self) -> Served:
        """The emulator for requests without a session."""
        return self.sessions.own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if self.log is not None:
            send = _logged(scope, send, self.log)
        self._at_once += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self._at_once -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope)
        name, path, is_name = named(scope, headers)
        control = path == PREFIX or path.startswith(f"{PREFIX}/")
        refusal = self._admission.refusal(scope, headers, control=control) or self._limit(
            is_name=is_name, stores=not control and scope.get("method") == "POST"
        )
        if refusal is not None:
            await refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "http" and not control:
            send = _with_headers(send, self._admission.cross_origin_headers(headers))
            if (answer := self._admission.preflight(scope["method"], headers)) is not None:
                await send_whole(send, answer)
                return
        served = self.sessions.begin(name)
        if served is None:
            sentence = f"All {MAX_SESSIONS} sessions that there may be are in use."
            await refuse(envelope(503, sentence, "convsim_too_many_sessions", close=True), scope, receive, send)
            return
        try:
            if control:
                await self._answer_control(served, path.removeprefix(PREFIX), scope, receive, send)
            else:
                await served.api.answer(path, scope, receive, send)
        finally:
            self.sessions.end(served, measure=scope.get("method") != "GET")
            if self.poster is not None:
                self.poster.take_from(served.sim)

    async def _answer_control(self, served: Served, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self.control_token and scope["type"] == "http":
            # Imported here: most servers are asked for the API first, and many only for that.
            from convsim.server.control import Control

            await Control(self.control_token).answer(served, path, scope, receive, send)
            return
        refusal = envelope(404, "There is no control plane here.", "convsim_control_route", close=True)
        await refuse(refusal, scope, receive, send)

    def _limit(self, *, is_name: bool, stores: bool) -> Response | None:
        if not is_name:
            sentence = "A session's name is 1 to 64 of A-Z, a-z, 0-9, '_', '.', '-', and the same in header and URL."
            return envelope(400, sentence, "convsim_session_name", close=True)
        if self._at_once > MAX_AT_ONCE:
            return envelope(503, f"More than {MAX_AT_ONCE} requests at once.", "convsim_too_many_requests", close=True)
        if stores and self.sessions.stored > MAX_STORED:
            sentence = f"All sessions together store more than {MAX_STORED} bytes: POST /_convsim/reset forgets one's."
            return envelope(507, sentence, "convsim_too_much_stored", close=True)
        return None


def _with_headers(send: Send, more: list[tuple[bytes, bytes]]) -> Send:
    """Send ``more`` headers with the answer."""
    if not more:
        return send

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return with_headers


def _logged(scope: Scope, send: Send, log: Callable[[str], None]) -> Send:
    """Log the request when its answer begins, without the query, which may hold a key."""
    method, path = scope.get("method", "WEBSOCKET"), ascii(scope["path"])[1:-1]

    async def logged(message: Message) -> None:
        if message["type"] in _BEGINNINGS:
            log(f"{method} {path} {message.get('status', 101 if message['type'] == 'websocket.accept' else 403)}")
        await send(message)

    return logged


_BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
