"""One attempt of a WebSocket client to connect: whether an emulator answers it, and with which options then."""

from __future__ import annotations

import socket
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from convsim.adapters.claims import Claimed, Target, claimed
from convsim.adapters.seams import Exchange
from convsim.adapters.serving import open_pair


class Answer(NamedTuple):
    """What answers, and the URL to be used without TLS."""

    claimed: Claimed
    uri: str

    def socket(self) -> socket.socket:
        """The client's end of a new connection."""
        return open_pair(*self.claimed)


# What clients hand on to whatever reaches the network for them.
OF_LOOPS = frozenset(
    (
        *("all_errors", "family", "flags", "happy_eyeballs_delay", "host", "interleave", "local_addr", "port", "proto"),
        *("server_hostname", "sock", "ssl", "ssl_handshake_timeout", "ssl_shutdown_timeout", "unix"),
    )
)
OF_SOCKETS = frozenset(("address", "all_errors", "path", "source_address", "ssl_context", "timeout", "unix"))
OF_TRIO = frozenset(("happy_eyeballs_delay", "host", "local_address", "path", "port", "unix"))


def made(end: socket.socket) -> dict[str, Any]:
    """A connected socket as the clients' options; without ``unix`` they would set what only TCP has."""
    unix = end.family == getattr(socket, "AF_UNIX", None)
    return {"sock": end, "unix": True} if unix else {"sock": end}


def answer_to(exchange: Exchange, uri: str, options: Mapping[str, Any], known: Container[str]) -> Answer | None:
    """Who answers; None where the client may go on to what was there before.

    ``options`` are those for the network, and ``known`` the ones that there are: another name raises ``TypeError``, as
    it does on the way to the network. A client that brings its own connection goes nowhere, and
    one that names another host goes there.
    """
    from websockets.uri import parse_uri

    if options.get("sock") is not None or options.get("stream") is not None or options.get("unix"):
        return None
    to = parse_uri(uri)
    address = options.get("address") or (options.get("host") or to.host, options.get("port") or to.port)
    host, port = address[0], address[1] if address[1] != (443 if to.secure else 80) else None
    place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    target = Target("GET", f"{'wss' if to.secure else 'ws'}://{place}{to.path}", place)
    found = claimed(exchange, host, port, to.path or "/", lambda: target)
    if found is None:
        return None
    for name in options:
        if name not in known and not name.startswith("proxy_"):
            raise TypeError(f"connect() got an unexpected keyword argument {name!r}")
    if "ssl" in options and to.secure is (options["ssl"] is None):
        raise ValueError(f"ssl={options['ssl']!r} is incompatible with a {'wss' if to.secure else 'ws'}:// URI")
    return Answer(found, _without_tls(uri))


def _without_tls(uri: str) -> str:
    """The same with ``ws``, whose Host header is the same too."""
    parts = urlsplit(uri)
    netloc = parts.netloc
    if parts.scheme == "wss" and parts.port == 443:
        netloc = netloc.rpartition(":")[0]
    return parts._replace(scheme="ws", netloc=netloc).geturl()


@contextmanager
def closed_on_failure(end: socket.socket) -> Iterator[socket.socket]:
    """The client's end, closed where something keeps the client from taking it."""
    try:
        yield end
    except BaseException:
        end.close()
        raise
