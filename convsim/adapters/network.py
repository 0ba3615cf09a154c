"""The last net: name resolution and connecting, for libraries that no emulator answers.

A claimed host is never resolved and never connected to through Python's sockets, asyncio or uvloop. Loopback, hosts
that nobody claims and open connections are left alone. Requests that are answered never get this far.
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


def _create_connection(point: MethodPatch) -> Callable[..., Any]:
    def create_connection(address: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _refuse(address[0], address[1], "connecting to")
        return point.original(address, *args, **kwargs)

    return create_connection


def _getaddrinfo_of_loop(point: MethodPatch) -> Callable[..., Any]:
    """The loop's own: the thread in which it resolves has not the asking library on its stack."""

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
    """A proxy is asked to connect to the host, whose name is not resolved here then."""

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


NOW = (
    PatchPoint("socket", socket, "getaddrinfo", _getaddrinfo),
    PatchPoint("socket", socket, "create_connection", _create_connection),
)
LATER = {
    "asyncio.base_events": _loop("BaseEventLoop"),
    "http.client": _tunnel,
    # Its methods stand in a base class that is not Python's.
    "uvloop": _loop("Loop", inherited=True),
}
