"""The WebSocket front: what the library websockets opens while an emulator is patched in.

Each attempt to connect gets one end of a socket pair instead of the network, and :mod:`~convsim.adapters.serving` has
the other; a reconnect is another attempt. The URL loses its TLS on the way, as both ends are in this process. The
library is never imported for this. Its versions 13 to 17 open connections in different places.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Mapping
from inspect import signature
from types import ModuleType
from typing import Any

from convsim.adapters.websockets.connect import OF_LOOPS, OF_SOCKETS, OF_TRIO, Answer, answer_to, closed_on_failure, made
from convsim.adapters.patching import Exchange, Seam, Wrap

_LIBRARY = "websockets"


def _stand_in(connect: Any, answer: Answer, **attributes: Any) -> Any:
    """A copy of the client's ``connect`` object that goes to the other end; the client's own stays as it is."""
    from websockets.uri import parse_uri

    stand_in = copy.copy(connect)
    vars(stand_in).update(uri=answer.uri, ws_uri=parse_uri(answer.uri), proxy=None, **attributes)
    return stand_in


def _asyncio(exchange: Exchange) -> Callable[..., Any]:
    """Since 13.1: a method that opens one connection and is called for each attempt."""

    async def open_connection(connect: Any) -> Any:
        name = "create_connection_kwargs" if "create_connection_kwargs" in vars(connect) else "connection_kwargs"
        answer = answer_to(exchange, connect.uri, vars(connect)[name], OF_LOOPS)
        if answer is None:
            return await exchange.original(connect)
        with closed_on_failure(answer.socket()) as end:
            return await exchange.original(_stand_in(connect, answer, **{name: made(end)}))

    return open_connection


def _asyncio_13(exchange: Exchange) -> Callable[..., Any]:
    """In 13.0 the object is for one attempt, which it begins as it is made."""

    def __init__(connect: Any, uri: str, **options: Any) -> None:  # noqa: N807 - it takes that one's place
        ours, network = _divided(exchange, options)
        answer = answer_to(exchange, uri, network, OF_LOOPS)
        if answer is None:
            exchange.original(connect, uri, **options)
        else:
            with closed_on_failure(answer.socket()) as end:
                exchange.original(connect, answer.uri, **ours, **made(end))

    return __init__


def _divided(exchange: Exchange, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options that a function has parameters for, and those that it hands on, TLS and sockets among them."""
    parameters = set(signature(exchange.original).parameters) - {"ssl", "server_hostname", "sock", "proxy"}
    ours = {name: value for name, value in options.items() if name in parameters}
    return ours, {name: value for name, value in options.items() if name not in parameters}


def _legacy(exchange: Exchange) -> Callable[..., Any]:
    """The client before 14, ``websockets.connect`` of 13: the method that makes an attempt, by a partial function."""

    async def attempt(connect: Any) -> Any:
        opens = connect._create_connection
        options = dict(opens.keywords)
        # Of TCP the factory, host and port; of Unix the factory and a path.
        places = ("host", "port") if len(opens.args) == 3 else ("unix",)
        options |= dict(zip(places, opens.args[1:], strict=True))
        if options.get("ssl") is True:
            del options["ssl"]  # which it has put there itself
        answer = answer_to(exchange, connect._uri, options, OF_LOOPS)
        if answer is None:
            return await exchange.original(connect)
        from websockets.uri import parse_uri

        with closed_on_failure(answer.socket()) as end:
            stand_in, loop = copy.copy(connect), opens.func.__self__
            vars(stand_in).update(
                _uri=answer.uri,
                _wsuri=parse_uri(answer.uri),
                _create_connection=lambda: _over(loop, opens.args[0], end),
            )
            connect.protocol = await exchange.original(stand_in)
        return connect.protocol

    return attempt


def _over(loop: Any, factory: Callable[[], Any], end: socket.socket) -> Any:
    options = made(end)
    return (loop.create_unix_connection if options.pop("unix", False) else loop.create_connection)(factory, **options)


def _threads(exchange: Exchange) -> Callable[..., Any]:
    """The client of threads since 17."""

    def open_connection(connect: Any, deadline: Any) -> Any:
        options = {"sock": connect.sock, **connect.open_socket_kwargs}
        answer = answer_to(exchange, connect.uri, options, {*OF_SOCKETS, "sock"})
        if answer is None:
            return exchange.original(connect, deadline)
        with closed_on_failure(answer.socket()) as end:
            return exchange.original(_stand_in(connect, answer, sock=end, ssl=None), deadline)

    return open_connection


_function: dict[str, Exchange] = {}


def _threads_before_17(exchange: Exchange) -> Callable[..., Any]:
    """A function, which its documentation tells everybody to import by its name: only its body can be exchanged."""
    _function["connect"] = exchange
    return _body


def _body(*args: Any, **options: Any) -> Any:
    from convsim.adapters.websockets import connect_in_thread

    return connect_in_thread(*args, **options)


def connect_in_thread(uri: str, **options: Any) -> Any:
    """What ``websockets.sync.client.connect`` does while it is patched."""
    exchange = _function["connect"]
    ours, network = _divided(exchange, options)
    own_tls = network.pop("ssl", None) is not None or network.get("ssl_context") is not None
    network = {name: value for name, value in network.items() if name not in ("server_hostname", "proxy")}
    answer = answer_to(exchange, uri, network, {*OF_SOCKETS, "sock"})
    if answer is None or (own_tls and answer.uri == uri):
        return exchange.original(uri, **options)  # which refuses TLS for ``ws`` in its own words
    with closed_on_failure(answer.socket()) as end:
        return exchange.original(answer.uri, **ours, **made(end))


def _trio(exchange: Exchange) -> Callable[..., Any]:
    """The client of trio, since 17."""

    async def open_connection(connect: Any, nursery: Any) -> Any:
        import trio

        options = {"stream": connect.stream, **connect.open_tcp_stream_kwargs}
        answer = answer_to(exchange, connect.uri, options, {*OF_TRIO, "stream"})
        if answer is None:
            return await exchange.original(connect, nursery)
        with closed_on_failure(answer.socket()) as end:
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(end))
            return await exchange.original(_stand_in(connect, answer, stream=stream, ssl=None), nursery)

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
    "websockets.legacy.client": _first(("Connect", "__await_impl__", _legacy)),
    "websockets.sync.client": _first(
        ("reconnect", "open_connection", _threads), ("connect", "__code__", _threads_before_17)
    ),
    "websockets.trio.client": _first(("connect", "open_connection", _trio)),
}
"""The seam of each of the library's clients, by module."""
