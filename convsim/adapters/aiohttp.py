"""aiohttp: WebSockets to a claimed host are answered, its other requests to one are refused by name.

The patch point is the one method where every version since 3.10 opens a connection, with any resolver, proxy or event
loop.
"""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from convsim.adapters import active
from convsim.adapters.active import Match, Target
from convsim.adapters.patching import MethodPatch, PatchPoint
from convsim.adapters.websockets.connect import closed_on_failure, socket_options
from convsim.adapters.websockets.thread import open_pair
from convsim.http.messages import Request

in_transport: ContextVar[bool] = ContextVar("in_transport", default=False)
"""Whether the connection is for a transport of httpx or httpx2 on aiohttp, whose hosts are all checked."""


def _create_connection(point: MethodPatch) -> Callable[..., Any]:
    async def create_connection(connector: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        url = request.url
        host, port = url.raw_host or "", url.explicit_port

        def told() -> Target:
            return active.target(request.method, url.scheme, host, port, url.raw_path)

        try:
            found = active.admit(host, port, url.raw_path, told, only_claimed=not in_transport.get())
        except socket.gaierror as error:
            raise sys.modules["aiohttp"].ClientConnectorDNSError(request.connection_key, error) from error
        if found is not None:
            is_websocket = request.headers.get("Upgrade", "").lower() == "websocket"
            if is_websocket and _can_answer():
                return await _connected(connector, found)
            if in_transport.get() and not found.app.serves(request.method, found.path):
                # This raises the refusal of the path: every mock on the way has let the request pass.
                found.app.handle(Request(request.method, found.path, url.raw_path, "", (), b""))
            why = active.WITHOUT_WEBSOCKETS if is_websocket else active.NOT_ANSWERED
            active.refuse_library(host, port, f"connecting to {host}", why)  # does nothing for loopback
        return await point.original(connector, request, *args, **kwargs)

    return create_connection


def _can_answer() -> bool:
    """Return whether websockets is installed, whose protocol the service's end uses; aiohttp does not bring it."""
    try:
        importlib.import_module("websockets.server")
    except ImportError:
        return False
    return True


async def _connected(connector: Any, found: Match) -> Any:
    """Return aiohttp's protocol on one end of a socket pair, without TLS."""
    loop = connector._loop
    with closed_on_failure(open_pair(*found)) as end:
        unix = "unix" in socket_options(end)
        create = loop.create_unix_connection if unix else loop.create_connection
        _, protocol = await create(connector._factory, sock=end)
    return protocol


def _connector(module: ModuleType) -> list[PatchPoint]:
    owner = getattr(module, "TCPConnector", None)
    return [PatchPoint("aiohttp", owner, "_create_connection", _create_connection, f"{module.__name__}.TCPConnector")]


POINTS = {"aiohttp.connector": _connector}
