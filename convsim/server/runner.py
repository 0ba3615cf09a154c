"""uvicorn as the runner: an application on a port of this machine, in this thread or in one of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

from convsim.adapters.asgi import ASGI
from convsim.errors import ConvsimError, UsageError
from convsim.http import urls

MAX_MESSAGE = 16 * 2**20
MAX_HEAD = 64 * 2**10
_KEEP_ALIVE = 65  # longer than clients keep an idle connection
_BACKLOG = 1024
_LAST_PORT = 65_535


class Port:
    """A listening port, and its application."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        if not 0 <= port <= _LAST_PORT:
            raise UsageError(f"port {port}: write 0 to {_LAST_PORT}, 0 for any free port")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise ConvsimError(f"{host}:{port} is not available: {error.strerror or error}") from None
        # asyncio sets TCP_NODELAY if the socket names its protocol. Without it, the body of each answer on a kept
        # connection waits some 40 ms for the client's system to acknowledge the head.
        self.socket: socket.socket = socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach())
        self.host = host
        self.number: int = self.socket.getsockname()[1]
        urls.own_ports.add(self.number)

    @property
    def url(self) -> str:
        """The server's root as clients on this machine write it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.number}"

    def serve(self, app: ASGI, started: Callable[[], None], ended: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM; requests in flight have a few seconds to end.

        A second signal cuts them off. None breaks into what ``ended`` does.
        """
        try:
            _server(app, started, ended).run(sockets=[self.socket])
        finally:
            self.close()

    def close(self) -> None:
        """Close the port."""
        urls.own_ports.discard(self.number)
        self.socket.close()


class ServerThread:
    """Serves an application in a thread, until the context ends; a server that does not start closes the port."""

    def __init__(self, port: Port, app: ASGI) -> None:
        self._port = port
        started = threading.Event()
        try:
            self._server = _server(app, started.set)
        except ConvsimError:
            port.close()
            raise
        self._thread = threading.Thread(target=self._run, args=(started,), name="convsim-server", daemon=True)
        self._error: BaseException | None = None
        self._thread.start()
        started.wait()
        if self._error is not None:
            port.close()
            raise ConvsimError(f"the server did not start: {self._error!r}") from self._error

    def _run(self, started: threading.Event) -> None:
        try:
            self._server.run(sockets=[self._port.socket])
        except BaseException as error:  # raised in the thread that waits for the start
            self._error = error
        finally:
            started.set()

    def stop(self) -> None:
        """Stop soon; requests in flight are cut off."""
        self._server.should_exit = self._server.force_exit = True
        with suppress(RuntimeError):  # its loop has ended already
            self._server.wake()
        self._thread.join()
        self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _websocket(**given: Any) -> object:
    """Return the protocol of one upgrade. The first imports the library of WebSockets: most servers see none."""
    from convsim.server.websockets import WebSocketProtocol

    return WebSocketProtocol(**given)


def _server(app: ASGI, started: Callable[[], None], ended: Callable[[], None] = lambda: None) -> Any:
    """Return uvicorn's server, imported here, because only servers need it."""
    for name in ("uvicorn", "websockets"):
        if find_spec(name) is None:
            raise ConvsimError(f"{name} is not installed: python -m pip install 'convsim[server]'")
    import uvicorn

    from convsim.server.protocols import HTTPProtocol
    from convsim.server.serving import Server

    websocket: Any = _websocket  # uvicorn calls it as it would call a class
    config = uvicorn.Config(
        app,
        http=HTTPProtocol,
        ws=websocket,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    return Server(config, started, ended)
