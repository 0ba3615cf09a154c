"""The WebSocket front: what the library websockets opens while an emulator is patched in.

Each attempt to connect gets one end of a socket pair instead of the network, and :mod:`~convsim.adapters.serving` has
the other; a reconnect is another attempt. The URL loses its TLS on the way, as both ends are in this process. The
library is never imported for this. Its versions 13 to 17 open connections in different places.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from convsim.adapters.claims import Claimed, Target, claimed
from convsim.adapters.seams import Exchange, Seam, Wrap
from convsim.adapters.serving import served

_LIBRARY = "websockets"


# --- who answers ---------------------------------------------------------------------------------------------------


class _Answer(NamedTuple):
    """What answers, and the URL to be used without TLS."""

    claimed: Claimed
    uri: str

    def socket(self) -> socket.socket:
        """The client's end of a new connection."""
        return served(*self.claimed)

    def options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The client's options, with the connection made already."""
        return {name: value for name, value in given.items() if name not in _OF_THE_NETWORK} | _made(self.socket())


# What tells a client how to reach, or to secure, a connection over the network.
_OF_THE_NETWORK = frozenset(
    (
        *("all_errors", "family", "flags", "happy_eyeballs_delay", "host", "interleave", "local_addr", "port", "proto"),
        *("proxy", "server_hostname", "source_address", "ssl", "ssl_context", "ssl_handshake_timeout"),
        *("ssl_shutdown_timeout", "timeout"),
    )
)


def _made(end: socket.socket) -> dict[str, Any]:
    """A connected socket as the clients' options; without ``unix`` they would set what only TCP has."""
    unix = end.family == getattr(socket, "AF_UNIX", None)
    return {"sock": end, "unix": True} if unix else {"sock": end}


def _answer(exchange: Exchange, uri: str, options: Mapping[str, Any]) -> _Answer | None:
    """Who answers; None where the client may go on to what was there before.

    A client that brings its own connection goes nowhere, and one that names another host goes there.
    """
    from websockets.uri import parse_uri

    if options.get("sock") is not None or options.get("stream") is not None or options.get("unix"):
        return None
    to = parse_uri(uri)
    address = options.get("address") or (options.get("host") or to.host, options.get("port") or to.port)
    host, port = address[0], address[1] if address[1] != (443 if to.secure else 80) else None
    shown = f"{'wss' if to.secure else 'ws'}://{host}{f':{port}' if port else ''}"
    target = Target("GET", f"{shown}{to.path}", shown.partition("//")[2])
    found = claimed(exchange, host, port, to.path or "/", lambda: target)
    return _Answer(found, _without_tls(uri)) if found is not None else None


def _without_tls(uri: str) -> str:
    """The same with ``ws``, whose Host header is the same too."""
    parts = urlsplit(uri)
    netloc = parts.netloc
    if parts.scheme == "wss" and parts.port == 443:
        netloc = netloc.rpartition(":")[0]
    return parts._replace(scheme="ws", netloc=netloc).geturl()


# --- where the versions open connections ---------------------------------------------------------------------------


def _stand_in(connect: Any, answer: _Answer, **attributes: Any) -> Any:
    """A copy of the client's ``connect`` object that goes to the other end; the client's own stays as it is."""
    from websockets.uri import parse_uri

    stand_in = copy.copy(connect)
    vars(stand_in).update(uri=answer.uri, ws_uri=parse_uri(answer.uri), proxy=None, **attributes)
    return stand_in


def _asyncio(exchange: Exchange) -> Callable[..., Any]:
    """Since 14: a method that opens one connection and is called for each attempt."""

    async def open_connection(connect: Any) -> Any:
        name = next(name for name in ("create_connection_kwargs", "connection_kwargs") if name in vars(connect))
        answer = _answer(exchange, connect.uri, vars(connect)[name])
        if answer is None:
            return await exchange.original(connect)
        end = answer.socket()
        try:
            return await exchange.original(_stand_in(connect, answer, **{name: _made(end)}))
        except BaseException:
            end.close()
            raise

    return open_connection


def _asyncio_13(exchange: Exchange) -> Callable[..., Any]:
    """In 13 the object is for one attempt, which it begins as it is made."""

    def __init__(connect: Any, uri: str, **options: Any) -> None:  # noqa: N807 - it takes that one's place
        answer = _answer(exchange, uri, options)
        if answer is not None:
            uri, options = answer.uri, answer.options(options)
        exchange.original(connect, uri, **options)

    return __init__


def _legacy(exchange: Exchange) -> Callable[..., Any]:
    """The client before 14, ``websockets.connect`` of 13: a callable opens one connection for each attempt."""

    def __init__(connect: Any, uri: str, **options: Any) -> None:  # noqa: N807 - it takes that one's place
        answer = _answer(exchange, uri, options)
        if answer is None:
            exchange.original(connect, uri, **options)
            return
        options = {name: value for name, value in options.items() if name not in _OF_THE_NETWORK - {"timeout"}}
        exchange.original(connect, answer.uri, **options)
        factory = connect._create_connection.args[0]
        loop = connect._create_connection.func.__self__
        connect._create_connection = lambda: _over(loop, factory, answer.socket())

    return __init__


def _over(loop: Any, factory: Callable[[], Any], end: socket.socket) -> Any:
    made = _made(end)
    return (loop.create_unix_connection if made.pop("unix", False) else loop.create_connection)(factory, **made)


def _threads(exchange: Exchange) -> Callable[..., Any]:
    """The client of threads since 17."""

    def open_connection(connect: Any, deadline: Any) -> Any:
        answer = _answer(exchange, connect.uri, {"sock": connect.sock, **connect.open_socket_kwargs})
        if answer is not None:
            connect = _stand_in(connect, answer, sock=answer.socket(), ssl=None)
        return exchange.original(connect, deadline)

    return open_connection


_function: dict[str, Exchange] = {}


def _threads_before_17(exchange: Exchange) -> Callable[..., Any]:
    """A function, which its documentation tells everybody to import by its name: only its body can be exchanged."""
    _function["connect"] = exchange
    return _body


def _body(*args: Any, **options: Any) -> Any:
    from convsim.adapters.websocket import connect_in_thread

    return connect_in_thread(*args, **options)


def connect_in_thread(uri: str, **options: Any) -> Any:
    """What ``websockets.sync.client.connect`` does while it is patched."""
    exchange = _function["connect"]
    answer = _answer(exchange, uri, options)
    if answer is not None:
        uri, options = answer.uri, answer.options(options)
    return exchange.original(uri, **options)


def _trio(exchange: Exchange) -> Callable[..., Any]:
    """The client of trio, since 17."""

    async def open_connection(connect: Any, nursery: Any) -> Any:
        import trio

        answer = _answer(exchange, connect.uri, {"stream": connect.stream, **connect.open_tcp_stream_kwargs})
        if answer is not None:
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(answer.socket()))
            connect = _stand_in(connect, answer, stream=stream, ssl=None)
        return await exchange.original(connect, nursery)

    return open_connection


def _first(*places: tuple[str, str, Wrap]) -> Callable[[ModuleType], Seam]:
    """The first of these places, as owner, method and wrapper, that the module has."""

    def seam(module: ModuleType) -> Seam:
        there = (place for place in places if hasattr(getattr(module, place[0], None), place[1]))
        name, method, wrap = next(there, places[0])
        return Seam(_LIBRARY, getattr(module, name, None), method, wrap, f"{module.__name__}.{name}")

    return seam


SEAMS: Mapping[str, Callable[[ModuleType], Seam]] = {
    "websockets.asyncio.client": _first(
        ("connect", "open_tcp_connection", _asyncio),
        ("connect", "create_connection", _asyncio),
        ("connect", "__init__", _asyncio_13),
    ),
    "websockets.legacy.client": _first(("Connect", "__init__", _legacy)),
    "websockets.sync.client": _first(
        ("reconnect", "open_connection", _threads), ("connect", "__code__", _threads_before_17)
    ),
    "websockets.trio.client": _first(("connect", "open_connection", _trio)),
}
"""The seam of each of the library's clients, by module."""
