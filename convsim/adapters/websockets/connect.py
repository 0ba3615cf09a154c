"""The clients of the library websockets: each attempt to connect gets one end of a socket pair if it is answered.

:mod:`~convsim.adapters.websockets.thread` has the other end; a reconnect is another attempt. The URL loses its TLS, as
both ends are in this process.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from convsim.adapters import active
from convsim.adapters.active import Match
from convsim.adapters.patching import MethodPatch
from convsim.adapters.websockets.thread import open_pair


class Intercepted(NamedTuple):
    """An attempt that an app answers, and its URL without TLS."""

    match: Match
    uri: str

    def socket(self) -> socket.socket:
        """Return the client's end of a new connection."""
        return open_pair(*self.match)


# The options that clients pass on to the network, by the functions that take them.
ASYNCIO_OPTIONS = frozenset(
    (
        *("all_errors", "family", "flags", "happy_eyeballs_delay", "host", "interleave", "local_addr", "port", "proto"),
        *("server_hostname", "sock", "ssl", "ssl_handshake_timeout", "ssl_shutdown_timeout", "unix"),
    )
)
SOCKET_OPTIONS = frozenset(("address", "all_errors", "path", "source_address", "ssl_context", "timeout", "unix"))
TRIO_OPTIONS = frozenset(("happy_eyeballs_delay", "host", "local_address", "path", "port", "unix"))


def socket_options(end: socket.socket) -> dict[str, Any]:
    """Return a connected socket as the clients' options; without ``unix`` they would set options that only TCP has."""
    unix = end.family == getattr(socket, "AF_UNIX", None)
    return {"sock": end, "unix": True} if unix else {"sock": end}


def intercept_connect(uri: str, options: Mapping[str, Any], known: Container[str]) -> Intercepted | None:
    """Return the attempt if an app answers it; None if the client may connect.

    ``options`` are those for the network, and ``known`` the valid names: any other raises ``TypeError``, as it does on
    the way to the network. A client with a connection of its own may use it; a client that names another host connects
    to that host.
    """
    from websockets.uri import parse_uri

    if options.get("sock") is not None or options.get("stream") is not None or options.get("unix"):
        return None
    to = parse_uri(uri)
    address = options.get("address") or (options.get("host") or to.host, options.get("port") or to.port)
    host, port = address[0], address[1] if address[1] != (443 if to.secure else 80) else None
    scheme = "wss" if to.secure else "ws"
    found = active.admit(host, port, to.path or "/", lambda: active.target("GET", scheme, host, port, to.path))
    if found is None:
        return None
    for name in options:
        if name not in known and not name.startswith("proxy_"):
            raise TypeError(f"connect() got an unexpected keyword argument {name!r}")
    if "ssl" in options and to.secure is (options["ssl"] is None):
        raise ValueError(f"ssl={options['ssl']!r} is incompatible with a {scheme}:// URI")
    return Intercepted(found, _without_tls(uri))


def _without_tls(uri: str) -> str:
    """Return the URL with ``ws`` for ``wss``; the Host header stays the same."""
    parts = urlsplit(uri)
    netloc = parts.netloc
    if parts.scheme == "wss" and parts.port == 443:
        netloc = netloc.rpartition(":")[0]
    return parts._replace(scheme="ws", netloc=netloc).geturl()


@contextmanager
def closed_on_failure(end: socket.socket) -> Iterator[socket.socket]:
    """Close the client's end if the client fails before it has taken it."""
    try:
        yield end
    except BaseException:
        end.close()
        raise


def _stand_in(connect: Any, answer: Intercepted, **attributes: Any) -> Any:
    """Return a copy of the client's ``connect`` object that goes to the other end; the client's own stays unchanged."""
    from websockets.uri import parse_uri

    stand_in = copy.copy(connect)
    vars(stand_in).update(uri=answer.uri, ws_uri=parse_uri(answer.uri), proxy=None, **attributes)
    return stand_in


def patched_asyncio(patch: MethodPatch) -> Callable[..., Any]:
    """Patch a method that opens one connection and is called for each attempt, since 13.1."""

    async def open_connection(connect: Any) -> Any:
        name = "create_connection_kwargs" if "create_connection_kwargs" in vars(connect) else "connection_kwargs"
        answer = intercept_connect(connect.uri, vars(connect)[name], ASYNCIO_OPTIONS)
        if answer is None:
            return await patch.original(connect)
        with closed_on_failure(answer.socket()) as end:
            return await patch.original(_stand_in(connect, answer, **{name: socket_options(end)}))

    return open_connection


def patched_threads(patch: MethodPatch) -> Callable[..., Any]:
    """Patch the client of threads since 17."""

    def open_connection(connect: Any, deadline: Any) -> Any:
        options = {"sock": connect.sock, **connect.open_socket_kwargs}
        answer = intercept_connect(connect.uri, options, {*SOCKET_OPTIONS, "sock"})
        if answer is None:
            return patch.original(connect, deadline)
        with closed_on_failure(answer.socket()) as end:
            return patch.original(_stand_in(connect, answer, sock=end, ssl=None), deadline)

    return open_connection


def patched_trio(patch: MethodPatch) -> Callable[..., Any]:
    """Patch the client of trio, since 17."""

    async def open_connection(connect: Any, nursery: Any) -> Any:
        import trio

        options = {"stream": connect.stream, **connect.open_tcp_stream_kwargs}
        answer = intercept_connect(connect.uri, options, {*TRIO_OPTIONS, "stream"})
        if answer is None:
            return await patch.original(connect, nursery)
        with closed_on_failure(answer.socket()) as end:
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(end))
            return await patch.original(_stand_in(connect, answer, stream=stream, ssl=None), nursery)

    return open_connection
