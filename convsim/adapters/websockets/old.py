"""The clients of websockets 13.0, its legacy client (before 14), and the client of threads before 17."""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from convsim.adapters.patching import MethodPatch
from convsim.adapters.websockets.connect import (
    ASYNCIO_OPTIONS,
    SOCKET_OPTIONS,
    closed_on_failure,
    intercept_connect,
    socket_options,
)


def patched_asyncio(patch: MethodPatch) -> Callable[..., Any]:
    """Patch the object of 13.0, which is for one attempt and begins it when it is made."""

    def __init__(connect: Any, uri: str, **options: Any) -> None:  # noqa: N807 - it takes that one's place
        ours, network = _divided(patch, options)
        answer = intercept_connect(uri, network, ASYNCIO_OPTIONS)
        if answer is None:
            patch.original(connect, uri, **options)
        else:
            with closed_on_failure(answer.socket()) as end:
                patch.original(connect, answer.uri, **ours, **socket_options(end))

    return __init__


def _divided(patch: MethodPatch, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that a function has parameters for, and those that it passes on, TLS and sockets included."""
    parameters = set(signature(patch.original).parameters) - {"ssl", "server_hostname", "sock", "proxy"}
    ours = {name: value for name, value in options.items() if name in parameters}
    return ours, {name: value for name, value in options.items() if name not in parameters}


def patched_legacy(patch: MethodPatch) -> Callable[..., Any]:
    """Patch the client before 14, ``websockets.connect`` of 13: its method makes an attempt by a partial function."""

    async def attempt(connect: Any) -> Any:
        opens = connect._create_connection
        options = dict(opens.keywords)
        # With TCP the arguments are factory, host and port; with Unix, the factory and a path.
        places = ("host", "port") if len(opens.args) == 3 else ("unix",)
        options |= dict(zip(places, opens.args[1:], strict=True))
        if options.get("ssl") is True:
            del options["ssl"]  # put there by the client itself
        answer = intercept_connect(connect._uri, options, ASYNCIO_OPTIONS)
        if answer is None:
            return await patch.original(connect)
        from websockets.uri import parse_uri

        with closed_on_failure(answer.socket()) as end:
            stand_in, loop = copy.copy(connect), opens.func.__self__
            vars(stand_in).update(
                _uri=answer.uri,
                _wsuri=parse_uri(answer.uri),
                _create_connection=lambda: _over(loop, opens.args[0], end),
            )
            connect.protocol = await patch.original(stand_in)
        return connect.protocol

    return attempt


def _over(loop: Any, factory: Callable[[], Any], end: socket.socket) -> Any:
    options = socket_options(end)
    return (loop.create_unix_connection if options.pop("unix", False) else loop.create_connection)(factory, **options)


def patched_threads(patch: MethodPatch) -> Callable[..., Any]:
    """Patch the client of threads, a function that its documentation imports by its name."""

    def connect(uri: str, **options: Any) -> Any:
        ours, network = _divided(patch, options)
        own_tls = network.pop("ssl", None) is not None or network.get("ssl_context") is not None
        network = {name: value for name, value in network.items() if name not in ("server_hostname", "proxy")}
        answer = intercept_connect(uri, network, {*SOCKET_OPTIONS, "sock"})
        if answer is None or (own_tls and answer.uri == uri):
            return patch.original(uri, **options)  # raises the library's own refusal of TLS for ``ws``
        with closed_on_failure(answer.socket()) as end:
            return patch.original(answer.uri, **ours, **socket_options(end))

    return connect
