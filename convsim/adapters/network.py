"""The last net: name resolution and connecting, for libraries that no emulator answers.

A claimed host is never resolved and never connected to through Python's sockets, asyncio or uvloop. Loopback, unclaimed
hosts and open connections are left alone. Requests that are answered never get this far.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any

from convsim.adapters import active
from convsim.adapters.patching import MethodPatch, PatchPoint, own_function

_SERVICES = {"http": 80, "https": 443}


def _refuse(host: Any, port: Any, doing: str) -> None:
    __tracebackhide__ = True
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if isinstance(port, bytes):
        port = port.decode("ascii", "replace")
    if isinstance(port, str):
        port = int(port) if port.isdecimal() else _SERVICES.get(port)
    if isinstance(host, str):
        active.refuse_library(host, port, f"{doing} {host}")


def _getaddrinfo(point: MethodPatch) -> Callable[..., Any]:
    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _refuse(host, port, "looking up")
        return point.original(host, port, *args, **kwargs)

    return getaddrinfo


def _gethostbyname(point: MethodPatch) -> Callable[..., Any]:
    def gethostbyname(host: Any) -> Any:
        __tracebackhide__ = True
        _refuse(host, None, "looking up")
        return point.original(host)

    return gethostbyname


def _connect(point: MethodPatch) -> Callable[..., Any]:
    """Patch a socket's own method, which also resolves names."""

    def connect(connection: Any, address: Any) -> Any:
        __tracebackhide__ = True
        if isinstance(address, tuple):  # the path of a Unix socket is no host
            _refuse(address[0], address[1], "connecting to")
        return point.original(connection, address)

    return connect


def _create_connection(point: MethodPatch) -> Callable[..., Any]:
    def create_connection(address: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _refuse(address[0], address[1], "connecting to")
        return point.original(address, *args, **kwargs)

    return create_connection


def _getaddrinfo_of_loop(point: MethodPatch) -> Callable[..., Any]:
    """Patch the loop's own function: the thread in which it resolves does not have the calling library on its stack."""

    async def getaddrinfo(loop: Any, host: Any, port: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _refuse(host, port, "looking up")
        return await point.original(loop, host, port, **kwargs)

    return getaddrinfo


def _create_connection_of_loop(point: MethodPatch) -> Callable[..., Any]:
    async def create_connection(
        loop: Any, protocol_factory: Any, host: Any = None, port: Any = None, **kwargs: Any
    ) -> Any:
        __tracebackhide__ = True
        _refuse(host, port, "connecting to")
        return await point.original(loop, protocol_factory, host, port, **kwargs)

    return create_connection


def _set_tunnel(point: MethodPatch) -> Callable[..., Any]:
    """Patch the request to a proxy to connect to the host, whose name is not resolved here."""

    def set_tunnel(connection: Any, host: str, port: Any = None, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        name, written = connection._get_hostport(host, port)
        _refuse(name, written, "connecting through a proxy to")
        return point.original(connection, host, port, *args, **kwargs)

    return set_tunnel


def _loop(name: str, *, inherited: bool = False) -> Callable[[ModuleType], list[PatchPoint]]:
    def points(module: ModuleType) -> list[PatchPoint]:
        owner, home = getattr(module, name, None), f"{module.__name__}.{name}"
        return [
            PatchPoint("asyncio", owner, "getaddrinfo", _getaddrinfo_of_loop, home, inherited=inherited),
            PatchPoint("asyncio", owner, "create_connection", _create_connection_of_loop, home, inherited=inherited),
        ]

    return points


def _tunnel(module: ModuleType) -> list[PatchPoint]:
    own = own_function(module, "HTTPConnection.set_tunnel")
    return [PatchPoint("http.client", own, "__code__", _set_tunnel, "http.client.HTTPConnection.set_tunnel")]


# A guard of sockets may have put a class of its own above Python's.
_Socket = next(kind for kind in socket.socket.__mro__ if kind.__module__ == "socket")
# For code that imported the function by its name; None if a test has replaced it and no code has it any more.
_own_getaddrinfo = own_function(socket, "getaddrinfo")

NOW = (
    PatchPoint("socket", socket, "getaddrinfo", _getaddrinfo),
    PatchPoint("socket", socket, "gethostbyname", _gethostbyname),
    PatchPoint("socket", socket, "gethostbyname_ex", _gethostbyname),
    PatchPoint("socket", socket, "create_connection", _create_connection),
    PatchPoint("socket", _Socket, "connect", _connect, inherited=True),
    PatchPoint("socket", _Socket, "connect_ex", _connect, inherited=True),
    *([PatchPoint("socket", _own_getaddrinfo, "__code__", _getaddrinfo)] if _own_getaddrinfo is not None else []),
)
LATER: dict[str, Callable[[ModuleType], list[PatchPoint]]] = {
    "asyncio.base_events": _loop("BaseEventLoop"),
    "http.client": _tunnel,
    # The class whose methods are in a base class that is not Python's.
    "uvloop": _loop("Loop", inherited=True),
}
