"""For every test of an adapter: no network, and nothing is left patched behind."""

from __future__ import annotations

import asyncio
import http.client
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpcore2
import httpx
import httpx2
import pytest
from aiohttp import TCPConnector

from convsim.http.urls import DEFAULTS

try:
    from openai._vendor.httpx_aiohttp.transport import AiohttpTransport
except ImportError:  # openai 2, in an environment of its own
    from httpx_aiohttp.transport import AiohttpTransport  # type: ignore[import-not-found, no-redef]

PATCHED: tuple[tuple[Any, str], ...] = (
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx2.HTTPTransport, "handle_request"),
    (httpx2.AsyncHTTPTransport, "handle_async_request"),
    (AiohttpTransport, "handle_async_request"),
    *((pool.handle_request, "__code__") for pool in (httpcore.ConnectionPool, httpcore2.ConnectionPool)),
    *(
        (pool.handle_async_request, "__code__")
        for pool in (httpcore.AsyncConnectionPool, httpcore2.AsyncConnectionPool)
    ),
    (TCPConnector, "_create_connection"),
    (socket, "getaddrinfo"),
    (socket, "create_connection"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket.getaddrinfo, "__code__"),
    (asyncio.BaseEventLoop, "getaddrinfo"),
    (asyncio.BaseEventLoop, "create_connection"),
    (http.client.HTTPConnection.set_tunnel, "__code__"),
)


class NetworkReachedError(BaseException):
    """Something went for the network. Not an ``Exception``, so that no client retries it or makes it its own."""


@contextmanager
def no_network() -> Iterator[set[object]]:
    """Let every way to a connection or to a name server fail, but to the hosts that the caller adds to the set."""
    spared: set[object] = set()

    def kept_back(original: Any, host_of: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("sock") or (args[0].__class__ is socket.socket and isinstance(args[1], str)):
                # Connected, and so allowed; or the path of a socket, which is a file.
                return original(*args, **kwargs)
            host = kwargs.get("host") or host_of(*args)
            if host in spared:
                return original(*args, **kwargs)
            raise NetworkReachedError(host)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name, host_of in (
            (socket.socket, "connect", lambda _, address: address[0]),
            (socket.socket, "connect_ex", lambda _, address: address[0]),
            (socket, "getaddrinfo", lambda host, *_: host),
            (asyncio.BaseEventLoop, "create_connection", lambda _loop, _protocol, host=None, *_: host),
        ):
            patch.setattr(owner, name, kept_back(getattr(owner, name), host_of))
        for defaults in DEFAULTS.values():
            for name in defaults.variables:
                patch.delenv(name, raising=False)
        yield spared


def patched_methods() -> tuple[Any, ...]:
    """Return the present attributes at all patch points, to be compared by identity."""
    return (*(getattr(owner, method) for owner, method in PATCHED), *sys.meta_path)


@pytest.fixture(autouse=True)
def offline() -> Iterator[set[object]]:
    before = patched_methods()
    with no_network() as spared:
        yield spared
    after = patched_methods()
    for (owner, method), original in zip(PATCHED, before, strict=False):
        setattr(owner, method, original)  # so that one test's fault is not the next one's
    sys.meta_path[:] = before[len(PATCHED) :]
    assert after == before


@pytest.fixture
def loopback(offline: set[object]) -> None:
    """Ask for this to reach this machine's own ports."""
    offline |= {"127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost"}
